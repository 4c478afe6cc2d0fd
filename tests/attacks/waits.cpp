// SPDX-License-Identifier: Apache-2.0
// Waits that somebody else has in hand, and what this machine has none of left.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <esxi/context/state_file.hpp>
#include <esxi/detail/process.hpp>
#include <esxi/transport/served.hpp>
#include <esxi/transport/subprocess.hpp>

#include "support/live.hpp"

namespace {

namespace fs = std::filesystem;

/// Whether a process has the file open.
bool has_open(pid_t pid, std::string const& path)
{
    std::error_code gone;
    for (fs::directory_iterator next("/proc/" + std::to_string(pid) + "/fd", gone), end; !gone && next != end;
         next.increment(gone)) {
        std::error_code unreadable;
        if (fs::read_symlink(next->path(), unreadable) == path) {
            return true;
        }
    }
    return false;
}

/// Whether the tool has taken its signals in hand; before that one ends it, or the shell that starts it, as usual.
bool takes_signals(pid_t pid)
{
    auto const status = test::read_file("/proc/" + std::to_string(pid) + "/status");
    auto const at = status.find("SigBlk:");
    return at != std::string::npos && (std::stoull(status.substr(at + 7), nullptr, 16) >> (SIGTERM - 1) & 1u) != 0;
}

std::string pipe_at(std::string const& path)
{
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    return path;
}

/// Takes all descriptors that this process may have but so many.
class no_descriptors {
public:
    explicit no_descriptors(std::size_t but = 0)
    {
        for (int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC); fd >= 0; fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
            taken_.push_back(fd);
        }
        for (; but > 0; --but) {
            ::close(taken_.back());
            taken_.pop_back();
        }
    }
    no_descriptors(no_descriptors const&) = delete;
    no_descriptors& operator=(no_descriptors const&) = delete;
    ~no_descriptors()
    {
        for (int const fd : taken_) {
            ::close(fd);
        }
    }

private:
    std::vector<int> taken_;
};

