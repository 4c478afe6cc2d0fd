// SPDX-License-Identifier: Apache-2.0
// The files of local packages: which archives are whole, and what a file's bytes are wherever they are stored.
#include <esxi/detail/package_files.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <support/directory.hpp>
#include <support/package.hpp>

namespace {

using namespace test;
using esxi::detail::package_files;

std::string const ovf = tar_member("demo.ovf", "<Envelope/>");
std::string const disk = tar_member("demo-disk1.vmdk", std::string(1300, 'd'));

std::string wrong_at(std::filesystem::path const& path)
{
    try {
        package_files const files(path);
        return "";
    } catch (esxi::error const& failed) {
        BOOST_TEST(esxi::to_string(failed.kind()) == "config");
        return failed.what();
    }
}

/// What is said of a file with this content.
std::string wrong(std::string const& content)
{
    static test::directory const files;
    test::write_file(files / "x.ova", content);
    return wrong_at(files / "x.ova");
}

esxi::ovf_file named(std::string const& href)
{
    return {"file1", href, {}, {}, {}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(files_of_a_package)

BOOST_AUTO_TEST_CASE(that_is_whole_are_good)
{
    BOOST_TEST(wrong(ovf + disk + tar_end) == "");
    BOOST_TEST(wrong(disk + ovf + std::string(10240, '\0')) == "");
    BOOST_TEST(wrong(ovf + disk) == ""); // without an end mark: govc reads it
    BOOST_TEST(wrong(ovf + tar_end + "what stands behind is not read") == "");
    BOOST_TEST(wrong(tar_member("empty.ovf", "") + tar_end) == "");
    BOOST_TEST(wrong("<?xml version=\"1.0\"?><Envelope/>") == ""); // a descriptor, whatever its name
}

BOOST_AUTO_TEST_CASE(cut_inside_a_member_are_truncated)
{
    auto const whole = ovf + disk + tar_end;
    for (std::size_t length = 1; length < whole.size(); length += length % 512 == 511 || length % 512 == 0 ? 1 : 37) {
        auto const said = wrong(whole.substr(0, length));
        // At the end of a member nobody can tell; that the disk's file is missing is told by the descriptor.
        auto const members = ovf.size() + disk.size();
        BOOST_TEST_CONTEXT(length << ": " << said)
        {
            if (length == ovf.size() || length == members || length >= members + 512) {
                BOOST_TEST(said == "");
            } else if (length <= 262) {
                BOOST_TEST(said == "it is not a tar archive");
            } else {
                BOOST_TEST(said.starts_with("it is truncated"));
            }
        }
    }
    BOOST_TEST(wrong((ovf + disk).substr(0, ovf.size() + 512 + 1000)) ==
               "it is truncated: `demo-disk1.vmdk` in it has 1300 bytes, and 1000 are there");
    BOOST_TEST(wrong(ovf + tar_pax({"path=x"})).starts_with("it is truncated")); // a header that nothing follows
}

BOOST_AUTO_TEST_CASE(with_hostile_names_are_told_of_escaped_and_cut)
{
    BOOST_TEST(wrong(tar_header("\033[2J\n.ovf", "00000000007")) ==
               "it is truncated: `\\x1b[2J\\n.ovf` in it has 7 bytes, and 0 are there");
    auto const said = wrong(tar_member("././@LongLink", std::string(5000, 'x'), 'L') + tar_header("x", "00000000007"));
    BOOST_TEST(said == "it is truncated: `" + std::string(197, 'x') + "...` in it has 7 bytes, and 0 are there");
}

BOOST_AUTO_TEST_CASE(of_no_package_are_named)
{
    BOOST_TEST(wrong("") == "it is empty");
    BOOST_TEST(wrong("hello") == "it is not a tar archive");
    BOOST_TEST(wrong(std::string(5000, 'x')) == "it is not a tar archive");
    BOOST_TEST(wrong("PK\x03\x04" + std::string(5000, '\0')) == "it is not a tar archive, but a ZIP archive");
    BOOST_TEST(wrong("\x1f\x8b\x08" + std::string(5000, 'x')) == "it is not a tar archive, but compressed by gzip");
    BOOST_TEST(wrong(stream_optimised()) == "it is not a tar archive, but a VMDK");
    BOOST_TEST(wrong("<!DOCTYPE html>" + std::string(5000, ' ')) == "it is not a tar archive, but a web page (HTML)");
    BOOST_TEST(wrong(ovf + std::string(5000, 'x')) == "it is damaged: no header is where one should be");
    BOOST_TEST(wrong(tar_end).starts_with("it holds no .ovf file"));
    BOOST_TEST(wrong(disk + tar_end).starts_with("it holds no .ovf file"));
}

BOOST_AUTO_TEST_CASE(over_8_gib_are_walked)
{
    constexpr std::uint64_t size = 9ull << 30;
    test::directory const files;
    for (auto const& start : {tar_header("demo-disk1.vmdk", tar_binary(size)),
                              tar_pax({"size=" + std::to_string(size)}) + tar_header("demo-disk1.vmdk", "00000000000")}) {
        auto const path = files / "big.ova";
        test::write_file(path, ovf + start);
        std::filesystem::resize_file(path, ovf.size() + start.size() + size); // sparse
        BOOST_TEST(wrong_at(path) == "");
        std::filesystem::resize_file(path, ovf.size() + start.size() + size - 1);
        BOOST_TEST(wrong_at(path) == "it is truncated: `demo-disk1.vmdk` in it has 9663676416 bytes, and 9663676415 are there");
    }
}

BOOST_AUTO_TEST_CASE(that_cannot_be_read_are_told)
{
    test::directory const files;
    BOOST_TEST(wrong_at(files / "missing.ova") == "there is no such file");
    BOOST_TEST(wrong_at(files / "") == "it is not a regular file");
    BOOST_TEST(wrong_at("/dev/null") == "it is not a regular file");
    BOOST_TEST(wrong_at("") == "there is no such file");
    BOOST_TEST(wrong_at(files / std::string(300, 'x')) == "there is no such file");
    test::write_file(files / "x.ova", ovf + tar_end);
    std::filesystem::create_symlink("x.ova", files / "link.ova");
    BOOST_TEST(wrong_at(files / "link.ova") == "");
    std::filesystem::create_symlink("nowhere", files / "broken.ova");
    BOOST_TEST(wrong_at(files / "broken.ova") == "there is no such file");
    if (::geteuid() != 0) { // root reads all
        std::filesystem::permissions(files / "x.ova", std::filesystem::perms::none);
        BOOST_TEST(wrong_at(files / "x.ova") == "it cannot be read");
    }
}

BOOST_AUTO_TEST_CASE(are_read_from_an_archive_with_the_holes_of_sparse_ones)
{
    test::directory const files;
    auto sparse = tar_header("s.vmdk", octal(6, 11), 'S', gnu_magic);
    sparse.replace(386, 11, octal(1, 11)).replace(398, 11, octal(3, 11)); // 3 bytes at 1, 3 at 8
    sparse.replace(410, 11, octal(8, 11)).replace(422, 11, octal(3, 11));
    sparse.replace(483, 11, octal(12, 11));
    test::write_file(files / "x.ova", ovf + disk + with_sum(sparse) + padded("abcdef") + tar_end);
    package_files package(files / "x.ova");
    BOOST_TEST(package.is_archive());
    BOOST_TEST(package.descriptor_name() == "demo.ovf");
    BOOST_TEST(package.descriptor() == "<Envelope/>");
    auto const plain = package.find(named("demo-disk1.vmdk"), true);
    BOOST_TEST(package.read(plain.value(), 5) == "ddddd");
    BOOST_TEST(package.read(plain.value(), 5000) == std::string(1300, 'd'));
    auto const with_holes = package.find(named("s.vmdk"), true);
    BOOST_TEST(with_holes.value().size == 12u);
    BOOST_TEST(package.read(with_holes.value(), 100) == std::string("\0abc\0\0\0\0def\0", 12));
    BOOST_TEST(package.read(with_holes.value(), 9) == std::string("\0abc\0\0\0\0d", 9));
    BOOST_TEST(!package.manifest().has_value());
}

BOOST_AUTO_TEST_CASE(are_found_beside_a_descriptor)
{
    test::directory const files;
    std::filesystem::create_directory(files / "disks");
    test::write_file(files / "demo.ovf", "<Envelope/>");
    for (char const* name : {"disks/d [1].vmdk", "my disk.vmdk", "demo.mf"}) {
        test::write_file(files / name, name);
    }
    package_files package(files / "demo.ovf");
    BOOST_TEST(!package.is_archive());
    BOOST_TEST(package.descriptor() == "<Envelope/>");
    auto const found = package.find(named("./disks/d [1].vmdk"), true);
    BOOST_TEST(found.value().name == "disks/d [1].vmdk");
    BOOST_TEST(package.read(found.value(), 100) == "disks/d [1].vmdk");
    BOOST_TEST(package.manifest().value().name == "demo.mf");
    auto const said = [&package](std::string const& href) {
        try {
            return package.find(named(href), true).has_value() ? std::string("good") : "none";
        } catch (esxi::error const& failed) {
            return std::string(failed.what());
        }
    };
    BOOST_TEST(said("none.vmdk").starts_with("its file `none.vmdk` is not beside it"));
    BOOST_TEST(said("my%20disk.vmdk").starts_with("its file `my%20disk.vmdk` is stored as `my disk.vmdk`"));
    for (char const* outside : {"../demo.ovf", "/etc/passwd", "disks/../../x"}) {
        BOOST_TEST(said(outside).find("lies outside of the package") != std::string::npos);
    }
    BOOST_TEST(!package.find(named("../x"), false).has_value());
}

BOOST_AUTO_TEST_CASE(beside_a_descriptor_are_no_links)
{
    test::directory const files;
    test::write_file(files / "demo.ovf", "<Envelope/>");
    std::filesystem::create_directory(files / "real");
    test::write_file(files / "real/d.vmdk", "d");
    std::filesystem::create_symlink("real/d.vmdk", files / "link.vmdk");
    std::filesystem::create_directory_symlink("real", files / "folder");
    std::filesystem::create_symlink("/dev/zero", files / "zero.vmdk");
    package_files const package(files / "demo.ovf");
    for (char const* href : {"link.vmdk", "folder/d.vmdk", "zero.vmdk"}) {
        BOOST_TEST((package.find(named(href), true).value().kind == esxi::govc::file_kind::symbolic_link), href);
    }
    BOOST_TEST((package.find(named("real"), true).value().kind == esxi::govc::file_kind::directory));
    std::filesystem::create_symlink("demo.ovf", files / "other.ovf"); // the descriptor itself is what was given
    BOOST_TEST(wrong_at(files / "other.ovf") == "");
}

BOOST_AUTO_TEST_SUITE_END()
