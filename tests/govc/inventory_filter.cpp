// SPDX-License-Identifier: Apache-2.0
// The request for objects: what is asked for is in it, and it is well-formed.
#include <esxi/govc/inventory_filter.hpp>

#include <set>
#include <sstream>
#include <string>

#include <boost/property_tree/xml_parser.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using esxi::govc::inventory_filter;

boost::property_tree::ptree spec_of(std::string const& filter)
{
    std::istringstream text(filter);
    boost::property_tree::ptree tree;
    boost::property_tree::read_xml(text, tree);
    return tree.get_child("Envelope.Body.CreateFilter.spec");
}

/// The values at this path of all elements of this name.
std::multiset<std::string> all(boost::property_tree::ptree const& spec, std::string const& name, std::string const& path)
{
    std::multiset<std::string> values;
    for (auto const& [key, child] : spec) {
        if (key == name) {
            values.insert(child.get<std::string>(path));
        }
    }
    return values;
}

using texts = std::multiset<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(filter_of_the_inventory)

BOOST_AUTO_TEST_CASE(asks_for_the_types_of_the_query)
{
    BOOST_TEST(all(spec_of(inventory_filter({}, "root")), "propSet", "type") == (texts{"ServiceInstance", "Folder"}));
    BOOST_TEST(all(spec_of(inventory_filter({.datastores = true, .networks = true, .vms = true}, "root")), "propSet", "type") ==
               (texts{"ServiceInstance", "Folder", "Datastore", "Network", "VirtualMachine"}));
    auto const spec = spec_of(inventory_filter({.datastores = false, .networks = false, .vms = true}, "root"));
    BOOST_TEST(all(spec, "objectSet", "obj") == (texts{"ServiceInstance", "root"}));
}

// A host refuses a traversal whose name it does not know.
BOOST_AUTO_TEST_CASE(names_no_traversal_that_it_does_not_define)
{
    for (int i = 0; i < 8; ++i) {
        for (auto const root : {esxi::govc::standalone_root, esxi::govc::vcenter_root}) {
            auto const spec = spec_of(inventory_filter({(i & 1) != 0, (i & 2) != 0, (i & 4) != 0}, root));
            std::set<std::string> defined;
            std::set<std::string> named;
            for (auto const& [key, start] : spec) {
                for (auto const& [name, way] : start) {
                    if (key == "objectSet" && name == "selectSet") {
                        defined.insert(way.get<std::string>("name"));
                        auto const next = all(way, "selectSet", "name");
                        named.insert(next.begin(), next.end());
                    }
                }
            }
            BOOST_TEST(defined.count("folder") == 1u);
            for (auto const& name : named) {
                BOOST_TEST(defined.count(name) == 1u, name);
            }
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
