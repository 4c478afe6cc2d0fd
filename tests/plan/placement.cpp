// SPDX-License-Identifier: Apache-2.0
// Where an import goes, and what is said if it can go nowhere.
#include <esxi/plan/placement.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace {

using networks = std::map<std::string, std::string>;
constexpr std::uint64_t gib = std::uint64_t{1} << 30;

esxi::network_state network(std::string const& name, std::string const& stored = {})
{
    return {"HaNetwork-" + name, name, stored.empty() ? name : stored};
}

esxi::datastore_state datastore(std::string const& name, std::uint64_t free_gib = 100, std::string const& type = "VMFS")
{
    return {"uuid-" + name, name,    name, type, static_cast<std::int64_t>(1000 * gib), static_cast<std::int64_t>(free_gib * gib),
            true,           "normal"};
}

struct fixture {
    esxi::vm_properties vm;
    esxi::ovf_descriptor ovf;
    esxi::inventory host;

    fixture()
    {
        vm.name = "web1";
        host.datastores = {datastore("ds1")};
        host.networks = {network("VM Network")};
    }
    /// A disk of these sizes, in GiB.
    void add_disk(std::optional<std::uint64_t> capacity, std::uint64_t stored = 1, std::optional<std::uint64_t> populated = {},
                  bool used = true)
    {
        auto const id = std::to_string(ovf.disks.size() + 1);
        ovf.files.push_back({"file" + id, id + ".vmdk", stored * gib, {}, {}});
        esxi::ovf_disk disk;
        disk.id = "vmdisk" + id;
        disk.file_ref = "file" + id;
        disk.capacity = capacity ? std::optional(*capacity * gib) : std::nullopt;
        disk.populated_size = populated ? std::optional(*populated * gib) : std::nullopt;
        ovf.disks.push_back(disk);
        if (used) {
            ovf.resources.push_back("/disk/" + disk.id);
        }
    }
    void connect(std::vector<std::string> const& names)
    {
        ovf.networks = names;
        ovf.connections = names;
    }
    [[nodiscard]] std::string said(esxi::error_kind kind = esxi::error_kind::config) const
    {
        try {
            static_cast<void>(esxi::place_import(vm, &ovf, host));
            return {};
        } catch (esxi::error const& failed) {
            BOOST_TEST(esxi::to_string(failed.kind()) == esxi::to_string(kind));
            return failed.what();
        }
    }
    [[nodiscard]] esxi::placement placed() const { return esxi::place_import(vm, &ovf, host); }
};

