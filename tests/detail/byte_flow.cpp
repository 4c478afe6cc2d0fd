// SPDX-License-Identifier: Apache-2.0
// Whether a process reads much.
#include <esxi/detail/byte_flow.hpp>

#include <array>
#include <chrono>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

using namespace std::chrono_literals;
using esxi::detail::byte_flow;

namespace {

void read_bytes(std::size_t count)
{
    int const zero = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
    std::array<char, 4096> buffer{};
    for (std::size_t read = 0; read < count; read += buffer.size()) {
        BOOST_REQUIRE(::read(zero, buffer.data(), buffer.size()) == static_cast<ssize_t>(buffer.size()));
    }
    ::close(zero);
}

} // namespace

BOOST_AUTO_TEST_SUITE(flow_of_bytes)

BOOST_AUTO_TEST_CASE(is_seen_in_what_a_process_has_read)
{
    auto const before = esxi::detail::bytes_read_by(::getpid());
    BOOST_TEST_REQUIRE(before.has_value());
    read_bytes(100'000);
    BOOST_TEST(*esxi::detail::bytes_read_by(::getpid()) >= *before + 100'000);
    BOOST_TEST(!esxi::detail::bytes_read_by(-1).has_value());
}

BOOST_AUTO_TEST_CASE(is_a_rate)
{
    byte_flow flow(::getpid(), 400ms);
    auto const begun = std::chrono::steady_clock::now();
    BOOST_TEST((flow.next_look() <= begun + 100ms));
    read_bytes(100'000);
    BOOST_TEST(flow.look(begun + 10s));
    BOOST_TEST(!flow.look(begun + 20s));
    read_bytes(20'000);
    BOOST_TEST(!flow.look(begun + 20s + 1ms)); // what a program reads to start
    read_bytes(20'000);
    BOOST_TEST(!flow.look(begun + 40s)); // what keeps a lease alive
    BOOST_TEST((flow.next_look() == begun + 40s + 100ms));
    read_bytes(200'000);
    BOOST_TEST(flow.look(begun + 41s));
}

BOOST_AUTO_TEST_CASE(of_a_process_that_is_not_there_is_none)
{
    byte_flow flow(-1, 1s);
    BOOST_TEST(!flow.look(std::chrono::steady_clock::now() + 1s));
}

BOOST_AUTO_TEST_SUITE_END()
