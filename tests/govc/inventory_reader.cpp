// SPDX-License-Identifier: Apache-2.0
// The stream of many objects, in pieces of any size.
#include <esxi/govc/inventory_reader.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

namespace {

using esxi::govc::inventory_reader;

esxi::inventory read_all(std::string_view text, std::size_t piece = std::string_view::npos)
{
    inventory_reader reader;
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
        reader.write(text.substr(0, piece));
    }
    return reader.finish();
}

std::string document(std::string const& kind, std::string const& type, std::string const& moid, std::string const& changes = {})
{
    return R"({"kind":")" + kind + R"(","obj":{"type":")" + type + R"(","value":")" + moid + R"("},"changeSet":[)" + changes +
           "]}";
}

std::string object(std::string const& moid, std::string const& changes)
{
    return document("enter", "VirtualMachine", moid, changes);
}

std::string change(std::string const& name, std::string const& value)
{
    return R"({"name":")" + name + R"(","op":"assign","val":)" + value + "}";
}

std::string const about = document("enter", "ServiceInstance", "ServiceInstance",
                                   change("content.about", R"({"version":"8.0.2","build":"1","apiType":"HostAgent"})"));

/// The VMs of a host that says this.
std::vector<esxi::vm_state> read(std::string const& text, std::size_t piece = std::string_view::npos)
{
    return read_all(about + text, piece).vms;
}

} // namespace

BOOST_AUTO_TEST_SUITE(of_the_inventory)

BOOST_AUTO_TEST_CASE(is_the_same_in_both_dialects)
{
    for (auto const* version : {"v0.56", "v0.18"}) {
        auto const all = read_all(test::fixture(version + std::string("/inventory.json")));
        BOOST_TEST(all.about.version == "6.5.0");
        BOOST_TEST(all.about.api_type == "HostAgent");
        esxi::datastore_state const datastore{"datastore-9", "LocalDS_0",   "LocalDS_0", "OTHER",
                                              1099511627776, 1088774209536, true,        "normal"};
        BOOST_TEST_REQUIRE(all.datastores.size() == 1u);
        BOOST_TEST((all.datastores[0] == datastore));
        esxi::network_state const network{"HaNetwork-VM Network", "VM Network", "VM Network", true};
        BOOST_TEST_REQUIRE(all.networks.size() == 1u);
        BOOST_TEST((all.networks[0] == network));
        auto const& vms = all.vms;
        BOOST_TEST_REQUIRE(vms.size() == 3u);
        esxi::vm_state first;
        first.moid = "vm-12";
        first.name = "ha-host_VM0";
        first.instance_uuid = "2de21d9a-16d4-5892-9d91-faa37c3c57e3";
        first.power_state = "poweredOn";
        first.connection_state = "connected";
        first.ip = "10.1.2.3";
        first.addresses = {"10.1.2.3"};
        first.guest_id = "otherGuest";
        first.cpu = 1;
        first.memory_mb = 32;
        BOOST_TEST((vms[0] == first), version);
        BOOST_TEST(vms[1].name == "a/b");
        BOOST_TEST(vms[1].memory_mb.value() == 2048);
        BOOST_TEST(vms[1].ip == "");
        BOOST_TEST(vms[2].name == "it's \"q\" \xce\xa9%");
    }
}

BOOST_AUTO_TEST_CASE(does_not_depend_on_the_pieces_it_comes_in)
{
    for (auto const* name : {"v0.56/inventory.json", "v0.18/inventory.json"}) {
        auto const text = test::fixture(name);
        auto const whole = read_all(text);
        for (std::size_t piece = 1; piece < 200; ++piece) {
            BOOST_TEST((read_all(text, piece) == whole), piece);
        }
        BOOST_TEST((read_all(text, text.size() - 1) == whole));
    }
}

BOOST_AUTO_TEST_CASE(of_a_host_without_vms_has_none)
{
    BOOST_TEST(read("").empty());
    BOOST_TEST(read(" \r\n\t").empty());
}

BOOST_AUTO_TEST_CASE(lists_a_vm_of_which_little_is_known)
{
    auto const vms =
        read(object("140", change("name", "\"%2fvmfs%2fvolumes%2fds%2fx.vmx\"") + "," +
                               change("runtime.connectionState", "\"inaccessible\"") + "," + change("guest.ipAddress", "null")) +
             R"({"kind":"enter","obj":{"type":"VirtualMachine","value":"141"},"changeSet":null})" +
             R"({"kind":"enter","obj":{"type":"VirtualMachine","value":"142"}})");
    BOOST_TEST_REQUIRE(vms.size() == 3u);
    BOOST_TEST(vms[0].moid == "140");
    BOOST_TEST(vms[0].name == "/vmfs/volumes/ds/x.vmx");
    BOOST_TEST(vms[0].connection_state == "inaccessible");
    BOOST_TEST(!vms[0].cpu);
    BOOST_TEST(vms[1].moid == "141");
    BOOST_TEST(vms[1].name == "");
    BOOST_TEST(vms[2].moid == "142");
}

