// SPDX-License-Identifier: Apache-2.0
// The entries of tar archives of every dialect, and what is said of archives that are damaged.
#include <esxi/govc/tar_reader.hpp>

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <support/package.hpp>

#include "govc/support.hpp"

namespace {

using namespace test;
using esxi::govc::file_kind;
using esxi::govc::file_range;
using esxi::govc::tar_block;
using esxi::govc::tar_entry;

std::vector<tar_entry> entries_of(std::string const& archive)
{
    esxi::govc::tar_reader reader;
    std::vector<tar_entry> entries;
    while (!reader.ended() && reader.position() + tar_block <= archive.size()) {
        if (auto entry = reader.read(std::string_view(archive).substr(reader.position(), tar_block))) {
            entries.push_back(*std::move(entry));
        }
    }
    return entries;
}

/// The only entry.
tar_entry entry_of(std::string const& archive)
{
    auto entries = entries_of(archive + tar_end);
    BOOST_REQUIRE(entries.size() == 1u);
    return entries.front();
}

std::string refusal(std::string const& archive)
{
    return failure([&] { return entries_of(archive).size(); }, esxi::error_kind::config);
}

/// A sparse file in GNU's old form: 1 MiB of zeros with 512 bytes at each of these places.
std::string old_sparse(std::vector<std::uint64_t> const& places, std::uint64_t size = 1u << 20)
{
    auto header = tar_header("s.vmdk", octal(512 * places.size(), 11), 'S', gnu_magic);
    std::string more;
    std::size_t at = 386;
    auto* block = &header;
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (i == 4 || (i > 4 && (i - 4) % 21 == 0)) {
            (*block)[i == 4 ? 482 : 504] = 1;
            more += i == 4 ? "" : *block;
            static std::string extension;
            extension.assign(512, '\0');
            block = &extension;
            at = 0;
        }
        block->replace(at, 11, octal(places[i], 11));
        block->replace(at + 12, 11, octal(512, 11));
        at += 24;
    }
    header.replace(483, 11, octal(size, 11));
    more += block == &header ? "" : *block;
    return with_sum(header) + more + std::string(512 * places.size(), 's');
}

std::string lines(std::vector<std::uint64_t> const& numbers)
{
    std::string text;
    for (auto const number : numbers) {
        text += std::to_string(number) + "\n";
    }
    return padded(text);
}

} // namespace

BOOST_AUTO_TEST_SUITE(tar_reader)

BOOST_AUTO_TEST_CASE(of_plain_files)
{
    auto const entries = entries_of(tar_member("a.ovf", "text") + tar_member("./b/c.vmdk", std::string(513, 'd')) +
                                    tar_member("empty", "") + tar_end + "behind the end");
    BOOST_REQUIRE(entries.size() == 3u);
    BOOST_TEST((entries[0] == tar_entry{"a.ovf", file_kind::regular, 4, 512, 4}));
    BOOST_TEST((entries[1] == tar_entry{"./b/c.vmdk", file_kind::regular, 513, 1536, 513}));
    BOOST_TEST((entries[2] == tar_entry{"empty", file_kind::regular, 0, 3072, 0}));
    BOOST_TEST(entries_of(tar_end).empty());
}

BOOST_AUTO_TEST_CASE(of_names_that_are_too_long_for_a_header)
{
    std::string const name = std::string(150, 'n') + ".ovf";
    BOOST_TEST(entry_of(tar_member("././@LongLink", name + '\0', 'L') + tar_member(name.substr(0, 100), "x")).name == name);
    BOOST_TEST(entry_of(tar_pax({"path=" + name}) + tar_member(name.substr(0, 100), "x")).name == name);
    auto prefixed = tar_header("a.ovf", octal(0, 11));
    prefixed.replace(345, 5, "d/e/f");
    BOOST_TEST(entry_of(with_sum(prefixed)).name == "d/e/f/a.ovf");
    // What is said of one entry does not hold for the next one, nor does a global header for any.
    auto const two = entries_of(tar_pax({"path=long"}) + tar_member("x", "") + tar_member("y", "") + tar_end);
    BOOST_TEST(two.at(0).name == "long");
    BOOST_TEST(two.at(1).name == "y");
    auto const global = tar_member("PaxHeaders/g", "12 path=nil\n", 'g');
    BOOST_TEST(entry_of(global + tar_member("x", "")).name == "x");
    BOOST_TEST(entry_of(tar_member("././@LongLink", "target", 'K') + tar_header("x", "0", '2')).name == "x");
}

