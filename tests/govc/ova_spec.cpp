// SPDX-License-Identifier: Apache-2.0
// What an OVA holds, as `import.spec` says it.
#include <esxi/govc/ova_spec.hpp>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

using esxi::govc::read_import_spec;

BOOST_AUTO_TEST_SUITE(ova_spec)

BOOST_AUTO_TEST_CASE(is_read_from_both_versions)
{
    esxi::ova_spec const expected{{"hostname", "domain"}, {"VM Network"}, "My own note"};
    BOOST_TEST((read_import_spec(test::fixture("v0.56/import_spec.json")) == expected));
    BOOST_TEST((read_import_spec(test::fixture("v0.18/import_spec.json")) == expected));
}

BOOST_AUTO_TEST_CASE(of_a_plain_ova_is_empty)
{
    BOOST_TEST((read_import_spec(R"({"DiskProvisioning":"flat","PropertyMapping":null,"NetworkMapping":null,"Annotation":""})") ==
                esxi::ova_spec{}));
    BOOST_TEST((read_import_spec(R"({"diskProvisioning":"flat","propertyMapping":[{"key":"k"},{},7],"networkMapping":{}})") ==
                esxi::ova_spec{{"k"}, {}, {}}));
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