BOOST_AUTO_TEST_CASE(needs_no_white_space_between_documents)
{
    auto const text = object("1", change("name", "\"a\"")) + object("2", change("name", "\"b\"")) + "\n\n " +
                      object("3", change("name", "\"c\""));
    for (std::size_t piece = 1; piece < text.size(); ++piece) {
        auto const vms = read(text, piece);
        BOOST_TEST_REQUIRE(vms.size() == 3u);
        BOOST_TEST(vms[2].name == "c");
    }
}

BOOST_AUTO_TEST_CASE(has_what_remains_when_objects_enter_change_and_leave)
{
    auto const leaves = [](std::string const& moid) {
        return R"({"kind":"leave","obj":{"type":"VirtualMachine","value":")" + moid + R"("},"changeSet":null})";
    };
    auto const changes = [](std::string const& moid, std::string const& name, std::string const& value) {
        return document("modify", "VirtualMachine", moid, change(name, value));
    };
    auto const vms = read(object("1", change("name", "\"a\"") + "," + change("runtime.powerState", "\"poweredOff\"") + "," +
                                          change("guest.ipAddress", "\"10.0.0.1\"")) +
                          object("2", change("name", "\"b\"")) + object("3", change("name", "\"c\"")) +
                          changes("1", "runtime.powerState", "\"poweredOn\"") + leaves("2") + changes("2", "name", "\"late\"") +
                          leaves("never seen") + changes("nor this", "name", "\"x\"") + leaves("3") +
                          object("3", change("name", "\"d\"")) + changes("1", "guest.ipAddress", "null"));
    BOOST_TEST_REQUIRE(vms.size() == 2u);
    BOOST_TEST(vms[0].moid == "1");
    BOOST_TEST(vms[0].name == "a");
    BOOST_TEST(vms[0].power_state == "poweredOn");
    BOOST_TEST(vms[0].addresses.empty());
    BOOST_TEST(vms[1].moid == "3");
    BOOST_TEST(vms[1].name == "d");
}

BOOST_AUTO_TEST_CASE(does_not_mix_objects_of_different_types)
{
    auto const all =
        read_all(about + document("enter", "Datastore", "1", change("name", "\"d%2f1\"")) +
                 document("enter", "Network", "1", change("name", "\"n\"") + "," + change("summary.accessible", "false")) +
                 document("enter", "DistributedVirtualPortgroup", "2", change("name", "\"p\"")) +
                 document("enter", "Folder", "1", change("name", "\"f\"")) +
                 document("enter", "HostSystem", "1", change("name", "\"h\"")) + object("1", change("name", "\"v\"")) +
                 document("leave", "Folder", "1"));
    BOOST_TEST_REQUIRE(all.datastores.size() == 1u);
    BOOST_TEST(all.datastores[0].name == "d/1");
    BOOST_TEST(all.datastores[0].stored_name == "d%2f1");
    BOOST_TEST(all.datastores[0].accessible);
    BOOST_TEST(!all.datastores[0].free);
    BOOST_TEST_REQUIRE(all.networks.size() == 2u);
    BOOST_TEST(!all.networks[0].accessible);
    BOOST_TEST(all.networks[1].accessible);
    BOOST_TEST_REQUIRE(all.vms.size() == 1u);
    BOOST_TEST(all.vms[0].name == "v");
}

BOOST_AUTO_TEST_CASE(tells_whether_the_root_folder_is_there)
{
    auto const has_root = [](std::string const& text, std::string_view root) {
        inventory_reader reader(root);
        reader.write(text);
        return reader.has_root();
    };
    auto const folder = document("enter", "Folder", "ha-folder-root");
    BOOST_TEST(has_root(folder, esxi::govc::standalone_root));
    BOOST_TEST(!has_root(folder, esxi::govc::vcenter_root));
    BOOST_TEST(!has_root(document("enter", "Folder", "ha-folder-vm"), esxi::govc::standalone_root));
}

BOOST_AUTO_TEST_CASE(takes_values_beside_their_types_name)
{
    auto const vm = read(object("1", change("name", R"({"_typeName":"xsd:string","_value":"a"})") + "," +
                                         change("config.hardware.numCPU", R"({"_typeName":"xsd:int","_value":3})")))[0];
    BOOST_TEST(vm.name == "a");
    BOOST_TEST(vm.cpu.value() == 3);
}

BOOST_AUTO_TEST_CASE(with_odd_values_leaves_them_unset)
{
    auto const vms = read(object("1", change("name", "7") + "," + change("config.hardware.numCPU", "1e400") + "," +
                                          change("config.hardware.memoryMB", "18446744073709551616") + "," +
                                          change("unknown", "{}") + R"(,{"op":"remove"},7,{"name":"runtime.powerState"})"));
    BOOST_TEST_REQUIRE(vms.size() == 1u);
    esxi::vm_state expected;
    expected.moid = "1";
    BOOST_TEST((vms[0] == expected));
}

