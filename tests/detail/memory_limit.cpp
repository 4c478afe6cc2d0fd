// SPDX-License-Identifier: Apache-2.0
// The bound of a govc's memory: which one is meant, and what a child is given.
#include <esxi/detail/memory_limit.hpp>

#include <string>
#include <string_view>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

namespace {

using esxi::detail::memory_limit;
using esxi::detail::memory_mb_of;

std::string refusal(unsigned option, std::string_view variable)
{
    try {
        return "taken: " + std::to_string(memory_mb_of(option, variable));
    } catch (esxi::error const& e) {
        BOOST_TEST((e.kind() == esxi::error_kind::config));
        return e.what();
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(memory_bound)

BOOST_AUTO_TEST_CASE(the_option_comes_before_the_variable_and_the_default)
{
    BOOST_TEST(memory_mb_of(0, "") == 640u);
    BOOST_TEST(memory_mb_of(0, "2048") == 2048u);
    BOOST_TEST(memory_mb_of(256, "2048") == 256u);
    BOOST_TEST(memory_mb_of(256, "nonsense") == 256u);
    BOOST_TEST(memory_mb_of(128, "") == 128u);
    BOOST_TEST(memory_mb_of(0, "1048576") == 1048576u);
}

BOOST_AUTO_TEST_CASE(what_is_no_bound_is_refused)
{
    BOOST_TEST(refusal(127, "") == "memory_mb: is 127; allowed is a number of MB from 128 to 1048576");
    BOOST_TEST(refusal(1048577, "").find("memory_mb: is 1048577") == 0u);
    for (std::string const text : {"0", "127", "-1", "1e3", "1024M", " 1024", "1024 ", "1048577", "99999999999999999999", "x"}) {
        BOOST_TEST(refusal(0, text) == "ESXI_GOVC_MEMORY_MB: is " + text + "; allowed is a number of MB from 128 to 1048576");
    }
}

BOOST_AUTO_TEST_CASE(a_lower_bound_of_this_process_holds)
{
    constexpr std::uint64_t mb = 1024 * 1024;
    BOOST_TEST(memory_limit(300) == 300 * mb);
    auto const in_a_child_with = [](::rlimit const& own) {
        auto const pid = ::fork();
        if (pid == 0) {
            ::setrlimit(RLIMIT_DATA, &own);
            ::_exit(static_cast<int>(memory_limit(300) / mb / 10));
        }
        int status = 0;
        ::waitpid(pid, &status, 0);
        return WEXITSTATUS(status) * 10;
    };
    BOOST_TEST(in_a_child_with({RLIM_INFINITY, RLIM_INFINITY}) == 300);
    BOOST_TEST(in_a_child_with({200 * mb, RLIM_INFINITY}) == 200);
    BOOST_TEST(in_a_child_with({200 * mb, 200 * mb}) == 200);
    BOOST_TEST(in_a_child_with({400 * mb, 400 * mb}) == 300);
    BOOST_TEST(esxi::detail::go_memory_limit(1000) == "800");
}

BOOST_AUTO_TEST_SUITE_END()
