// SPDX-License-Identifier: Apache-2.0
// What the type and the qualifiers of an OVF property allow as its value.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <arpa/inet.h>

#include <esxi/detail/decimal.hpp>
#include <esxi/detail/lower_case.hpp>
#include <esxi/detail/utf8.hpp>
#include <esxi/govc/ovf_qualifiers.hpp>
#include <esxi/model/ovf.hpp>
#include <esxi/printable.hpp>

namespace esxi::govc {

/// Read from `ovf:type` and `ovf:qualifiers` (DSP0243 9.5), and VMware's own of both.
class ovf_limits {
public:
    /// An unknown type, and an unknown qualifier, limit nothing.
    explicit ovf_limits(ovf_property const& property)
    {
        read_type(property.type);
        detail::visit_qualifiers(property.qualifiers, [this](std::string const& name, std::vector<std::string> const& arguments) {
            read_qualifier(name, arguments);
        });
    }

    /// Whether the value may be shown in a message even if nobody said that it is a password: it is one of a few, or a number.
    [[nodiscard]] bool is_telling() const { return kind_ != kind::text || !choices_.empty(); }

    /// Whether a text without characters can be a value at all.
    [[nodiscard]] bool takes_empty() const
    {
        return kind_ == kind::address || (kind_ == kind::text && (choices_.empty() || is_choice("")));
    }

    /// Whether the value keeps the limits.
    [[nodiscard]] bool allow(std::string_view value) const
    {
        if (!choices_.empty() && !is_choice(value)) {
            return false;
        }
        switch (kind_) {
        case kind::text: {
            auto const length = characters(value);
            return length >= min_length_ && length <= max_length_;
        }
        case kind::address: return value.empty() || is_address(value);
        case kind::boolean: return !as_boolean(value).empty();
        case kind::whole: return esxi::detail::is_whole(value) && is_in_range(value);
        case kind::real: return is_in_range(value);
        }
        return true;
    }

    /// The value as the guest is given it: a host takes no boolean but `True` and `False`.
    [[nodiscard]] std::string normal(std::string const& value) const
    {
        auto boolean = kind_ == kind::boolean ? as_boolean(value) : std::string();
        return boolean.empty() ? value : boolean;
    }

    /// What is allowed, for a message.
    [[nodiscard]] std::string allowed() const
    {
        if (!choices_.empty()) {
            std::string all;
            for (auto const& choice : choices_) {
                all += (all.empty() ? "one of " : ", ") + (choice.empty() ? "the empty text" : printable(choice));
            }
            return shortened(all, 400);
        }
        switch (kind_) {
        case kind::text: return "a text" + length_range();
        case kind::address: return "an IPv4 or IPv6 address";
        case kind::boolean: return "true or false";
        case kind::whole: return "a whole number" + number_range();
        case kind::real: return "a number" + number_range();
        }
        return {};
    }

private:
    enum class kind { text, address, boolean, whole, real };

    struct named_range {
        std::string_view name;
        std::int64_t lowest;
        std::uint64_t highest;
    };

