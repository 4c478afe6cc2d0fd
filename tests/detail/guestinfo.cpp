// SPDX-License-Identifier: Apache-2.0
// What a guest was told is taken out of an output.
#include <esxi/detail/guestinfo.hpp>

#include <boost/test/unit_test.hpp>

using esxi::detail::without_guestinfo;

BOOST_AUTO_TEST_SUITE(guestinfo)

BOOST_AUTO_TEST_CASE(is_hidden_wherever_it_stands)
{
    BOOST_TEST(
        without_guestinfo(
            R"({"virtualMachines":[{"config":{"extraConfig":[{"key":"guestinfo.ovfEnv","value":"<?xml s3cret!"},{"key":"nvram","value":"a"}]}}]})") ==
        R"({"virtualMachines":[{"config":{"extraConfig":[{"key":"guestinfo.ovfEnv","value":"<redacted>"},{"key":"nvram","value":"a"}]}}]})"
        "\n");
    BOOST_TEST(
        without_guestinfo(
            R"([{"Key":"GUESTINFO.UserData","Value":{"type":"string","text":"s3cret!"}}] {"key":"guestinfo.","value":["s3cret!"]})") ==
        R"([{"Key":"GUESTINFO.UserData","Value":"<redacted>"}])"
        "\n"
        R"({"key":"guestinfo.","value":"<redacted>"})"
        "\n");
}

BOOST_AUTO_TEST_CASE(leaves_the_rest_as_it_is)
{
    for (std::string_view const text : {R"({ "key" : "guest.x", "value": "a"})", R"({"key":7,"value":"guestinfo.x"})",
                                        R"([{"key":"guestinfo"}])", "guestinfo.x=1\n", "", "{"}) {
        BOOST_TEST(without_guestinfo(std::string(text)) == text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
