// SPDX-License-Identifier: Apache-2.0
// Deadlines in a unit test: a plain context's virtual time, which waits push on, and which a script can push on as well.
#include <esxi/testing/scripted_transport.hpp>

#include <chrono>
#include <string>

#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>

namespace {

using namespace std::chrono_literals;
using esxi::output;
using esxi::testing::scripted_transport;

struct fixture {
    esxi::plain_context host{{{"host", "esxi1.example"}, {"password", "not needed"}}};
    esxi::plain_context vm{{{"name", "web1"}, {"stop_mode", "graceful"}, {"stop_timeout", 600}}, host};
    scripted_transport script;

    fixture() { vm.use_virtual_time(); }

    void expect_a_look(std::string const& power)
    {
        script.expect("vm.info").answer_json(
            {{"virtualMachines",
              {{{"self", {{"type", "VirtualMachine"}, {"value", "1"}}},
                {"name", "web1"},
                {"runtime", {{"powerState", power}, {"connectionState", "connected"}}},
                {"config", {{"instanceUuid", "u"}, {"hardware", {{"numCPU", 1}, {"memoryMB", 512}}}}}}}}});
    }
    esxi::testing::expectation& expect_a_poll(std::string const& power)
    {
        return script.expect("object.collect", "VirtualMachine:1")
            .answer_json({{{"name", "runtime.powerState"}, {"op", "assign"}, {"val", power}}});
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(virtual_time, fixture)

BOOST_AUTO_TEST_CASE(ten_minutes_take_no_time)
{
    auto const begun = std::chrono::steady_clock::now();
    auto const then = vm.now();
    expect_a_look("poweredOn");
    script.expect("vm.power", "-s");
    int polls = 0;
    expect_a_poll("poweredOn")
        .call([&polls](auto const&, auto const&) {
            ++polls;
            return output{0, R"([{"name":"runtime.powerState","op":"assign","val":"poweredOn"}])", ""};
        })
        .repeat();
    script.expect("vm.power", "-off");
    esxi::stop_vm(script, vm);
    script.finish();
    BOOST_TEST(polls > 10);
    BOOST_TEST((vm.now() - then >= 599s));
    BOOST_TEST((std::chrono::steady_clock::now() - begun < 300s));
}

BOOST_AUTO_TEST_CASE(a_command_can_let_time_pass)
{
    expect_a_look("poweredOn");
    script.expect("vm.power", "-s");
    script.expect("object.collect").call([this](auto const&, auto const&) {
        vm.wait(601s); // a host that is slow to answer
        return output{0, R"([{"name":"runtime.powerState","op":"assign","val":"poweredOn"}])", ""};
    });
    script.expect("vm.power", "-off");
    esxi::stop_vm(script, vm);
    BOOST_CHECK_NO_THROW(script.finish());
}

BOOST_AUTO_TEST_CASE(wall_time_passes_as_well)
{
    auto const then = vm.wall_time();
    vm.wait(16min);
    BOOST_TEST((vm.wall_time() - then >= 16min));
}

BOOST_AUTO_TEST_SUITE_END()
