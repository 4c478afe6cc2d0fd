// SPDX-License-Identifier: Apache-2.0
// The command lines, word by word.
#include <esxi/govc/argv.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using namespace esxi::govc;
using words = std::vector<std::string>;

void expect(esxi::command const& sent, words const& argv)
{
    BOOST_TEST(sent.argv == argv, boost::test_tools::per_element());
    BOOST_TEST(sent.input == "");
}

boost::json::object options(esxi::command const& sent)
{
    return boost::json::parse(sent.input).as_object();
}

esxi::vm_properties wished()
{
    esxi::vm_properties vm;
    vm.name = "-a/b";
    vm.ova_url = "/ovas/a [1].ova";
    return vm;
}

std::string const token = "esxi-import-0123456789abcdef0123456789abcdef";

} // namespace

BOOST_AUTO_TEST_SUITE(argv)

BOOST_AUTO_TEST_CASE(of_the_host)
{
    expect(about(), {"about", "-json"});
    expect(about_with_fresh_login(), {"about", "-json", "-persist-session=false"});
    auto const sent = collect_inventory({.datastores = true, .networks = false, .vms = false});
    BOOST_TEST(sent.argv == (words{"object.collect", "-json", "-type", "m", "-R", "-"}), boost::test_tools::per_element());
    BOOST_TEST(sent.input == inventory_filter({.datastores = true, .networks = false, .vms = false}, "ha-folder-root"));
}

BOOST_AUTO_TEST_CASE(of_a_vm)
{
    expect(vm_info(name_argument("web*")), {"vm.info", "-json", "./web\\*"});
    expect(vm_info(moid_argument("140")), {"vm.info", "-json", "VirtualMachine:140"});
    expect(poll_vm("140"),
           {"object.collect", "-json", "VirtualMachine:140", "runtime.powerState", "guest.ipAddress", "guest.net"});
    expect(power_on("140"), {"vm.power", "-json", "-on", "VirtualMachine:140"});
    expect(power_off("140"), {"vm.power", "-json", "-off", "VirtualMachine:140"});
    expect(shut_down("140"), {"vm.power", "-json", "-s", "VirtualMachine:140"});
    expect(destroy("140"), {"vm.destroy", "-json", "VirtualMachine:140"});
}

BOOST_AUTO_TEST_CASE(of_a_change_hold_what_is_set)
{
    expect(change("140", 2, 4096, "a note"),
           {"vm.change", "-json", "-vm=VirtualMachine:140", "-c=2", "-m=4096", "-annotation=a note"});
    expect(change("140", 2, std::nullopt, ""), {"vm.change", "-json", "-vm=VirtualMachine:140", "-c=2"});
    expect(change("140", std::nullopt, 4096, ""), {"vm.change", "-json", "-vm=VirtualMachine:140", "-m=4096"});
    expect(change("140", std::nullopt, std::nullopt, "-x"), {"vm.change", "-json", "-vm=VirtualMachine:140", "-annotation=-x"});
    auto const told = change("140", std::nullopt, std::nullopt, "x", "<?xml s3cret!");
    BOOST_TEST(told.argv == (words{"vm.change", "-json", "-vm=VirtualMachine:140", "-annotation=x"}),
               boost::test_tools::per_element());
    BOOST_TEST((told.files == std::map<std::string, std::string>{{"guestinfo.ovfEnv", "<?xml s3cret!"}}));
}

BOOST_AUTO_TEST_CASE(of_an_import_end_in_the_ova)
{
    auto vm = wished();
    auto const plain = import_package(vm, {token, {}});
    BOOST_TEST(plain.argv == (words{"import.ova", "-name=-a%2fb", "-options=-", "/ovas/a [1].ova"}),
               boost::test_tools::per_element());
    vm.verify_manifest = true;
    auto const full = import_package(vm, {token, {"[ds1] a%2fb", {}}, {}, true});
    BOOST_TEST(full.argv == (words{"import.ovf", "-name=-a%2fb", "-ds=./\\[ds1\\] a%2fb", "-m", "-options=-", "/ovas/a [1].ova"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_an_import_put_no_token_and_no_property_on_the_command_line)
{
    auto vm = wished();
    vm.ovf_properties = {{"password", "s3cret!"}};
    auto const sent = import_package(vm, {token, {}, {{"disk", "30"}}});
    for (auto const& word : sent.argv) {
        BOOST_TEST(word.find("30") == std::string::npos);
        BOOST_TEST(word.find(token) == std::string::npos);
    }
    BOOST_TEST(sent.input.find("s3cret") == std::string::npos); // the guest is told by `change`
}

BOOST_AUTO_TEST_CASE(of_an_import_mark_the_vm_from_the_start)
{
    auto const sent = options(import_package(wished(), {token, {}}));
    BOOST_TEST((sent ==
                boost::json::object{{"Annotation", token}, {"MarkAsTemplate", false}, {"PowerOn", false}, {"WaitForIP", false}}));
}

BOOST_AUTO_TEST_CASE(of_an_import_hand_over_all_options)
{
    auto vm = wished();
    vm.disk_provisioning = "thin";
    auto const sent = options(import_package(
        vm, {token, {"", {{"VM Network", "LAN *"}, {"b", ".c%2f"}}}, {{"domain", ""}, {"hostname", "a \"b\" \xd0\x92"}}}));
    auto const expected =
        boost::json::parse(R"({"Annotation":")" + token +
                           R"(","MarkAsTemplate":false,"PowerOn":false,"WaitForIP":false,"DiskProvisioning":"thin",
        "NetworkMapping":[{"Name":"VM Network","Network":"./LAN \\*"},{"Name":"b","Network":"./\\.c%2f"}],
        "PropertyMapping":[{"Key":"domain","Value":""},{"Key":"hostname","Value":"a \"b\" )"
                           "\xd0\x92"
                           R"("}]})");
    BOOST_TEST((boost::json::value(sent) == expected));
}

BOOST_AUTO_TEST_CASE(of_an_imports_specification)
{
    expect(import_spec("/ovas/a.ova"), {"import.spec", "-json", "-hidden", "-verbose", "/ovas/a.ova"});
}

BOOST_AUTO_TEST_CASE(of_snapshots)
{
    expect(create_snapshot("12", {"s", {}}),
           {"snapshot.create", "-json", "-vm=VirtualMachine:12", "-m=false", "-q=false", "--", "s"});
    expect(create_snapshot("12", {"-a/b*", "-why", true, true}),
           {"snapshot.create", "-json", "-vm=VirtualMachine:12", "-m=true", "-q=true", "-d=-why", "--", "-a/b*"});
    expect(remove_snapshot("12", "12-snapshot-3", false),
           {"snapshot.remove", "-json", "-vm=VirtualMachine:12", "-r=false", "--", "12-snapshot-3"});
    expect(remove_snapshot("12", "snapshot-20", true),
           {"snapshot.remove", "-json", "-vm=VirtualMachine:12", "-r=true", "--", "snapshot-20"});
}

BOOST_AUTO_TEST_SUITE_END()
