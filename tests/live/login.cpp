// SPDX-License-Identifier: Apache-2.0
// Logins: as few as can be, and a wrong password never twice.
// ctest: served
#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>

#include "support/live.hpp"

namespace {

boost::json::object wrong(test::simulator const& host)
{
    auto properties = host.host_properties();
    properties["password"] = "not the password";
    return properties;
}

std::string failure_of(esxi::any_transport& transport, boost::json::object const& properties)
{
    esxi::plain_context node(properties);
    try {
        esxi::probe_host(transport, node);
        return "none";
    } catch (esxi::error const& failed) {
        return std::string(esxi::to_string(failed.kind()));
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(login)

BOOST_AUTO_TEST_CASE(a_transport_logs_in_once_and_out_at_its_end)
{
    std::optional<test::simulator> host;
    std::optional<esxi::any_transport> govc;
    test::in_time(
        test::for_logouts,
        [&] {
            host.emplace();
            govc.emplace(test::real_govc());
            esxi::plain_context node(host->host_properties());
            for (int i = 0; i < 5; ++i) {
                esxi::record_host_facts(*govc, node);
            }
            BOOST_TEST(host->calls("Login") == 1);
            BOOST_TEST(host->calls("Logout") == 0);
        },
        [&] { govc.reset(); },
        [&] {
            BOOST_TEST(host->calls("Login") == 1);
            BOOST_TEST(host->calls("Logout") == 1);
        });
}

BOOST_AUTO_TEST_CASE(first_commands_at_once_log_in_once)
{
    test::simulator const host({"--delay", "Login=300"});
    auto govc = test::real_govc();
    std::atomic<int> done = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                esxi::plain_context node(host.host_properties());
                done += static_cast<int>(esxi::record_host_facts(govc, node).runtime.at("vms").as_object().size());
            });
        }
    }
    BOOST_TEST(done == 16);
    BOOST_TEST(host.calls("Login") == 1);
}

BOOST_AUTO_TEST_CASE(a_probe_logs_in_afresh)
{
    test::simulator const host;
    auto govc = test::real_govc();
    esxi::plain_context node(host.host_properties());
    esxi::record_host_facts(govc, node);
    esxi::probe_host(govc, node);
    BOOST_TEST(host.calls("Login") == 2);
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_tried_once)
{
    test::simulator const host;
    {
        auto govc = test::real_govc();
        std::vector<std::string> kinds(8);
        {
            std::vector<std::jthread> threads;
            for (auto& kind : kinds) {
                threads.emplace_back([&] { kind = failure_of(govc, wrong(host)); });
            }
        }
        for (auto const& kind : kinds) {
            BOOST_TEST(kind == "auth");
        }
    }
    BOOST_TEST(host.calls("Login") == 1);
    BOOST_TEST(host.calls("Logout") == 0);
}

BOOST_AUTO_TEST_CASE(a_good_login_does_not_carry_a_wrong_password)
{
    test::simulator const host;
    auto govc = test::real_govc();
    esxi::plain_context node(host.host_properties());
    esxi::record_host_facts(govc, node);
    BOOST_TEST(failure_of(govc, wrong(host)) == "auth");
    esxi::plain_context bad(wrong(host));
    BOOST_CHECK_EXCEPTION(esxi::record_host_facts(govc, bad), esxi::error,
                          [](auto const& failed) { return failed.kind() == esxi::error_kind::auth; });
    // And the good one is none the worse for it.
    esxi::record_host_facts(govc, node);
    BOOST_TEST(host.calls("Login") == 2);
}

BOOST_AUTO_TEST_CASE(the_tool_says_so_whatever_is_cached_for_the_caller)
{
    test::simulator const host;
    test::tool tool(host);
    // A good session of that host and user in the caller's own ~/.govmomi.
    auto const cached = test::run_program({test::bin("govc"), "about"}, {{"HOME", tool.home() / ""},
                                                                         {"GOVC_URL", host.host()},
                                                                         {"GOVC_USERNAME", "root"},
                                                                         {"GOVC_PASSWORD", host.password()},
                                                                         {"GOVC_INSECURE", "true"}});
    BOOST_TEST(cached.exit_code == 0);
    BOOST_TEST(host.calls("Login") == 1);
    tool.set("ESXI_PASSWORD", "not the password");
    for (auto const& command : std::vector<std::vector<std::string>>{
             {"host", "probe"}, {"host", "facts"}, {"vm", "list"}, {"vm", "stop", "ha-host_VM0"}}) {
        auto const before = host.calls("Login");
        auto arguments = command;
        arguments.insert(arguments.begin(), {"--output", "json"});
        auto const done = tool.run(arguments);
        BOOST_TEST(done.exit_code == 3);
        BOOST_TEST(done.out.empty());
        BOOST_TEST(test::error_kind_of(done) == "auth");
        BOOST_TEST(test::json_of(done.err).at("error").at("recoverable").as_bool() == false);
        BOOST_TEST(host.calls("Login") == before + 1);
    }
    BOOST_TEST(host.calls("Logout") == 0);
}

BOOST_AUTO_TEST_CASE(a_broken_session_file_heals_itself)
{
    test::simulator const host;
    test::directory const temporary;
    ::setenv("TMPDIR", temporary.path().c_str(), 1);
    auto govc = test::real_govc();
    esxi::plain_context node(host.host_properties());
    esxi::record_host_facts(govc, node);
    int broken = 0;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(temporary.path())) {
        if (entry.is_regular_file() && entry.path().string().find("/sessions/") != std::string::npos) {
            std::filesystem::resize_file(entry.path(), 10);
            ++broken;
        }
    }
    BOOST_TEST(broken == 1);
    // The one that finds it broken may fail, and says that another try helps; the next goes through.
    try {
        esxi::record_host_facts(govc, node);
    } catch (esxi::error const& failed) {
        BOOST_TEST(failed.recoverable());
        esxi::record_host_facts(govc, node);
    }
    BOOST_TEST(host.calls("Login") == 2);
}

BOOST_AUTO_TEST_SUITE_END()
