// SPDX-License-Identifier: Apache-2.0
// What was recorded of a VM.
#include <esxi/model/vm_record.hpp>

#include <boost/test/unit_test.hpp>

#include "model/refusal.hpp"

using test::object;

BOOST_AUTO_TEST_SUITE(vm_record)

BOOST_AUTO_TEST_CASE(reads_what_was_kept)
{
    auto const record = esxi::read_vm_record(object(
        R"({"moid": "vm-1", "instance_uuid": "u", "adopted": true, "power_cycle": true, "import": {"token": "t"}, "name": "web1", "other": 1})"));
    BOOST_TEST(record.moid == "vm-1");
    BOOST_TEST(record.instance_uuid == "u");
    BOOST_TEST(record.adopted);
    BOOST_TEST(record.power_cycle);
    BOOST_TEST(record.import.token == "t");
    BOOST_TEST(!record.empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_there_or_of_another_type_is_empty)
{
    for (char const* text : {"{}", R"({"moid": 1, "instance_uuid": [], "adopted": "true", "power_cycle": 1, "import": "t"})",
                             R"({"moid": null, "import": null})"}) {
        auto const record = esxi::read_vm_record(object(text));
        BOOST_TEST(record.empty());
        BOOST_TEST(record.instance_uuid.empty());
        BOOST_TEST(!record.adopted);
        BOOST_TEST(!record.power_cycle);
    }
}

BOOST_AUTO_TEST_CASE(either_moid_or_token_is_something_to_go_by)
{
    BOOST_TEST(!esxi::read_vm_record(object(R"({"moid": "vm-1"})")).empty());
    BOOST_TEST(!esxi::read_vm_record(object(R"({"import": {"token": "t"}})")).empty());
    BOOST_TEST(esxi::read_vm_record(object(R"({"instance_uuid": "u", "adopted": true, "import": {"pid": 1}})")).empty());
}

BOOST_AUTO_TEST_CASE(a_moid_is_believed_with_its_uuid_only)
{
    auto const record = esxi::read_vm_record(object(R"({"moid": "vm-1", "instance_uuid": "u"})"));
    esxi::vm_state vm;
    vm.moid = "vm-1";
    vm.instance_uuid = "u";
    BOOST_TEST(record.is_of(vm));
    vm.instance_uuid = "v";
    BOOST_TEST(!record.is_of(vm));
    vm.instance_uuid = "u";
    vm.moid = "vm-2";
    BOOST_TEST(!record.is_of(vm));
    BOOST_TEST(!esxi::vm_record{}.is_of(esxi::vm_state{}));
}

BOOST_AUTO_TEST_SUITE_END()
