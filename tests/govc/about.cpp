// SPDX-License-Identifier: Apache-2.0
// What a host says that it is, and govc's own version.
#include <esxi/govc/about.hpp>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

using esxi::govc::read_about;
using esxi::govc::read_version;
using esxi::govc::version_at_least;

BOOST_AUTO_TEST_SUITE(about)

BOOST_AUTO_TEST_CASE(is_read_in_both_dialects)
{
    esxi::host_about const expected{"6.5.0", "5969303", "HostAgent", "VMware ESXi 6.5.0 build-5969303"};
    BOOST_TEST((read_about(test::fixture("v0.56/about.json")) == expected));
    BOOST_TEST((read_about(test::fixture("v0.18/about.json")) == expected));
    BOOST_TEST((read_about(R"({"About":{"version":"8.0.2","Build":"1","apiType":"VirtualCenter"}})") ==
                esxi::host_about{"8.0.2", "1", "VirtualCenter", ""}));
}

BOOST_AUTO_TEST_CASE(that_is_something_else_is_an_error)
{
    for (auto const& text : test::nonsense) {
        BOOST_TEST(test::failure([&] { return read_about(text); }).starts_with("its output cannot be read: "),
                   text.substr(0, 40));
    }
    BOOST_TEST(test::failure([] { return read_about(""); }) == "its output cannot be read: it is empty");
    BOOST_TEST(test::failure([] { return read_about(" \r\n"); }) == "its output cannot be read: it is empty");
    BOOST_TEST(test::failure([] { return read_about("{\"about\":{}}"); }) ==
               "its output cannot be read: it does not say what the host is");
}

BOOST_AUTO_TEST_CASE(cut_anywhere_is_an_error)
{
    for (auto const* name : {"v0.56/about.json", "v0.18/about.json"}) {
        auto const text = test::fixture(name);
        for (std::size_t length = 0; length < text.find_last_of('}'); ++length) {
            BOOST_TEST(test::failure([&] { return read_about(text.substr(0, length)); }) != "no failure");
        }
    }
}

BOOST_AUTO_TEST_CASE(version_of_govc_is_read)
{
    BOOST_TEST(read_version("govc 0.56.0\n") == "0.56.0");
    BOOST_TEST(read_version("govc v0.31.0-rc1") == "0.31.0");
    BOOST_TEST(read_version("govc 0.18") == "0.18");
    BOOST_TEST(read_version("govc 1.2.") == "1.2");
    for (auto const* text : {"", "govc", "govc ", "govc devel", "govc 7", "govcsim 1.0", "0.56.0", "command not found 1.2"}) {
        BOOST_TEST(read_version(text) == "", text);
    }
}

BOOST_AUTO_TEST_CASE(versions_are_compared_as_numbers)
{
    BOOST_TEST(version_at_least("0.31.0", 0, 31));
    BOOST_TEST(version_at_least("0.100.0", 0, 31));
    BOOST_TEST(version_at_least("1.0", 0, 31));
    BOOST_TEST(!version_at_least("0.30.7", 0, 31));
    BOOST_TEST(!version_at_least("0.4", 0, 31));
    for (auto const* text : {"", "0", "x.y", "0.", ".31", "0.x"}) {
        BOOST_TEST(!version_at_least(text, 0, 31), text);
    }
    BOOST_TEST(!version_at_least("0.99999999999999999999", 0, 31));
}

BOOST_AUTO_TEST_SUITE_END()