    void read_type(std::string_view written)
    {
        auto const type = esxi::detail::lower_case(written.substr(0, written.find_first_of("([: ")));
        auto const of_type = written.substr(std::min(type.size(), written.size()));
        constexpr named_range whole_numbers[] = {
            {"uint8", 0, 255},
            {"uint16", 0, 65'535},
            {"uint32", 0, 4'294'967'295},
            {"uint64", 0, std::numeric_limits<std::uint64_t>::max()},
            {"sint8", -128, 127},
            {"sint16", -32'768, 32'767},
            {"sint32", -2'147'483'648, 2'147'483'647},
            {"sint64", std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()},
            {"int", -2'147'483'648, 2'147'483'647},
        };
        for (auto const& range : whole_numbers) {
            if (type == range.name) {
                kind_ = kind::whole;
                lowest_ = std::to_string(range.lowest);
                highest_ = std::to_string(range.highest);
            }
        }
        if (type == "boolean") {
            kind_ = kind::boolean;
        } else if (type == "real" || type == "real32" || type == "real64") {
            kind_ = kind::real;
            is_single_ = type == "real32";
        } else if (type == "ip" && of_type.empty()) {
            kind_ = kind::address;
        }
        // As vSphere writes the types of a vApp: `int(1..5)`, `string(..20)`, `string["a","b"]`.
        if (of_type.starts_with("(")) {
            auto const range = of_type.substr(1, of_type.find(')') - 1);
            auto const dots = range.find("..");
            if (dots != std::string_view::npos) {
                apply_range(range.substr(0, dots), range.substr(dots + 2));
            }
        } else if (of_type.starts_with("[") && of_type.ends_with("]")) {
            choices_ = detail::list_of(of_type.substr(1, of_type.size() - 2));
        }
    }

    void apply_range(std::string_view lowest, std::string_view highest)
    {
        if (kind_ == kind::text) {
            min_length_ = count_of(lowest).value_or(min_length_);
            max_length_ = count_of(highest).value_or(max_length_);
        } else {
            lowest_ = esxi::detail::number_of(lowest) ? std::string(lowest) : lowest_;
            highest_ = esxi::detail::number_of(highest) ? std::string(highest) : highest_;
        }
    }

    void read_qualifier(std::string const& name, std::vector<std::string> const& arguments)
    {
        auto const first = arguments.empty() ? std::string() : arguments.front();
        if (name == "minlen") {
            min_length_ = count_of(first).value_or(min_length_);
        } else if (name == "maxlen") {
            max_length_ = count_of(first).value_or(max_length_);
        } else if (name == "minvalue" && esxi::detail::number_of(first)) {
            lowest_ = first;
        } else if (name == "maxvalue" && esxi::detail::number_of(first)) {
            highest_ = first;
        } else if (name == "valuemap") {
            choices_ = arguments;
        } else if (name == "ip" && kind_ == kind::text) {
            kind_ = kind::address;
        }
    }

    // ---- Texts -------------------------------------------------------------------------------------------------------------

    [[nodiscard]] static std::size_t characters(std::string_view text)
    {
        std::size_t count = 0;
        for (; !text.empty(); ++count) {
            text.remove_prefix(std::max<std::size_t>(esxi::detail::utf8_length(text), 1));
        }
        return count;
    }

    [[nodiscard]] static std::optional<std::size_t> count_of(std::string_view text)
    {
        std::size_t count = 0;
        auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
        return failed == std::errc() && end == text.data() + text.size() ? std::optional(count) : std::nullopt;
    }

    [[nodiscard]] std::string length_range() const
    {
        bool const has_most = max_length_ != std::numeric_limits<std::size_t>::max();
        auto const least = min_length_ == 0 ? std::string() : " of at least " + std::to_string(min_length_);
        auto const most = has_most ? std::to_string(max_length_) : std::string();
        return has_most ? (least.empty() ? " of" : least + " and") + " at most " + most + " characters"
                        : least + (least.empty() ? "" : " characters");
    }

    // ---- Numbers -----------------------------------------------------------------------------------------------------------

    [[nodiscard]] bool is_in_range(std::string_view value) const
    {
        auto const number = esxi::detail::number_of(value);
        return number && (!is_single_ || std::abs(*number) <= static_cast<double>(std::numeric_limits<float>::max())) &&
               (lowest_.empty() || esxi::detail::compare_numbers(value, lowest_) >= 0) &&
               (highest_.empty() || esxi::detail::compare_numbers(value, highest_) <= 0);
    }

    [[nodiscard]] std::string number_range() const
    {
        return (lowest_.empty() ? "" : " from " + lowest_) +
               (highest_.empty() ? "" : (lowest_.empty() ? " up to " : " to ") + highest_);
    }

    // ---- Choices, booleans, addresses --------------------------------------------------------------------------------------

    /// Of numbers, a choice can be a range: `1..5`.
    [[nodiscard]] bool is_choice(std::string_view value) const
    {
        return std::any_of(choices_.begin(), choices_.end(), [this, value](std::string const& choice) {
            auto const dots = choice.find("..");
            if (kind_ != kind::whole || dots == std::string::npos || !esxi::detail::is_whole(value)) {
                return choice == value;
            }
            auto const lowest = choice.substr(0, dots);
            auto const highest = choice.substr(dots + 2);
            return (lowest.empty() || esxi::detail::compare_numbers(value, lowest) >= 0) &&
                   (highest.empty() || esxi::detail::compare_numbers(value, highest) <= 0);
        });
    }

    /// An address alone, or with the length of its network: `10.0.0.7/24`.
    [[nodiscard]] static bool is_address(std::string_view value)
    {
        auto const slash = std::min(value.find('/'), value.size());
        auto const address = std::string(value.substr(0, slash));
        bool const v6 = address.find(':') != std::string::npos;
        auto const length = slash < value.size() ? count_of(value.substr(slash + 1)) : std::optional<std::size_t>(0);
        unsigned char parsed[sizeof(in6_addr)];
        return address.find('\0') == std::string::npos && length && *length <= (v6 ? 128u : 32u) &&
               ::inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), parsed) == 1;
    }

    /// `True`, `False`, or empty: it is neither.
    [[nodiscard]] static std::string as_boolean(std::string_view value)
    {
        auto const lowered = esxi::detail::lower_case(value);
        return lowered == "true" ? "True" : lowered == "false" ? "False" : "";
    }

    kind kind_ = kind::text;
    std::size_t min_length_ = 0;
    std::size_t max_length_ = std::numeric_limits<std::size_t>::max();
    std::string lowest_, highest_; ///< Empty: no bound.
    bool is_single_ = false; ///< A number of single precision.
    std::vector<std::string> choices_;
};

} // namespace esxi::govc
