// SPDX-License-Identifier: Apache-2.0
// Members whose name begins with a small or a capital letter, and values of the right type or none.
#include <esxi/govc/json_fields.hpp>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include "support.hpp"

namespace {

using namespace esxi::govc::detail;

boost::json::value const document =
    boost::json::parse(R"({"one":{"Two":{"three":3}},"Name":"n","flag":true,"null":null,"both":1,"Both":2,"text":"t",
    "big":18446744073709551615,"real":1.5,"minus":-4})");

} // namespace

BOOST_AUTO_TEST_SUITE(json_fields)

BOOST_AUTO_TEST_CASE(are_found_whatever_their_first_letter)
{
    BOOST_TEST(number_of(member_at(&document, "one.two.three")).value() == 3);
    BOOST_TEST(text_of(member(&document, "name")) == "n");
    BOOST_TEST(number_of(member(&document, "both")).value() == 1);
    BOOST_TEST(member_at(&document, "") == &document);
}

BOOST_AUTO_TEST_CASE(that_are_not_there_are_null)
{
    for (auto const* path : {"null", "none", "one.none.three", "text.x", "one.two.three.four", "null.x"}) {
        BOOST_TEST((member_at(&document, path) == nullptr), path);
    }
    BOOST_TEST((member(nullptr, "x") == nullptr));
}

BOOST_AUTO_TEST_CASE(of_another_type_are_none)
{
    BOOST_TEST(text_of(member(&document, "both")) == "");
    BOOST_TEST(text_of(nullptr) == "");
    for (auto const* name : {"text", "big", "real", "flag", "one"}) {
        BOOST_TEST(!number_of(member(&document, name)).has_value(), name);
    }
    BOOST_TEST(number_of(member(&document, "minus")).value() == -4);
    BOOST_TEST(flag_of(member(&document, "flag")));
    BOOST_TEST(!flag_of(member(&document, "text")));
    BOOST_TEST(!flag_of(nullptr));
}

BOOST_AUTO_TEST_CASE(are_parsed_with_bounds)
{
    BOOST_CHECK_NO_THROW(static_cast<void>(parse_output(std::string(200, '[') + std::string(200, ']'))));
    BOOST_TEST(test::failure([] {
                   static_cast<void>(parse_output(std::string(300, '[') + std::string(300, ']')));
               }).starts_with("its output cannot be read: it is not JSON: "));
    BOOST_CHECK_NO_THROW(static_cast<void>(parse_output("{\"a\":1e400,\"b\":99999999999999999999999,\"a\":2}")));
}

BOOST_AUTO_TEST_SUITE_END()
