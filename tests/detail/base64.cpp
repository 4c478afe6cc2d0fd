// SPDX-License-Identifier: Apache-2.0
// Base64: back and forth, and nothing that is not exactly one text's.
#include <esxi/detail/base64.hpp>

#include <string>

#include <boost/test/unit_test.hpp>

using namespace esxi::detail;

BOOST_AUTO_TEST_SUITE(base64)

BOOST_AUTO_TEST_CASE(is_that_of_rfc_4648)
{
    std::string const texts[][2] = {{"", ""},
                                    {"f", "Zg=="},
                                    {"fo", "Zm8="},
                                    {"foo", "Zm9v"},
                                    {"foob", "Zm9vYg=="},
                                    {"fooba", "Zm9vYmE="},
                                    {"foobar", "Zm9vYmFy"},
                                    {"\xfb\xff\xbf", "+/+/"}};
    for (auto const& [bytes, text] : texts) {
        BOOST_TEST(to_base64(bytes) == text);
        BOOST_TEST(from_base64(text).value_or("nothing") == bytes);
    }
}

BOOST_AUTO_TEST_CASE(each_byte_in_each_place_comes_back)
{
    for (std::size_t length = 1; length < 5; ++length) {
        for (int value = 0; value < 256; ++value) {
            for (std::size_t place = 0; place < length; ++place) {
                std::string bytes(length, 'x');
                bytes[place] = static_cast<char>(value);
                BOOST_TEST((from_base64(to_base64(bytes)) == bytes));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_exactly_that_is_none)
{
    for (char const* text : {"Z", "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8==", "Zm9v=", "====", "=",
                             "Z=g=", "Zg==Zg==", "Zm9v\n", " Zm9v", "Zm-v", "Zm_v", "Zm9\xc3", "Zm9v===="}) {
        BOOST_TEST(!from_base64(text).has_value(), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
