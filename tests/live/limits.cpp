// SPDX-License-Identifier: Apache-2.0
// What a process spares a host: commands at once, and passwords that were refused.
#include <algorithm>
#include <atomic>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/record.hpp>

#include "support/counting_govc.hpp"
#include "support/live.hpp"

namespace {

boost::json::object wrong(test::simulator const& host, std::string const& password = "not the password")
{
    auto properties = host.host_properties();
    properties["password"] = password;
    return properties;
}

template <class Transport>
std::string kind_of_failure(Transport& transport, boost::json::object const& properties, bool probe = true)
{
    esxi::plain_context node(properties);
    try {
        if (probe) {
            esxi::probe_host(transport, node);
        } else {
            esxi::record_host_facts(transport, node);
        }
        return "none";
    } catch (esxi::error const& failed) {
        return std::string(esxi::to_string(failed.kind()));
    }
}

/// 64 threads that look, start and stop, probe, and wait for addresses; how many failed.
int many_operations(test::simulator const& host, std::vector<esxi::any_transport*> const& transports)
{
    std::atomic<int> failed = 0;
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < 64; ++i) {
        threads.emplace_back([&, i] {
            auto& transport = *transports[i % transports.size()];
            esxi::operation_options patient;
            patient.command_timeout = std::chrono::seconds(150);
            patient.poll_interval = std::chrono::milliseconds(20);
            esxi::plain_context node(host.host_properties());
            esxi::plain_context vm({{"name", "ha-host_VM" + std::to_string(i % 2)}, {"stop_mode", "graceful"}}, node);
            try {
                switch (i % 4) {
                case 0: esxi::record_host_facts(transport, node, patient); break;
                case 1: esxi::probe_host(transport, node, patient); break;
                case 2: esxi::start_vm(transport, vm, patient); break;
                default: esxi::stop_vm(transport, vm, patient); break;
                }
            } catch (esxi::error const& e) {
                failed += e.recoverable() ? 0 : 1;
            }
        });
    }
    threads.clear();
    return failed;
}

} // namespace

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(no_more_than_four_commands_at_once)
{
    test::simulator const host({"--delay", "RetrievePropertiesEx=20"});
    test::counting_govc const counted;
    {
        auto one = test::real_govc(counted.path);
        auto other = test::real_govc(counted.path);
        BOOST_TEST(many_operations(host, {&one, &other}) == 0);
    } // the logouts count too
    auto const seen = counted.seen();
    BOOST_TEST(seen.all > 64);
    BOOST_TEST(seen.most <= 4);
    BOOST_TEST(seen.most > 1);
    BOOST_TEST_MESSAGE(seen.all << " commands, at most " << seen.most << " at once");
}

BOOST_AUTO_TEST_CASE(with_a_bound_of_one_never_two)
{
    test::simulator const host;
    test::counting_govc const counted;
    {
        auto one = test::real_govc(counted.path, 1);
        // The other one's bound is larger; as long as both live the smaller one holds.
        auto other = test::real_govc(counted.path, 16);
        BOOST_TEST(kind_of_failure(one, host.host_properties()) == "none");
        BOOST_TEST(many_operations(host, {&one, &other}) == 0);
    }
    BOOST_TEST(counted.seen().most == 1);
    BOOST_TEST(counted.seen().all > 64);
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_tried_once_by_the_whole_process)
{
    test::simulator const host({"--delay", "Login=100"});
    std::deque<esxi::any_transport> transports;
    for (int i = 0; i < 4; ++i) {
        transports.push_back(test::real_govc());
    }
    std::vector<std::string> kinds(64);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < kinds.size(); ++i) {
            threads.emplace_back([&, i] {
                auto properties = wrong(host);
                if (i % 3 == 0) {
                    properties["verify_tls"] = false; // is another connection, and the same login
                    properties.erase("ca_bundle");
                }
                kinds[i] = kind_of_failure(transports[i % 4], properties, i % 2 == 0);
            });
        }
    }
    BOOST_TEST(std::count(kinds.begin(), kinds.end(), "auth") == 64);
    BOOST_TEST(host.calls("Login") == 1);

    // Neither a new transport, nor one that records, nor the end of all others brings another try.
    transports.clear();
    auto another = test::real_govc();
    BOOST_TEST(kind_of_failure(another, wrong(host)) == "auth");
    esxi::record_transport recorder(another, {});
    BOOST_TEST(kind_of_failure(recorder, wrong(host)) == "auth");
    BOOST_TEST(kind_of_failure(recorder, wrong(host), false) == "auth");
    BOOST_TEST(recorder.recorded().entries.size() == 2u);
    BOOST_TEST(host.calls("Login") == 1);

    // Another password is tried, once; the one that was refused stays refused, also once the right one was taken.
    BOOST_TEST(kind_of_failure(another, wrong(host, "also not the password")) == "auth");
    BOOST_TEST(kind_of_failure(another, wrong(host, "also not the password"), false) == "auth");
    BOOST_TEST(host.calls("Login") == 2);
    BOOST_TEST(kind_of_failure(another, host.host_properties(), false) == "none");
    BOOST_TEST(kind_of_failure(another, wrong(host)) == "auth");
    BOOST_TEST(kind_of_failure(another, wrong(host), false) == "auth");
    BOOST_TEST(host.calls("Login") == 3);
    BOOST_TEST(host.calls("Logout") == 0);
}

BOOST_AUTO_TEST_CASE(a_password_that_is_refused_from_some_time_on_is_tried_once_more_and_no_more)
{
    // Three good logins, then none: somebody changed the password.
    test::simulator const host({"--fault", "Login=InvalidLogin,skip=3"});
    auto one = test::real_govc();
    auto other = test::real_govc();
    BOOST_TEST(kind_of_failure(one, host.host_properties()) == "none");
    BOOST_TEST(kind_of_failure(other, host.host_properties()) == "none");
    BOOST_TEST(kind_of_failure(one, host.host_properties(), false) == "none");
    std::vector<std::string> kinds(32);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < kinds.size(); ++i) {
            threads.emplace_back([&, i] { kinds[i] = kind_of_failure(i % 2 == 0 ? one : other, host.host_properties()); });
        }
    }
    BOOST_TEST(std::count(kinds.begin(), kinds.end(), "auth") == 32);
    BOOST_TEST(host.calls("Login") == 4);
}

BOOST_AUTO_TEST_SUITE_END()
