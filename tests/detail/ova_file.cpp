// SPDX-License-Identifier: Apache-2.0
// Which files are a whole OVA, and what is said of those that are not.
#include <esxi/detail/ova_file.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <support/directory.hpp>

namespace {

std::string octal(std::uint64_t number, int digits)
{
    char text[32];
    std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(number));
    return text;
}

/// A header; `size` is the field as it stands there, 12 bytes.
std::string header(std::string const& name, std::string const& size, char type = '0',
                   std::string const& magic = std::string("ustar\00000", 8))
{
    std::string block(512, '\0');
    block.replace(0, name.size(), name);
    block.replace(100, 7, "0000644");
    block.replace(124, size.size(), size);
    block.replace(136, 11, "00000000000");
    block[156] = type;
    block.replace(257, magic.size(), magic);
    block.replace(148, 8, "        ");
    std::uint64_t sum = 0;
    for (char c : block) {
        sum += static_cast<unsigned char>(c);
    }
    block.replace(148, 8, octal(sum, 6) + std::string("\0 ", 2));
    return block;
}

std::string padded(std::string text)
{
    text.resize((text.size() + 511) / 512 * 512, '\0');
    return text;
}

std::string member(std::string const& name, std::string const& content, char type = '0')
{
    return header(name, octal(content.size(), 11), type) + padded(content);
}

std::string const end_mark(1024, '\0');
std::string const ovf = member("demo.ovf", "<Envelope/>");
std::string const disk = member("demo-disk1.vmdk", std::string(1300, 'd'));

/// What is said of a file with this content.
std::string wrong(std::string const& content)
{
    static test::directory const files;
    test::write_file(files / "x.ova", content);
    return esxi::detail::what_is_wrong_with_ova(files / "x.ova");
}

/// GNU's binary form of a number.
std::string binary(std::uint64_t number)
{
    std::string field(12, '\0');
    field[0] = '\x80';
    for (std::size_t i = 0; i < 8; ++i) {
        field[11 - i] = static_cast<char>(static_cast<unsigned char>(number >> (8 * i)));
    }
    return field;
}

std::string pax(std::string const& record)
{
    auto const length = record.size() + 4; // two digits, a space and a newline
    return member("PaxHeaders/x", std::to_string(length) + " " + record + "\n", 'x');
}

} // namespace

BOOST_AUTO_TEST_SUITE(ova_file)

BOOST_AUTO_TEST_CASE(that_is_whole_is_good)
{
    BOOST_TEST(wrong(ovf + disk + end_mark) == "");
    BOOST_TEST(wrong(disk + ovf + std::string(10240, '\0')) == "");
    BOOST_TEST(wrong(ovf + disk) == ""); // without an end mark: govc reads it
    BOOST_TEST(wrong(ovf + end_mark + "what stands behind is not read") == "");
    BOOST_TEST(wrong(member("empty.ovf", "") + end_mark) == "");
}

BOOST_AUTO_TEST_CASE(cut_inside_a_member_is_truncated)
{
    auto const whole = ovf + disk + end_mark;
    for (std::size_t length = 1; length < whole.size(); length += length % 512 == 511 ? 1 : length % 512 == 0 ? 1 : 37) {
        auto const said = wrong(whole.substr(0, length));
        // Where a member ends, nobody can tell; govc then misses the disk's file.
        auto const members = ovf.size() + disk.size();
        BOOST_TEST_CONTEXT(length << ": " << said)
        {
            if (length == ovf.size() || length == members || length >= members + 512) {
                BOOST_TEST(said == "");
            } else if (length < 512) {
                BOOST_TEST(said == "it is not a tar archive");
            } else {
                BOOST_TEST(said.starts_with("it is truncated"));
            }
        }
    }
    BOOST_TEST(wrong((ovf + disk).substr(0, ovf.size() + 512 + 1000)) ==
               "it is truncated: `demo-disk1.vmdk` in it has 1300 bytes, and 1000 are there");
}