BOOST_AUTO_TEST_CASE(of_sizes)
{
    constexpr std::uint64_t size = 9ull << 30;
    BOOST_TEST(entry_of(tar_header("x", tar_binary(size))).size == size);
    BOOST_TEST(entry_of(tar_pax({"size=" + std::to_string(size)}) + tar_header("x", "0")).stored == size);
    BOOST_TEST(entry_of(tar_header("x", "         13 ", '\0', std::string(8, '\0'))).size == 11u);
    for (auto const& field : {tar_binary(~0ull), std::string(12, '\xff'), std::string("0000000x")}) {
        BOOST_TEST(refusal(tar_member("a", "") + tar_header("x", field)).starts_with("it is damaged"));
    }
    for (char const* record : {"size=-1", "size=99999999999999999999999", "size=x", "size=9223372036854775807"}) {
        BOOST_TEST(refusal(tar_pax({record}) + tar_header("x", "0")).starts_with("it is damaged"), record);
    }
}

BOOST_AUTO_TEST_CASE(of_what_is_no_file)
{
    for (auto const& [type, kind] :
         {std::pair{'1', file_kind::hard_link}, std::pair{'2', file_kind::symbolic_link}, std::pair{'3', file_kind::device},
          std::pair{'4', file_kind::device}, std::pair{'5', file_kind::directory}, std::pair{'6', file_kind::device}}) {
        auto const entry = entry_of(tar_header("x", octal(700, 11), type)); // a size that a link may say, and has not
        BOOST_TEST((entry.kind == kind));
        BOOST_TEST(entry.size == 0u);
        BOOST_TEST(entry.stored == 0u);
    }
    BOOST_TEST((entry_of(tar_header("x/", "0", '\0')).kind == file_kind::directory));
    BOOST_TEST((entry_of(tar_header("x", "0", '7')).kind == file_kind::regular));
    BOOST_TEST((entry_of(tar_header("x", "0", 'V')).kind == file_kind::other));
}

BOOST_AUTO_TEST_CASE(of_sparse_files)
{
    auto const expected = tar_entry{"s.vmdk", file_kind::regular, 1u << 20, 512, 1024, true, {{0, 512}, {4096, 512}}};
    BOOST_TEST((entry_of(old_sparse({0, 4096})) == expected));
    auto const content = std::string(1024, 's');
    auto const in_header = [&](std::vector<std::string> records) {
        auto entry = entry_of(tar_pax(records) + tar_member("GNUSparseFile.7/s.vmdk", content));
        BOOST_TEST(entry.begin == 3 * tar_block);
        entry.begin = expected.begin;
        return entry;
    };
    BOOST_TEST((in_header({"GNU.sparse.name=s.vmdk", "GNU.sparse.size=1048576", "GNU.sparse.numblocks=2", "GNU.sparse.offset=0",
                           "GNU.sparse.numbytes=512", "GNU.sparse.offset=4096", "GNU.sparse.numbytes=512"}) == expected));
    BOOST_TEST((in_header({"GNU.sparse.major=0", "GNU.sparse.minor=1", "GNU.sparse.name=s.vmdk", "GNU.sparse.size=1048576",
                           "GNU.sparse.map=0,512,4096,512"}) == expected));
    auto const in_front =
        entry_of(tar_pax({"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=s.vmdk", "GNU.sparse.realsize=1048576"}) +
                 tar_member("GNUSparseFile.7/s.vmdk", lines({2, 0, 512, 4096, 512}) + content));
    BOOST_TEST(in_front.begin == 4 * tar_block);
    BOOST_TEST(in_front.stored == 1024u);
    BOOST_TEST((in_front.ranges == expected.ranges));
    BOOST_TEST(in_front.size == expected.size);
    // More ranges than a header, or a block of a map, has room for.
    std::vector<std::uint64_t> places;
    std::vector<std::uint64_t> map{60};
    for (std::uint64_t i = 0; i < 60; ++i) {
        places.push_back(i * 8192);
        map.insert(map.end(), {i * 8192, 512});
    }
    auto const many = entry_of(old_sparse(places));
    BOOST_TEST(many.ranges.size() == 60u);
    BOOST_TEST(many.begin == 4 * tar_block);
    auto const records = std::vector<std::string>{"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=1048576"};
    BOOST_TEST(entry_of(tar_pax(records) + tar_member("s", lines(map) + std::string(60 * 512, 's'))).ranges.size() == 60u);
    // What claims exabytes is read as that.
    BOOST_TEST(entry_of(old_sparse({0}, 1ull << 32)).size == 1ull << 32);
}

