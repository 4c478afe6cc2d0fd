// SPDX-License-Identifier: Apache-2.0
// The transport over child processes: with shell scripts where govc stands, so this is about processes and logins, not about hosts.
#include <esxi/transport/subprocess.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <memory>
#include <sstream>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "support/directory.hpp"
#include "support/script.hpp"
#include "transport/govc_stage.hpp"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

constexpr char const* refusal = "govc: ServerFaultCode: Cannot complete login due to an incorrect user name or password.";

/// A directory with a script that notes each of its runs, and a transport that takes it for govc.
struct govc : test::govc_stage<esxi::subprocess_transport> {
    esxi::subprocess_options settings;

    govc() { esxi::subprocess_transport::forget_refused_logins(); } // those of the case before this one

    /// `log_in` is shell for what a session on disk takes.
    void is(std::string const& body)
    {
        transport.reset();
        auto const path = test::script(directory, "govc",
                                       "log_in() { mkdir -p $GOVMOMI_HOME/sessions; echo '{}' > $GOVMOMI_HOME/$$; mv "
                                       "$GOVMOMI_HOME/$$ $GOVMOMI_HOME/sessions/x; }\n"
                                       "echo \"$*\" >> " +
                                           directory / "runs" + "\n" + body + "\n");
        fs::create_directories(directory.path() / "private");
        settings.govc = path;
        settings.directory = directory / "private";
        transport = std::make_unique<esxi::subprocess_transport>(settings);
    }

    /// How often a command was run.
    [[nodiscard]] int runs(std::string const& command) const
    {
        std::istringstream lines(test::read_file(directory / "runs"));
        int count = 0;
        for (std::string line; std::getline(lines, line);) {
            count += line == command ? 1 : 0;
        }
        return count;
    }

    [[nodiscard]] bool private_directory_is_gone() const { return fs::is_empty(directory / "private"); }
};

