// SPDX-License-Identifier: Apache-2.0
// One VM, none, several; as the simulator's host and as real ones show them.
#include <esxi/govc/vm_info.hpp>

#include <string>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

namespace {

using esxi::govc::read_vm_info;

/// What a host shows of a VM of shape `real-hosts`: a bare number as moid, and these other members.
esxi::vm_state one(std::string const& members)
{
    auto const vms = read_vm_info(R"({"virtualMachines":[{"self":{"type":"VirtualMachine","value":"140"},)" + members + "}]}");
    BOOST_TEST_REQUIRE(vms.size() == 1u);
    return vms[0];
}

} // namespace

BOOST_AUTO_TEST_SUITE(vm_info)

BOOST_AUTO_TEST_CASE(of_one_vm_is_the_same_in_both_dialects)
{
    esxi::vm_state expected;
    expected.moid = "vm-12";
    expected.name = "ha-host_VM0";
    expected.instance_uuid = "2de21d9a-16d4-5892-9d91-faa37c3c57e3";
    expected.power_state = "poweredOn";
    expected.connection_state = "connected";
    expected.ip = "10.1.2.3";
    expected.addresses = {"10.1.2.3"};
    expected.guest_id = "otherGuest";
    expected.cpu = 1;
    expected.memory_mb = 32;
    for (auto const* version : {"v0.56", "v0.18"}) {
        auto vms = read_vm_info(test::fixture(version + std::string("/vm_info.json")));
        BOOST_TEST_REQUIRE(vms.size() == 1u);
        vms[0].snapshots.clear(); // see snapshots.cpp
        BOOST_TEST((vms[0] == expected), version);
    }
}

BOOST_AUTO_TEST_CASE(who_imported_it)
{
    auto const marked = [](std::string const& mark, std::string const& uuid) {
        return one(R"("name":"web1","config":{"instanceUuid":")" + uuid +
                   R"(","extraConfig":[{"key":"nvram","value":"a"},{"key":"esxi.imported_by","value":")" + mark + R"("}]})")
            .imported_by;
    };
    BOOST_TEST(marked("shop/vm u-1", "u-1") == "shop/vm");
    BOOST_TEST(marked("shop and more/vm u-1", "u-1") == "shop and more/vm");
    BOOST_TEST(marked("shop/vm u-1", "u-2").empty()); // a copy
    BOOST_TEST(marked("shop/vm ", "").empty());
    BOOST_TEST(marked("u-1", "u-1").empty());
    BOOST_TEST(marked("", "u-1").empty());
    BOOST_TEST(one(R"("name":"web1")").imported_by.empty());
}

BOOST_AUTO_TEST_CASE(of_an_absent_vm_is_empty)
{
    BOOST_TEST(read_vm_info(test::fixture("v0.56/vm_info_absent.json")).empty());
    BOOST_TEST(read_vm_info(test::fixture("v0.18/vm_info_absent.json")).empty());
    BOOST_TEST(read_vm_info(R"({"virtualMachines":[]})").empty());
}

BOOST_AUTO_TEST_CASE(of_several_vms_keeps_their_order)
{
    for (auto const* version : {"v0.56", "v0.18"}) {
        auto const vms = read_vm_info(test::fixture(version + std::string("/vm_info_several.json")));
        BOOST_TEST_REQUIRE(vms.size() == 3u);
        BOOST_TEST(vms[0].name == "ha-host_VM0");
        BOOST_TEST(vms[1].moid == "vm-25");
        BOOST_TEST(vms[1].name == "a/b");
        BOOST_TEST(vms[1].annotation == "two\nlines");
        BOOST_TEST(vms[1].cpu.value() == 2);
        BOOST_TEST(vms[1].memory_mb.value() == 2048);
        BOOST_TEST(vms[1].power_state == "poweredOff");
        BOOST_TEST(vms[1].ip == "");
        BOOST_TEST(vms[1].addresses.empty());
        BOOST_TEST(vms[2].name == "it's \"q\" \xce\xa9%");
    }
}

