// SPDX-License-Identifier: Apache-2.0
// Numbers as they are written: one type that holds all of uint64 and sint64 there is not.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace esxi::detail {

/// `+7` is as `7`.
[[nodiscard]] inline std::string_view without_plus(std::string_view text)
{
    return text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+' ? text.substr(1) : text;
}

[[nodiscard]] inline bool is_whole(std::string_view text)
{
    auto digits = without_plus(text);
    digits.remove_prefix(digits.starts_with('-') ? 1 : 0);
    return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
}

[[nodiscard]] inline std::optional<double> number_of(std::string_view text)
{
    auto const digits = without_plus(text);
    double number = 0;
    auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    bool const whole = failed == std::errc() && end == digits.data() + digits.size() && std::isfinite(number);
    return whole && !digits.empty() ? std::optional(number) : std::nullopt;
}

/// Less than 0, 0 or more than 0, as `a` is to `b`; whole numbers digit by digit.
[[nodiscard]] inline int compare_numbers(std::string_view a, std::string_view b)
{
    if (!is_whole(a) || !is_whole(b)) {
        double const x = number_of(a).value_or(0);
        double const y = number_of(b).value_or(0);
        return x < y ? -1 : x > y ? 1 : 0;
    }
    auto const digits = [](std::string_view text) {
        text = without_plus(text);
        text.remove_prefix(std::min(text.find_first_not_of("-0"), text.size()));
        return text;
    };
    bool const a_below = a.starts_with('-') && !digits(a).empty();
    bool const b_below = b.starts_with('-') && !digits(b).empty();
    if (a_below != b_below) {
        return a_below ? -1 : 1;
    }
    auto const x = std::pair(digits(a).size(), digits(a));
    auto const y = std::pair(digits(b).size(), digits(b));
    int const magnitude = x < y ? -1 : x > y ? 1 : 0;
    return a_below ? -magnitude : magnitude;
}

} // namespace esxi::detail