std::vector<std::string> lines_of(std::string const& text)
{
    std::istringstream all(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(all, line);) {
        lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(subprocess, govc)

BOOST_AUTO_TEST_CASE(runs_a_command)
{
    is("cat; echo $1 >&2; exit 3");
    auto const o = options();
    BOOST_TEST((transport->run({{"import.ova", "-options=-"}, "in"}, o) == esxi::output{3, "in", "import.ova\n"}));
    BOOST_TEST(transport->govc() == directory / "govc");
}

BOOST_AUTO_TEST_CASE(gives_an_environment_of_its_own_and_an_empty_private_directory)
{
    for (char const* name : {"GOVC_URL", "GOVC_DEBUG", "GOVC_DATACENTER", "GOVMOMI_HOME", "LD_PRELOAD_X", "LANG"}) {
        ::setenv(name, "x", 1);
    }
    ::setenv("no_proxy", "esxi1", 1);
    is("env; echo PWD_IS=$(pwd); echo KB_OF_MEMORY=$(ulimit -d) $(ulimit -H -d); echo MODE=$(stat -c %a .) $(ls -A . | wc -l) "
       "$(stat -c %a $GOVMOMI_HOME)");
    for (char const* name : {"GOVC_URL", "GOVC_DEBUG", "GOVC_DATACENTER", "GOVMOMI_HOME", "LD_PRELOAD_X", "LANG"}) {
        ::unsetenv(name);
    }
    ::unsetenv("no_proxy");
    auto o = options("p@ss \"w' $x");
    auto lines = lines_of(run({"about"}, o).out);
    std::string root;
    std::erase_if(lines, [&root](auto const& line) {
        if (line.starts_with("GOVMOMI_HOME=")) {
            root = line.substr(13, line.rfind('/') - 13);
        }
        // PWD, OLDPWD, SHLVL and _ are the shell's own.
        auto const any = {"PATH=", "HOME=",   "TMPDIR=", "SSL_CERT_", "http",         "HTTP",
                          "PWD=",  "OLDPWD=", "SHLVL=",  "_=",        "GOVMOMI_HOME="};
        return std::any_of(any.begin(), any.end(), [&line](auto const* start) { return line.starts_with(start); });
    });
    BOOST_TEST(root.starts_with(directory / "private/esxi-"));
    std::vector<std::string> const expected{"GOMEMLIMIT=536870912", "GOTRACEBACK=none",           "GOVC_INDENT=false",
                                            "GOVC_INSECURE=false",  "GOVC_PASSWORD=p@ss \"w' $x", "GOVC_PERSIST_SESSION=true",
                                            "GOVC_URL=esxi1",       "GOVC_USERNAME=root",         "KB_OF_MEMORY=655360 655360",
                                            "MODE=500 0 700",       "PWD_IS=" + root + "/empty",  "no_proxy=esxi1"};
    BOOST_TEST(lines == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(asks_for_the_version_once)
{
    is("echo govc 0.56.0");
    std::atomic<int> right = 0;
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] { right += transport->govc_version() == "0.56.0" ? 1 : 0; });
    }
    threads.clear();
    BOOST_TEST(right == 4);
    BOOST_TEST(runs("version") == 1);
    for (auto const* odd : {"echo govc 0.0.0", "exit 1", "echo govc 0.56.0; exit 1", "kill -9 $$"}) {
        is(odd);
        BOOST_TEST(transport->govc_version() == "");
    }
    for (auto const* other : {"echo hello", ":"}) {
        is(other);
        BOOST_CHECK_EXCEPTION(static_cast<void>(transport->govc_version()), esxi::error,
                              [](auto const& failed) { return failed.kind() == esxi::error_kind::config; });
    }
    is("echo govc v0.57.1-rc1");
    BOOST_TEST(transport->govc_version() == "0.57.1");
    BOOST_TEST(run({"version"}, {}).out == "govc v0.57.1-rc1\n"); // needs no connection
}

BOOST_AUTO_TEST_CASE(says_what_took_too_long)
{
    is("sleep 60");
    auto o = options();
    o.timeout = 50ms;
    auto const begun = clock_type::now();
    BOOST_TEST(failure({"vm.info"}, o, esxi::error_kind::unavailable) == "govc vm.info did not end within 0.05 s");
    BOOST_TEST((clock_type::now() - begun < 30s));
    o.on_line = [](auto) { return true; };
    BOOST_TEST(failure({"import.ova"}, o, esxi::error_kind::unavailable) == "govc import.ova made no progress for 0.05 s");
    auto const ran = runs("vm.info");
    o.on_line = {};
    o.timeout = 0s;
    BOOST_TEST(failure({"vm.info"}, o, esxi::error_kind::unavailable) == "govc vm.info did not end within 0 s");
    o.timeout = -5s;
    BOOST_TEST(failure({}, o, esxi::error_kind::unavailable) == "govc <?> did not end within 0 s");
    BOOST_TEST(runs("vm.info") == ran);
    o.timeout = std::chrono::milliseconds::max();
    is("echo out");
    BOOST_TEST(run({"vm.info"}, o).out == "out\n");
}

BOOST_AUTO_TEST_CASE(a_stop_ends_a_command_and_starts_none)
{
    is("sleep 60");
    std::stop_source source;
    auto o = options();
    o.stop = source.get_token();
    std::jthread const stops([&source] {
        ::usleep(50'000);
        source.request_stop();
    });
    BOOST_TEST(failure({"vm.info"}, o, esxi::error_kind::cancelled) == "govc vm.info was stopped");
    BOOST_TEST(failure({"vm.ip"}, o, esxi::error_kind::cancelled) == "govc vm.ip was stopped");
    BOOST_TEST(runs("vm.ip") == 0);
}

BOOST_AUTO_TEST_CASE(what_a_sink_throws_is_passed_on_as_it_is)
{
    is("echo line; sleep 60");
    auto o = options();
    o.on_line = [](auto) -> bool { throw esxi::govc_error(esxi::error_kind::conflict, "mine", 7, {}, ""); };
    BOOST_CHECK_EXCEPTION(run({"vm.info"}, o), esxi::govc_error, [](auto const& e) { return e.returncode() == 7; });
    o.on_line = {};
    o.on_output = [](auto) { throw esxi::govc_error(esxi::error_kind::conflict, "mine", 8, {}, ""); };
    BOOST_CHECK_EXCEPTION(run({"vm.info"}, o), esxi::govc_error, [](auto const& e) { return e.returncode() == 8; });
}

BOOST_AUTO_TEST_CASE(output_goes_to_a_sink_as_it_arrives)
{
    auto const go = directory / "go";
    is("echo one; while [ ! -e " + go + " ]; do sleep 0.01; done; printf two; echo aside >&2");
    auto o = options();
    std::string seen;
    int pieces = 0;
    o.on_output = [&](std::string_view piece) {
        seen += piece;
        ++pieces;
        test::write_file(go, ""); // or it would wait for ever
    };
    auto const answer = run({"object.collect"}, o);
    BOOST_TEST(answer.out == "");
    BOOST_TEST(answer.err == "aside\n");
    BOOST_TEST(pieces >= 2);
    BOOST_TEST(seen == "one\ntwo");
}

BOOST_AUTO_TEST_CASE(a_command_that_prints_too_much_is_ended)
{
    auto o = options();
    o.max_output = 100'000;
    std::size_t seen = 0;
    for (bool const sink : {false, true}) {
        for (auto const* where : {"", " >&2"}) {
            is("yes no end of it" + std::string(where));
            o.on_output = sink ? [&seen](std::string_view piece) { seen += piece.size(); } : decltype(o.on_output){};
            BOOST_TEST(failure({"object.collect"}, o, esxi::error_kind::govc) ==
                       "govc object.collect printed more than 100000 bytes, and was ended");
        }
    }
    BOOST_TEST(seen <= 100'000u);
    is("head -c 100000 /dev/zero");
    o.on_output = {};
    BOOST_TEST(run({"vm.info"}, o).out.size() == 100'000u);
}

BOOST_AUTO_TEST_CASE(refuses_what_govc_would_take_for_something_else)
{
    is("exit 0");
    auto const refused = [this](auto const& change) {
        auto o = options();
        change(o.connection);
        auto const said = failure({"about"}, o, esxi::error_kind::config);
        BOOST_TEST(said.find("hunter22") == std::string::npos);
        return said.substr(0, said.find(':'));
    };
    for (auto const* host : {"", "root:hunter22@esxi1", "https://esxi1", "esxi1/sdk", "esxi 1", "esxi1\n"}) {
        BOOST_TEST(refused([host](auto& c) { c.host = host; }) == "host");
    }
    BOOST_TEST(refused([](auto& c) { c.user = ""; }) == "user");
    BOOST_TEST(refused([](auto& c) { c.user = "/etc/hostname"; }) == "user");
    BOOST_TEST(refused([](auto& c) { c.password = "/nowhere/hunter22"; }) == "password");
    BOOST_TEST(refused([](auto& c) { c.password = std::string("hunter22\0x", 10); }) == "password");
    // Out of the empty directory and back to a file that is there.
    BOOST_TEST(refused([](auto& c) { c.user = "../../../../../../../../etc/passwd"; }) == "user");
    BOOST_TEST(refused([](auto& c) {
                   c.verify_tls = false;
                   c.thumbprint = "AA";
               }) == "thumbprint");
    BOOST_TEST(refused([](auto& c) { c.ca_bundle = "/nowhere/ca.pem"; }) == "ca_bundle");
    for (auto const* password : {"..", ".", "../nothing", "empty", "a/b", ""}) {
        BOOST_TEST(run({"about"}, options(password)).exit_code == 0);
    }
    BOOST_TEST(failure({std::string("vm\0x", 4)}, options(), esxi::error_kind::config).find("NUL") != std::string::npos);
    BOOST_TEST(runs("about") == 6);
}

BOOST_AUTO_TEST_CASE(a_govc_that_is_gone_is_said_with_its_path)
{
    is("exit 0");
    fs::remove(directory / "govc");
    BOOST_TEST(failure({"about"}, options(), esxi::error_kind::config) ==
               "cannot run `" + directory / "govc" + "`: No such file or directory");
    BOOST_TEST(transport->govc_version() == "");
    BOOST_CHECK_EXCEPTION(esxi::subprocess_transport{settings}, esxi::error,
                          [](auto const& e) { return e.kind() == esxi::error_kind::config; });
}

BOOST_AUTO_TEST_CASE(errors_do_not_show_the_password)
{
    is("sleep 60");
    auto o = options("hunter22 secret");
    o.timeout = 20ms;
    BOOST_TEST(failure({"hunter22 secret"}, o, esxi::error_kind::unavailable).find("hunter22") == std::string::npos);
}

// ---- Logins --------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(one_command_logs_in_while_others_wait)
{
    is("[ $1 = session.logout ] && exit\n[ -e $GOVMOMI_HOME/sessions/x ] || { echo Login >> " + directory / "runs" +
       "; sleep 0.1; log_in; }");
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([this] { run({"vm.info"}); });
    }
    threads.clear();
    BOOST_TEST(runs("Login") == 1);
    run({"vm.info"}, options("another password"));
    BOOST_TEST(runs("Login") == 2);
    auto o = options();
    o.connection.user = "other";
    run({"vm.info"}, o);
    o.connection.host = "esxi2";
    run({"vm.info"}, o);
    o.connection.verify_tls = false;
    run({"vm.info"}, o);
    run({"vm.info"}, o);
    BOOST_TEST(runs("Login") == 5);
    BOOST_TEST(runs("vm.info") == 13);
    transport.reset();
    BOOST_TEST(private_directory_is_gone());
}

BOOST_AUTO_TEST_CASE(each_login_is_logged_out)
{
    test::in_time(
        test::for_logouts,
        [this] {
            is("log_in; exit 0");
            fs::remove(directory / "runs"); // what those before this one logged out
            for (auto const* user : {"a", "b", "c", "d", "e"}) {
                auto o = options();
                o.connection.user = user;
                run({"vm.info"}, o);
            }
        },
        [this] { transport.reset(); }, [this] { BOOST_TEST(runs("session.logout") == 5); });
}

BOOST_AUTO_TEST_CASE(those_that_wait_do_not_wait_for_the_whole_of_a_long_command)
{
    is("[ $1 = import.ova ] && { log_in; while [ ! -e " + directory / "go" + " ]; do sleep 0.01; done; }; exit 0");
    std::jthread const imports([this] { run({"import.ova"}); });
    BOOST_REQUIRE(test::eventually([this] { return runs("import.ova") == 1; }));
    BOOST_TEST(run({"vm.info"}).exit_code == 0);
    test::write_file(directory / "go", "");
}

BOOST_AUTO_TEST_CASE(a_refused_login_is_never_tried_again)
{
    is("sleep 0.05; echo '" + std::string(refusal) + "' >&2; exit 1");
    std::atomic<int> same = 0;
    {
        std::vector<std::jthread> threads;
        threads.reserve(8);
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&, i] {
                auto const answer = i % 2 == 0 ? run({"about", "-json", "-persist-session=false"}) : run({"vm.info"});
                same += answer == esxi::output{1, "", std::string(refusal) + "\n"} ? 1 : 0;
            });
        }
    }
    BOOST_TEST(same == 8);
    BOOST_TEST(run({"vm.info"}).exit_code == 1);
    BOOST_TEST(lines_of(test::read_file(directory / "runs")).size() == 1u);
    run({"vm.info"}, options("another password")); // is another login
    BOOST_TEST(lines_of(test::read_file(directory / "runs")).size() == 2u);
    transport.reset();
    BOOST_TEST(runs("session.logout") == 0);
}

