// SPDX-License-Identifier: Apache-2.0
// OVAs as people really have them, and names as a host stores them: each is imported, or refused before anything is uploaded.
// ctest: served
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/live.hpp"
#include "support/package.hpp"

namespace {

using words = std::vector<std::string>;

struct fixture {
    test::simulator host;
    test::tool tool{host};
    int number = 0;

    explicit fixture(words const& options = {"--vms", "0"}) : host(options) {}

    [[nodiscard]] std::string path(std::string const& name) const { return host.files() / name; }

    words create(std::string const& ova, words const& more = {})
    {
        words arguments{"--output", "json", "vm", "create", "vm" + std::to_string(++number), "--ova", ova, "--no-power-on"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    /// It becomes a whole VM, with the commands that any import takes.
    void is_imported(std::string const& ova, words const& more = {})
    {
        auto const done = tool.run(create(ova, more));
        BOOST_TEST_CONTEXT(ova << ": " << done.err)
        {
            BOOST_TEST_REQUIRE(done.exit_code == 0);
            auto const result = test::json_of(done.out);
            BOOST_TEST(result.at("commands").as_int64() == 5);
            BOOST_TEST(!result.at("runtime").as_object().contains("import"));
            BOOST_TEST(done.err.empty());
        }
    }
    /// It is refused, with this in the message, and the host was asked to make nothing.
    std::string is_refused(std::string const& ova, std::string const& part, words const& more = {},
                           std::string const& kind = "config")
    {
        auto const imports = host.calls("ImportVApp");
        auto const done = tool.run(create(ova, more));
        BOOST_TEST(test::error_kind_of(done) == kind);
        BOOST_TEST(done.err.find(part) != std::string::npos, ova << ": " << done.err);
        BOOST_TEST(host.calls("ImportVApp") == imports);
        return done.err;
    }
    std::string made(std::string const& name, std::string const& content) const
    {
        test::write_file(path(name), content);
        return path(name);
    }
};

std::string const disk = test::stream_optimised(5000);
std::string const plain = test::tar_member("demo.ovf", test::descriptor({{.attributes = "ovf:size=\"5000\""}})) +
                          test::tar_member("demo-disk1.vmdk", disk) + test::tar_end;

/// Several datastores, of which one is full and one is lost; networks whose names a host stores otherwise.
struct stored_names : fixture {
    stored_names()
        : fixture({"--vms",       "0",     "--network",   "DMZ/10",       "--network",   "100%",
                   "--network",   "a\\b",  "--network",   "vm [prod]",    "--network",   "*",
                   "--network",   ".net",  "--network",   "Network:1",    "--datastore", "datastore1 (2)",
                   "--datastore", "a/b",   "--datastore", "full,free=1M", "--datastore", "lost,inaccessible",
                   "--template",  "golden"})
    {
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(packages, fixture)

BOOST_AUTO_TEST_CASE(archives_of_every_dialect_are_imported)
{
    using namespace test;
    auto const text = descriptor({{.attributes = "ovf:size=\"5000\""}});
    auto const member = tar_member("demo-disk1.vmdk", disk);
    is_imported(made("plain.ova", plain));
    is_imported(made("last.ova", member + tar_member("demo.ovf", text) + tar_end));
    is_imported(made("bom.ova", tar_member("demo.ovf", "\xef\xbb\xbf" + text) + member + tar_end));
    is_imported(made("folder.ova", tar_member("./export/demo.ovf", text) + tar_member("./export/demo-disk1.vmdk", disk)));
    is_imported(made("pax.ova", tar_pax({"mtime=1700000000.25", "path=demo.ovf"}) + tar_member("x", text) +
                                    tar_pax({"path=demo-disk1.vmdk"}) + tar_member("y", disk) + tar_end));
    std::string const name = std::string(150, 'n') + ".vmdk";
    is_imported(made("long.ova", tar_member("demo.ovf", descriptor({{.href = name}})) +
                                     tar_member("././@LongLink", name + '\0', 'L') + tar_member(name.substr(0, 100), disk) +
                                     tar_end));
}

BOOST_AUTO_TEST_CASE(sparse_archives_of_gnu_tar_are_imported)
{
    std::filesystem::create_directory(path("sparse"));
    test::write_file(path("sparse/demo-disk1.vmdk"), disk);
    constexpr std::uintmax_t size = std::uintmax_t{4} << 20;
    std::filesystem::resize_file(path("sparse/demo-disk1.vmdk"), size); // the rest is a hole
    test::write_file(path("sparse/demo.ovf"), test::descriptor({{.attributes = "ovf:size=\"" + std::to_string(size) + "\""}}));
    for (words const& format :
         {words{"--format=gnu"}, words{"--format=posix", "--sparse-version=0.0"}, words{"--format=posix", "--sparse-version=0.1"},
          words{"--format=posix", "--sparse-version=1.0"}}) {
        words argv{"tar", "-S", "-C", path("sparse"), "-cf", path("sparse.ova")};
        argv.insert(argv.end(), format.begin(), format.end());
        argv.insert(argv.end(), {"demo.ovf", "demo-disk1.vmdk"});
        BOOST_REQUIRE(test::run_program(argv).exit_code == 0);
        BOOST_TEST(std::filesystem::file_size(path("sparse.ova")) < size);
        is_imported(path("sparse.ova"));
    }
}

BOOST_AUTO_TEST_CASE(a_descriptor_with_its_files_is_imported)
{
    std::filesystem::create_directory(path("disks"));
    test::write_file(path("disks/d [1].vmdk"), disk);
    auto const ovf = made("demo.ovf", test::descriptor({{.href = "disks/d [1].vmdk", .attributes = "ovf:size=\"5000\""}}));
    is_imported(ovf);
    is_imported("file://" + ovf);
    BOOST_TEST(host.must({"object.collect", "-s", "vm/vm1", "config.annotation"}) == "Imported by esxi from demo.ovf\n");
    is_refused(made("none.ovf", test::descriptor()), "its file `demo-disk1.vmdk` is not beside it");
    std::filesystem::create_symlink("disks/d [1].vmdk", path("link.vmdk"));
    is_refused(made("link.ovf", test::descriptor({{.href = "link.vmdk"}})), "its file `link.vmdk` is a symbolic link");
    is_refused(made("out.ovf", test::descriptor({{.href = "/etc/passwd"}})),
               "its file `/etc/passwd` lies outside of the package");
}

BOOST_AUTO_TEST_CASE(what_govc_would_fail_on_after_the_upload_began_is_refused)
{
    using namespace test;
    auto const with = [](std::string const& href, std::string const& stored) {
        return tar_member("demo.ovf", descriptor({{.href = href}})) + tar_member(stored, disk) + tar_end;
    };
    is_refused(made("missing.ova", with("a.vmdk", "b.vmdk")), "its file `a.vmdk` is missing");
    is_refused(made("folder.ova", with("disks/a.vmdk", "disks/a.vmdk")), "its file `disks/a.vmdk` is in a folder of the archive");
    is_refused(made("pattern.ova", with("a[1].vmdk", "a[1].vmdk")),
               "its file `a[1].vmdk` has a name that govc takes for a pattern");
    is_refused(made("chunks.ova", with("a.vmdk", "a.vmdk.000000000")), "its file `a.vmdk` is stored in chunks");
    is_refused(made("mac.ova", tar_member("._demo.ovf", "x") + plain), "it holds `._demo.ovf`, data of macOS");
    is_refused(made("link.ova", tar_member("demo.ovf", descriptor()) + tar_header("demo-disk1.vmdk", "0", '2') + tar_end),
               "its file `demo-disk1.vmdk` is a symbolic link");
    auto bomb = tar_header("demo.ovf", octal(512, 11), 'S', gnu_magic); // 512 bytes that stand for 3 GB
    bomb.replace(386, 11, octal(0, 11)).replace(398, 11, octal(512, 11)).replace(483, 11, octal(3'000'000'000, 11));
    is_refused(made("bomb.ova", with_sum(bomb) + padded("<Envelope>") + tar_end),
               "its descriptor `demo.ovf` has 3000000000 bytes");
    BOOST_TEST(host.calls("Login") == 0); // it is told of before the host is asked
}

BOOST_AUTO_TEST_CASE(what_real_govc_says_of_the_same)
{
    // So that a refusal is no invention: a folder and brackets are not found, other names are.
    auto const imports = [this](std::string const& href) {
        auto const ova = made("real.ova", test::tar_member("demo.ovf", test::descriptor({{.href = href}})) +
                                              test::tar_member(href, disk) + test::tar_end);
        return host.govc({"import.ova", "-name=real" + std::to_string(++number), ova}).exit_code == 0;
    };
    BOOST_TEST(imports("a.vmdk"));
    BOOST_TEST(imports("a%20b.vmdk"));
    BOOST_TEST(imports("a?.vmdk"));
    BOOST_TEST(!imports("disks/a.vmdk"));
    BOOST_TEST(!imports("a[1].vmdk"));
}

BOOST_FIXTURE_TEST_CASE(networks_and_datastores_go_by_the_names_that_people_see, stored_names)
{
    auto const ova = made("plain.ova", plain);
    for (char const* network : {"DMZ/10", "100%", "a\\b", "vm [prod]", "*", ".net", "Network:1", "DMZ%2f10"}) {
        is_imported(ova, {"--datastore", "LocalDS_0", "--network", std::string("VM Network=") + network});
    }
    for (char const* datastore : {"datastore1 (2)", "a/b"}) {
        is_imported(ova, {"--datastore", datastore});
    }
    is_refused(ova,
               "property `datastore` of VM `vm11` is missing, and the host has several; set datastore to one of `LocalDS_0`");
    is_refused(ova, "is `nosuch`, which the host does not have; set datastore to one of", {"--datastore", "nosuch"});
    is_refused(ova, "is `*`, which the host does not have", {"--datastore", "*"});
    is_refused(ova, "connects `VM Network` to `nosuch`, which the host does not have; set network_map to one of",
               {"--datastore", "a/b", "--network", "VM Network=nosuch"});
    is_refused(ova, "names nat, which the OVA does not have", {"--datastore", "a/b", "--network", "nat=VM Network"});
    is_refused(ova, "datastore `lost` of VM `vm16` is not accessible", {"--datastore", "lost"}, "unavailable");
    is_refused(ova, "datastore `full` has 1024 KiB free, and the disks of VM `vm17` take 16 MiB", {"--datastore", "full"});
    is_imported(ova, {"--datastore", "full", "--disk-provisioning", "thin"});
    auto const for_people = tool.run({"vm", "create", "other", "--ova", ova});
    BOOST_TEST(for_people.err.find(
                   "--datastore of VM `other` is missing, and the host has several; give --datastore with one of `LocalDS_0`") !=
                   std::string::npos,
               for_people.err);
    auto const nat = made("nat.ova", test::tar_member("demo.ovf", test::descriptor({{}}, {"nat"})) +
                                         test::tar_member("demo-disk1.vmdk", disk));
    is_refused(nat, "does not name the OVA's network `nat`, and the host has none of that name; set network_map `nat=NETWORK`",
               {"--datastore", "a/b"});
    auto const adopted = tool.run({"--output", "json", "vm", "create", "golden"});
    BOOST_TEST(test::error_kind_of(adopted) == "config");
    BOOST_TEST(adopted.err.find("is a template") != std::string::npos, adopted.err);
}

BOOST_AUTO_TEST_CASE(an_annotation_that_is_too_long_is_told_of_before_the_upload)
{
    auto const long_text = std::string(131'060, 'x');
    is_refused(
        made("noted.ova", test::tar_member("demo.ovf", test::descriptor({{}}, {"VM Network"},
                                                                        "<AnnotationSection><Info/><Annotation>" + long_text +
                                                                            "</Annotation></AnnotationSection>")) +
                              test::tar_member("demo-disk1.vmdk", disk)),
        "the OVA's annotation has 131060 bytes, more than the 131059 that can be set");
    is_imported(path("noted.ova"), {"--annotation", "mine"});
    is_imported(made("plain.ova", plain), {"--annotation=" + std::string(131'000, 'y')});
}

BOOST_AUTO_TEST_SUITE_END()