BOOST_AUTO_TEST_CASE(a_hostile_name_in_it_is_shown_escaped_and_cut)
{
    BOOST_TEST(wrong(header("\033[2J\n.ovf", "00000000007")) ==
               "it is truncated: `\\x1b[2J\\n.ovf` in it has 7 bytes, and 0 are there");
    auto const said = wrong(member("././@LongLink", std::string(5000, 'x'), 'L') + header("x", "00000000007"));
    BOOST_TEST(said == "it is truncated: `" + std::string(120, 'x') + "` in it has 7 bytes, and 0 are there");
}

BOOST_AUTO_TEST_CASE(cut_at_every_block_never_takes_half_a_disk_for_a_whole_one)
{
    auto const whole = ovf + disk;
    for (std::size_t length = ovf.size() + 512; length < whole.size(); length += 512) {
        BOOST_TEST(wrong(whole.substr(0, length)).starts_with("it is truncated"));
    }
}

BOOST_AUTO_TEST_CASE(that_is_no_tar_is_told)
{
    BOOST_TEST(wrong("") == "it is empty");
    BOOST_TEST(wrong("hello") == "it is not a tar archive");
    BOOST_TEST(wrong(std::string(5000, 'x')) == "it is not a tar archive");
    BOOST_TEST(wrong("PK\x03\x04" + std::string(5000, '\0')) == "it is not a tar archive");
    BOOST_TEST(wrong("<Envelope/>" + std::string(5000, ' ')) == "it is not a tar archive");
    BOOST_TEST(wrong(ovf + std::string(5000, 'x')) == "it is damaged: no header is where one should be");
    auto flipped = ovf + disk + end_mark;
    flipped[ovf.size() + 3] = 'X';
    BOOST_TEST(wrong(flipped) == "it is damaged: no header is where one should be");
    BOOST_TEST(wrong(header("demo.ovf", "00000000x00") + end_mark) == "it is not a tar archive");
}

BOOST_AUTO_TEST_CASE(without_an_ovf_is_told)
{
    BOOST_TEST(wrong(end_mark) == "it holds no .ovf file");
    BOOST_TEST(wrong(disk + end_mark) == "it holds no .ovf file");
    BOOST_TEST(wrong(member("demo.ovf.txt", "x") + end_mark) == "it holds no .ovf file");
}

BOOST_AUTO_TEST_CASE(with_a_disk_over_8_gib_is_walked)
{
    constexpr std::uint64_t size = 9ull << 30;
    test::directory const files;
    for (auto const& start : {header("demo-disk1.vmdk", binary(size)),
                              pax("size=" + std::to_string(size)) + header("demo-disk1.vmdk", "00000000000")}) {
        auto const path = files / "big.ova";
        test::write_file(path, ovf + start);
        std::filesystem::resize_file(path, ovf.size() + start.size() + size); // sparse
        BOOST_TEST(esxi::detail::what_is_wrong_with_ova(path) == "");
        std::filesystem::resize_file(path, ovf.size() + start.size() + size - 1);
        BOOST_TEST(esxi::detail::what_is_wrong_with_ova(path) ==
                   "it is truncated: `demo-disk1.vmdk` in it has 9663676416 bytes, and 9663676415 are there");
    }
}

BOOST_AUTO_TEST_CASE(with_impossible_sizes_is_told)
{
    BOOST_TEST(wrong(ovf + header("x", binary(~0ull)) + end_mark).starts_with("it is damaged"));
    BOOST_TEST(wrong(ovf + header("x", std::string(12, '\xff')) + end_mark).starts_with("it is damaged"));
    BOOST_TEST(wrong(ovf + header("x", "777777777777") + end_mark).starts_with("it is truncated"));
    BOOST_TEST(wrong(ovf + pax("size=99999999999999999999999") + header("x", "0") + end_mark).starts_with("it is truncated"));
    BOOST_TEST(wrong(ovf + pax("size=-1") + header("x", "0") + end_mark).starts_with("it is truncated"));
}