BOOST_AUTO_TEST_CASE(a_login_that_is_refused_later_is_not_tried_by_the_logout)
{
    is("log_in; [ $1 = about ] && { echo '" + std::string(refusal) + "' >&2; exit 1; }; exit 0");
    run({"vm.info"});
    run({"about", "-persist-session=false"});
    BOOST_TEST(run({"vm.info"}).exit_code == 1);
    BOOST_TEST(runs("vm.info") == 1);
    transport.reset();
    BOOST_TEST(runs("session.logout") == 0);
}

BOOST_AUTO_TEST_CASE(a_refused_login_is_refused_to_every_transport_of_the_process)
{
    is("[ \"$GOVC_PASSWORD\" = right ] && exit 0; sleep 0.05; echo '" + std::string(refusal) + "' >&2; exit 1");
    std::deque<esxi::subprocess_transport> transports;
    for (int i = 0; i < 4; ++i) {
        transports.emplace_back(settings);
    }
    std::atomic<int> refused = 0;
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < 32; ++i) {
            threads.emplace_back([&, i] {
                auto o = options("wrong");
                o.connection.host = i % 2 == 0 ? "esxi1" : "ESXi1:443";
                o.connection.verify_tls = i % 3 != 0;
                refused += transports[i % 4].run({{i % 5 == 0 ? "about" : "vm.info"}}, o).exit_code == 1 ? 1 : 0;
            });
        }
    }
    auto const tried = [this] { return lines_of(test::read_file(directory / "runs")).size(); };
    BOOST_TEST(refused == 32);
    BOOST_TEST(tried() == 1u);
    // Another password is another login; the one that was refused stays so, whatever became of the transports.
    BOOST_TEST(run({"vm.info"}, options("right")).exit_code == 0);
    BOOST_TEST(tried() == 2u);
    transports.clear();
    BOOST_TEST(run({"vm.info"}, options("wrong")).exit_code == 1);
    BOOST_TEST(tried() == 2u);
    BOOST_TEST(run({"vm.info"}, options("also wrong")).exit_code == 1);
    BOOST_TEST(run({"vm.info"}, options("also wrong")).exit_code == 1);
    BOOST_TEST(tried() == 3u);
    esxi::subprocess_transport::forget_refused_logins();
    BOOST_TEST(run({"vm.info"}, options("wrong")).exit_code == 1);
    BOOST_TEST(run({"vm.info"}, options("wrong")).exit_code == 1);
    BOOST_TEST(tried() == 4u);
}

