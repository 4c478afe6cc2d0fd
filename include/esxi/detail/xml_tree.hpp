// SPDX-License-Identifier: Apache-2.0
// Reads XML, and finds elements and attributes in it whatever their prefixes. The parser is Boost.PropertyTree's, without its tree.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/property_tree/detail/rapidxml.hpp>

#include <esxi/detail/xml_guard.hpp>
#include <esxi/error.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

namespace rapidxml = boost::property_tree::detail::rapidxml;

/// An element of an `xml_document`, which must live longer.
using xml_element = rapidxml::xml_node<char>;

/// A document with all that is in it.
class xml_document {
public:
    /// Throws `config` if it is none, see `xml_guard`; the message begins with `name`.
    xml_document(std::string_view text, std::string const& name) : text_(xml_guard(name)(text))
    {
        try {
            tree_->parse<0>(text_.data());
        } catch (rapidxml::parse_error const& failed) {
            auto const line = 1 + std::count(text_.data(), failed.where<char>(), '\n');
            throw error(error_kind::config,
                        name + " is not well-formed XML: " + printable(failed.what()) + ", in line " + std::to_string(line));
        }
    }

    /// Its outermost element.
    [[nodiscard]] xml_element const& root() const { return *tree_->first_node(); }

private:
    std::string text_; // the tree points into it
    std::unique_ptr<rapidxml::xml_document<char>> tree_ = std::make_unique<rapidxml::xml_document<char>>(); // 64 KiB
};

/// The name without its prefix: which one stands for a namespace is the writer's choice.
[[nodiscard]] inline std::string_view local_name(std::string_view name)
{
    auto const colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

[[nodiscard]] inline std::string_view name_of(rapidxml::xml_base<char> const& what)
{
    return {what.name(), what.name_size()};
}

[[nodiscard]] inline std::string_view value_of(rapidxml::xml_base<char> const& what)
{
    return {what.value(), what.value_size()};
}

/// Calls `visit` with each element in `parent` that has this name.
template <class Visit>
void for_each_element(xml_element const& parent, std::string_view name, Visit const& visit)
{
    for (auto const* child = parent.first_node(); child != nullptr; child = child->next_sibling()) {
        if (child->type() == rapidxml::node_element && local_name(name_of(*child)) == name) {
            visit(*child);
        }
    }
}

/// All text that stands in the element itself.
[[nodiscard]] inline std::string text_of(xml_element const& element)
{
    std::string text;
    for (auto const* child = element.first_node(); child != nullptr; child = child->next_sibling()) {
        if (child->type() == rapidxml::node_data || child->type() == rapidxml::node_cdata) {
            text += value_of(*child);
        }
    }
    return text;
}

/// The text of the first element of this name.
[[nodiscard]] inline std::string text_in(xml_element const& parent, std::string_view name)
{
    std::optional<std::string> found;
    for_each_element(parent, name, [&found](xml_element const& element) {
        if (!found) {
            found = text_of(element);
        }
    });
    return found.value_or(std::string());
}

/// Calls `visit` with name and value of each attribute.
template <class Visit>
void for_each_attribute(xml_element const& element, Visit const& visit)
{
    for (auto const* one = element.first_attribute(); one != nullptr; one = one->next_attribute()) {
        visit(name_of(*one), value_of(*one));
    }
}

/// The attribute of this name; of several namespaces', the one with OVF's usual prefix, then one without.
[[nodiscard]] inline std::optional<std::string> attribute(xml_element const& element, std::string_view name)
{
    std::optional<std::string> found;
    int best = 0;
    for_each_attribute(element, [&](std::string_view tag, std::string_view value) {
        int const rank = tag.starts_with("ovf:") ? 3 : tag == name ? 2 : 1;
        if (local_name(tag) == name && !tag.starts_with("xmlns:") && rank > best) {
            best = rank;
            found = value;
        }
    });
    return found;
}

[[nodiscard]] inline std::string attribute_text(xml_element const& element, std::string_view name)
{
    return attribute(element, name).value_or(std::string());
}

[[nodiscard]] inline std::string trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    auto const first = text.find_first_not_of(blank);
    return first == std::string_view::npos ? std::string()
                                           : std::string(text.substr(first, text.find_last_not_of(blank) - first + 1));
}

[[nodiscard]] inline bool is_true(xml_element const& element, std::string_view name)
{
    auto const value = trimmed(attribute_text(element, name));
    return value == "true" || value == "1";
}

} // namespace esxi::detail
