// SPDX-License-Identifier: Apache-2.0
// Addresses in each form in which some govc wrote them.
#include <esxi/govc/guest_addresses.hpp>

#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using addresses = std::vector<std::string>;

addresses of(std::string const& cards)
{
    auto const document = boost::json::parse(cards);
    addresses found;
    esxi::govc::detail::add_addresses(found, &document);
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(guest_addresses)

BOOST_AUTO_TEST_CASE(are_found_in_every_form)
{
    addresses const expected{"fe80::1", "10.0.0.7"};
    for (auto const* cards : {
             R"([{"ipAddress":["fe80::1","10.0.0.7"]}])",
             R"([{"IpAddress":["fe80::1"]},{"ipAddress":["10.0.0.7"]}])",
             R"({"_typeName":"ArrayOfGuestNicInfo","_value":[{"ipAddress":["fe80::1","10.0.0.7"]}]})",
             R"({"GuestNicInfo":[{"IpAddress":["fe80::1","10.0.0.7"]}]})",
             R"([{"ipAddress":{"string":["fe80::1","10.0.0.7"]}}])",
             R"([{"ipConfig":{"ipAddress":[{"ipAddress":"fe80::1"},{"ipAddress":"10.0.0.7"}]}}])",
             R"([{"IpConfig":{"IpAddress":[{"IpAddress":"fe80::1"},{"IpAddress":"10.0.0.7"}]}}])",
             R"([{"ipAddress":["fe80::1","10.0.0.7"],"ipConfig":{"ipAddress":[{"ipAddress":"10.0.0.7"}]}}])",
         }) {
        BOOST_TEST(of(cards) == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(that_are_not_there_are_none)
{
    for (auto const* cards :
         {"null", "[]", "{}", "7", "\"x\"", "[{}]", "[null]", "[7]", R"([{"ipAddress":null,"ipConfig":null}])",
          R"([{"ipAddress":"10.0.0.1"}])", R"([{"ipAddress":[7,null,""]}])",
          R"([{"network":"VM Network","macAddress":"00:0c:29:61:30:32","connected":true}])"}) {
        BOOST_TEST(of(cards).empty(), cards);
    }
    addresses none;
    esxi::govc::detail::add_addresses(none, nullptr);
    BOOST_TEST(none.empty());
}

BOOST_AUTO_TEST_CASE(that_the_guest_names_first_come_first_and_once)
{
    addresses found{"a", "b"};
    esxi::govc::detail::add_first_address(found, "b");
    BOOST_TEST(found == (addresses{"b", "a"}), boost::test_tools::per_element());
    esxi::govc::detail::add_first_address(found, "c");
    esxi::govc::detail::add_first_address(found, "");
    BOOST_TEST(found == (addresses{"c", "b", "a"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(are_bounded)
{
    std::string many;
    for (int i = 0; i < 200'000; ++i) {
        many += (many.empty() ? "\"" : ",\"") + std::to_string(i) + "\"";
    }
    auto const found = of(R"([{"ipAddress":[)" + many + "]}]");
    BOOST_TEST(found.size() == esxi::govc::detail::most_addresses);
    BOOST_TEST(found.front() == "0");
}

BOOST_AUTO_TEST_SUITE_END()
