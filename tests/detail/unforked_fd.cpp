// SPDX-License-Identifier: Apache-2.0
// Descriptors that a child by fork does not have.
#include <esxi/detail/unforked_fd.hpp>

#include <functional>
#include <utility>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

namespace {

using esxi::detail::unforked_fd;

bool is_open(int fd)
{
    return ::fcntl(fd, F_GETFD) >= 0;
}

/// What it says in a child by fork.
bool in_a_child(std::function<bool()> const& it_holds)
{
    auto const pid = ::fork();
    if (pid == 0) {
        ::_exit(it_holds() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

unforked_fd open_null()
{
    return unforked_fd([] { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); });
}

} // namespace

BOOST_AUTO_TEST_SUITE(unforked_descriptors)

BOOST_AUTO_TEST_CASE(is_closed_with_its_owner)
{
    auto one = open_null();
    int const number = one.get();
    BOOST_TEST(is_open(number));
    auto other = std::move(one);
    BOOST_TEST(one.get() == -1); // NOLINT(bugprone-use-after-move): that is the test
    BOOST_TEST(other.get() == number);
    other = unforked_fd();
    BOOST_TEST(!is_open(number));
    BOOST_TEST(unforked_fd([] { return -1; }).get() == -1);
}

BOOST_AUTO_TEST_CASE(a_child_by_fork_does_not_have_it_and_does_not_close_what_has_its_number_then)
{
    auto one = open_null();
    int const number = one.get();
    BOOST_TEST(in_a_child([&] { return !is_open(number) && one.get() == -1; }));
    BOOST_TEST(in_a_child([&] {
        auto const own = ::dup2(1, number);
        one = unforked_fd();
        auto two = open_null();
        return is_open(own) && is_open(two.get()) && in_a_child([&] { return two.get() == -1 && is_open(own); });
    }));
    BOOST_TEST(is_open(number));
    BOOST_TEST(one.get() == number);
}

BOOST_AUTO_TEST_SUITE_END()
