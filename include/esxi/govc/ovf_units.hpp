// SPDX-License-Identifier: Apache-2.0
// The numbers and units of an OVF descriptor.
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <esxi/detail/lower_case.hpp>
#include <esxi/detail/xml_tree.hpp>

namespace esxi::govc::detail {

[[nodiscard]] inline std::optional<std::uint64_t> whole_number(std::string_view text)
{
    auto const digits = esxi::detail::trimmed(text);
    std::uint64_t number = 0;
    auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return failed == std::errc() && end == digits.data() + digits.size() ? std::optional(number) : std::nullopt;
}

[[nodiscard]] inline std::optional<std::uint64_t> product_of(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b)
{
    bool const fits = a && b && (*a == 0 || *b <= std::numeric_limits<std::uint64_t>::max() / *a);
    return fits ? std::optional(*a * *b) : std::nullopt;
}

/// Bytes in a unit, as `byte * 2^30` (DSP0004 annex C) or the older `GigaBytes`; unset if it is something else.
[[nodiscard]] inline std::optional<std::uint64_t> bytes_in_unit(std::string_view unit)
{
    auto plain = esxi::detail::lower_case(unit);
    std::erase_if(plain, [](char c) { return c == ' ' || c == '\t' || c == '\n'; });
    constexpr std::pair<std::string_view, int> older[] = {{"kilobytes", 10}, {"megabytes", 20}, {"gigabytes", 30}};
    for (auto const& [name, power] : older) {
        if (plain == name) {
            return std::uint64_t{1} << power;
        }
    }
    auto rest = std::string_view(plain);
    if (rest.empty() || rest == "bytes") {
        return 1;
    }
    if (!rest.starts_with("byte")) {
        return std::nullopt;
    }
    rest.remove_prefix(4);
    std::optional<std::uint64_t> bytes = 1;
    while (bytes && !rest.empty()) {
        auto const factor = rest.substr(1, rest.find('*', 1) - 1);
        if (rest.front() != '*') {
            return std::nullopt;
        }
        rest.remove_prefix(1 + factor.size());
        auto const caret = factor.find('^');
        auto const base = whole_number(factor.substr(0, caret));
        auto const power =
            caret == std::string_view::npos ? std::optional<std::uint64_t>(1) : whole_number(factor.substr(caret + 1));
        if (!base || !power || *power > 64) {
            return std::nullopt;
        }
        for (std::uint64_t i = 0; i < *power; ++i) {
            bytes = product_of(bytes, base);
        }
    }
    return bytes;
}

} // namespace esxi::govc::detail