BOOST_AUTO_TEST_CASE(without_a_config_still_lists_the_vm)
{
    for (auto const* state : {"inaccessible", "invalid"}) {
        auto const vm =
            one(R"("name":"%2fvmfs%2fvolumes%2f5a-b%2fold%2fold.vmx","config":null,"guest":null,"runtime":{"connectionState":")" +
                std::string(state) + R"(","powerState":"poweredOff"})");
        BOOST_TEST(vm.moid == "140");
        BOOST_TEST(vm.name == "/vmfs/volumes/5a-b/old/old.vmx");
        BOOST_TEST(vm.connection_state == state);
        BOOST_TEST(vm.instance_uuid == "");
        BOOST_TEST(!vm.cpu);
        BOOST_TEST(!vm.memory_mb);
        BOOST_TEST(vm.addresses.empty());
    }
    BOOST_TEST(one(R"("name":"/vmfs/volumes/raw/x.vmx")").name == "/vmfs/volumes/raw/x.vmx");
    BOOST_TEST(one(R"("name":"")").name == "");
}

BOOST_AUTO_TEST_CASE(can_mix_both_dialects)
{
    auto const vms = read_vm_info(
        R"({"VirtualMachines":[{"self":{"Type":"VirtualMachine","value":"140"},"Name":"x","Config":{"instanceUuid":"u","Hardware":{"numCPU":4,"MemoryMB":8},
        "cpuHotAddEnabled":true,"MemoryHotAddEnabled":true},"runtime":{"PowerState":"suspended","question":{"Id":"1","text":"moved or copied?"}},"Guest":{"ipAddress":"10.0.0.1"}}]})");
    BOOST_TEST_REQUIRE(vms.size() == 1u);
    BOOST_TEST(vms[0].moid == "140");
    BOOST_TEST(vms[0].name == "x");
    BOOST_TEST(vms[0].instance_uuid == "u");
    BOOST_TEST(vms[0].cpu.value() == 4);
    BOOST_TEST(vms[0].memory_mb.value() == 8);
    BOOST_TEST(vms[0].cpu_hot_add);
    BOOST_TEST(vms[0].memory_hot_add);
    BOOST_TEST(vms[0].power_state == "suspended");
    BOOST_TEST(vms[0].question == "moved or copied?");
    BOOST_TEST(vms[0].ip == "10.0.0.1");
}

BOOST_AUTO_TEST_CASE(keeps_every_address_with_the_guests_first_one_in_front)
{
    auto const vm = one(
        R"("name":"x","guest":{"net":[{"ipAddress":["169.254.3.4","10.0.0.7"]},{"ipAddress":["fe80::1","2001:db8::1"]}],"ipAddress":"fe80::1"})");
    BOOST_TEST(vm.ip == "10.0.0.7");
    BOOST_TEST(vm.addresses == (std::vector<std::string>{"fe80::1", "169.254.3.4", "10.0.0.7", "2001:db8::1"}),
               boost::test_tools::per_element());
    BOOST_TEST(one(R"("name":"x","guest":{"ipAddress":"10.0.0.1"})").addresses.size() == 1u);
}

BOOST_AUTO_TEST_CASE(with_values_of_other_types_leaves_them_unset)
{
    auto const vm = one(
        R"("name":"x","name":"twice","config":{"hardware":{"numCPU":1e400,"memoryMB":99999999999999999999},"guestId":7,"annotation":[]},"runtime":[],"guest":"none")");
    BOOST_TEST(vm.name == "twice");
    BOOST_TEST(!vm.cpu);
    BOOST_TEST(!vm.memory_mb);
    BOOST_TEST(vm.guest_id == "");
    BOOST_TEST(vm.annotation == "");
    BOOST_TEST(vm.power_state == "");
}

BOOST_AUTO_TEST_CASE(that_is_something_else_is_an_error)
{
    for (auto const& text : test::nonsense) {
        BOOST_TEST(test::failure([&] { static_cast<void>(read_vm_info(text)); }).starts_with("its output cannot be read: "),
                   text.substr(0, 40));
    }
    BOOST_TEST(test::failure([] { static_cast<void>(read_vm_info("")); }) == "its output cannot be read: it is empty");
    BOOST_TEST(test::failure([] { static_cast<void>(read_vm_info("{\"virtualMachines\":[{}]}")); }) ==
               "its output cannot be read: a VM has no moid or no name");
}

BOOST_AUTO_TEST_CASE(cut_anywhere_is_an_error)
{
    auto const text = test::fixture("v0.18/vm_info_several.json");
    for (std::size_t length = 0; length < text.find_last_of('}'); ++length) {
        if (test::failure([&] { static_cast<void>(read_vm_info(text.substr(0, length))); }) == "no failure") {
            BOOST_ERROR("cut after " << length);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
