// SPDX-License-Identifier: Apache-2.0
// What a well-formed character of UTF-8 is.
#include <esxi/detail/utf8.hpp>

#include <string>

#include <boost/test/unit_test.hpp>

using esxi::detail::is_utf8;
using esxi::detail::utf8_length;

namespace {

std::string encoded(unsigned code)
{
    auto const byte = [](unsigned value) { return static_cast<char>(static_cast<unsigned char>(value)); };
    return code < 0x80      ? std::string{byte(code)}
           : code < 0x800   ? std::string{byte(0xc0 | code >> 6), byte(0x80 | (code & 0x3f))}
           : code < 0x10000 ? std::string{byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f))}
                            : std::string{byte(0xf0 | code >> 18), byte(0x80 | (code >> 12 & 0x3f)),
                                          byte(0x80 | (code >> 6 & 0x3f)), byte(0x80 | (code & 0x3f))};
}

} // namespace

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(is_every_character_but_surrogates)
{
    for (unsigned code = 0; code < 0x110100; code += code < 0x3000 ? 1 : 63) {
        auto const text = encoded(code);
        bool const good = code < 0x110000 && (code < 0xd800 || code > 0xdfff);
        if (utf8_length(text + "x") != (good ? text.size() : 0)) {
            BOOST_ERROR(code);
        }
        if (utf8_length(text) != utf8_length(text + "x") || is_utf8("a" + text) != good) {
            BOOST_ERROR(code);
        }
    }
    for (unsigned code : {0xd7ffu, 0xe000u, 0xffffu, 0x10000u, 0x10ffffu}) {
        BOOST_TEST(is_utf8(encoded(code)));
    }
    for (unsigned code : {0xd800u, 0xdbffu, 0xdc00u, 0xdfffu, 0x110000u, 0x1fffffu}) {
        BOOST_TEST(!is_utf8(encoded(code)));
    }
}

BOOST_AUTO_TEST_CASE(is_nothing_cut_or_overlong)
{
    for (auto const* text : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80",
                             "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xc3(", "\xe2\x82",
                             "\xe2\x28\xac", "\xf0\x9f\x98", "\xf0\x9f\x28\x80", "\xf8\x88\x80\x80\x80"}) {
        BOOST_TEST(utf8_length(text) == 0u);
        BOOST_TEST(!is_utf8(text));
    }
    BOOST_TEST(utf8_length("") == 0u);
    BOOST_TEST(is_utf8(""));
    BOOST_TEST(is_utf8(std::string("\0a", 2)));
}

static_assert(is_utf8("a\xc3\xa9"));
static_assert(!is_utf8("\xff"));

BOOST_AUTO_TEST_SUITE_END()
