// SPDX-License-Identifier: Apache-2.0
// The properties of a Snapshot node.
#include <esxi/model/snapshot_properties.hpp>

#include <string>

#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>

#include "model/refusal.hpp"

namespace {

namespace json = boost::json;
using test::has;
using test::refusal;

template <class Value>
std::string refused(char const* property, Value const& value)
{
    json::object properties{{"name", "s1"}};
    properties[property] = value;
    auto const message = refusal([&] { return esxi::read_snapshot_properties(properties); });
    BOOST_TEST(has(message, std::string("property `") + property + "` of Snapshot"), message);
    return message;
}

} // namespace

BOOST_AUTO_TEST_SUITE(snapshot_properties)

BOOST_AUTO_TEST_CASE(defaults)
{
    for (json::value const& unset : {json::value(), json::value("")}) {
        auto const snapshot = esxi::read_snapshot_properties({{"name", "s1"},
                                                              {"description", unset},
                                                              {"memory", unset},
                                                              {"quiesce", unset},
                                                              {"use_external_resource", unset},
                                                              {"remove_children", unset}});
        BOOST_TEST(snapshot.name == "s1");
        BOOST_TEST(snapshot.description.empty());
        BOOST_TEST(!snapshot.memory);
        BOOST_TEST(!snapshot.quiesce);
        BOOST_TEST(!snapshot.use_external_resource);
        BOOST_TEST(!snapshot.remove_children);
    }
}

BOOST_AUTO_TEST_CASE(all_set)
{
    auto const snapshot = esxi::read_snapshot_properties({{"name", "a/b"},
                                                          {"description", "d"},
                                                          {"memory", true},
                                                          {"quiesce", true},
                                                          {"use_external_resource", true},
                                                          {"remove_children", true}});
    BOOST_TEST(snapshot.name == "a/b");
    BOOST_TEST(snapshot.description == "d");
    BOOST_TEST(snapshot.memory);
    BOOST_TEST(snapshot.quiesce);
    BOOST_TEST(snapshot.use_external_resource);
    BOOST_TEST(snapshot.remove_children);
}

BOOST_AUTO_TEST_CASE(what_is_refused)
{
    for (json::value const& wrong :
         {json::value(1), json::value(1.5), json::value("true"), json::value(json::array{}), json::value(json::object{})}) {
        for (char const* property : {"memory", "quiesce", "use_external_resource", "remove_children"}) {
            refused(property, wrong);
        }
        if (!wrong.is_string()) {
            refused("name", wrong);
            refused("description", wrong);
        }
    }
    for (auto const& name : {std::string(), std::string("."), std::string(".."), std::string(81, 's'), std::string("a\tb")}) {
        refused("name", name);
    }
    BOOST_TEST(has(refusal([] { return esxi::read_snapshot_properties({{"name", "s1"}, {"vm", "x"}}); }),
                   "Snapshot has no property `vm`"));
}

BOOST_AUTO_TEST_SUITE_END()