BOOST_AUTO_TEST_CASE(that_is_something_else_is_an_error)
{
    for (auto const& text : test::nonsense) {
        for (std::size_t const piece : {std::size_t{1}, std::size_t{7}, text.size()}) {
            BOOST_TEST(test::failure([&] { return read(text, piece); }).starts_with("its output cannot be read: "),
                       text.substr(0, 40));
        }
    }
    BOOST_TEST(test::failure([] {
                   return read(R"({"kind":"enter","obj":{"type":"VirtualMachine","value":"1"},"changeSet":7})");
               }) == "its output cannot be read: the properties of 1 are no list");
    BOOST_TEST(test::failure([] { return read("[]"); }) ==
               "its output cannot be read: it does not say which object it speaks of");
    BOOST_TEST(test::failure([] { return read(R"({"kind":"enter","obj":{"value":"1"}})"); }) ==
               "its output cannot be read: it does not say which object it speaks of");
    for (auto const* kind : {"", "left", "Enter"}) {
        BOOST_TEST(test::failure([&] { return read(document(kind, "VirtualMachine", "1")); }) ==
                   "its output cannot be read: it does not say whether 1 is there");
    }
    for (auto const& text : {std::string(), object("1", change("name", "\"a\""))}) {
        BOOST_TEST(test::failure([&] { static_cast<void>(read_all(text)); }) ==
                   "its output cannot be read: it does not say what the host is");
    }
}

BOOST_AUTO_TEST_CASE(of_more_vms_than_a_host_can_have_is_an_error)
{
    auto const most = esxi::govc::detail::collected_objects<esxi::vm_state>::most;
    inventory_reader reader;
    auto const all = [&reader](std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            reader.write(object(std::to_string(i), ""));
        }
    };
    all(most);
    all(most); // the same ones once more
    BOOST_TEST(test::failure([&] { all(most + 1); }) ==
               "its output cannot be read: it speaks of more than 20000 objects of one type");
}

BOOST_AUTO_TEST_CASE(stays_failed_after_an_error)
{
    inventory_reader reader;
    BOOST_TEST(test::failure([&] { reader.write("{] "); }) != "no failure");
    BOOST_TEST(test::failure([&] { reader.write(object("1", "")); }) != "no failure");
    BOOST_TEST(test::failure([&] { static_cast<void>(reader.finish()); }) == "its output cannot be read: it is cut short");
}

BOOST_AUTO_TEST_CASE(cut_anywhere_is_an_error_or_whole_objects)
{
    auto const text = test::fixture("v0.18/inventory.json");
    auto const whole = read_all(text).vms;
    std::size_t objects = 0;
    for (std::size_t length = 0; length < text.size(); ++length) {
        auto const said = test::failure([&] {
            auto const vms = read_all(text.substr(0, length), 64).vms;
            objects += vms.size() > objects ? 1 : 0;
            BOOST_TEST_REQUIRE(vms.size() == objects);
            for (std::size_t i = 0; i < vms.size(); ++i) {
                BOOST_TEST_REQUIRE((vms[i] == whole[i]));
            }
        });
        if (said != "no failure" && said != "its output cannot be read: it is cut short" &&
            said != "its output cannot be read: it does not say what the host is") {
            BOOST_ERROR(said);
        }
    }
    BOOST_TEST(objects == 3u);
}

BOOST_AUTO_TEST_CASE(of_a_thousand_vms_is_read)
{
    std::string text;
    for (int i = 0; i < 1000; ++i) {
        text += object(std::to_string(i), change("name", "\"" + std::string(100, 'x') + std::to_string(i) + "\"")) + "\n";
    }
    auto const vms = read(text, 4096);
    BOOST_TEST_REQUIRE(vms.size() == 1000u);
    BOOST_TEST(vms[999].name == std::string(100, 'x') + "999");
}

BOOST_AUTO_TEST_CASE(of_one_vm_is_no_longer_than_it_can_be)
{
    std::string const begin =
        R"({"kind":"enter","obj":{"type":"VirtualMachine","value":"vm-1"},"changeSet":[{"name":"name","val":")";
    auto const document = [&begin](std::size_t length) { return begin + std::string(length - begin.size() - 4, 'x') + "\"}]}"; };
    esxi::govc::inventory_reader reader;
    reader.write(about);
    for (int i = 0; i < 3; ++i) { // each for itself
        reader.write(document(esxi::govc::inventory_reader::longest_document));
    }
    BOOST_TEST(reader.finish().vms.size() == 1u);
    esxi::govc::inventory_reader other;
    auto const too_long = document(esxi::govc::inventory_reader::longest_document + 1);
    BOOST_CHECK_EXCEPTION(
        for (std::size_t at = 0; at < too_long.size();
             at += 65536) { other.write(std::string_view(too_long).substr(at, 65536)); },
        esxi::error,
        [](auto const& failed) {
            return failed.kind() == esxi::error_kind::govc &&
                   std::string(failed.what()).find("more than 1048576 bytes of one object") != std::string::npos;
        });
}

BOOST_AUTO_TEST_SUITE_END()
