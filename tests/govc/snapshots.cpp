// SPDX-License-Identifier: Apache-2.0
// The snapshots that vm.info prints.
#include <esxi/govc/vm_info.hpp>

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

namespace {

std::vector<esxi::snapshot_state> read(std::string_view text)
{
    auto const vms = esxi::govc::read_vm_info(text);
    BOOST_TEST_REQUIRE(vms.size() == 1u);
    return vms.front().snapshots;
}

/// The snapshots of a VM of which a host says this.
std::vector<esxi::snapshot_state> of(std::string const& info)
{
    return read(R"({"virtualMachines":[{"self":{"value":"12"},"name":"web1","snapshot":)" + info + "}]}");
}

std::string node(std::string const& moid, std::string const& name, std::string const& children = "null")
{
    return R"({"snapshot":{"type":"VirtualMachineSnapshot","value":")" + moid + R"("},"name":")" + name +
           R"(","childSnapshotList":)" + children + "}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(snapshots)

BOOST_AUTO_TEST_CASE(are_read_with_all_branches_in_both_dialects)
{
    for (auto const* version : {"v0.56", "v0.18"}) {
        auto const tree = read(test::fixture(version + std::string("/vm_info.json")));
        BOOST_TEST_REQUIRE(tree.size() == 1u);
        BOOST_TEST(tree[0].moid == "snapshot-15");
        BOOST_TEST(tree[0].name == "first");
        BOOST_TEST(tree[0].description == "before \"it\"\nsecond line");
        BOOST_TEST(tree[0].created == "2026-11-25T22:02:00.144325601Z");
        BOOST_TEST(!tree[0].current);
        BOOST_TEST_REQUIRE(tree[0].children.size() == 2u);
        BOOST_TEST(tree[0].children[0].name == "a/b");
        BOOST_TEST(tree[0].children[0].stored_name == "a%2fb");
        BOOST_TEST_REQUIRE(tree[0].children[0].children.size() == 1u);
        BOOST_TEST(tree[0].children[0].children[0].name == "deep");
        BOOST_TEST(tree[0].children[0].children[0].children.empty());
        BOOST_TEST(tree[0].children[1].name == "first");
        BOOST_TEST(tree[0].children[1].moid == "snapshot-22");
        BOOST_TEST(tree[0].children[1].current);
    }
}

BOOST_AUTO_TEST_CASE(that_a_vm_does_not_have_are_none)
{
    for (auto const* info : {"null", "{}", R"({"rootSnapshotList":null})", R"({"currentSnapshot":null,"rootSnapshotList":[]})"}) {
        BOOST_TEST(of(info).empty(), info);
    }
}

// As after a failed backup, or a revert to a snapshot that was removed since.
BOOST_AUTO_TEST_CASE(can_be_there_without_a_current_one)
{
    for (auto const* current : {"", R"("currentSnapshot":null,)", R"("currentSnapshot":{"value":""},)",
                                R"("currentSnapshot":{"type":"VirtualMachineSnapshot","value":"12-snapshot-9"},)"}) {
        auto const tree = of("{" + std::string(current) + R"("rootSnapshotList":[)" + node("12-snapshot-3", "s") + "]}");
        BOOST_TEST_REQUIRE(tree.size() == 1u, current);
        BOOST_TEST(tree[0].moid == "12-snapshot-3");
        BOOST_TEST(!tree[0].current);
    }
}

BOOST_AUTO_TEST_CASE(are_shown_as_people_write_them)
{
    for (auto const* stored : {"9/3", "9%2f3", "9%2F3", "9%252f3"}) {
        auto const tree = of(R"({"rootSnapshotList":[)" + node("1", stored) + "]}");
        BOOST_TEST(tree.at(0).name == "9/3");
        BOOST_TEST(tree.at(0).stored_name == stored);
    }
    BOOST_TEST(of(R"({"rootSnapshotList":[)" + node("1", "50%") + "]}").at(0).name == "50%");
}

BOOST_AUTO_TEST_CASE(that_are_something_else_are_an_error)
{
    for (auto const& info :
         {std::string("7"), std::string("[]"), std::string(R"({"rootSnapshotList":{}})"),
          std::string(R"({"rootSnapshotList":[7]})"), std::string(R"({"rootSnapshotList":[null]})"),
          std::string(R"({"rootSnapshotList":[{"name":"x"}]})"),
          std::string(R"({"rootSnapshotList":[{"snapshot":{"value":"1"}}]})"),
          R"({"rootSnapshotList":[)" + node("1", "x", "{}") + "]}", R"({"rootSnapshotList":[)" + node("1", "x", "[{}]") + "]}"}) {
        BOOST_TEST(test::failure([&] { return of(info); }).starts_with("its output cannot be read: "), info);
    }
}

BOOST_AUTO_TEST_CASE(of_32_levels_are_read_and_of_1000_refused)
{
    auto const chain = [](int levels) {
        std::string text = "null";
        for (int i = levels; i > 0; --i) {
            text = "[" + node(std::to_string(i), "s", text) + "]";
        }
        return R"({"rootSnapshotList":)" + text + "}";
    };
    auto const tree = of(chain(32));
    int depth = 0;
    for (auto const* at = &tree; !at->empty(); at = &at->front().children) {
        ++depth;
    }
    BOOST_TEST(depth == 32);
    BOOST_TEST(test::failure([&] { return of(chain(1000)); }) != "no failure");
}

BOOST_AUTO_TEST_SUITE_END()