/// What is said of it, and that it passes; empty if it works.
template <class Action>
std::string refusal(Action const& action)
{
    try {
        action();
    } catch (esxi::error const& thrown) {
        return (thrown.kind() == esxi::error_kind::unavailable ? "" : "of another kind: ") + std::string(thrown.what());
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(waits)

BOOST_AUTO_TEST_CASE(a_signal_ends_the_wait_for_a_password_from_a_pipe)
{
    test::simulator const host({"--vms", "1"});
    test::tool const tool(host);
    auto const pipe = pipe_at(tool.home() / "password");
    for (int const signal : {SIGTERM, SIGINT, SIGHUP}) {
        for (bool const has_writer : {false, true}) {
            auto waiting = tool.start({"--password-file", pipe, "vm", "list", "--no-state"});
            BOOST_REQUIRE(test::eventually([&] { return has_open(waiting.pid(), pipe); }));
            int const writer = has_writer ? ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC) : -1;
            waiting.signal(signal);
            auto const done = waiting.wait();
            BOOST_TEST(done.exit_code == 130);
            BOOST_TEST(done.err == "error (cancelled): stopped while the password file " + pipe + " was waited for\n");
            ::close(writer);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_signal_ends_the_wait_for_an_output_that_nobody_takes)
{
    test::simulator const host({"--vms", "1"});
    test::tool const tool(host);
    auto const pipe = pipe_at(tool.home() / "out");
    int const end = ::open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    std::string const page(4096, 'x');
    while (::write(end, page.data(), page.size()) > 0) {} // until it is full
    for (std::string const to : {"> ", "2>"}) {
        auto command = tool.command_line({"-v", "vm", "list", "--no-state"});
        command.insert(command.begin(), {"sh", "-c", "exec \"$0\" \"$@\" " + to + pipe});
        test::program waiting(command, tool.environment());
        BOOST_TEST(test::eventually([&] { return has_open(waiting.pid(), pipe) && takes_signals(waiting.pid()); }));
        // With no govc any more it waits for us. (If it is still at work, the signal ends that.)
        static_cast<void>(test::eventually([&] { return test::govcs_of(host) == 0; }, std::chrono::seconds(5)));
        waiting.signal(SIGTERM);
        BOOST_TEST(waiting.wait().exit_code == 130);
    }
    ::close(end);
}

BOOST_AUTO_TEST_CASE(a_password_comes_by_a_pipe_in_pieces)
{
    test::simulator const host({"--vms", "1"});
    test::tool const tool(host);
    auto const pipe = pipe_at(tool.home() / "password");
    auto reading = tool.start({"--password-file", pipe, "vm", "list", "--no-state"});
    int const writer = ::open(pipe.c_str(), O_WRONLY | O_CLOEXEC); // waits for the reader
    for (char const c : host.password() + "\n") {
        BOOST_TEST(::write(writer, &c, 1) == 1);
        ::usleep(5'000);
    }
    ::close(writer);
    BOOST_TEST(reading.wait().exit_code == 0);

    auto empty = tool.start({"--password-file", pipe, "vm", "list", "--no-state"});
    ::close(::open(pipe.c_str(), O_WRONLY | O_CLOEXEC));
    auto const done = empty.wait();
    BOOST_TEST(done.exit_code == 2);
    BOOST_TEST(done.err == "error (config): the password file " + pipe + " is empty\n");
}

BOOST_AUTO_TEST_CASE(a_pipe_of_another_user_gives_no_password)
{
    if (::geteuid() != 0) {
        return; // nobody else can give one away
    }
    test::simulator const host({"--vms", "1"});
    test::tool const tool(host);
    auto const pipe = pipe_at(tool.home() / "password");
    BOOST_REQUIRE(::chown(pipe.c_str(), 65534, 65534) == 0);
    auto const done = tool.run({"--password-file", pipe, "vm", "list", "--no-state"});
    BOOST_TEST(done.exit_code == 2);
    BOOST_TEST(done.err == "error (config): cannot read the password file " + pipe + ": it belongs to another user\n");
}

BOOST_AUTO_TEST_CASE(no_descriptor_left_is_unavailable_with_what_to_do)
{
    test::directory const files;
    ::rlimit before{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    ::rlimit const few{64, before.rlim_max};
    BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    std::string const what_to_do = "Too many open files (close some, or raise this program's limit with `ulimit -n`)";

    fs::create_directory(files / "private");
    esxi::govc_options const settings{test::bin("govc"), files / "private"};
    auto govc = std::make_unique<esxi::subprocess_transport>(settings);
    auto served = std::make_unique<esxi::served_transport>(settings);
    esxi::run_options options;
    options.connection.host = "127.0.0.1:1";
    options.connection.password = "correct horse";
    esxi::state_file states(files / "state.json");
    auto const write = [&] { states.open({"esxi1", "vm", "web1"}, std::chrono::seconds(1)).write({{"moid", "vm-1"}}); };
    write();
    // Whatever fails for want of the next descriptor says so; with enough of them nothing does.
    auto const fails_well = [&](auto const& action) {
        std::size_t failed = 0;
        for (std::size_t but = 0; but < 40; ++but) {
            no_descriptors const taken(but);
            auto const said = refusal(action);
            if (said.empty()) {
                break;
            }
            BOOST_TEST(said.find(what_to_do) != std::string::npos, said);
            BOOST_TEST(said.find("of another kind") == std::string::npos, said);
            ++failed;
        }
        BOOST_TEST(failed > 0u);
        BOOST_TEST(failed < 40u);
    };
    fails_well([&] { static_cast<void>(govc->run({{"about"}}, options)); });
    fails_well([&] { static_cast<void>(served->run({{"about"}}, options)); });
    fails_well([&] { esxi::subprocess_transport const another(settings); });
    fails_well(write);
    fails_well([&] { esxi::state_file const another(files / "state.json"); });
    fails_well([&] { static_cast<void>(esxi::detail::process_is_running(esxi::detail::this_process())); });
    govc.reset();
    served.reset();
    BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
