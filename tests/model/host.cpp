// SPDX-License-Identifier: Apache-2.0
// What is recorded of a host's VMs.
#include <esxi/model/host.hpp>

#include <string>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace {

esxi::vm_state vm(std::string moid, std::string name)
{
    esxi::vm_state state;
    state.moid = std::move(moid);
    state.name = std::move(name);
    return state;
}

std::string keys(std::vector<esxi::vm_state> const& vms)
{
    std::string all;
    for (auto const& entry : esxi::vms_to_json(vms)) {
        all += std::string(entry.key()) + "=" + std::string(entry.value().at("moid").as_string()) + ";";
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(host_model)

BOOST_AUTO_TEST_CASE(what_is_said_of_a_vm)
{
    auto state = vm("vm-1", "web1");
    BOOST_TEST(
        boost::json::serialize(esxi::to_json(state)) ==
        R"({"moid":"vm-1","power_state":null,"connection_state":null,"ip":null,"config":{"cpu":null,"memory_mb":null,"guest_id":null,"instance_uuid":null}})");
    state.power_state = "poweredOn";
    state.connection_state = "connected";
    state.ip = "10.1.2.3";
    state.cpu = 2;
    state.memory_mb = 1024;
    state.guest_id = "otherGuest";
    state.instance_uuid = "u";
    BOOST_TEST(
        boost::json::serialize(esxi::to_json(state)) ==
        R"({"moid":"vm-1","power_state":"poweredOn","connection_state":"connected","ip":"10.1.2.3","config":{"cpu":2,"memory_mb":1024,"guest_id":"otherGuest","instance_uuid":"u"}})");
}

BOOST_AUTO_TEST_CASE(no_vm_is_lost_whatever_its_name)
{
    BOOST_TEST(keys({}).empty());
    BOOST_TEST(keys({vm("1", "a"), vm("2", "b")}) == "a=1;b=2;");
    BOOST_TEST(keys({vm("1", "a"), vm("2", "a"), vm("3", "a")}) == "a=1;a (2)=2;a (3)=3;");
    // A VM that is really named like the key of another.
    BOOST_TEST(keys({vm("1", "a"), vm("3", "a (2)"), vm("2", "a")}) == "a=1;a (2)=3;a (2) (2)=2;");
    BOOST_TEST(keys({vm("1", "a"), vm("2", "a"), vm("3", "a (2)")}) == "a=1;a (2)=2;a (2) (3)=3;");
}

BOOST_AUTO_TEST_SUITE_END()
