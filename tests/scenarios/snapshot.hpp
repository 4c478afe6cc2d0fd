// SPDX-License-Identifier: Apache-2.0
// Scenarios of a Snapshot node.
#pragma once

#include "world.hpp"

namespace test {

inline void snapshot_lifecycle(world& w)
{
    auto& vm = w.vm({{"name", "ha-host_VM0"}, {"delete_adopted", true}});
    auto& first = w.snapshot({{"name", "first"}, {"description", "as delivered"}}, vm);
    auto const created = w.must(esxi::create_snapshot, first, true, 3);
    BOOST_TEST(created.runtime.at("name").as_string() == "first");
    BOOST_TEST(created.runtime.at("vm_name").as_string() == "ha-host_VM0");
    BOOST_TEST(!created.runtime.at("moid").as_string().empty());
    w.must(esxi::create_snapshot, first, false, 1);
    auto const deleted = w.must(esxi::delete_snapshot, first, true, 2);
    BOOST_TEST(deleted.runtime.empty());
    w.must(esxi::delete_snapshot, first, false, 1);

    // With the VM gone, there is nothing to delete and nothing to take one of.
    w.must(esxi::create_snapshot, first, true, 3);
    w.must(esxi::delete_vm, vm, true, 2);
    w.must(esxi::delete_snapshot, first, false, 1);
    BOOST_TEST(first.runtime_properties().empty());
    w.must_fail(esxi::create_snapshot, first, esxi::error_kind::absent);
}

inline void snapshot_names(world& w)
{
    auto& vm = w.vm({{"name", "ha-host_VM0"}});
    for (char const* name : {"a/b", "50%", "back\\slash", "-dash", "*", "with \"quotes\"", "\u0441\u043d\u0438\u043c\u043e\u043a",
                             "Mixed", "mixed"}) {
        auto& snapshot = w.snapshot({{"name", name}}, vm);
        if (std::string(name) == "mixed") {
            // In another case it stands for the one that is there.
            w.must(esxi::create_snapshot, snapshot, false, 1);
            continue;
        }
        auto const created = w.must(esxi::create_snapshot, snapshot, true, 3);
        BOOST_TEST(created.runtime.at("name").as_string() == name);
        w.must(esxi::create_snapshot, snapshot, false, 1);
    }
    // `*` removes one, not all.
    auto& star = w.snapshot({{"name", "*"}}, vm);
    w.must(esxi::delete_snapshot, star, true, 2);
    auto& slash = w.snapshot({{"name", "a/b"}}, vm);
    w.must(esxi::delete_snapshot, slash, true, 2);
    auto& dash = w.snapshot({{"name", "-dash"}}, vm);
    w.must(esxi::delete_snapshot, dash, true, 2);
    auto& kept = w.snapshot({{"name", "50%"}}, vm);
    w.must(esxi::create_snapshot, kept, false, 1);
}

inline std::vector<std::vector<std::string>> prepare_twins()
{
    std::vector<std::string> const take{"snapshot.create", "-m=false", "-vm", "ha-host_VM0", "twin"};
    return {take, take};
}

inline void snapshot_twins(world& w)
{
    auto& vm = w.vm({{"name", "ha-host_VM0"}});
    auto& twin = w.snapshot({{"name", "twin"}}, vm);
    w.must_fail(esxi::create_snapshot, twin, esxi::error_kind::config);
    w.must_fail(esxi::delete_snapshot, twin, esxi::error_kind::config);
    auto& other = w.snapshot({{"name", "Twin"}}, vm);
    w.must_fail(esxi::delete_snapshot, other, esxi::error_kind::config);
}

} // namespace test