BOOST_AUTO_TEST_CASE(is_read_in_every_dialect_of_tar)
{
    std::string const gnu("ustar  \0", 8);
    std::string const content = "<Envelope/>";
    BOOST_TEST(wrong(header("demo.ovf", octal(content.size(), 11), '0', gnu) + padded(content) + end_mark) == "");
    BOOST_TEST(wrong(header("demo.ovf", "         13 ", '\0', std::string(8, '\0')) + padded(content) + end_mark) == "");
    std::string const name(150, 'n');
    BOOST_TEST(wrong(member("././@LongLink", name + ".ovf" + '\0', 'L') + member(name.substr(0, 100), content) + end_mark) == "");
    BOOST_TEST(wrong(member("PaxHeaders/x", "163 path=" + name + ".ovf\n", 'x') + member(name.substr(0, 100), content) +
                     end_mark) == "it holds no .ovf file"); // a record of the wrong length
    BOOST_TEST(wrong(member("PaxHeaders/x", "21 mtime=1700000000\n164 path=" + name + ".ovf\n", 'x') +
                     member(name.substr(0, 100), content) + end_mark) == "it holds no .ovf file");
    BOOST_TEST(wrong(member("PaxHeaders/x", "20 mtime=1700000000\n164 path=" + name + ".ovf\n", 'x') +
                     member(name.substr(0, 100), content) + end_mark) == "");
    BOOST_TEST(wrong(member("PaxHeaders/g", "20 mtime=1700000000\n", 'g') + ovf + end_mark) == "");
    BOOST_TEST(wrong(header("link", octal(700, 11), '2') + ovf + end_mark) == "");
    BOOST_TEST(wrong(header("directory/", octal(0, 11), '5') + ovf + end_mark) == "");
}

BOOST_AUTO_TEST_CASE(with_a_broken_extension_does_not_hang)
{
    for (auto const* records : {"", " ", "0 x=y\n", "-1 x=y\n", "99 x=y\n", "2\n", "3 \n", "4 =\n", "x", "5 a\n5 b\n",
                                "18446744073709551615 path=x\n"}) {
        BOOST_TEST(wrong(member("PaxHeaders/x", records, 'x') + ovf + end_mark) == "", records);
    }
}

BOOST_AUTO_TEST_CASE(without_a_manifest_is_told_where_one_is_needed)
{
    test::directory const files;
    auto const path = files / "x.ova";
    test::write_file(path, ovf + disk + end_mark);
    BOOST_TEST(esxi::detail::what_is_wrong_with_ova(path, false) == "");
    BOOST_TEST(esxi::detail::what_is_wrong_with_ova(path, true) ==
               "it holds no .mf file, the manifest that verify_manifest needs");
    test::write_file(path, ovf + disk + member("demo.mf", "SHA1(demo.ovf)= 0\n") + end_mark);
    BOOST_TEST(esxi::detail::what_is_wrong_with_ova(path, true) == "");
}

BOOST_AUTO_TEST_CASE(that_is_no_readable_file_is_told)
{
    test::directory const files;
    using esxi::detail::what_is_wrong_with_ova;
    BOOST_TEST(what_is_wrong_with_ova(files / "missing.ova") == "there is no such file");
    BOOST_TEST(what_is_wrong_with_ova(files / "") == "it is not a regular file");
    BOOST_TEST(what_is_wrong_with_ova("/dev/null") == "it is not a regular file");
    BOOST_TEST(what_is_wrong_with_ova("") == "there is no such file");
    BOOST_TEST(what_is_wrong_with_ova(files / std::string(300, 'x')) == "there is no such file");
    test::write_file(files / "x.ova", ovf + end_mark);
    std::filesystem::create_symlink("x.ova", files / "link.ova");
    BOOST_TEST(what_is_wrong_with_ova(files / "link.ova") == "");
    std::filesystem::create_symlink("nowhere", files / "broken.ova");
    BOOST_TEST(what_is_wrong_with_ova(files / "broken.ova") == "there is no such file");
    if (::geteuid() != 0) { // root reads all
        std::filesystem::permissions(files / "x.ova", std::filesystem::perms::none);
        BOOST_TEST(what_is_wrong_with_ova(files / "x.ova") == "it cannot be read");
    }
}

BOOST_AUTO_TEST_SUITE_END()
