// SPDX-License-Identifier: Apache-2.0
// The real govc as a server: what differs from a govc for each command, and what happens when one of the two ends.
#include <esxi/transport/served.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>

#include "support/live.hpp"
#include "support/script.hpp"

namespace {

using namespace std::chrono_literals;

/// The processes that this one, or that of the given pid, has started and that run.
std::vector<pid_t> children(pid_t parent = ::getpid())
{
    std::vector<pid_t> all;
    for (auto const& entry : std::filesystem::directory_iterator("/proc")) {
        auto const stat = test::read_file(entry.path() / "stat");
        auto const after_name = stat.rfind(") ");
        if (after_name != std::string::npos && stat[after_name + 2] != 'Z' &&
            std::stol(stat.substr(after_name + 4)) == static_cast<long>(parent)) {
            std::error_code gone;
            if (std::filesystem::read_symlink(entry.path() / "exe", gone) == test::bin("govc")) {
                all.push_back(static_cast<pid_t>(std::stol(entry.path().filename().string())));
            }
        }
    }
    return all;
}

/// Whether it has ended, with all its threads.
bool is_gone(pid_t pid)
{
    std::error_code gone;
    std::filesystem::directory_iterator const threads("/proc/" + std::to_string(pid) + "/task", gone);
    return !test::is_alive(pid) && std::distance(threads, std::filesystem::directory_iterator()) <= 1;
}

struct fixture {
    test::simulator host{{"--vms", "2"}};
    std::unique_ptr<esxi::served_transport> transport = make();

