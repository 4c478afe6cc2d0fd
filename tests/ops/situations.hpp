// SPDX-License-Identifier: Apache-2.0
// Every operation that changes something, each where it has work to do: for the sweeps that break it off or make it fail.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <esxi/ops/snapshot.hpp>
#include <esxi/ops/vm.hpp>
#include <esxi/testing/fault_overlay.hpp>

#include "ops/world.hpp"

namespace test {

using failing_host = esxi::testing::fault_overlay<fake_host>;
using failing_operation = esxi::operation_result (*)(failing_host&, node&, esxi::operation_options const&);

/// A host with VMs that must be left alone, and one node.
struct stage : world {
    node* on = nullptr;
    std::string untouched;

    void others()
    {
        host.add("neighbour").power = "poweredOn";
        host.add("importing", somebodys_token).whole = false;
        untouched = state_of_others();
    }
    [[nodiscard]] std::string state_of_others() const
    {
        std::string all;
        for (auto const& vm : host.vms) {
            if (vm.name != "web1") {
                all += vm.name + vm.moid + vm.power + vm.annotation + std::to_string(vm.cpu) + ";";
            }
        }
        return all;
    }
};

/// What is there, the operation, and what must hold once it has succeeded.
struct situation {
    std::string name;
    std::string of; ///< The operation's name.
    std::function<void(stage&)> prepare;
    test::operation run;
    failing_operation fail;
    std::function<void(stage&)> check;
};

inline void to_import(stage& s)
{
    s.on = &s.ova({{"cpu", 2}, {"wait_for_ip", true}});
    s.host.before = [&s](esxi::command const& c) -> std::optional<esxi::output> {
        if (c.argv.front() == "object.collect") {
            s.host.find("web1")->addresses = {"10.1.2.3"};
        }
        return std::nullopt;
    };
}

inline void is_imported(stage& s)
{
    auto const named = std::count_if(s.host.vms.begin(), s.host.vms.end(), [](auto const& vm) { return vm.name == "web1"; });
    BOOST_REQUIRE(named == 1);
    auto const& vm = *s.host.find("web1");
    BOOST_TEST(vm.whole);
    BOOST_TEST(vm.cpu == 2);
    BOOST_TEST(vm.power == "poweredOn");
    BOOST_TEST(vm.annotation == "Imported by esxi from small.ova");
    BOOST_TEST(s.on->text("moid") == vm.moid);
    BOOST_TEST(s.on->text("instance_uuid") == vm.uuid);
    BOOST_TEST(s.on->text("ip") == "10.1.2.3");
    BOOST_TEST(!s.on->runtime_properties().at("adopted").as_bool());
    BOOST_TEST(!s.on->runtime_properties().contains("import"));
}

inline void to_adopt(stage& s)
{
    s.host.add("web1");
    s.on = &s.vm({{"cpu", 2}});
    s.on->run_for(esxi::purpose::engine);
}

inline void is_adopted(stage& s)
{
    BOOST_TEST(s.host.find("web1")->cpu == 2);
    BOOST_TEST(s.host.find("web1")->power == "poweredOn");
    BOOST_TEST(s.on->runtime_properties().at("adopted").as_bool());
}

inline void to_power_cycle(stage& s, bool graceful)
{
    auto& vm = s.host.add("web1");
    vm.power = "poweredOn";
    vm.tools = true;
    s.on = &s.vm({{"power_on", false}, {"allow_power_cycle", true}, {"stop_mode", graceful ? "graceful" : "hard"}});
    create_vm(s.host, *s.on, s.options);
    auto properties = s.on->properties();
    properties["cpu"] = 2;
    s.on->set_properties(properties);
}

inline void is_power_cycled(stage& s)
{
    BOOST_TEST(s.host.find("web1")->cpu == 2);
    BOOST_TEST(s.host.find("web1")->power == "poweredOn");
    BOOST_TEST(!s.on->runtime_properties().contains("power_cycle"));
}

inline void to_run(stage& s)
{
    s.on = &s.ova();
    create_vm(s.host, *s.on, s.options);
}

inline void is_deleted(stage& s)
{
    BOOST_TEST(s.host.find("web1") == nullptr);
    BOOST_TEST(s.on->runtime_properties().empty());
}

inline void to_snapshot(stage& s)
{
    s.host.add("web1");
    s.on = &s.snapshot({{"name", "s1"}}, s.vm());
}

inline void has_snapshot(stage& s)
{
    BOOST_REQUIRE(s.host.find("web1")->snapshots.size() == 1u);
    BOOST_TEST(s.on->text("moid") == s.host.find("web1")->snapshots.front().moid);
}

/// All of them.
inline std::vector<situation> situations()
{
    std::vector<situation> all;
    auto const power_is = [](std::string state) {
        return [state](stage& s) {
            BOOST_TEST(s.host.find("web1")->power == state);
            BOOST_TEST(s.on->text("power_state") == state);
        };
    };
    auto const add = [&all](std::string name, std::string of, std::function<void(stage&)> prepare, test::operation run,
                            failing_operation fail, std::function<void(stage&)> check) {
        all.push_back({std::move(name), std::move(of), std::move(prepare), run, fail, std::move(check)});
    };
    add("import", "create_vm", to_import, create_vm, &esxi::create_vm<failing_host, node>, is_imported);
    add("adoption", "create_vm", to_adopt, create_vm, &esxi::create_vm<failing_host, node>, is_adopted);
    for (bool const graceful : {false, true}) {
        add(
            graceful ? "graceful power cycle" : "power cycle", "configure_vm",
            [graceful](stage& s) { to_power_cycle(s, graceful); }, configure_vm, &esxi::configure_vm<failing_host, node>,
            is_power_cycled);
    }
    add(
        "start", "start_vm",
        [](stage& s) {
            to_run(s);
            stop_vm(s.host, *s.on, s.options);
        },
        start_vm, &esxi::start_vm<failing_host, node>, power_is("poweredOn"));
    add("stop", "stop_vm", to_run, stop_vm, &esxi::stop_vm<failing_host, node>, power_is("poweredOff"));
    for (bool const has_tools : {false, true}) {
        add(
            has_tools ? "graceful stop" : "graceful stop without tools", "stop_vm",
            [has_tools](stage& s) {
                s.on = &s.ova({{"stop_mode", "graceful"}});
                create_vm(s.host, *s.on, s.options);
                s.host.find("web1")->tools = has_tools;
            },
            stop_vm, &esxi::stop_vm<failing_host, node>, power_is("poweredOff"));
    }
    add("delete", "delete_vm", to_run, delete_vm, &esxi::delete_vm<failing_host, node>, is_deleted);
    add(
        "delete by an engine", "delete_vm",
        [](stage& s) {
            to_run(s);
            s.on->run_for(esxi::purpose::engine);
        },
        delete_vm, &esxi::delete_vm<failing_host, node>, is_deleted);
    add("snapshot", "create_snapshot", to_snapshot, create_snapshot, &esxi::create_snapshot<failing_host, node>, has_snapshot);
    add(
        "delete of a snapshot", "delete_snapshot",
        [](stage& s) {
            to_snapshot(s);
            s.host.find("web1")->snapshots.push_back({"snapshot-0", "other"});
            create_snapshot(s.host, *s.on, s.options);
        },
        delete_snapshot, &esxi::delete_snapshot<failing_host, node>,
        [](stage& s) {
            BOOST_TEST(s.host.find("web1")->snapshots.size() == 1u);
            BOOST_TEST(s.on->runtime_properties().empty());
        });
    return all;
}

} // namespace test