BOOST_AUTO_TEST_CASE(a_password_that_is_a_word_of_the_refusal)
{
    is("echo '" + std::string(refusal) + "' >&2; exit 1");
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(run({"vm.info"}, options("incorrect")).err == std::string(refusal) + "\n");
    }
    // What else govc may say of it is not kept.
    is("echo \"hunter22 hunter22: " + std::string(refusal) + "\" >&2; exit 1");
    run({"vm.info"}, options("hunter22"));
    BOOST_TEST(run({"vm.info"}, options("hunter22")).err == "<redacted> <redacted>: " + std::string(refusal) + "\n");
    BOOST_TEST(runs("vm.info") == 2);
}

// ---- How many at once ----------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(no_more_commands_at_once_than_are_let)
{
    // Each notes how many there are while it runs.
    fs::create_directories(directory.path() / "now");
    is("log_in; : > " + directory / "now/$$" + "; sleep 0.01; ls " + directory / "now" + " | wc -l >> " + directory / "seen" +
       "; rm " + directory / "now/$$");
    auto const most = [this](unsigned bound, unsigned bound_of_other) {
        fs::remove(directory.path() / "seen");
        settings.commands_at_once = bound;
        esxi::subprocess_transport one(settings);
        settings.commands_at_once = bound_of_other;
        esxi::subprocess_transport other(settings);
        auto to_host = options();
        to_host.connection.host = "esxi9";
        one.run({{"vm.info"}}, to_host); // from now on its bound counts there
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 64; ++i) {
                threads.emplace_back([&, i] {
                    auto o = options();
                    o.timeout = 120s;
                    o.connection.user = i % 3 == 0 ? "root" : "other";
                    o.connection.host = i % 5 == 0 ? "Esxi9:443" : "esxi9";
                    (i % 2 == 0 ? one : other).run({{"vm.info"}}, o);
                });
            }
        }
        int count = 0;
        for (auto const& line : lines_of(test::read_file(directory / "seen"))) {
            count = std::max(count, std::stoi(line));
        }
        return count;
    };
    auto const four = most(4, 4);
    BOOST_TEST(four <= 4);
    BOOST_TEST(four > 1);
    BOOST_TEST(most(1, 4) == 1); // the smallest of those that live
    settings.commands_at_once = 0;
    BOOST_CHECK_EXCEPTION(esxi::subprocess_transport{settings}, esxi::error,
                          [](auto const& e) { return e.kind() == esxi::error_kind::config; });
}

