// SPDX-License-Identifier: Apache-2.0
// Go's `path.Match`, by which govc finds what a name stands for, written after its documentation. vendor/path-match compares it with
// the real one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/detail/utf8.hpp>

namespace test {

/// What `path.Match` answers; malformed is its ErrBadPattern.
enum class match { no, yes, malformed };

namespace detail {

/// A character of a text as Go decodes it: what is no UTF-8 is U+FFFD, one byte long.
struct rune {
    std::uint32_t code = 0;
    std::size_t length = 0;
};

[[nodiscard]] inline rune first_rune(std::string_view text)
{
    auto const length = esxi::detail::utf8_length(text);
    if (length <= 1) {
        return {length == 1 ? static_cast<unsigned char>(text[0]) : 0xfffdu, 1};
    }
    std::uint32_t code = static_cast<unsigned char>(text[0]) & (0xffu >> (length + 1));
    for (char c : text.substr(1, length - 1)) {
        code = code << 6 | (static_cast<unsigned char>(c) & 0x3fu);
    }
    return {code, length};
}

/// One piece of a pattern: `*`, `?`, `[a-z]`, or a byte that stands for itself.
struct pattern_term {
    enum class kind { star, any, range, byte };
    kind is = kind::byte;
    char literal = '\0';
    bool negated = false;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges{};
};

/// Takes one end of a range off the pattern; nothing where it is malformed or the last thing there.
[[nodiscard]] inline std::optional<std::uint32_t> take_range_end(std::string_view& pattern)
{
    if (pattern.empty() || pattern[0] == '-' || pattern[0] == ']') {
        return std::nullopt;
    }
    pattern.remove_prefix(pattern[0] == '\\' ? 1 : 0);
    if (esxi::detail::utf8_length(pattern) == 0) {
        return std::nullopt;
    }
    auto const found = first_rune(pattern);
    pattern.remove_prefix(found.length);
    return pattern.empty() ? std::nullopt : std::optional(found.code);
}

/// Takes `[...]` off the pattern.
[[nodiscard]] inline std::optional<pattern_term> take_range(std::string_view& pattern)
{
    pattern_term term{pattern_term::kind::range};
    pattern.remove_prefix(1);
    term.negated = pattern.starts_with('^');
    pattern.remove_prefix(term.negated ? 1 : 0);
    while (term.ranges.empty() || !pattern.starts_with(']')) {
        auto const low = take_range_end(pattern);
        auto high = low;
        if (low && pattern.starts_with('-')) {
            pattern.remove_prefix(1);
            high = take_range_end(pattern);
        }
        if (!low || !high) {
            return std::nullopt;
        }
        term.ranges.emplace_back(*low, *high);
    }
    pattern.remove_prefix(1);
    return term;
}

[[nodiscard]] inline std::optional<std::vector<pattern_term>> read_pattern(std::string_view pattern)
{
    std::vector<pattern_term> terms;
    while (!pattern.empty()) {
        if (pattern[0] == '[') {
            auto term = take_range(pattern);
            if (!term) {
                return std::nullopt;
            }
            terms.push_back(std::move(*term));
            continue;
        }
        if (pattern[0] == '*' || pattern[0] == '?') {
            terms.push_back({pattern[0] == '*' ? pattern_term::kind::star : pattern_term::kind::any});
        } else {
            pattern.remove_prefix(pattern[0] == '\\' ? 1 : 0);
            if (pattern.empty()) {
                return std::nullopt;
            }
            terms.push_back({pattern_term::kind::byte, pattern[0]});
        }
        pattern.remove_prefix(1);
    }
    return terms;
}

/// How many bytes at the text's start the term, no star, matches; 0 where it does not.
[[nodiscard]] inline std::size_t matched_length(pattern_term const& term, std::string_view text)
{
    if (text.empty()) {
        return 0;
    }
    if (term.is == pattern_term::kind::byte) {
        return text[0] == term.literal ? 1 : 0;
    }
    auto const found = first_rune(text);
    if (term.is == pattern_term::kind::any) {
        return text[0] == '/' ? 0 : found.length;
    }
    bool const inside = std::any_of(term.ranges.begin(), term.ranges.end(), [&found](auto const& range) {
        return range.first <= found.code && found.code <= range.second;
    });
    return inside != term.negated ? found.length : 0;
}

} // namespace detail

/// Whether the name matches the pattern.
[[nodiscard]] inline match path_match(std::string_view pattern, std::string_view name)
{
    auto const terms = detail::read_pattern(pattern);
    if (!terms) {
        return match::malformed;
    }
    std::size_t at = 0;
    std::size_t next = 0;
    std::optional<std::size_t> star; // the last one seen, and where in the name what follows it was tried
    std::size_t tried = 0;
    while (next < terms->size() || at < name.size()) {
        if (next < terms->size() && (*terms)[next].is == detail::pattern_term::kind::star) {
            star = next++;
            tried = at;
            continue;
        }
        auto const length = next < terms->size() ? detail::matched_length((*terms)[next], name.substr(at)) : 0;
        if (length != 0) {
            at += length;
            ++next;
            continue;
        }
        if (!star || tried >= name.size() || name[tried] == '/') {
            return match::no;
        }
        at = ++tried;
        next = *star + 1;
    }
    return match::yes;
}

} // namespace test
