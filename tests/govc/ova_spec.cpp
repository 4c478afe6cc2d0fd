// SPDX-License-Identifier: Apache-2.0
// What an OVA holds, as `import.spec` says it.
#include <esxi/govc/ova_spec.hpp>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

using esxi::govc::read_import_spec;

BOOST_AUTO_TEST_SUITE(ova_spec)

BOOST_AUTO_TEST_CASE(is_read_from_both_versions)
{
    esxi::ovf_descriptor expected;
    expected.properties.resize(2);
    expected.properties[0].key = "hostname";
    expected.properties[0].value = "";
    expected.properties[1].key = "domain";
    expected.properties[1].value = "example.org";
    expected.networks = {"VM Network"};
    expected.annotation = "My own note";
    BOOST_TEST((read_import_spec(test::fixture("v0.56/import_spec.json")) == expected));
    BOOST_TEST((read_import_spec(test::fixture("v0.18/import_spec.json")) == expected));
}

BOOST_AUTO_TEST_CASE(of_a_plain_ova_is_empty)
{
    BOOST_TEST((read_import_spec(R"({"DiskProvisioning":"flat","PropertyMapping":null,"NetworkMapping":null,"Annotation":""})") ==
                esxi::ovf_descriptor{}));
    esxi::ovf_descriptor expected;
    expected.properties.resize(1);
    expected.properties[0].key = "k";
    BOOST_TEST((read_import_spec(R"({"diskProvisioning":"flat","propertyMapping":[{"key":"k"},{},7],"networkMapping":{}})") ==
                expected));
}

BOOST_AUTO_TEST_CASE(tells_what_the_descriptor_says_of_a_property)
{
    auto const read = read_import_spec(test::fixture("v0.56/import_spec_verbose.json"));
    BOOST_TEST(read.default_option() == "small");
    BOOST_TEST_REQUIRE(read.properties.size() == 4u);
    auto const& password = read.properties[2];
    BOOST_TEST(password.key == "root-password");
    BOOST_TEST(password.type == "string");
    BOOST_TEST(password.qualifiers == "MinLen(8)");
    BOOST_TEST((password.password && password.user_configurable && !password.value));
    BOOST_TEST(password.label == "Password");
    BOOST_TEST((!read.properties[3].user_configurable && read.properties[3].value == "42"));
    auto const sized = read_import_spec(
        R"({"DiskProvisioning":"flat","PropertyMapping":[{"Key":"c.k.0","Value":"","Spec":{"key":"k","type":"boolean",)"
        R"("configuration":"large","default":"true","value":[{"value":"false","configuration":"large"}]}}]})");
    BOOST_TEST_REQUIRE(sized.properties.size() == 1u);
    BOOST_TEST(sized.properties[0].key == "c.k.0");
    BOOST_TEST((sized.properties[0].default_in("large") == "false" && sized.properties[0].default_in("small") == "true"));
    BOOST_TEST((sized.properties[0].exists_in("large") && !sized.properties[0].exists_in("small")));
}

BOOST_AUTO_TEST_CASE(that_is_something_else_is_an_error)
{
    for (auto const& text : test::nonsense) {
        BOOST_TEST(test::failure([&] { static_cast<void>(read_import_spec(text)); }).starts_with("its output cannot be read: "),
                   text.substr(0, 40));
    }
    auto const text = test::fixture("v0.18/import_spec.json");
    for (std::size_t length = 0; length < text.find_last_of('}'); ++length) {
        BOOST_TEST(test::failure([&] { static_cast<void>(read_import_spec(text.substr(0, length))); }) != "no failure");
    }
}

BOOST_AUTO_TEST_SUITE_END()
