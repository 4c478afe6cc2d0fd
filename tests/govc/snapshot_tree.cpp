// SPDX-License-Identifier: Apache-2.0
// The tree of snapshots, and what an older govc prints in its place.
#include <esxi/govc/snapshot_tree.hpp>

#include <string>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

using esxi::govc::read_snapshot_tree;

BOOST_AUTO_TEST_SUITE(snapshot_tree)

BOOST_AUTO_TEST_CASE(is_read_with_all_branches)
{
    auto const tree = read_snapshot_tree(test::fixture("v0.56/snapshot_tree.json"));
    BOOST_TEST_REQUIRE(tree.size() == 1u);
    BOOST_TEST(tree[0].moid == "snapshot-15");
    BOOST_TEST(tree[0].name == "first");
    BOOST_TEST(tree[0].description == "before \"it\"\nsecond line");
    BOOST_TEST(tree[0].created.starts_with("2026-11-25T22:02:00."));
    BOOST_TEST(!tree[0].current);
    BOOST_TEST_REQUIRE(tree[0].children.size() == 2u);
    BOOST_TEST(tree[0].children[0].name == "a/b");
    BOOST_TEST_REQUIRE(tree[0].children[0].children.size() == 1u);
    BOOST_TEST(tree[0].children[0].children[0].name == "deep");
    BOOST_TEST(tree[0].children[0].children[0].children.empty());
    BOOST_TEST(tree[0].children[1].name == "first");
    BOOST_TEST(tree[0].children[1].moid == "snapshot-22");
    BOOST_TEST(tree[0].children[1].current);
}

BOOST_AUTO_TEST_CASE(of_a_vm_without_snapshots_is_empty)
{
    for (auto const* text : {"", "\n", " \r\n", "[]", "null", "null\n"}) {
        BOOST_TEST(read_snapshot_tree(text).empty());
    }
}

BOOST_AUTO_TEST_CASE(of_a_real_host_has_other_ids)
{
    auto const tree = read_snapshot_tree(
        R"([{"id":"12-snapshot-3","name":"s","childSnapshotList":null},{"Id":"VirtualMachineSnapshot:12-snapshot-4","Name":"","Current":true,"ChildSnapshotList":[]}])");
    BOOST_TEST_REQUIRE(tree.size() == 2u);
    BOOST_TEST(tree[0].moid == "12-snapshot-3");
    BOOST_TEST(tree[1].moid == "12-snapshot-4");
    BOOST_TEST(tree[1].name == "");
    BOOST_TEST(tree[1].current);
}

BOOST_AUTO_TEST_CASE(of_an_old_govc_is_text_and_refused)
{
    BOOST_TEST(test::failure([] {
                   static_cast<void>(read_snapshot_tree(test::fixture("v0.18/snapshot_tree.txt")));
               }).starts_with("its output cannot be read: it is not JSON"));
}

BOOST_AUTO_TEST_CASE(that_is_something_else_is_an_error)
{
    for (auto const& text : test::nonsense) {
        BOOST_TEST(test::failure([&] { static_cast<void>(read_snapshot_tree(text)); }).starts_with("its output cannot be read: "),
                   text.substr(0, 40));
    }
    for (auto const* text :
         {"[{\"id\":\"1\"}]", "[{\"name\":\"x\"}]", "[7]", "[null]", "[{\"id\":\"1\",\"name\":\"x\",\"childSnapshotList\":{}}]",
          "[{\"id\":\"1\",\"name\":\"x\",\"childSnapshotList\":[{}]}]"}) {
        BOOST_TEST(test::failure([&] { static_cast<void>(read_snapshot_tree(text)); }) != "no failure", text);
    }
}

BOOST_AUTO_TEST_CASE(of_32_levels_is_read_and_of_10000_refused)
{
    auto const chain = [](int levels) {
        std::string text = "null";
        for (int i = levels; i > 0; --i) {
            text = R"([{"id":")" + std::to_string(i) + R"(","name":"s","childSnapshotList":)" + std::move(text) + "}]";
        }
        return text;
    };
    auto tree = read_snapshot_tree(chain(32));
    int depth = 0;
    for (auto const* at = &tree; !at->empty(); at = &at->front().children) {
        ++depth;
    }
    BOOST_TEST(depth == 32);
    BOOST_TEST(test::failure([&] { static_cast<void>(read_snapshot_tree(chain(1000))); }) != "no failure");
    std::string deep;
    for (int i = 0; i < 10000; ++i) {
        deep += R"([{"id":"1","name":"s","childSnapshotList":)";
    }
    BOOST_TEST(test::failure([&] { static_cast<void>(read_snapshot_tree(deep)); }) != "no failure");
}

BOOST_AUTO_TEST_CASE(cut_anywhere_is_an_error)
{
    auto const text = test::fixture("v0.56/snapshot_tree.json");
    for (std::size_t length = 1; length < text.find_last_of(']'); ++length) {
        if (test::failure([&] { static_cast<void>(read_snapshot_tree(text.substr(0, length))); }) == "no failure") {
            BOOST_ERROR("cut after " << length);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
