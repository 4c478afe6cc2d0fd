// SPDX-License-Identifier: Apache-2.0
// What files are by their first bytes.
#include <esxi/govc/disk_format.hpp>

#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>

#include <support/package.hpp>

namespace {

using esxi::govc::name_format;

/// A file that begins with zeros and has this at that place.
std::string with(std::size_t at, std::string const& bytes, std::size_t size = 64 * 1024)
{
    std::string head(size, '\0');
    head.replace(at, bytes.size(), bytes);
    return head;
}

std::string sparse_vmdk(char flags, std::string const& descriptor = {})
{
    std::string head("KDMV\1\0\0\0\1\0\0\0", 12);
    head[10] = flags;
    head.resize(512, '\0');
    return head + descriptor;
}

} // namespace

BOOST_AUTO_TEST_SUITE(disk_format)

BOOST_AUTO_TEST_CASE(stream_optimised_is_told_by_its_flags)
{
    BOOST_TEST(name_format(test::stream_optimised()) == "");
    BOOST_TEST(esxi::govc::begins_as_vmdk(test::stream_optimised()));
    BOOST_TEST(name_format(sparse_vmdk('\3', "createType=\"streamOptimized\"")) == "");
    BOOST_TEST(name_format(sparse_vmdk('\0')) == "a sparse VMDK, not a stream-optimised one");
    BOOST_TEST(name_format(sparse_vmdk('\1')) == "a sparse VMDK, not a stream-optimised one");
    BOOST_TEST(name_format(sparse_vmdk('\0', "# Disk DescriptorFile\nversion=1\nCreateType = \"monolithicSparse\"\n")) ==
               "a sparse VMDK (createType monolithicSparse), not a stream-optimised one");
    BOOST_TEST(name_format("KDMV") == "a VMDK that is cut short");
}

BOOST_AUTO_TEST_CASE(others_are_named)
{
    std::pair<std::string, std::string> const cases[] = {
        {"", "empty"},
        {with(0, std::string("QFI\xfb\0\0\0\3", 8)), "a qcow2 image"},
        {with(0, std::string("QFI\xfb\0\0\0\1", 8)), "a qcow image"},
        {with(0, "vhdxfile"), "a VHDX image"},
        {with(0, "conectix"), "a VHD image"},
        {with(64, "\x7f\x10\xda\xbe"), "a VDI image of VirtualBox"},
        {with(0, "COWD"), "a VMDK of the kind COWD (vmfsSparse), not a stream-optimised one"},
        {"\x1f\x8b\x08 and so on", "compressed by gzip"},
        {"BZh91AY&SY", "compressed by bzip2"},
        {std::string("\xfd\x37zXZ\0", 6), "compressed by xz"},
        {"\x28\xb5\x2f\xfd", "compressed by zstd"},
        {std::string("PK\3\4", 4), "a ZIP archive"},
        {std::string("\0\5\x16\7\0\2", 6), "data of macOS (AppleDouble)"},
        {test::tar_member("a", "b"), "a tar archive"},
        {with(32769, "CD001"), "an ISO image"},
        {"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS, not the file itself"},
        {with(512, "EFI PART"), "a raw (flat) disk image with a GPT"},
        {with(510, "\x55\xaa"), "a raw (flat) disk image with a boot sector"},
        {with(1080, std::string("\x53\xef\1\0\1\0", 6)), "a raw (flat) disk image with an ext file system"},
        {std::string(4096, '\0'), "a raw (flat) disk image that begins with zeros"},
        {"# Disk DescriptorFile\nversion=1\ncreateType=\"vmfs\"\nRW 8 VMFS \"x-flat.vmdk\"\n",
         "the text that describes a VMDK (createType vmfs), whose data is in a file of its own"},
        {"\xef\xbb\xbf\r\n# disk descriptorfile\n", "the text that describes a VMDK, whose data is in a file of its own"},
        {"<!DOCTYPE HTML>\n<html>", "a web page (HTML)"},
        {"<html lang=\"en\">", "a web page (HTML)"},
        {"<?xml version=\"1.0\"?>", "XML"},
    };
    for (auto const& [head, name] : cases) {
        BOOST_TEST(name_format(head) == name);
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_not_named)
{
    BOOST_TEST(name_format("x") == "");
    BOOST_TEST(name_format(std::string(5000, 'x')) == "");
    BOOST_TEST(name_format(with(510, "\x55\xaa").replace(0, 500, std::string(500, 'x'))) == ""); // no partition begins so
    BOOST_TEST(name_format(std::string(100, '\0')) == "");
}

BOOST_AUTO_TEST_CASE(a_hostile_type_is_shown_escaped_and_cut)
{
    BOOST_TEST(name_format(sparse_vmdk('\0', "createType=\"\033[2J" + std::string(900, 'x') + "\"")).size() < 120u);
    BOOST_TEST(name_format(sparse_vmdk('\0', "createType=\"\033[2J\"")).find('\033') == std::string::npos);
    BOOST_TEST(name_format(sparse_vmdk('\0', "createType=\"vmfs")) == "a sparse VMDK, not a stream-optimised one");
}

BOOST_AUTO_TEST_SUITE_END()
