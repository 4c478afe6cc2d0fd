// SPDX-License-Identifier: Apache-2.0
// The properties of a VM node.
#include <esxi/model/vm_properties.hpp>

#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include "model/refusal.hpp"
#include "support/directory.hpp"

namespace {

namespace json = boost::json;
using test::has;
using test::refusal;

template <class Value>
esxi::vm_properties read(char const* property, Value const& value)
{
    json::object properties{{"name", "web1"}};
    properties[property] = value;
    return esxi::read_vm_properties(properties);
}

template <class Value>
std::string refused(char const* property, Value const& value)
{
    auto const message = refusal([&] { return read(property, value); });
    BOOST_TEST(has(message, std::string("property `") + property + "` of VM"), message);
    BOOST_TEST(has(message, "; allowed is "), message);
    return message;
}

/// The types of JSON that a property does not take.
enum type { boolean, whole, broken, text, list, map };

void refuses_all_but(char const* property, type right)
{
    json::value const all[] = {true, 3, 1.5, "text", json::array{1}, json::object{{"a", 1}}};
    for (int i = boolean; i <= map; ++i) {
        BOOST_TEST_CONTEXT(property << " " << i)
        {
            if (i != right) {
                refused(property, all[i]);
            }
        }
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(vm_properties)

BOOST_AUTO_TEST_CASE(defaults)
{
    json::object unset{{"name", "web1"}};
    json::object empty{{"name", "web1"}};
    for (auto const property : esxi::vm_property_names) {
        if (property != "name") {
            unset[property] = nullptr;
            empty[property] = "";
        }
    }
    for (auto const& properties : {json::object{{"name", "web1"}}, unset, empty}) {
        auto const vm = esxi::read_vm_properties(properties);
        BOOST_TEST(vm.name == "web1");
        BOOST_TEST(vm.ova_url.empty());
        BOOST_TEST(vm.datastore.empty());
        BOOST_TEST(!vm.cpu.has_value());
        BOOST_TEST(!vm.memory_mb.has_value());
        BOOST_TEST(vm.power_on);
        BOOST_TEST(!vm.wait_for_ip);
        BOOST_TEST(vm.ip_timeout.count() == 600);
        BOOST_TEST((vm.ip_version == esxi::ip_version::any));
        BOOST_TEST(vm.network_map.empty());
        BOOST_TEST(vm.disk_provisioning.empty());
        BOOST_TEST(vm.ovf_properties.empty());
        BOOST_TEST(vm.annotation.empty());
        BOOST_TEST(!vm.verify_manifest);
        BOOST_TEST((vm.stop_mode == esxi::stop_mode::hard));
        BOOST_TEST(vm.stop_timeout.count() == 120);
        BOOST_TEST(!vm.allow_power_cycle);
        BOOST_TEST(!vm.use_external_resource);
        BOOST_TEST((vm.adopt == esxi::adopt_policy::always));
        BOOST_TEST(!vm.stop_adopted);
        BOOST_TEST(!vm.delete_adopted);
        BOOST_TEST(!vm.replace_abandoned_import);
    }
}

BOOST_AUTO_TEST_CASE(all_set)
{
    auto const vm = esxi::read_vm_properties(test::object(R"({
        "name": "web1", "ova_url": "https://u:p@h/x.ova", "datastore": "ds 1", "cpu": 2, "memory_mb": 1024, "power_on": false,
        "wait_for_ip": true, "ip_timeout": 0, "ip_version": "v6", "network_map": {"VM Network": "lan"}, "disk_provisioning": "thin",
        "ovf_properties": {"hostname": "web1", "n": 1}, "annotation": "line 1\nline 2", "verify_manifest": true, "stop_mode": "graceful",
        "stop_timeout": 5, "allow_power_cycle": true, "adopt": "if_ours", "stop_adopted": true, "delete_adopted": true, "replace_abandoned_import": true})"));
    BOOST_TEST(vm.ova_url == "https://u:p@h/x.ova");
    BOOST_TEST(vm.ova_is_remote());
    BOOST_TEST(vm.datastore == "ds 1");
    BOOST_TEST(vm.cpu.value() == 2);
    BOOST_TEST(vm.memory_mb.value() == 1024);
    BOOST_TEST(!vm.power_on);
    BOOST_TEST(vm.wait_for_ip);
    BOOST_TEST(vm.ip_timeout.count() == 0);
    BOOST_TEST((vm.ip_version == esxi::ip_version::v6));
    BOOST_TEST(vm.network_map.at("VM Network") == "lan");
    BOOST_TEST(vm.disk_provisioning == "thin");
    BOOST_TEST(vm.ovf_properties.at("n") == "1");
    BOOST_TEST(vm.annotation == "line 1\nline 2");
    BOOST_TEST(vm.verify_manifest);
    BOOST_TEST((vm.stop_mode == esxi::stop_mode::graceful));
    BOOST_TEST(vm.stop_timeout.count() == 5);
    BOOST_TEST(vm.allow_power_cycle);
    BOOST_TEST((vm.adopt == esxi::adopt_policy::if_ours));
    BOOST_TEST(vm.stop_adopted);
    BOOST_TEST(vm.delete_adopted);
    BOOST_TEST(vm.replace_abandoned_import);
}

BOOST_AUTO_TEST_CASE(wrong_types)
{
    for (char const* property :
         {"name", "ova_url", "datastore", "disk_provisioning", "annotation", "ip_version", "stop_mode", "adopt"}) {
        refuses_all_but(property, text);
    }
    for (char const* property : {"power_on", "wait_for_ip", "verify_manifest", "allow_power_cycle", "use_external_resource",
                                 "stop_adopted", "delete_adopted", "replace_abandoned_import"}) {
        refuses_all_but(property, boolean);
    }
    for (char const* property : {"cpu", "memory_mb", "ip_timeout", "stop_timeout"}) {
        refuses_all_but(property, whole);
    }
    for (char const* property : {"network_map", "ovf_properties"}) {
        refuses_all_but(property, map);
    }
}

BOOST_AUTO_TEST_CASE(boundaries)
{
    for (int good : {1, 2, 768}) {
        BOOST_TEST(read("cpu", good).cpu.value() == good);
    }
    for (int bad : {0, -1, 769}) {
        BOOST_TEST(has(refused("cpu", bad), "is " + std::to_string(bad) + "; allowed is a whole number of CPUs from 1 to 768"));
    }
    for (int good : {4, 1024, 24 * 1024 * 1024}) {
        BOOST_TEST(read("memory_mb", good).memory_mb.value() == good);
    }
    for (int bad : {0, -4, 1, 3, 1023, 1026, 24 * 1024 * 1024 + 4}) {
        BOOST_TEST(has(refused("memory_mb", bad), "that is a multiple of 4"));
    }
    for (char const* property : {"ip_timeout", "stop_timeout"}) {
        read(property, 0);
        read(property, 604800);
        refused(property, -1);
        refused(property, 604801);
    }
}

BOOST_AUTO_TEST_CASE(names)
{
    for (auto const& bad : {std::string("."), std::string(".."), std::string(81, 'x'), std::string("a\nb"), std::string("")}) {
        refused("name", bad);
    }
    BOOST_TEST(has(refusal([] { return esxi::read_vm_properties({}); }), "property `name` of VM is missing"));
}

BOOST_AUTO_TEST_CASE(choices)
{
    BOOST_TEST((read("ip_version", "any").ip_version == esxi::ip_version::any));
    BOOST_TEST((read("ip_version", "v4").ip_version == esxi::ip_version::v4));
    BOOST_TEST(has(refused("ip_version", "4"), "one of any, v4, v6"));
    BOOST_TEST((read("stop_mode", "hard").stop_mode == esxi::stop_mode::hard));
    BOOST_TEST(has(refused("stop_mode", "soft"), "one of graceful, hard"));
    BOOST_TEST((read("adopt", "always").adopt == esxi::adopt_policy::always));
    BOOST_TEST((read("adopt", "never").adopt == esxi::adopt_policy::never));
    BOOST_TEST(has(refused("adopt", "Never"), "one of always, if_ours, never"));
    BOOST_TEST(read("use_external_resource", true).use_external_resource);
    auto const both = refusal(
        [] { return esxi::read_vm_properties({{"name", "web1"}, {"use_external_resource", true}, {"delete_adopted", true}}); });
    BOOST_TEST(has(both, "property `delete_adopted` of VM `web1` is true; allowed is false together with use_external_resource"));
    for (char const* good : {"thin", "thick", "eagerZeroedThick", "flat", "sparse", "monolithicSparse"}) {
        BOOST_TEST(read("disk_provisioning", good).disk_provisioning == good);
    }
    refused("disk_provisioning", "Thin");
}

BOOST_AUTO_TEST_CASE(maps)
{
    BOOST_TEST(read("network_map", json::object{}).network_map.empty());
    BOOST_TEST(has(refused("network_map", json::object{{"b", "VM Network"}, {"a", ""}}),
                   "a host network for each network of the OVF; that of `a` is empty"));
    BOOST_TEST(read("ovf_properties", json::object{{"a", ""}}).ovf_properties.at("a").empty());
    BOOST_TEST(!has(refused("ovf_properties", json::object{{"admin-password", "s3cret!"}, {"b", nullptr}}), "s3cret"));
}

BOOST_AUTO_TEST_CASE(annotations)
{
    read("annotation", "esxi-import-");
    read("annotation", "esxi-import-0123");
    BOOST_TEST(has(refused("annotation", "x esxi-import-0123456789abcdef0123456789abcdef"), "marks a VM that is being imported"));
}

BOOST_AUTO_TEST_CASE(a_text_that_is_too_long_for_a_command_line_is_refused)
{
    BOOST_TEST(read("annotation", std::string(131'059, 'x')).annotation.size() == esxi::longest_annotation);
    BOOST_TEST(has(refused("annotation", std::string(131'060, 'x')),
                   "allowed is a text of up to 131059 bytes, as one argument of a command takes; it has 131060"));
    BOOST_TEST(has(refused("datastore", std::string(200'000, 'x')), "allowed is a text of up to 131067 bytes"));
}

BOOST_AUTO_TEST_CASE(ova_urls)
{
    BOOST_TEST(!read("ova_url", "/x/y.ova").ova_is_remote());
    BOOST_TEST(read("ova_url", "/x/y.ova").ova_url == "/x/y.ova");
    // govc is run elsewhere.
    BOOST_TEST(read("ova_url", "y.ova").ova_url == (std::filesystem::current_path() / "y.ova").string());
    BOOST_TEST(read("ova_url", "http://h/x").ova_is_remote());
    BOOST_TEST(read("ova_url", "HTTPS://h/X.ova").ova_url == "https://h/X.ova");
    BOOST_TEST(read("ova_url", "HTTPS://h/X.ova").ova_is_remote());
    BOOST_TEST(read("ova_url", "file:///x%20y.ova").ova_url == "/x y.ova");
    for (char const* bad : {"ftp://h/x.ova", "file://h/x.ova", "file:x.ova", "://x"}) {
        BOOST_TEST(has(refused("ova_url", bad), "a local path, or an http:// or https:// URL"));
    }
    for (char const* bad : {"http://", "https:///x.ova", "https://u:s3cret!@/x.ova"}) {
        auto const message = refused("ova_url", bad);
        BOOST_TEST(has(message, "a URL with a host in it, or a local path"));
        BOOST_TEST(!has(message, "s3cret"), message);
    }
    BOOST_TEST(!has(refused("ova_url", "ftp://u:s3cret!@h/x.ova"), "s3cret"));
    for (char const* hidden :
         {"u:s3cret!@h/x.ova", "//u:s3cret!@h/x.ova", "https:/u:s3cret!@h/x.ova", "http:\\\\u:s3cret!@h/x.ova"}) {
        auto const message = refused("ova_url", hidden);
        BOOST_TEST(has(message, "begins with ./ if it holds"), message);
        BOOST_TEST(!has(message, "s3cret"), message);
    }
    BOOST_TEST(read("ova_url", "/isos/a:b@c.ova").ova_url == "/isos/a:b@c.ova");
    BOOST_TEST(!has(refused("ova_url", json::array{"https://u:s3cret!@h/x.ova"}), "s3cret"));
}

BOOST_AUTO_TEST_CASE(unknown)
{
    BOOST_TEST(has(refusal([] { return read("cpus", 2); }), "VM has no property `cpus`; it has name, ova_url"));
}

BOOST_AUTO_TEST_SUITE_END()