BOOST_AUTO_TEST_CASE(of_sparse_files_with_a_map_that_makes_no_sense)
{
    auto const in_header = [](std::string const& map) {
        return refusal(tar_pax({"GNU.sparse.major=0", "GNU.sparse.minor=1", "GNU.sparse.size=4096", "GNU.sparse.map=" + map}) +
                       tar_member("s", std::string(1024, 's')));
    };
    for (char const* map : {"0,512,4096,512", "512,512,0,512", "0,512,256,512", "0,512", "0,1025", "0,512,1", "0,512,", "x,y",
                            "-1,5", "18446744073709551615,1", "1,9223372036854775807"}) {
        BOOST_TEST(in_header(map).starts_with("it is damaged: "), map << ": " << in_header(map));
    }
    auto const in_front = [](std::string const& content) {
        return refusal(tar_pax({"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=4096"}) +
                       tar_member("s", content) + tar_end);
    };
    for (auto const& content : {std::string(), std::string(1024, 'x'), lines({2, 0, 512}), lines({1, 0, 512}),
                                lines({1, 0, 513}) + std::string(512, 's'), lines({99999999999}) + std::string(512, 's')}) {
        BOOST_TEST(in_front(content).starts_with("it is damaged: "), in_front(content));
    }
    auto star = tar_header("s", octal(512, 11), 'S');
    BOOST_TEST(refusal(star + tar_end).starts_with("it is damaged: "));
}

BOOST_AUTO_TEST_CASE(that_are_none)
{
    BOOST_TEST(refusal(std::string(5000, 'x')) == "it is not a tar archive");
    BOOST_TEST(refusal(tar_member("a", "b") + std::string(5000, 'x')) == "it is damaged: no header is where one should be");
    auto flipped = tar_member("a", "b") + tar_member("c", "d");
    flipped[1024 + 3] = 'X';
    BOOST_TEST(refusal(flipped) == "it is damaged: no header is where one should be");
    for (auto const* records : {" ", "0 x=y\n", "-1 x=y\n", "99 x=y\n", "2\n", "3 \n", "4 =\n", "x", "5 a\n5 b\n", "6 a=b",
                                "18446744073709551615 path=x\n", "99999999999999999999999 path=x\n"}) {
        BOOST_TEST(refusal(tar_member("PaxHeaders/x", records, 'x') + tar_member("a", "")).starts_with("it is damaged: "),
                   records);
    }
    BOOST_TEST(refusal(tar_header("x", tar_binary(2u << 20), 'x')).starts_with("it is damaged: an extended header"));
}

BOOST_AUTO_TEST_CASE(take_no_more_memory_than_a_bound)
{
    std::string const name(900'000, 'n');
    auto const one = tar_member("././@LongLink", name, 'L') + tar_member("x", "");
    std::string archive;
    for (int i = 0; i < 20; ++i) {
        archive += one;
    }
    auto const said = failure([&] { return entries_of(archive).size(); }, esxi::error_kind::config);
    BOOST_TEST(said == "its headers come to more than 16777216 bytes");
}

BOOST_AUTO_TEST_CASE(know_that_a_header_goes_on)
{
    esxi::govc::tar_reader reader;
    BOOST_TEST(!reader.is_inside_header());
    auto const archive = tar_pax({"path=a"}) + tar_member("x", "");
    for (std::size_t at = 0; at < 1024; at += tar_block) {
        BOOST_TEST(!reader.read(std::string_view(archive).substr(at, tar_block)).has_value());
        BOOST_TEST(reader.is_inside_header());
    }
    BOOST_TEST(reader.read(std::string_view(archive).substr(1024, tar_block)).has_value());
    BOOST_TEST(!reader.is_inside_header());
}

BOOST_AUTO_TEST_SUITE_END()
