// SPDX-License-Identifier: Apache-2.0
// The properties of one VM.
#include <esxi/govc/collect.hpp>

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

namespace {

using esxi::govc::read_collected;

std::string change(std::string const& name, std::string const& value)
{
    return R"({"name":")" + name + R"(","op":"assign","val":)" + value + "}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(collect)

BOOST_AUTO_TEST_CASE(of_one_vm_is_the_same_in_both_dialects)
{
    for (auto const* version : {"v0.56", "v0.18"}) {
        auto const vm = read_collected(test::fixture(version + std::string("/collect_vm.json")));
        BOOST_TEST(vm.moid == "");
        BOOST_TEST(vm.power_state == "poweredOn");
        BOOST_TEST(vm.ip == "10.1.2.3");
        BOOST_TEST(vm.addresses == std::vector<std::string>{"10.1.2.3"}, boost::test_tools::per_element());
    }
    BOOST_TEST(
        read_collected(R"({"kind":"enter","changeSet":[)" + change("runtime.powerState", "\"suspended\"") + "]}").power_state ==
        "suspended");
}

BOOST_AUTO_TEST_CASE(puts_the_guests_first_address_first_in_any_order)
{
    auto const net = change("guest.net", R"([{"ipAddress":["10.0.0.7","10.0.0.8"]}])");
    auto const ip = change("guest.ipAddress", "\"10.0.0.8\"");
    for (auto const& text : {net + "," + ip, ip + "," + net}) {
        BOOST_TEST(read_collected("[" + text + "]").addresses == (std::vector<std::string>{"10.0.0.8", "10.0.0.7"}),
                   boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(that_is_something_else_is_an_error)
{
    for (auto const& text : test::nonsense) {
        BOOST_TEST(test::failure([&] { static_cast<void>(read_collected(text)); }).starts_with("its output cannot be read: "),
                   text.substr(0, 40));
    }
    BOOST_TEST(test::failure([] { static_cast<void>(read_collected("[\"x\",-1]")); }) ==
               "its output cannot be read: a property has no name or no value");
    BOOST_TEST(test::failure([] { static_cast<void>(read_collected("")); }) == "its output cannot be read: it is empty");
}

BOOST_AUTO_TEST_CASE(of_one_vm_cut_anywhere_is_an_error)
{
    auto const text = test::fixture("v0.18/collect_vm.json");
    for (std::size_t length = 0; length < text.find_last_of(']'); ++length) {
        if (test::failure([&] { static_cast<void>(read_collected(text.substr(0, length))); }) == "no failure") {
            BOOST_ERROR("cut after " << length);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
