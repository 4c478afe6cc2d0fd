// SPDX-License-Identifier: Apache-2.0
// The scenario of names that govc takes for something else: each operation reaches the VM of that name, and no other.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "support/simulator.hpp"
#include "world.hpp"

namespace test {

/// The moid that the first VM has: on a host of a real release (ESXI_TEST_PERSONA) a bare number.
inline std::string moid_of_web1()
{
    return persona().empty() ? "vm-13" : "1";
}

/// Side by side: each that means several, or another one, to govc, with what it would mean.
inline std::vector<std::string> odd_names()
{
    return {"web1",
            "webX",
            "web*",
            "web-[1]",
            "web-1",
            "q?x",
            "qax",
            "a/b",
            "back\\slash",
            "50%",
            "-dash",
            "sp ace",
            "it's \"quoted\"",
            "\u0432\u0435\u0431",
            "VirtualMachine:" + moid_of_web1(),
            "%2f",
            "./web2",
            ".hidden",
            "...",
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
    auto const facts = [&w] { return w.must(esxi::record_host_facts, w.host(), false, 1).runtime.at("vms").as_object(); };
    auto expected = facts();
    BOOST_TEST(expected.size() == odd_names().size());
    BOOST_TEST(expected.at("web1").at("moid").as_string() == moid_of_web1());

    std::map<std::string, esxi::plain_context*> vms;
    for (auto const& name : odd_names()) {
        BOOST_TEST_CONTEXT(name)
        {
            auto& vm = w.vm({{"name", name}, {"cpu", 2}, {"power_on", false}, {"delete_adopted", true}});
            vms[name] = &vm;
            auto const created = w.must(esxi::create_vm, vm, true, 2);
            BOOST_TEST(created.runtime.at("moid") == expected.at(name).at("moid"));
            auto& passing = w.snapshot({{"name", "passing"}}, vm);
            w.must(esxi::create_snapshot, passing, true, 3);
            w.must(esxi::delete_snapshot, passing, true, 2);
            w.must(esxi::create_snapshot, w.snapshot({{"name", "of " + name}}, vm), true, 3);
            w.must(esxi::start_vm, vm, true, 2);
            w.must(esxi::stop_vm, vm, true, 2);
            // By name only, with nothing recorded.
            auto& by_name = w.vm({{"name", name}, {"cpu", 3}});
            w.must(esxi::configure_vm, by_name, true, 2);
            // It alone has changed.
            expected.at(name).at("config").as_object()["cpu"] = 3;
            BOOST_TEST(facts() == expected);
        }
    }
    for (auto const& name : odd_names()) {
        BOOST_TEST_CONTEXT("end of " << name)
        {
            // No snapshot went astray: there is its own, in its place.
            w.must(esxi::create_snapshot, w.snapshot({{"name", "of " + name}}, *vms.at(name)), false, 1);
            w.must(esxi::delete_vm, *vms.at(name), true, 2);
            expected.erase(name);
            BOOST_TEST(facts() == expected);
        }
    }
}

} // namespace test
