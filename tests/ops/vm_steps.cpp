// SPDX-License-Identifier: Apache-2.0
// The steps on a VM when others are at it too, when they take their time, and when a stop is requested.
#include <esxi/ops/vm_steps.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "ops/world.hpp"

namespace {

using namespace test;
using namespace std::chrono_literals;
using esxi::error_kind;

struct fixture : world {
    /// Has this act before each command of that name; answers the command where it returns something.
    void at(std::string verb, std::function<std::optional<esxi::output>()> act)
    {
        host.before = [verb = std::move(verb), act = std::move(act)](esxi::command const& c) -> std::optional<esxi::output> {
            return c.argv.front() == verb ? act() : std::nullopt;
        };
    }
    fake_vm& running(bool tools = false)
    {
        auto& vm = host.add("web1");
        vm.power = "poweredOn";
        vm.tools = tools;
        return vm;
    }
};

std::string const graceful_stop = R"({"stop_mode": "graceful", "stop_timeout": 60})";

} // namespace

BOOST_FIXTURE_TEST_SUITE(vm_steps, fixture)

// ---- Races ---------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(started_by_somebody_else_just_before_it_is_reshaped)
{
    host.add("web1");
    auto& vm = this->vm({{"cpu", 4}});
    at("vm.change", [this] {
        host.find("web1")->power = "poweredOn";
        return std::nullopt;
    });
    // Another try can help: that one sees the VM run, and says what to do about it.
    BOOST_TEST(must_fail(configure_vm, vm, error_kind::conflict).find("started by somebody else") != std::string::npos);
    BOOST_TEST(must_fail(configure_vm, vm, error_kind::config).find("allow_power_cycle") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(on_already)
{
    host.add("web1");
    at("vm.power", [this] {
        host.find("web1")->power = "poweredOn";
        return std::nullopt;
    });
    auto& vm = this->vm();
    must(start_vm, vm, true, 2);
    BOOST_TEST(vm.text("power_state") == "poweredOn");
    // In a sentence, as well as in a fault's fields.
    host.find("web1")->power = "poweredOff";
    at("vm.power",
       [] { return fake_host::failed("The attempted operation cannot be performed in the current state (Powered on)."); });
    must(start_vm, vm, true, 2);
    at("vm.power",
       [] { return fake_host::failed("The attempted operation cannot be performed in the current state (Suspended)."); });
    must_fail(start_vm, vm, error_kind::conflict);
}

BOOST_AUTO_TEST_CASE(off_already)
{
    running();
    auto& vm = this->vm();
    at("vm.power", [this] {
        host.find("web1")->power = "poweredOff";
        return std::nullopt;
    });
    must(stop_vm, vm, true, 2);
    BOOST_TEST(vm.text("power_state") == "poweredOff");
    host.find("web1")->power = "poweredOn";
    at("vm.power", [] { return fake_host::failed("Another task is already in progress."); });
    must_fail(stop_vm, vm, error_kind::conflict);
}

BOOST_AUTO_TEST_CASE(gone_already)
{
    for (char const* properties : {"{}", graceful_stop.c_str()}) {
        running(true);
        at("vm.power", [this] {
            host.vms.clear();
            return std::nullopt;
        });
        must(stop_vm, vm(json::parse(properties).as_object()), true, 2);
    }
    running();
    at("vm.destroy", [this] {
        host.vms.clear();
        return std::nullopt;
    });
    auto& vm = this->vm({{"delete_adopted", true}});
    must(delete_vm, vm, true, 2);
    BOOST_TEST(vm.runtime_properties().empty());
    // Absent is what govc says of this VM, and nothing else.
    host.before = {};
    host.add("web1");
    must(create_vm, vm, true, 2);
    for (char const* text : {"datastore cluster 'x' not found", "download(http://h/x): 404 File not found",
                             "Permission to perform this operation was denied."}) {
        at("vm.destroy", [text] { return fake_host::failed(text); });
        BOOST_CHECK_THROW(delete_vm(host, vm, {}), esxi::error);
        BOOST_TEST(vm.text("moid") == host.find("web1")->moid);
    }
    at("vm.power", [this] {
        host.vms.clear();
        return std::nullopt;
    });
    host.find("web1")->power = "poweredOff";
    // It was there when the operation looked: somebody else is at it.
    BOOST_TEST(has(must_fail(start_vm, vm, error_kind::conflict), "was there, and is gone"));
}

// ---- Graceful stop -------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_guest_shuts_down)
{
    running(true);
    auto& vm = this->vm(json::parse(graceful_stop).as_object());
    int polls = 0;
    at("vm.power", [] { return esxi::output{}; });
    auto const inner = host.before;
    host.before = [this, inner, &polls](esxi::command const& c) -> std::optional<esxi::output> {
        if (c.argv.front() == "object.collect" && ++polls == 3) {
            host.find("web1")->power = "poweredOff";
        }
        return inner(c);
    };
    auto const before = vm.now();
    must(stop_vm, vm, true, 2);
    BOOST_TEST(polls == 3);
    BOOST_TEST((vm.now() - before >= 4s));
    BOOST_TEST((vm.now() - before < 20s));
    BOOST_TEST(vm.warnings.empty());
    BOOST_TEST(vm.text("power_state") == "poweredOff");
}

BOOST_AUTO_TEST_CASE(the_guest_does_not_shut_down_in_time)
{
    running(true);
    auto& vm = this->vm(json::parse(graceful_stop).as_object());
    host.before = [](esxi::command const& c) -> std::optional<esxi::output> {
        bool const asks = c.argv.front() == "vm.power" && line_of(c.argv).find(" -s ") != std::string::npos;
        return asks ? std::optional(esxi::output{}) : std::nullopt;
    };
    auto const before = vm.now();
    must(stop_vm, vm, true, 3);
    BOOST_TEST((vm.now() - before > 59s));
    BOOST_TEST((vm.now() - before < 80s));
    BOOST_TEST(vm.warnings.size() == 1u);
    BOOST_TEST(has(vm.warnings.front(), "did not shut down within 60 s"));
    BOOST_TEST(host.find("web1")->power == "poweredOff");
}

BOOST_AUTO_TEST_CASE(there_is_no_guest_to_ask)
{
    running(false);
    auto& vm = this->vm(json::parse(graceful_stop).as_object());
    must(stop_vm, vm, true, 3);
    BOOST_TEST(has(vm.warnings.at(0), "VMware Tools are not running"));
    BOOST_TEST(host.find("web1")->power == "poweredOff");
}

BOOST_AUTO_TEST_CASE(the_vm_goes_while_it_shuts_down)
{
    running(true);
    at("object.collect", [this] {
        host.vms.clear();
        return std::nullopt;
    });
    must(stop_vm, vm(json::parse(graceful_stop).as_object()), true, 2);
}

BOOST_AUTO_TEST_CASE(another_failure_of_a_graceful_stop_is_one)
{
    running(true);
    at("vm.power", [] { return fake_host::failed("Permission to perform this operation was denied."); });
    must_fail(stop_vm, vm(json::parse(graceful_stop).as_object()), error_kind::auth);
    BOOST_TEST(host.find("web1")->power == "poweredOn");
}

BOOST_AUTO_TEST_CASE(a_stop_request_ends_the_wait)
{
    running(true);
    auto& vm = this->vm(json::parse(graceful_stop).as_object());
    std::stop_source source;
    vm.stop_with(source.get_token());
    at("vm.power", [] { return esxi::output{}; });
    auto const inner = host.before;
    host.before = [inner, &source](esxi::command const& c) {
        if (c.argv.front() == "object.collect") {
            source.request_stop();
        }
        return inner(c);
    };
    must_fail(stop_vm, vm, error_kind::cancelled);
    BOOST_TEST(host.count("object.collect") == 1);
}

// ---- The wait for an address ---------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(addresses)
{
    struct {
        char const* version;
        std::vector<std::string> at_first, later;
        char const* expected; ///< empty: none in time
        long polls;
    } const cases[] = {
        {"any", {"10.1.2.3"}, {}, "10.1.2.3", 1},
        {"any", {}, {"10.1.2.3"}, "10.1.2.3", 3},
        {"any", {"fe80::1"}, {"fe80::1", "10.1.2.3"}, "10.1.2.3", 3},
        {"any", {"169.254.3.4"}, {"2001:db8::1"}, "2001:db8::1", 3},
        {"v4", {"10.1.2.3"}, {}, "10.1.2.3", 1},
        {"v6", {"10.1.2.3"}, {"10.1.2.3", "fe80::1", "2001:db8::1"}, "2001:db8::1", 3},
        {"v6", {"10.1.2.3"}, {"10.1.2.3", "fe80::1"}, "", 31},
        {"any", {"fe80::1"}, {"fe80::1"}, "", 31},
        {"any", {}, {}, "", 31},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.version << " " << line_of(c.at_first) << " -> " << c.expected)
        {
            world w;
            w.host.add("web1").power = "poweredOff";
            auto& vm = w.vm({{"wait_for_ip", true}, {"ip_timeout", 60}, {"ip_version", c.version}});
            int polls = 0;
            w.host.before = [&](esxi::command const& command) -> std::optional<esxi::output> {
                if (command.argv.front() == "object.collect" && (++polls == 1 || polls == 3)) {
                    w.host.find("web1")->addresses = polls == 1 ? c.at_first : c.later;
                }
                return std::nullopt;
            };
            auto const before = vm.now();
            if (*c.expected != '\0') {
                w.must(start_vm, vm, true, 2);
            } else {
                auto const message = w.must_fail(start_vm, vm, error_kind::unavailable);
                BOOST_TEST(has(message, "no usable address within 60 s"));
                BOOST_TEST(has(message, "(only ") == !c.at_first.empty());
                BOOST_TEST(vm.text("power_state") == "poweredOn");
            }
            BOOST_TEST(vm.text("ip") == c.expected);
            BOOST_TEST(w.host.count("object.collect") == c.polls);
            BOOST_TEST((vm.now() - before < 70s));
        }
    }
}

// A bridge of the guest's own is none.
BOOST_AUTO_TEST_CASE(an_address_is_one_of_the_vms_own_cards)
{
    auto& web1 = host.add("web1");
    web1.bridge = "172.17.0.1";
    auto& vm = this->vm({{"wait_for_ip", true}, {"ip_timeout", 60}});
    int polls = 0;
    host.before = [&](esxi::command const& c) -> std::optional<esxi::output> {
        if (c.argv.front() == "object.collect" && ++polls == 3) {
            web1.addresses = {"10.0.0.5"};
        }
        return std::nullopt;
    };
    must(start_vm, vm, true, 2);
    BOOST_TEST(vm.text("ip") == "10.0.0.5");
    BOOST_TEST(polls == 3);
    must(start_vm, vm, false, 1);
    BOOST_TEST(vm.text("ip") == "10.0.0.5");
    web1.addresses.clear();
    must_fail(start_vm, vm, error_kind::unavailable);
    BOOST_TEST(!vm.runtime_properties().contains("ip"));
}

BOOST_AUTO_TEST_CASE(a_wait_ends_when_the_vm_does_not_run_any_more)
{
    for (std::string const power : {"poweredOff", "suspended", ""}) { // the last: it is gone
        world w;
        w.host.add("web1").power = "poweredOff";
        auto& vm = w.vm({{"wait_for_ip", true}, {"ip_timeout", 600}});
        int polls = 0;
        w.host.before = [&](esxi::command const& command) -> std::optional<esxi::output> {
            if (command.argv.front() == "object.collect" && ++polls == 3) {
                if (power.empty()) {
                    w.host.vms.clear();
                } else {
                    w.host.find("web1")->power = power;
                }
            }
            return std::nullopt;
        };
        auto const before = vm.now();
        auto const message = w.must_fail(start_vm, vm, error_kind::conflict);
        BOOST_TEST((vm.now() - before < 10s));
        BOOST_TEST(w.host.count("object.collect") == 3);
        BOOST_TEST(has(message, power == "poweredOff" ? "VM `web1` was powered off while its address was awaited; start it again"
                                : power.empty()       ? "VM `web1` was there, and is gone"
                                                      : "VM `web1` was suspended while its address was awaited; start it again"),
                   message);
        BOOST_TEST(vm.text("power_state") == (power.empty() ? "poweredOn" : power));
    }
}

BOOST_AUTO_TEST_CASE(a_wait_that_failed_is_gone_on_with)
{
    auto& vm = ova({{"wait_for_ip", true}});
    must_fail(create_vm, vm, error_kind::unavailable);
    BOOST_TEST(!vm.runtime_properties().contains("import"));
    BOOST_TEST(vm.text("moid") == "vm-1");
    must_fail(create_vm, vm, error_kind::unavailable);
    host.find("web1")->addresses = {"10.1.2.3"};
    must(create_vm, vm, false, 1);
    BOOST_TEST(vm.text("ip") == "10.1.2.3");
    BOOST_TEST(host.count("import.ova") == 1);
}

BOOST_AUTO_TEST_CASE(a_wait_is_bounded)
{
    auto& vm = this->vm({{"wait_for_ip", true}, {"ip_timeout", 7}});
    struct keeps_options : fake_host {
        std::vector<esxi::run_options> seen;
        esxi::output run(esxi::command const& c, esxi::run_options const& o)
        {
            seen.push_back(o);
            return fake_host::run(c, o);
        }
    } bounded;
    bounded.add("web1").power = "poweredOn";
    bounded.vms.front().addresses = {"fe80::1"};
    esxi::operation_options settings;
    settings.command_timeout = 5s;
    auto const before = vm.now();
    BOOST_CHECK_THROW((esxi::start_vm(bounded, vm, settings)), esxi::error);
    auto const waited = vm.now() - before; // of virtual time, and what the test itself takes
    BOOST_TEST((waited >= 7s && waited < 67s));
    BOOST_TEST(std::all_of(bounded.seen.begin(), bounded.seen.end(), [](auto const& each) { return each.timeout == 5s; }));
}

// ---- Power cycles --------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_power_on_owed_is_made_good)
{
    auto& vm = ova();
    must(create_vm, vm, true, 6);
    json::object const cycle{{"name", "web1"}, {"cpu", 4}, {"allow_power_cycle", true}, {"power_on", false}};
    auto const interrupted = [&] {
        host.find("web1")->power = "poweredOn";
        host.find("web1")->cpu = 1;
        vm.set_properties(cycle);
        BOOST_TEST(dies(configure_vm, vm, 3, killed_when::before));
        BOOST_TEST(vm.runtime_properties().contains("power_cycle"));
        BOOST_TEST(host.find("web1")->power == "poweredOff");
    };
    // By whichever operation comes next,
    for (operation run : {configure_vm, create_vm, start_vm}) {
        interrupted();
        run(host, vm, options);
        BOOST_TEST(host.find("web1")->power == "poweredOn");
        BOOST_TEST(!vm.runtime_properties().contains("power_cycle"));
    }
    // unless somebody else did, or it was stopped on purpose.
    interrupted();
    host.find("web1")->power = "poweredOn";
    host.find("web1")->cpu = 4;
    must(configure_vm, vm, false, 1);
    BOOST_TEST(!vm.runtime_properties().contains("power_cycle"));
    interrupted();
    must(stop_vm, vm, false, 1);
    BOOST_TEST(!vm.runtime_properties().contains("power_cycle"));
    host.find("web1")->cpu = 4;
    must(configure_vm, vm, false, 1);
    BOOST_TEST(host.find("web1")->power == "poweredOff");
}

BOOST_AUTO_TEST_CASE(a_vm_without_a_record_is_owed_nothing_afterwards)
{
    running();
    auto& vm = this->vm({{"cpu", 2}, {"allow_power_cycle", true}});
    must(configure_vm, vm, true, 4);
    BOOST_TEST(!vm.runtime_properties().contains("power_cycle"));
    BOOST_TEST(host.find("web1")->power == "poweredOn");
}

BOOST_AUTO_TEST_CASE(a_power_off_that_failed_and_took_effect_is_owed_its_power_on)
{
    for (std::string const text :
         {"Another task is already in progress.", "A general system error occurred: x", "NoPermission"}) {
        running();
        auto& vm = this->vm({{"cpu", 2}, {"allow_power_cycle", true}});
        host.before = [&](esxi::command const& c) -> std::optional<esxi::output> {
            if (c.argv.front() != "vm.power") {
                return std::nullopt;
            }
            host.find("web1")->power = "poweredOff";
            host.before = {};
            return fake_host::failed(text); // of the look at the task
        };
        BOOST_CHECK_THROW(configure_vm(host, vm, options), esxi::govc_error);
        configure_vm(host, vm, options);
        BOOST_TEST(host.find("web1")->power == "poweredOn", text);
        BOOST_TEST(host.find("web1")->cpu == 2);
        host.vms.clear();
    }
}

BOOST_AUTO_TEST_SUITE_END()
