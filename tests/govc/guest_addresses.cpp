// SPDX-License-Identifier: Apache-2.0
// Addresses in each form in which some govc wrote them.
#include <esxi/govc/guest_addresses.hpp>

#include <string>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using addresses = std::vector<std::string>;

addresses of(std::string const& cards)
{
    auto const document = boost::json::parse(cards);
    esxi::govc::detail::guest_report guest;
    guest.set_cards(&document);
    return guest.own;
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
    esxi::govc::detail::guest_report guest{"", {"10.0.0.1"}, true};
    guest.set_cards(nullptr);
    BOOST_TEST(guest.own.empty());
    BOOST_TEST(!guest.has_others);
}

BOOST_AUTO_TEST_CASE(are_those_of_the_vms_own_cards)
{
    std::string const own = R"({"network":"VM Network","ipAddress":["10.0.0.5"],"deviceConfigId":4000})";
    for (auto const* other : {
             R"({"network":"","ipAddress":["172.17.0.1"],"deviceConfigId":-1})",
             R"({"network":null,"ipAddress":["172.17.0.1"],"deviceConfigId":-1})",
             R"({"ipConfig":{"ipAddress":[{"ipAddress":"172.17.0.1"}]},"deviceConfigId":-1})",
         }) {
        BOOST_TEST(of("[" + std::string(other) + "," + own + "]") == addresses{"10.0.0.5"}, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(of_a_vm_begin_with_the_one_that_the_guest_names)
{
    auto const vm = [](esxi::govc::detail::guest_report report) {
        esxi::vm_state state;
        esxi::govc::detail::set_addresses(state, std::move(report));
        return state;
    };
    BOOST_TEST(vm({"b", {"a", "b"}, true}).addresses == (addresses{"b", "a"}), boost::test_tools::per_element());
    BOOST_TEST(vm({"172.17.0.1", {"10.0.0.5"}, true}).addresses == addresses{"10.0.0.5"}, boost::test_tools::per_element());
    BOOST_TEST(vm({"172.17.0.1", {}, true}).addresses.empty());
    BOOST_TEST(vm({"172.17.0.1", {}, true}).ip == "");
    BOOST_TEST(vm({"10.0.0.5", {}, false}).addresses == addresses{"10.0.0.5"}, boost::test_tools::per_element());
    BOOST_TEST(vm({"", {}, false}).addresses.empty());
    BOOST_TEST(vm({"fe80::1", {"fe80::1", "10.0.0.5"}, false}).ip == "10.0.0.5");
    BOOST_TEST(vm({"fe80::1", {"fe80::1"}, false}).ip == "fe80::1");
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
