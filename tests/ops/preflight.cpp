// SPDX-License-Identifier: Apache-2.0
// Packages of every shape: which are imported, and what is said of the others before anything is sent.
#include <esxi/ops/preflight.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <support/directory.hpp>
#include <support/package.hpp>

namespace {

using namespace test;

struct fixture {
    test::directory files;

    /// What is said of a package with this content; empty if it is good.
    std::string said(std::string const& content, bool verify_manifest = false, std::string const& name = "x.ova")
    {
        test::write_file(files / name, content);
        try {
            warnings = esxi::detail::read_package(files / name, verify_manifest).warnings;
            return {};
        } catch (esxi::error const& failed) {
            BOOST_TEST(esxi::to_string(failed.kind()) == "config");
            return failed.what();
        }
    }
    /// What is said of an OVA with this descriptor and disk.
    std::string said_of(described_disk const& disk, std::string const& content = stream_optimised())
    {
        return said(tar_member("demo.ovf", descriptor({disk})) + tar_member(disk.href, content) + tar_end);
    }
    std::vector<std::string> warnings;
};

bool has(std::string const& text, std::string const& part)
{
    return text.find(part) != std::string::npos;
}

/// An archive of one descriptor with this text, and its disk.
std::string ova_of(std::string const& text)
{
    return tar_member("demo.ovf", text) + tar_member("demo-disk1.vmdk", stream_optimised()) + tar_end;
}

std::string replaced(std::string text, std::string const& old, std::string const& with)
{
    auto const at = text.find(old);
    BOOST_REQUIRE(at != std::string::npos);
    return text.replace(at, old.size(), with);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(packages, fixture)

BOOST_AUTO_TEST_CASE(that_a_host_takes)
{
    auto const ovf = tar_member("./export/demo.ovf", descriptor({{.attributes = "ovf:size=\"2048\""}}));
    auto const disk = tar_member("./export/demo-disk1.vmdk", stream_optimised());
    BOOST_TEST(said(ovf + disk + tar_end) == "");
    BOOST_TEST(said(disk + ovf + tar_end) == ""); // the descriptor last
    BOOST_TEST(said(tar_pax({"mtime=1700000000.25"}) + ovf + disk) == "");
    BOOST_TEST(said(tar_member("demo.ovf", "\xef\xbb\xbf" + descriptor()) + tar_member("demo-disk1.vmdk", stream_optimised())) ==
               "");
    BOOST_TEST(said(tar_member("demo.ovf", descriptor()) + tar_member("._demo.ovf", "x") +
                    tar_member("demo-disk1.vmdk", stream_optimised())) == ""); // govc takes the first
    BOOST_TEST(said(tar_member("demo.ovf", descriptor({}, {}))) == ""); // without disks
    BOOST_TEST(warnings.empty());
    BOOST_TEST(said_of({.attributes = "ovf:size=\"2048\" ovf:chunkSize=\"7516192768\" ovf:compression=\"identity\""}) == "");
    BOOST_TEST(said_of({.href = "my%20disk.vmdk"}) == "");
    BOOST_TEST(warnings.empty());
}

BOOST_AUTO_TEST_CASE(with_what_no_device_refers_to)
{
    auto const text = replaced(descriptor(), "</References>", "<File ovf:href=\"eula.txt\" ovf:id=\"file9\"/></References>");
    BOOST_TEST(said(ova_of(text)) == "");
    BOOST_TEST_REQUIRE(warnings.size() == 1u);
    BOOST_TEST(has(warnings.front(), "lacks its file `eula.txt`, which no device refers to"));
    // A drive that is backed by it, or a setting, does refer to it.
    auto const drive =
        replaced(text, "<Item><rasd:Address>0",
                 "<Item><rasd:ElementName>CD</rasd:ElementName><rasd:HostResource>ovf:/file/file9</rasd:HostResource>"
                 "<rasd:InstanceID>50</rasd:InstanceID><rasd:ResourceType>15</rasd:ResourceType></Item>"
                 "<Item><rasd:Address>0");
    BOOST_TEST(has(said(ova_of(drive)), "its file `eula.txt` is missing"));
    auto const setting = replaced(text, "</VirtualHardwareSection>",
                                  "<vmw:ExtraConfig xmlns:vmw=\"http://www.vmware.com/schema/ovf\" vmw:key=\"nvram\" "
                                  "vmw:value=\"ovf:/file/file9\"/></VirtualHardwareSection>");
    BOOST_TEST(has(said(ova_of(setting)), "its file `eula.txt` is missing"));
}

BOOST_AUTO_TEST_CASE(that_lack_a_disk_or_have_another)
{
    BOOST_TEST(has(said(tar_member("demo.ovf", descriptor()) + tar_end), "its file `demo-disk1.vmdk` is missing"));
    BOOST_TEST(has(said_of({.attributes = "ovf:size=\"2049\""}), "has 2048 bytes, and 2049 by the descriptor"));
    BOOST_TEST(has(said_of({.attributes = "ovf:compression=\"gzip\""}), "is compressed (gzip)"));
    BOOST_TEST(has(said_of({}, "QFI\xfb" + std::string(900, '\0')), "its disk `demo-disk1.vmdk` is a qcow2 image"));
    BOOST_TEST(
        has(said_of({}, "# Disk DescriptorFile\ncreateType=\"vmfs\"\n"), "is the text that describes a VMDK (createType vmfs)"));
    BOOST_TEST(has(said_of({}, std::string(4096, '\0')), "is a raw (flat) disk image"));
    BOOST_TEST(has(said_of({}, ""), "its disk `demo-disk1.vmdk` is empty"));
    BOOST_TEST(said_of({}, std::string(4096, 'x')) == ""); // what it is cannot be told
    BOOST_TEST_REQUIRE(warnings.size() == 1u);
    BOOST_TEST(has(warnings.front(), "disk `demo-disk1.vmdk` does not begin as a stream-optimised VMDK does"));
    for (char const type : {'1', '2', '3', '4', '5', '6'}) {
        auto const link = tar_header("demo-disk1.vmdk", "0", type);
        BOOST_TEST(has(said(tar_member("demo.ovf", descriptor()) + link + tar_end), "its file `demo-disk1.vmdk` is a"));
    }
}

BOOST_AUTO_TEST_CASE(with_a_descriptor_that_is_not_read)
{
    auto const name = std::string("its descriptor `demo.ovf`");
    BOOST_TEST(said(ova_of("nonsense")).starts_with(name));
    BOOST_TEST(has(said(ova_of(replaced(descriptor(), "UTF-8", "ISO-8859-1"))), "ISO-8859-1"));
    std::string utf16("\xff\xfe");
    for (char const c : descriptor()) {
        utf16 += {c, '\0'};
    }
    BOOST_TEST(has(said(ova_of(utf16)), "UTF-16"));
    BOOST_TEST(has(said(ova_of(std::string(5u << 20, ' '))), "its descriptor `demo.ovf` has 5242880 bytes"));
    auto const two = replaced(
        replaced(descriptor(), "<VirtualSystem ", "<VirtualSystemCollection ovf:id=\"c\"><Info/><VirtualSystem "),
        "</VirtualSystem>", "</VirtualSystem><VirtualSystem ovf:id=\"b\"><Info/></VirtualSystem></VirtualSystemCollection>");
    BOOST_TEST(has(said(ova_of(two)), "it is a vApp of 2 VMs"));
}

BOOST_AUTO_TEST_CASE(with_a_manifest_that_is_to_be_verified)
{
    auto const whole = tar_member("demo.ovf", descriptor()) + tar_member("demo-disk1.vmdk", stream_optimised());
    BOOST_TEST(has(said(whole + tar_end, true), "it holds no .mf file, the manifest that verify_manifest needs"));
    BOOST_TEST(said(whole + tar_member("demo.mf", "SHA1(demo-disk1.vmdk)= 0\n") + tar_end, true) == "");
    BOOST_TEST(has(said(whole + tar_member("demo.mf", "SHA1(demo.ovf)= 0\n") + tar_end, true),
                   "its manifest `demo.mf` has no sum of `demo-disk1.vmdk`"));
    BOOST_TEST(has(said(whole + tar_header("demo.mf", "0", '2') + tar_end, true), "its manifest `demo.mf` is a symbolic link"));
    BOOST_TEST(said(whole + tar_header("demo.mf", "0", '2') + tar_end) == ""); // it is not looked at
}

BOOST_AUTO_TEST_CASE(of_a_descriptor_with_its_files)
{
    std::filesystem::create_directory(files / "disks");
    test::write_file(files / "disks/d [1].vmdk", stream_optimised());
    auto const text = descriptor({{.href = "disks/d [1].vmdk", .attributes = "ovf:size=\"2048\""}});
    BOOST_TEST(said(text, false, "demo.ovf") == "");
    BOOST_TEST(!esxi::detail::read_package(files / "demo.ovf", false).is_archive);
    BOOST_TEST(has(said(text, true, "demo.ovf"), "it holds no .mf file"));
    test::write_file(files / "demo.mf", "SHA256(disks/d [1].vmdk)= 0\n");
    BOOST_TEST(said(text, true, "demo.ovf") == "");
    BOOST_TEST(has(said(descriptor({{.href = "none.vmdk"}}), false, "demo.ovf"), "its file `none.vmdk` is not beside it"));
    BOOST_TEST(
        has(said(descriptor({{.href = "../none.vmdk"}}), false, "demo.ovf"), "`../none.vmdk` lies outside of the package"));
    std::filesystem::create_symlink("disks/d [1].vmdk", files / "link.vmdk");
    BOOST_TEST(has(said(descriptor({{.href = "link.vmdk"}}), false, "demo.ovf"), "its file `link.vmdk` is a symbolic link"));
}

BOOST_AUTO_TEST_CASE(are_told_of_with_the_property)
{
    test::write_file(files / "x.ova", "hello");
    esxi::vm_properties vm;
    vm.name = "web1";
    BOOST_TEST(!esxi::detail::read_package(vm).has_value());
    vm.ova_url = "https://h/never-looked-at.ova";
    BOOST_TEST(!esxi::detail::read_package(vm).has_value());
    vm.ova_url = files / "x.ova";
    BOOST_CHECK_EXCEPTION(static_cast<void>(esxi::detail::read_package(vm)), esxi::error, [&](esxi::error const& failed) {
        return failed.what() == "property `ova_url` of VM `web1` is " + vm.ova_url + ": it is not a tar archive";
    });
}

BOOST_AUTO_TEST_SUITE_END()