bool has(std::string const& text, std::string const& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(placements, fixture)

BOOST_AUTO_TEST_CASE(the_only_datastore_needs_no_name)
{
    BOOST_TEST((placed() == esxi::placement{}));
    vm.datastore = "ds1";
    BOOST_TEST(placed().datastore == "ds1");
}

BOOST_AUTO_TEST_CASE(names_are_taken_as_people_see_them)
{
    host.datastores.push_back(datastore("x"));
    host.datastores.back().name = "a/b";
    host.datastores.back().stored_name = "a%2fb";
    host.networks.push_back(network("DMZ/10", "DMZ%2f10"));
    host.networks.push_back(network("100%", "100%25"));
    host.networks.push_back(network("*"));
    vm.datastore = "a/b";
    vm.network_map = {{"a", "DMZ/10"}, {"b", "100%"}, {"c", "*"}, {"d", "DMZ%2f10"}};
    BOOST_TEST((placed() == esxi::placement{"a%2fb", {{"a", "DMZ%2f10"}, {"b", "100%25"}, {"c", "*"}, {"d", "DMZ%2f10"}}}));
    vm.datastore = "ds*";
    BOOST_TEST(has(said(), "is `ds*`, which the host does not have; set datastore to one of `ds1`, `a/b`"));
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_told_with_what_is)
{
    vm.datastore = "nosuch";
    BOOST_TEST(said() ==
               "property `datastore` of VM `web1` is `nosuch`, which the host does not have; set datastore to one of `ds1`");
    vm.datastore.clear();
    host.datastores.push_back(datastore("ds2"));
    BOOST_TEST(said() ==
               "property `datastore` of VM `web1` is missing, and the host has several; set datastore to one of `ds1`, `ds2`");
    vm.datastore = "ds2";
    vm.network_map = {{"nat", "nosuch"}};
    BOOST_TEST(said() == "property `network_map` of VM `web1` connects `nat` to `nosuch`, which the host does not have; "
                         "set network_map to one of `VM Network`");
    host.datastores.clear();
    BOOST_TEST(has(said(), "the host has no datastore"));
}

BOOST_AUTO_TEST_CASE(two_of_one_name_are_told)
{
    host.networks.push_back(network("VM Network"));
    host.networks.back().moid = "other";
    vm.network_map = {{"nat", "VM Network"}};
    BOOST_TEST(has(said(), "the host has two of that name (`HaNetwork-VM Network`, `other`)"));
}

BOOST_AUTO_TEST_CASE(a_datastore_that_cannot_be_written_to_is_told)
{
    host.datastores.front().accessible = false;
    BOOST_TEST(has(said(esxi::error_kind::unavailable), "datastore `ds1` of VM `web1` is not accessible on its host"));
    host.datastores.front().accessible = true;
    host.datastores.front().maintenance = "inMaintenance";
    BOOST_TEST(has(said(esxi::error_kind::unavailable), "datastore `ds1` of VM `web1` is in maintenance (inMaintenance)"));
    host.datastores.front().maintenance.clear(); // a host that does not say
    BOOST_TEST(said() == "");
}

BOOST_AUTO_TEST_CASE(a_network_that_is_not_mapped_goes_to_its_namesake_or_the_only_one)
{
    connect({"VM Network", "nat"});
    BOOST_TEST((placed().networks == networks{{"VM Network", "VM Network"}, {"nat", "VM Network"}}));
    host.networks.push_back(network("LAN/1", "LAN%2f1"));
    BOOST_TEST(said() ==
               "property `network_map` of VM `web1` does not name the OVA's network `nat`, and the host has none of that "
               "name; set network_map `nat=NETWORK`, to one of `VM Network`, `LAN/1`");
    vm.network_map = {{"nat", "LAN/1"}};
    BOOST_TEST((placed().networks == networks{{"VM Network", "VM Network"}, {"nat", "LAN%2f1"}}));
    host.networks.clear();
    vm.network_map.clear();
    BOOST_TEST(has(said(), "to one of none"));
}

BOOST_AUTO_TEST_CASE(a_network_that_no_card_uses_needs_none)
{
    host.networks.clear();
    ovf.networks = {"nat"};
    BOOST_TEST(said() == "");
    ovf.connections = {"not listed"}; // the host's to refuse
    BOOST_TEST(said() == "");
}

BOOST_AUTO_TEST_CASE(disks_need_room)
{
    add_disk(100);
    BOOST_TEST(said() == ""); // to the byte
    add_disk(1);
    BOOST_TEST(said() ==
               "datastore `ds1` has 100 GiB free, and the disks of VM `web1` take 101 GiB; make room, or set datastore to "
               "another, or set disk_provisioning to thin");
    for (char const* thick : {"thick", "flat", "eagerZeroedThick", "monolithicFlat", "twoGbMaxExtentFlat"}) {
        vm.disk_provisioning = thick;
        BOOST_TEST(said() != "");
    }
    for (char const* growing : {"thin", "seSparse", "sparse", "monolithicSparse", "twoGbMaxExtentSparse"}) {
        vm.disk_provisioning = growing;
        BOOST_TEST(said() == "");
    }
    vm.disk_provisioning.clear();
    for (char const* type : {"NFS", "NFS41", "vsan", "VVOL"}) { // disks grow there, whatever is asked for
        host.datastores.front().type = type;
        BOOST_TEST(said() == "");
    }
}

BOOST_AUTO_TEST_CASE(growing_disks_need_room_for_what_is_in_them)
{
    vm.disk_provisioning = "thin";
    add_disk(500, 90);
    BOOST_TEST(said() == "");
    add_disk(500, 11);
    BOOST_TEST(has(said(), "take 101 GiB; make room, or set datastore to another"));
    BOOST_TEST(!has(said(), "thin"));
    ovf = {};
    add_disk(500, 1, 101);
    BOOST_TEST(said() != "");
    ovf = {};
    add_disk(50, 1, 101); // it cannot hold more than its capacity
    BOOST_TEST(said() == "");
}

BOOST_AUTO_TEST_CASE(a_capacity_that_is_a_property_is_the_given_one)
{
    add_disk(1);
    ovf.disks.front().capacity_property = "disk";
    ovf.disks.front().capacity_unit = gib;
    BOOST_TEST(said() == "");
    vm.ovf_properties = {{"disk", "101"}};
    BOOST_TEST(has(said(), "take 101 GiB"));
    for (char const* unknown : {"", "x", "-1", "99999999999999999999", "18446744073709551615"}) {
        vm.ovf_properties = {{"disk", unknown}};
        BOOST_TEST(said() == "");
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_said_is_no_reason)
{
    add_disk(std::nullopt, 1);
    add_disk(500, 1, {}, false); // no device is backed by it
    BOOST_TEST(said() == "");
    add_disk(500);
    host.datastores.front().free.reset();
    BOOST_TEST(said() == "");
    host.datastores.front().free = 0;
    BOOST_TEST(has(said(), "has 0 bytes free"));
    for (int i = 0; i < 3; ++i) {
        ovf.disks.back().capacity = UINT64_MAX;
        ovf.disks.push_back(ovf.disks.back());
    }
    BOOST_TEST(has(said(), "take 15 EiB")); // without overflow
}

BOOST_AUTO_TEST_CASE(without_a_descriptor_names_are_found_all_the_same)
{
    vm.network_map = {{"nat", "VM Network"}};
    BOOST_TEST((esxi::place_import(vm, nullptr, host).networks == networks{{"nat", "VM Network"}}));
}

BOOST_AUTO_TEST_SUITE_END()
