// SPDX-License-Identifier: Apache-2.0
// Prints pairs of a pattern and a name with what tests/support/path_match.hpp says of them, for vendor/path-match to compare.
#include <cstdio>
#include <random>
#include <string>
#include <string_view>

#include <esxi/govc/names.hpp>

#include <support/path_match.hpp>

namespace {

std::string hex(std::string_view text)
{
    std::string digits;
    for (char c : text) {
        char pair[3];
        std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned char>(c));
        digits += pair;
    }
    return digits;
}

} // namespace

int main()
{
    constexpr int pairs = 1'000'000;
    constexpr std::string_view pieces[] = {"*",  "?", "[",  "]", "^", "-",        "\\",           "/",    "a",   "b",
                                           "[a", "c", "a]", ".", "%", "\xc3\xa9", "\xef\xbf\xbd", "\xff", "\xc3"};
    std::mt19937 random(26);
    auto const text = [&] {
        std::string made;
        for (auto left = random() % 8; left > 0; --left) {
            made += pieces[random() % std::size(pieces)];
        }
        return made;
    };
    for (int i = 0; i < pairs; ++i) {
        auto const name = text();
        auto const pattern = i % 4 == 0 ? esxi::govc::escape_pattern(i % 8 == 0 ? name : text()) : text();
        auto const answer = test::path_match(pattern, name);
        std::printf("%s %s %s\n", hex(pattern).c_str(), hex(name).c_str(),
                    answer == test::match::yes  ? "yes"
                    : answer == test::match::no ? "no"
                                                : "malformed");
    }
}
