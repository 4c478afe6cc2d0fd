// SPDX-License-Identifier: Apache-2.0
// The scenario of names that govc takes for something else: each operation reaches the VM of that name, and no other.
#pragma once

#include <string>
#include <vector>

#include "world.hpp"

namespace test {

inline std::vector<std::string> odd_names()
{
    return {"web1",
            "webX",
            "web*",
            "web-[1]",
            "q?x",
            "a/b",
            "back\\slash",
            "50%",
            "-dash",
            "sp ace",
            "it's \"quoted\"",
            "\u0432\u0435\u0431",
            "VirtualMachine:vm-12",
            "%2f",
            "./web2",
            ".hidden",
            "HostSystem:ha-host"};
}

inline std::vector<std::vector<std::string>> prepare_names()
{
    std::vector<std::vector<std::string>> commands;
    for (auto const& name : odd_names()) {
        commands.push_back({"vm.create", "-on=false", "-c=1", "-m=512", "--", name});
    }
    return commands;
}

inline void names_reach_their_vm(world& w)
{
    auto const facts = w.must(esxi::record_host_facts, w.host(), false, 2).runtime.at("vms").as_object();
    for (auto const& name : odd_names()) {
        BOOST_TEST_CONTEXT(name)
        {
            BOOST_TEST(facts.contains(name));
            auto const moid = facts.contains(name) ? std::string(facts.at(name).at("moid").as_string()) : std::string();
            auto& vm = w.vm({{"name", name}, {"cpu", 2}, {"delete_adopted", true}});
            auto const created = w.must(esxi::create_vm, vm, true, 3);
            BOOST_TEST(created.runtime.at("moid").as_string() == moid);
            auto& snapshot = w.snapshot({{"name", "s"}}, vm);
            w.must(esxi::create_snapshot, snapshot, true, 3);
            w.must(esxi::delete_snapshot, snapshot, true, 2);
            w.must(esxi::stop_vm, vm, true, 2);
            // Nothing recorded: by name only.
            auto& by_name = w.vm({{"name", name}, {"cpu", 3}, {"delete_adopted", true}});
            w.must(esxi::start_vm, by_name, true, 2);
            w.must(esxi::stop_vm, by_name, true, 2);
            w.must(esxi::configure_vm, by_name, true, 2);
            w.must(esxi::delete_vm, by_name, true, 2);

            auto const left = w.must(esxi::record_host_facts, w.host(), false, 2).runtime.at("vms").as_object();
            BOOST_TEST(!left.contains(name));
            // All others are as they were before this one was touched.
            for (auto const& other : left) {
                BOOST_TEST(other.value().at("config").at("cpu").as_int64() == 1);
                BOOST_TEST(other.value().at("power_state").as_string() == "poweredOff");
            }
            w.vm({{"name", name}});
        }
    }
    BOOST_TEST(w.must(esxi::record_host_facts, w.host(), false, 2).runtime.at("vms").as_object().empty());
}

} // namespace test
