// SPDX-License-Identifier: Apache-2.0
#include <esxi/govc/remote_ova.hpp>

#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>

#include <esxi/detail/base64.hpp>
#include <esxi/govc/ova_spec.hpp>

#include "support.hpp"

using namespace esxi;

BOOST_AUTO_TEST_SUITE(govc_remote_ova)

namespace {

std::string const json = R"({"DiskProvisioning":"flat","Annotation":"a {note}","DescriptorName":"./x.ovf","Descriptor":")" +
                         detail::to_base64("\xff\xfe<") +
                         R"(","Entries":[{"Name":"./x.ovf","Size":3,"Type":"0","Begins":"//48"},)"
                         R"({"Name":"disk","Size":0,"Type":"5","Begins":""}]})"
                         "\n";

} // namespace

BOOST_AUTO_TEST_CASE(what_is_in_it)
{
    auto const ova = govc::read_remote_ova(json);
    BOOST_TEST(ova.descriptor_name() == "./x.ovf");
    BOOST_TEST((ova.descriptor() == "\xff\xfe<"));
    BOOST_TEST((ova.entries() ==
                std::vector<govc::tar_entry>{{"./x.ovf", govc::file_kind::regular, 3}, {"disk", govc::file_kind::directory, 0}}));
    BOOST_TEST((ova.read(ova.entries().front(), 2) == "\xff\xfe"));
    BOOST_TEST((ova.read(ova.entries().front(), 9) == "\xff\xfe<"));
    BOOST_TEST(!ova.has_manifest());
    BOOST_TEST(govc::read_import_spec(json).annotation == "a {note}");
    BOOST_TEST(govc::read_remote_ova(R"({"DescriptorName":"x.ovf","Descriptor":""})").entries().empty());
}

BOOST_AUTO_TEST_CASE(files_of_it)
{
    auto const file = [](std::string href) {
        ovf_file named;
        named.href = std::move(href);
        return named;
    };
    govc::remote_ova ova("x.ovf", "");
    for (char const* name : {"x.ovf", "a.vmdk", "x.mf"}) {
        ova.add({name}, name);
    }
    BOOST_TEST(ova.has_manifest());
    BOOST_TEST(ova.read(*ova.find(file("a.vmdk"), true), 9) == "a.vmdk");
    BOOST_TEST(!ova.find(file("b.vmdk"), false));
    BOOST_TEST(!ova.find(file("../b.vmdk"), false));
    for (char const* href : {"b.vmdk", "../a.vmdk", "http://h/a.vmdk", ""}) {
        BOOST_CHECK_EXCEPTION(static_cast<void>(ova.find(file(href), true)), error,
                              [](error const& e) { return e.kind() == error_kind::config; });
    }
}

BOOST_AUTO_TEST_CASE(progress_before_it)
{
    BOOST_TEST(govc::after_progress(json) == json);
    BOOST_TEST(govc::after_progress("\r\033[K[23-11-26 08:27:31] Downloading x.ova... (4%, 2MiB/s)\r\033[K[23-11-26 08:27:31] "
                                    "Downloading x.ova... OK\n" +
                                    json) == json);
    BOOST_TEST(govc::after_progress("no JSON") == "no JSON");
}

BOOST_AUTO_TEST_CASE(what_is_none)
{
    for (char const* text :
         {"", "[]", "{}", R"({"DiskProvisioning":"flat"})", R"({"DescriptorName":"x.ovf","Descriptor":"!","Entries":[]})",
          R"({"DescriptorName":"x.ovf","Descriptor":"","Entries":{}})",
          R"({"DescriptorName":"x.ovf","Descriptor":"","Entries":[{"Name":"a","Size":-1,"Type":"0"}]})",
          R"({"DescriptorName":"x.ovf","Descriptor":"","Entries":[{"Name":"a","Size":1}]})",
          R"({"DescriptorName":"x.ovf","Descriptor":"","Entries":[{"Name":"a","Size":1,"Type":"0","Begins":"?"}]})"}) {
        BOOST_CHECK_EXCEPTION(static_cast<void>(govc::read_remote_ova(text)), error,
                              [](error const& e) { return e.kind() == error_kind::govc; });
    }
}

BOOST_AUTO_TEST_SUITE_END()