BOOST_AUTO_TEST_CASE(waiting_for_a_turn_is_part_of_the_timeout_and_ends_with_a_stop)
{
    settings.commands_at_once = 1;
    is("log_in; [ $1 = import.ova ] && while [ ! -e " + directory / "go" + " ]; do sleep 0.01; done; exit 0");
    run({"about"}); // or the wait could be for the login
    std::jthread const imports([this] { run({"import.ova"}); });
    BOOST_REQUIRE(test::eventually([this] { return runs("import.ova") == 1; }));
    auto o = options();
    o.timeout = 3s; // less could be over before it comes to wait for its turn
    BOOST_TEST(failure({"vm.info"}, o, esxi::error_kind::unavailable) ==
               "govc vm.info did not start within 3 s: as many commands as are let run on the host at once ran all the time");
    o.timeout = 120s;
    std::stop_source source;
    o.stop = source.get_token();
    std::jthread const stops([&source] {
        ::usleep(20'000);
        source.request_stop();
    });
    BOOST_TEST(failure({"vm.info"}, o, esxi::error_kind::cancelled) == "govc vm.info was stopped");
    BOOST_TEST(runs("vm.info") == 0);
    // A wait for a guest, which can take minutes, neither needs a turn nor takes one.
    BOOST_TEST(run({"vm.ip"}).exit_code == 0);
    // Another host is free, and the version is of no host.
    o = options();
    o.connection.host = "esxi2";
    BOOST_TEST(run({"vm.info"}, o).exit_code == 0);
    BOOST_TEST(run({"version"}, o).exit_code == 0);
    test::write_file(directory / "go", "");
}

BOOST_AUTO_TEST_CASE(a_logout_waits_for_its_turn_and_no_longer_than_two_seconds)
{
    settings.commands_at_once = 1;
    is("log_in; [ $1 = import.ova ] && while [ ! -e " + directory / "go" + " ]; do sleep 0.01; done; exit 0");
    esxi::subprocess_transport other(settings);
    other.run({{"vm.info"}}, options());
    run({"vm.info"});
    {
        std::jthread const imports([&] { other.run({{"import.ova"}}, options()); });
        BOOST_REQUIRE(test::eventually([this] { return runs("import.ova") == 1; }));
        auto const begun = clock_type::now();
        transport.reset();
        BOOST_TEST((clock_type::now() - begun < 30s)); // 2 on a machine that is not busy
        BOOST_TEST(runs("session.logout") == 0);
        test::write_file(directory / "go", "");
    }
    fs::remove(directory / "go");
    // Three logins on one host, one turn: one after the other.
    test::in_time(
        test::for_logouts,
        [&] {
            fs::remove(directory / "runs");
            transport = std::make_unique<esxi::subprocess_transport>(settings);
            for (auto const* user : {"a", "b", "c"}) {
                auto o = options();
                o.connection.user = user;
                run({"vm.info"}, o);
            }
        },
        [this] { transport.reset(); }, [this] { BOOST_TEST(runs("session.logout") == 3); });
}

BOOST_AUTO_TEST_CASE(no_session_no_logout)
{
    is("exit 0");
    run({"about", "-json", "-persist-session=false"});
    run({"version"});
    transport.reset();
    BOOST_TEST(runs("session.logout") == 0);
}

BOOST_AUTO_TEST_CASE(a_logout_that_hangs_takes_two_seconds_at_most_for_all_hosts)
{
    is("log_in; [ $1 = session.logout ] && { trap '' TERM; sleep 60; }; exit 0");
    // In these 2 s each of the three is begun. Where the machine is busy, it is tried again.
    bool shown = false;
    for (int left = 10; left > 0 && !shown; --left) {
        fs::remove(directory / "runs");
        transport = std::make_unique<esxi::subprocess_transport>(settings);
        for (auto const* host : {"esxi1", "esxi2", "esxi3"}) {
            auto o = options();
            o.connection.host = host;
            run({"about"}, o);
        }
        auto const begun = clock_type::now();
        transport.reset();
        auto const took = clock_type::now() - begun;
        BOOST_TEST((took > 1s));
        BOOST_TEST(private_directory_is_gone());
        shown = took < 3s && runs("session.logout") == 3;
    }
    BOOST_TEST(shown);
}

BOOST_AUTO_TEST_CASE(a_broken_session_heals)
{
    auto const sessions = "$GOVMOMI_HOME/sessions";
    is("if [ -e " + std::string(sessions) + "/x ] && [ \"$(cat " + sessions +
       "/x)\" != '{}' ]; then echo 'govc: unexpected EOF' >&2; exit 1; fi\n" + "[ -e " + sessions + "/x ] || echo Login >> " +
       directory / "runs" + "\nlog_in\n[ $1 = breaks ] && printf '{\"a' > " + sessions + "/x\n[ $1 = hangs ] && { printf '{' > " +
       sessions + "/x; echo ready; sleep 60; }\nexit 0");
    run({"breaks"});
    BOOST_TEST(run({"vm.info"}).exit_code == 0);
    BOOST_TEST(runs("Login") == 2);
    std::stop_source source;
    auto o = options();
    o.stop = source.get_token();
    o.on_line = [&source](auto) { return source.request_stop(); };
    failure({"hangs"}, o, esxi::error_kind::cancelled);
    BOOST_TEST(run({"vm.info"}).exit_code == 0);
    BOOST_TEST(runs("Login") == 3);
    BOOST_TEST(run({"vm.info"}).exit_code == 0);
    BOOST_TEST(runs("Login") == 3);
}

BOOST_AUTO_TEST_CASE(a_session_that_the_host_has_ended_is_forgotten)
{
    is("[ -e $GOVMOMI_HOME/sessions/x ] || echo Login >> " + directory / "runs" + "\nlog_in\n" +
       "[ $1 = vm.power ] && { echo 'govc: ServerFaultCode: The session is not authenticated.' >&2; exit 1; }; exit 0");
    run({"vm.info"});
    run({"vm.power"});
    run({"vm.info"});
    BOOST_TEST(runs("Login") == 2);
}

BOOST_AUTO_TEST_CASE(waiting_for_a_login_has_its_own_end)
{
    is("while [ ! -e " + directory / "go" + " ]; do sleep 0.01; done");
    std::jthread const first([this] { run({"vm.info"}); });
    BOOST_REQUIRE(test::eventually([this] { return runs("vm.info") == 1; }));
    auto o = options();
    o.timeout = 30ms;
    BOOST_TEST(failure({"vm.ip"}, o, esxi::error_kind::unavailable) == "govc vm.ip did not end within 0.03 s");
    std::stop_source source;
    o = options();
    o.stop = source.get_token();
    std::jthread const stops([&source] {
        ::usleep(20'000);
        source.request_stop();
    });
    BOOST_TEST(failure({"vm.ip"}, o, esxi::error_kind::cancelled) == "govc vm.ip was stopped");
    BOOST_TEST(runs("vm.ip") == 0);
    test::write_file(directory / "go", "");
}

BOOST_AUTO_TEST_CASE(leaves_no_process_and_no_descriptor)
{
    auto const before = test::open_descriptors();
    is("log_in; exit 0");
    auto const during = test::open_descriptors();
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([this, i] {
            for (int k = 0; k < 5; ++k) {
                auto o = options();
                o.connection.host = "esxi" + std::to_string(i % 2);
                run({"about"}, o);
            }
        });
    }
    threads.clear();
    BOOST_TEST(test::open_descriptors() == during);
    transport.reset();
    BOOST_TEST(test::open_descriptors() == before);
    BOOST_TEST((::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD));
}

BOOST_AUTO_TEST_CASE(a_child_by_fork_neither_logs_out_nor_removes)
{
    is("log_in; exit 0");
    run({"about"});
    auto const pid = ::fork();
    if (pid == 0) {
        transport.reset();
        ::_exit(0);
    }
    ::waitpid(pid, nullptr, 0);
    BOOST_TEST(runs("session.logout") == 0);
    BOOST_TEST(run({"about"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_child_by_fork_has_a_private_directory_and_logins_of_its_own)
{
    is("echo $GOVMOMI_HOME; [ -e $GOVMOMI_HOME/sessions/x ] || echo Login >> " + directory / "runs" + "\nlog_in\nexit 0");
    auto const home = run({"about"}).out;
    auto const pid = ::fork();
    if (pid == 0) {
        auto const own = run({"about"}).out;
        bool const anew = own != home && run({"about"}).out == own && runs("Login") == 2;
        transport.reset();
        ::_exit(anew && runs("session.logout") == 1 ? 0 : 1);
    }
    int status = -1;
    ::waitpid(pid, &status, 0);
    BOOST_TEST(status == 0);
    BOOST_TEST(run({"about"}).out == home);
    BOOST_TEST(runs("Login") == 2);
    auto const private_directories = fs::directory_iterator(directory.path() / "private");
    BOOST_TEST(std::distance(fs::begin(private_directories), fs::end(private_directories)) == 1);
}

BOOST_AUTO_TEST_CASE(a_child_by_fork_that_returns_from_a_callback_is_told_so_and_the_parent_goes_on)
{
    is("echo one; read -r go < " + directory / "go" + "; echo two");
    BOOST_REQUIRE(::mkfifo((directory / "go").c_str(), 0600) == 0);
    auto o = options();
    std::string seen;
    pid_t child = -1;
    auto const tester = ::getpid();
    o.on_line = [&](std::string_view line) {
        seen += line;
        if (line == "one" && (child = ::fork()) == 0) {
            return false; // what nobody should do
        }
        if (line == "one") {
            int status = -1;
            ::waitpid(child, &status, 0);
            BOOST_TEST(status == 0);
            test::write_file(directory / "go", "on\n");
        }
        return false;
    };
    std::string said;
    try {
        run({"about"}, o);
    } catch (esxi::error const& thrown) {
        said = thrown.what();
    }
    if (tester != ::getpid()) {
        ::_exit(said == "a child by fork has returned from a callback of its parent's command; let it end there" ? 0 : 1);
    }
    BOOST_TEST(said == "");
    BOOST_TEST(seen == "onetwo");
}

BOOST_AUTO_TEST_SUITE_END()
