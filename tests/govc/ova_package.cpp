// SPDX-License-Identifier: Apache-2.0
// Which entries of an archive govc takes for what, and what is refused of them.
#include <esxi/govc/ova_package.hpp>

#include <initializer_list>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "govc/support.hpp"

namespace {

using esxi::error_kind;
using esxi::govc::file_kind;
using esxi::govc::tar_entry;
using esxi::ovf_file;

std::vector<tar_entry> archive(std::initializer_list<char const*> names)
{
    std::vector<tar_entry> entries;
    for (auto const* name : names) {
        entries.push_back({name, file_kind::regular, 7});
    }
    return entries;
}

std::string descriptor_of(std::vector<tar_entry> const& entries)
{
    return test::failure([&] { return esxi::govc::find_descriptor(entries).name; }, error_kind::config);
}

/// What is said of a reference; the name of its entry, or nothing, if it is good.
std::string found(std::initializer_list<char const*> names, std::string const& href, bool is_needed = true)
{
    auto const entries = archive(names);
    std::string name;
    auto const said = test::failure(
        [&] {
            auto const* entry = esxi::govc::find_file(entries, entries.front(), {"file1", href, {}, {}, {}}, is_needed);
            name = entry == nullptr ? "" : entry->name;
            return 0;
        },
        error_kind::config);
    return said == "no failure" ? name : said;
}

bool has(std::string const& text, std::string const& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ova_package)

BOOST_AUTO_TEST_CASE(a_descriptor_is_found_wherever_it_is)
{
    for (char const* name : {"a.ovf", "./a.ovf", "./export/a.ovf", "/abs/a.ovf", ".ovf"}) {
        auto const entries = archive({"a.mf", "a.vmdk", name, "./._a.ovf"});
        BOOST_TEST(esxi::govc::find_descriptor(entries).name == name);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_descriptor_is_named)
{
    BOOST_TEST(has(descriptor_of(archive({})), "it holds no .ovf file"));
    BOOST_TEST(has(descriptor_of(archive({"a.ovf.txt", "b.vmdk"})), "it holds no .ovf file"));
    BOOST_TEST(has(descriptor_of(archive({"A.OVF"})), "it holds no .ovf file, but `A.OVF`"));
    BOOST_TEST(has(descriptor_of(archive({"./._a.ovf", "./a.ovf"})), "it holds `./._a.ovf`, data of macOS (AppleDouble)"));
    BOOST_TEST(has(descriptor_of(archive({"a.ovf", "b.vmdk", "zz/b.ovf"})), "it holds two descriptors, `a.ovf` and `zz/b.ovf`"));
    for (auto const& [kind, is] :
         {std::pair{file_kind::directory, "a directory"}, std::pair{file_kind::symbolic_link, "a symbolic link"},
          std::pair{file_kind::hard_link, "a hard link"}, std::pair{file_kind::device, "a device"}}) {
        BOOST_TEST(has(descriptor_of({{"a.ovf", kind, 0}}), std::string("its descriptor `a.ovf` is ") + is));
    }
    BOOST_TEST(has(descriptor_of({{"a.ovf", file_kind::regular, 3'000'000'000}}),
                   "its descriptor `a.ovf` has 3000000000 bytes, and hosts take up to 4194304"));
    BOOST_TEST(descriptor_of({{"a.ovf", file_kind::regular, 4'194'304}}) == "no failure");
}

BOOST_AUTO_TEST_CASE(a_file_is_found_as_govc_finds_it)
{
    BOOST_TEST(found({"a.ovf", "d.vmdk"}, "d.vmdk") == "d.vmdk");
    BOOST_TEST(found({"./a.ovf", "./d.vmdk"}, "d.vmdk") == "./d.vmdk");
    BOOST_TEST(found({"export/a.ovf", "export/d.vmdk"}, "d.vmdk") == "export/d.vmdk");
    BOOST_TEST(found({"export/a.ovf", "disks/d.vmdk"}, "d.vmdk") == "disks/d.vmdk"); // govc looks at the last part alone
    BOOST_TEST(found({"a.ovf", "my%20disk.vmdk"}, "my%20disk.vmdk") == "my%20disk.vmdk");
    BOOST_TEST(found({"a.ovf", "d?.vmdk"}, "d?.vmdk") == "d?.vmdk");
    BOOST_TEST(found({"a.ovf", "d.vmdk"}, "x.iso", false) == "");
}

BOOST_AUTO_TEST_CASE(a_file_that_govc_would_not_find_is_told_with_the_way_out)
{
    BOOST_TEST(has(found({"a.ovf", "d.vmdk"}, "e.vmdk"), "its file `e.vmdk` is missing: the archive holds `a.ovf`, `d.vmdk`"));
    BOOST_TEST(has(found({"a.ovf", "disks/d.vmdk"}, "disks/d.vmdk"), "its file `disks/d.vmdk` is in a folder of the archive"));
    BOOST_TEST(has(found({"e/a.ovf", "e/disks/d.vmdk"}, "./disks/d.vmdk"), "is in a folder of the archive"));
    BOOST_TEST(has(found({"a.ovf", "d.vmdk"}, "disks/d.vmdk"), "its file `disks/d.vmdk` is missing"));
    BOOST_TEST(has(found({"a.ovf", "d[1].vmdk"}, "d[1].vmdk"), "its file `d[1].vmdk` has a name that govc takes for a pattern"));
    BOOST_TEST(has(found({"a.ovf", "my disk.vmdk"}, "my%20disk.vmdk"), "its file `my%20disk.vmdk` is stored as `my disk.vmdk`"));
    BOOST_TEST(has(found({"a.ovf", "d.vmdk.000000000", "d.vmdk.000000001"}, "d.vmdk"), "its file `d.vmdk` is stored in chunks"));
}

BOOST_AUTO_TEST_CASE(a_file_that_govc_would_take_for_another_is_told)
{
    BOOST_TEST(has(found({"a.ovf", "old/d.vmdk", "d.vmdk"}, "d.vmdk"), "govc would take `old/d.vmdk` for its file `d.vmdk`"));
    BOOST_TEST(has(found({"a.ovf", "d1.vmdk", "d?.vmdk"}, "d?.vmdk"), "govc would take `d1.vmdk` for its file `d?.vmdk`"));
    BOOST_TEST(has(found({"a.ovf", "d.vmdk", "./d.vmdk"}, "d.vmdk"), "its file `d.vmdk` is in the archive twice"));
}

BOOST_AUTO_TEST_CASE(references_that_lead_out_of_the_package)
{
    using esxi::govc::why_outside;
    for (char const* good : {"d.vmdk", "disks/d.vmdk", "./d.vmdk", "a..b", "disk:1.vmdk", "c%3a.vmdk"}) {
        BOOST_TEST(why_outside(good) == "");
    }
    for (char const* out : {"/d.vmdk", "../d.vmdk", "a/../../d.vmdk", ".."}) {
        BOOST_TEST(why_outside(out) == "lies outside of the package");
    }
    for (char const* url : {"http://h/d.vmdk", "https://h/d.vmdk", "file:///d.vmdk", "file:d.vmdk"}) {
        BOOST_TEST(why_outside(url) == "is referred to by a URL, which is not fetched");
    }
    BOOST_TEST(why_outside("") == "has no name");
}

BOOST_AUTO_TEST_CASE(files_that_are_there_and_cannot_be_imported)
{
    auto const said = [](ovf_file const& file, tar_entry const& entry) {
        return test::failure(
            [&] {
                esxi::govc::check_file(file, entry);
                return 0;
            },
            error_kind::config);
    };
    tar_entry const entry{"d", file_kind::regular, 7};
    BOOST_TEST(said({"f", "d", {}, {}, {}}, entry) == "no failure");
    BOOST_TEST(said({"f", "d", 7, 100, "identity"}, entry) == "no failure"); // one that is no larger than a chunk
    BOOST_TEST(has(said({"f", "d", 8, {}, {}}, entry), "its file `d` has 7 bytes, and 8 by the descriptor"));
    BOOST_TEST(has(said({"f", "d", 7, {}, "gzip"}, entry), "its file `d` is compressed (gzip)"));
    BOOST_TEST(has(said({"f", "d", {}, {}, {}}, {"d", file_kind::symbolic_link, 0}), "its file `d` is a symbolic link"));
    BOOST_TEST(has(said({"f", "d", {}, {}, {}}, {"d", file_kind::hard_link, 0}), "its file `d` is a hard link"));
    BOOST_TEST(has(said({"f", "d", {}, {}, {}}, {"d", file_kind::device, 0}), "its file `d` is a device"));
    BOOST_TEST(has(said({"f", "d", {}, {}, {}}, {"d", file_kind::directory, 0}), "its file `d` is a directory"));
}

BOOST_AUTO_TEST_CASE(hostile_names_are_shown_escaped)
{
    BOOST_TEST(has(found({"a.ovf"}, "\033[2J\n.vmdk"), "its file `\\x1b[2J\\n.vmdk` is missing"));
    BOOST_TEST(found({"a.ovf"}, std::string(5000, 'x')).size() < 1000u);
}

BOOST_AUTO_TEST_CASE(manifests)
{
    using names = std::vector<std::string>;
    BOOST_TEST((esxi::govc::read_manifest("SHA1(a.ovf)= 12\nSHA256(d (1).vmdk) = 34\r\nnonsense\nSHA1(x) 5\n)(= 3\nSHA1(y)=") ==
                names{"a.ovf", "d (1).vmdk", "y"}));
    BOOST_TEST(esxi::govc::read_manifest("").empty());
}

BOOST_AUTO_TEST_SUITE_END()