    static std::unique_ptr<esxi::served_transport> make(std::string const& govc = test::bin("govc"))
    {
        return std::make_unique<esxi::served_transport>(esxi::served_options{.govc = govc});
    }
    [[nodiscard]] esxi::run_options options() const
    {
        esxi::run_options o;
        o.connection.host = host.host();
        o.connection.user = "root";
        o.connection.password = host.password();
        o.connection.ca_bundle = host.ca_file();
        return o;
    }
    [[nodiscard]] int calls() const
    {
        auto const text = test::read_file(host.files() / "calls");
        return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    }
    esxi::output run(std::vector<std::string> argv) const { return transport->run({std::move(argv)}, options()); }
    [[nodiscard]] esxi::error_kind failure(std::vector<std::string> argv, esxi::run_options const& o) const
    {
        try {
            transport->run({std::move(argv)}, o);
        } catch (esxi::error const& failed) {
            return failed.kind();
        }
        return esxi::error_kind::tape;
    }
    [[nodiscard]] pid_t server() const
    {
        auto const all = children();
        BOOST_REQUIRE(all.size() == 1u);
        return all.front();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(served, fixture)

BOOST_AUTO_TEST_CASE(one_login_one_process_and_no_call_that_need_not_be)
{
    BOOST_TEST(run({"about", "-json"}).exit_code == 0);
    auto const pid = server();
    auto const before = calls();
    for (int i = 0; i < 10; ++i) {
        BOOST_TEST(run({"about", "-json"}).exit_code == 0);
    }
    BOOST_TEST(calls() == before);
    BOOST_TEST(server() == pid);
    BOOST_TEST(transport->serves());
    BOOST_TEST(host.calls("Login") == 1);
    transport.reset();
    BOOST_TEST(children().empty());
}

BOOST_AUTO_TEST_CASE(it_logs_out_at_its_end)
{
    int before = 0;
    test::in_time(
        test::for_logouts,
        [&] {
            transport = make();
            run({"about"});
            before = host.calls("Logout");
        },
        [&] { transport.reset(); }, [&] { BOOST_TEST(host.calls("Logout") == before + 1); });
}

BOOST_AUTO_TEST_CASE(a_server_that_is_killed_while_idle_is_not_missed)
{
    run({"about"});
    for (int signal : {SIGKILL, SIGTERM, SIGINT}) {
        auto const pid = server();
        ::kill(pid, signal);
        BOOST_TEST(test::eventually([pid] { return is_gone(pid); }));
        BOOST_TEST(run({"vm.info", "-json", "ha-host_VM0"}).exit_code == 0);
        BOOST_TEST(server() != pid);
    }
    BOOST_TEST(host.calls("Login") == 1); // the session is on disk
}

BOOST_AUTO_TEST_CASE(a_server_that_is_killed_at_work_is_unavailable)
{
    run({"about"});
    for (int signal : {SIGKILL, SIGTERM, SIGSEGV}) {
        auto const pid = server();
        std::jthread const killer([pid, signal] {
            std::this_thread::sleep_for(300ms);
            ::kill(pid, signal);
        });
        BOOST_TEST((failure({"vm.ip", "-wait=1h", "ha-host_VM0"}, options()) == esxi::error_kind::unavailable));
        BOOST_TEST(run({"vm.info", "-json", "ha-host_VM0"}).exit_code == 0);
        BOOST_TEST(server() != pid);
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_stands_still_is_ended_in_time)
{
    run({"about"});
    auto const pid = server();
    ::kill(pid, SIGSTOP);
    auto o = options();
    o.timeout = 500ms;
    auto const begun = std::chrono::steady_clock::now();
    BOOST_TEST((failure({"vm.info", "-json", "ha-host_VM0"}, o) == esxi::error_kind::unavailable));
    BOOST_TEST((std::chrono::steady_clock::now() - begun < 60s));
    BOOST_TEST(!test::is_alive(pid));
    BOOST_TEST(run({"vm.info", "-json", "ha-host_VM0"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(what_is_stopped_or_late_leaves_the_server_as_it_was)
{
    run({"about"});
    pid_t pid = 0;
    auto const begins = [&] {
        BOOST_TEST(run({"vm.info", "-json", "ha-host_VM0"}).exit_code == 0);
        pid = server();
    };
    auto const is_as_it_was = [&] {
        BOOST_TEST(run({"vm.info", "-json", "ha-host_VM0"}).exit_code == 0);
        BOOST_TEST(server() == pid);
    };
    test::in_time(
        300ms + test::for_a_cancel, begins,
        [&] {
            auto o = options();
            o.timeout = 300ms;
            BOOST_TEST((failure({"vm.ip", "-wait=1h", "ha-host_VM0"}, o) == esxi::error_kind::unavailable));
        },
        is_as_it_was);
    test::in_time(
        300ms + test::for_a_cancel, begins,
        [&] {
            std::stop_source stop;
            auto o = options();
            o.stop = stop.get_token();
            std::jthread const stopper([&stop] {
                std::this_thread::sleep_for(300ms);
                stop.request_stop();
            });
            BOOST_TEST((failure({"object.collect", "-n=100", "vm/ha-host_VM0", "name"}, o) == esxi::error_kind::cancelled));
        },
        is_as_it_was);
}

BOOST_AUTO_TEST_CASE(it_ends_with_a_program_that_is_killed)
{
    test::simulator const slow({"--vms", "1", "--delay", "upload=60000"});
    test::tool tool(slow);
    tool.set("ESXI_TRANSPORT", "served");
    auto program = tool.start({"vm", "create", "web1", "--ova", test::make_ova(host.files() / "small.ova")});
    BOOST_REQUIRE(test::eventually([&] { return slow.calls("ImportVApp") == 1; }));
    auto const servers = children(program.pid());
    BOOST_REQUIRE(servers.size() == 1u);
    program.signal(SIGKILL);
    BOOST_TEST(program.wait().exit_code == 128 + SIGKILL);
    BOOST_TEST(test::eventually([&] { return !test::is_alive(servers.front()); }));
    BOOST_TEST(slow.calls("HttpNfcLeaseComplete") == 0);
}

BOOST_AUTO_TEST_CASE(a_host_that_has_ended_the_session_is_logged_in_to_again)
{
    run({"about"});
    auto const listed = boost::json::parse(host.must({"session.ls", "-json"}));
    for (auto const& session : listed.at("sessionList").as_array()) {
        if (session.at("key") != listed.at("currentSession").at("key")) {
            host.must({"session.rm", std::string(session.at("key").as_string())});
        }
    }
    auto const before = host.calls("Login");
    BOOST_TEST(run({"vm.power", "-json", "-off", "ha-host_VM0"}).exit_code == 0);
    BOOST_TEST(host.calls("Login") == before + 1);
    BOOST_TEST(host.calls("PowerOffVM_Task") == 1);
}

BOOST_AUTO_TEST_CASE(a_host_that_was_restarted_is_reached_again)
{
    esxi::run_options o = options();
    o.connection.ca_bundle = {};
    o.connection.verify_tls = false;
    auto gone = std::make_unique<test::simulator>(std::vector<std::string>{"--vms", "1"});
    o.connection.host = gone->host();
    auto const port = o.connection.host.substr(o.connection.host.rfind(':') + 1);
    BOOST_TEST(transport->run({{"about"}}, o).exit_code == 0);
    gone.reset();
    BOOST_TEST(transport->run({{"vm.info", "ha-host_VM0"}}, o).exit_code == 1);
    test::simulator const back({"--vms", "1", "--listen", "127.0.0.1:" + port});
    BOOST_TEST(transport->run({{"vm.info", "ha-host_VM0"}}, o).exit_code == 0);
    BOOST_TEST(back.calls("Login") == 1);
}

BOOST_AUTO_TEST_CASE(many_commands_at_once)
{
    std::atomic<int> fine = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                for (int k = 0; k < 10; ++k) {
                    fine += run({"vm.info", "-json", "ha-host_VM1"}).out.find("ha-host_VM1") != std::string::npos ? 1 : 0;
                }
            });
        }
    }
    BOOST_TEST(fine == 80);
    BOOST_TEST(host.calls("Login") == 1);
    BOOST_TEST(children().size() <= 4u); // no more are kept
}

BOOST_AUTO_TEST_CASE(what_cannot_be_served_is_run_all_the_same)
{
    BOOST_TEST(run({"find", "-type", "m", "/"}).out.find("ha-host_VM0") != std::string::npos);
    BOOST_TEST(run({"vm.info", "-h"}).out.find("-tls-ca-certs=") != std::string::npos);
    BOOST_TEST(run({"vm.info", "-nosuch"}).err.find("-nosuch") != std::string::npos);
    BOOST_TEST(run({"vm.info", "-json", "\xff"}).exit_code == 0);
    BOOST_TEST(run({"about", "-persist-session=false"}).exit_code == 0);
    BOOST_TEST(transport->serves());
    auto const old = make(test::bin("govc-0.18"));
    BOOST_TEST(old->run({{"about", "-json"}}, options()).exit_code == 0);
    BOOST_TEST(!old->serves());
}

BOOST_AUTO_TEST_CASE(no_secret_in_its_arguments)
{
    run({"about"});
    auto const process = "/proc/" + std::to_string(server());
    BOOST_TEST(test::read_file(process + "/cmdline") == std::string("govc\0serve\0", 11));
    BOOST_TEST(test::read_file(process + "/environ").find(host.password()) != std::string::npos); // there, as for any govc
}

BOOST_AUTO_TEST_SUITE_END()
