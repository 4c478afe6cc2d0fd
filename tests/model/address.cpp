// SPDX-License-Identifier: Apache-2.0
// Which addresses count.
#include <esxi/model/address.hpp>

#include <boost/test/unit_test.hpp>

using esxi::ip_version;

BOOST_AUTO_TEST_SUITE(address)

BOOST_AUTO_TEST_CASE(usable)
{
    struct {
        char const* address;
        bool any, v4, v6;
    } const cases[] = {
        {"10.1.2.3", true, true, false},
        {"192.168.0.1", true, true, false},
        {"169.253.1.1", true, true, false},
        {"1.169.254.1", true, true, false},
        {"2001:db8::1", true, false, true},
        {"fd00::1", true, false, true},
        {"fec0::1", true, false, true},
        {"::ffff:10.0.0.1", true, false, true},
        {"fe80::1", false, false, false},
        {"FE80::1", false, false, false},
        {"fe9f::1", false, false, false},
        {"febf::1", false, false, false},
        {"169.254.3.4", false, false, false},
        {"127.0.0.1", false, false, false},
        {"0.0.0.0", false, false, false},
        {"::1", false, false, false},
        {"::", false, false, false},
        {"ff02::1", false, false, false},
        {"", false, false, false},
        {"1", false, false, false}, // what is left of one that was cut short
        {"10.1.2", false, false, false},
        {"10.1.2.", false, false, false},
        {"10.1.2.256", false, false, false},
        {"2001:db8:", false, false, false},
        {"2001:db8::1::2", false, false, false},
        {"10.1.2.3\n", false, false, false},
        {" 10.1.2.3", false, false, false},
        {"web1.example", false, false, false},
        {"<html>", false, false, false},
        {"\xff"
         "10.1.2.3",
         false, false, false},
    };
    for (auto const& c : cases) {
        BOOST_TEST_CONTEXT(c.address)
        {
            BOOST_TEST(esxi::is_usable_address(c.address, ip_version::any) == c.any);
            BOOST_TEST(esxi::is_usable_address(c.address, ip_version::v4) == c.v4);
            BOOST_TEST(esxi::is_usable_address(c.address, ip_version::v6) == c.v6);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_first_of_several)
{
    std::vector<std::string> const addresses{"fe80::1", "169.254.3.4", "10.1.2.3", "2001:db8::1", "10.1.2.4"};
    BOOST_TEST(esxi::first_usable_address(addresses, ip_version::any) == "10.1.2.3");
    BOOST_TEST(esxi::first_usable_address(addresses, ip_version::v4) == "10.1.2.3");
    BOOST_TEST(esxi::first_usable_address(addresses, ip_version::v6) == "2001:db8::1");
    BOOST_TEST(esxi::first_usable_address({"fe80::1"}, ip_version::any).empty());
    BOOST_TEST(esxi::first_usable_address({}, ip_version::any).empty());
    BOOST_TEST(!esxi::is_usable_address(std::string("10.1.2.3\0x", 10), ip_version::any));
}

BOOST_AUTO_TEST_SUITE_END()
