// SPDX-License-Identifier: Apache-2.0
// Which process this is, and whether another one still lives.
#include <esxi/detail/process.hpp>

#include <csignal>
#include <set>
#include <string>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

namespace {

namespace detail = esxi::detail;

/// A process that lives until it is killed.
pid_t sleeper(char const* name)
{
    int ready[2];
    BOOST_REQUIRE(::pipe(ready) == 0);
    auto const pid = ::fork();
    if (pid == 0) {
        ::prctl(PR_SET_NAME, name);
        static_cast<void>(::write(ready[1], "r", 1) == 1);
        ::pause();
        ::_exit(0);
    }
    char byte = 0;
    BOOST_REQUIRE(::read(ready[0], &byte, 1) == 1);
    ::close(ready[0]);
    ::close(ready[1]);
    return pid;
}

} // namespace

BOOST_AUTO_TEST_SUITE(process)

BOOST_AUTO_TEST_CASE(this_one)
{
    auto const self = detail::this_process();
    BOOST_TEST(self.pid == ::getpid());
    BOOST_TEST(self.started > 0);
    BOOST_TEST(!self.machine.empty());
    BOOST_TEST((self == detail::this_process()));
    BOOST_TEST(detail::process_is_running(self));
    char name[256] = {};
    BOOST_REQUIRE(::gethostname(name, sizeof name - 1) == 0);
    BOOST_TEST(self.machine.find(name) != std::string::npos);
    BOOST_TEST(self.machine.find("pid:[") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(another_life_of_a_pid)
{
    auto other = detail::this_process();
    ++other.started;
    BOOST_TEST(!detail::process_is_running(other));
    for (std::int64_t pid : {0, -1, 1 << 30}) {
        BOOST_TEST(!detail::process_is_running({other.machine, pid, 0}));
        BOOST_TEST(!detail::process_is_running({other.machine, pid, 1}));
    }
}

BOOST_AUTO_TEST_CASE(a_child_until_it_is_dead)
{
    // The name of a process may read like the fields that follow it.
    for (char const* name : {"esxi", "a) Z 1 (b", ") X"}) {
        auto const pid = sleeper(name);
        esxi::process_identity const child{detail::machine_identity(), pid, detail::process_started(pid)};
        BOOST_TEST(child.started > 0);
        BOOST_TEST(detail::process_is_running(child));
        ::kill(pid, SIGKILL);
        ::siginfo_t ended{};
        BOOST_REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) == 0);
        // Dead, though nobody has asked after it.
        BOOST_TEST(!detail::process_is_running(child));
        ::waitpid(pid, nullptr, 0);
        BOOST_TEST(!detail::process_is_running(child));
    }
}

BOOST_AUTO_TEST_CASE(random_digits)
{
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        auto const digits = detail::random_hex_digits();
        BOOST_TEST(digits.size() == 32u);
        BOOST_TEST((digits.find_first_not_of("0123456789abcdef") == std::string::npos));
        BOOST_TEST(seen.insert(digits).second);
    }
}

BOOST_AUTO_TEST_SUITE_END()
