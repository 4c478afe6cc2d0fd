// SPDX-License-Identifier: Apache-2.0
// Reads the descriptor of an OVF package. No entity is expanded, and nothing but the text is read.
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>

#include <esxi/detail/xml_guard.hpp>
#include <esxi/error.hpp>
#include <esxi/model/ovf.hpp>
#include <esxi/printable.hpp>

namespace esxi::govc {

/// The most bytes that a descriptor may have; hosts take no more than 4 MiB either.
inline constexpr std::size_t longest_ovf_descriptor = std::size_t{4} << 20;

namespace detail {

using xml_tree = boost::property_tree::ptree;

/// The name without its prefix: which one stands for a namespace is the writer's choice.
[[nodiscard]] inline std::string_view local_name(std::string_view name)
{
    auto const colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

/// Calls `visit` with each element in `parent` that has this name.
template <class Visit>
void for_each_element(xml_tree const& parent, std::string_view name, Visit const& visit)
{
    for (auto const& [tag, element] : parent) {
        if (local_name(tag) == name) {
            visit(element);
        }
    }
}

[[nodiscard]] inline std::string trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    auto const first = text.find_first_not_of(blank);
    return first == std::string_view::npos ? std::string()
                                           : std::string(text.substr(first, text.find_last_not_of(blank) - first + 1));
}

/// The text of the first element of this name.
[[nodiscard]] inline std::string text_in(xml_tree const& parent, std::string_view name)
{
    for (auto const& [tag, element] : parent) {
        if (local_name(tag) == name) {
            return element.data();
        }
    }
    return {};
}

/// The attribute of this name; of several namespaces', the one with OVF's usual prefix, then one without.
[[nodiscard]] inline std::optional<std::string> attribute(xml_tree const& element, std::string_view name)
{
    std::optional<std::string> found;
    if (auto const attributes = element.get_child_optional("<xmlattr>")) {
        int best = 0;
        for (auto const& [tag, value] : *attributes) {
            int const rank = tag.starts_with("ovf:") ? 3 : tag == name ? 2 : 1;
            if (local_name(tag) == name && !tag.starts_with("xmlns:") && rank > best) {
                best = rank;
                found = value.data();
            }
        }
    }
    return found;
}

[[nodiscard]] inline std::string attribute_text(xml_tree const& element, std::string_view name)
{
    return attribute(element, name).value_or(std::string());
}

[[nodiscard]] inline bool is_true(xml_tree const& element, std::string_view name)
{
    auto const value = trimmed(attribute_text(element, name));
    return value == "true" || value == "1";
}

[[nodiscard]] inline std::optional<std::uint64_t> whole_number(std::string_view text)
{
    auto const digits = trimmed(text);
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
    std::string plain;
    for (char const c : unit) {
        if (c != ' ' && c != '\t' && c != '\n') {
            plain += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
    }
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

class ovf_reader {
public:
    explicit ovf_reader(xml_tree const& envelope)
    {
        for_each_element(envelope, "References", [this](xml_tree const& references) {
            for_each_element(references, "File", [this](xml_tree const& file) { add_file(file); });
        });
        for_each_element(envelope, "NetworkSection", [this](xml_tree const& section) {
            for_each_element(section, "Network",
                             [this](xml_tree const& network) { read_.networks.push_back(attribute_text(network, "name")); });
        });
        for_each_element(envelope, "DeploymentOptionSection", [this](xml_tree const& section) {
            for_each_element(section, "Configuration", [this](xml_tree const& option) {
                read_.deployment_options.push_back(
                    {attribute_text(option, "id"), trimmed(text_in(option, "Label")), is_true(option, "default")});
            });
        });
        for_each_element(envelope, "VirtualSystemCollection", [this](xml_tree const& content) {
            read_.is_collection = true;
            add_content(content);
        });
        for_each_element(envelope, "VirtualSystem", [this](xml_tree const& content) { add_system(content); });
        // Last: a disk's capacity may be a property.
        for_each_element(envelope, "DiskSection", [this](xml_tree const& section) {
            for_each_element(section, "Disk", [this](xml_tree const& disk) { add_disk(disk); });
        });
    }

    [[nodiscard]] ovf_descriptor take() { return std::move(read_); }

private:
    void add_file(xml_tree const& file)
    {
        read_.files.push_back({attribute_text(file, "id"), attribute_text(file, "href"),
                               whole_number(attribute_text(file, "size")), whole_number(attribute_text(file, "chunkSize")),
                               attribute_text(file, "compression")});
    }

    void add_disk(xml_tree const& element)
    {
        ovf_disk disk{attribute_text(element, "diskId"),
                      attribute_text(element, "fileRef"),
                      attribute_text(element, "parentRef"),
                      attribute_text(element, "format"),
                      std::nullopt,
                      {},
                      1,
                      whole_number(attribute_text(element, "populatedSize"))};
        auto const unit = bytes_in_unit(attribute_text(element, "capacityAllocationUnits"));
        auto capacity = trimmed(attribute_text(element, "capacity"));
        if (capacity.starts_with("${") && capacity.ends_with("}")) {
            disk.capacity_property = capacity.substr(2, capacity.size() - 3);
            disk.capacity_unit = unit.value_or(1);
            capacity.clear();
            for (auto const& property : read_.properties) {
                if (property.key == disk.capacity_property) {
                    capacity = property.default_in(read_.default_option()).value_or("");
                    break;
                }
            }
        }
        disk.capacity = product_of(whole_number(capacity), unit);
        read_.disks.push_back(std::move(disk));
    }

    void add_system(xml_tree const& system)
    {
        ++read_.systems;
        add_content(system);
    }

    /// Of a virtual machine, or of a collection of them.
    void add_content(xml_tree const& content)
    {
        if (read_.name.empty()) {
            read_.name = trimmed(text_in(content, "Name"));
        }
        if (read_.name.empty()) {
            read_.name = attribute_text(content, "id");
        }
        for_each_element(content, "ProductSection", [this](xml_tree const& section) { add_product(section); });
        for_each_element(content, "AnnotationSection", [this](xml_tree const& section) {
            if (read_.annotation.empty()) {
                read_.annotation = text_in(section, "Annotation");
            }
        });
        for_each_element(content, "EulaSection",
                         [this](xml_tree const& section) { read_.eulas.push_back(trimmed(text_in(section, "License"))); });
        for_each_element(content, "VirtualHardwareSection", [this](xml_tree const& section) {
            for (auto& word : words_of(attribute_text(section, "transport"))) {
                if (std::find(read_.transports.begin(), read_.transports.end(), word) == read_.transports.end()) {
                    read_.transports.push_back(std::move(word));
                }
            }
        });
        for_each_element(content, "VirtualSystem", [this](xml_tree const& inner) { add_system(inner); });
        for_each_element(content, "VirtualSystemCollection", [this](xml_tree const& inner) { add_content(inner); });
    }

    void add_product(xml_tree const& section)
    {
        if (read_.product.empty()) {
            read_.product = trimmed(text_in(section, "Product"));
        }
        auto const group = attribute_text(section, "class");
        auto const instance = attribute_text(section, "instance");
        for_each_element(section, "Property", [this, &group, &instance](xml_tree const& element) {
            ovf_property property;
            property.key =
                (group.empty() ? "" : group + ".") + attribute_text(element, "key") + (instance.empty() ? "" : "." + instance);
            property.type = trimmed(attribute_text(element, "type"));
            property.qualifiers = qualifiers_of(element);
            property.user_configurable = is_true(element, "userConfigurable");
            property.password = is_true(element, "password");
            property.required = is_true(element, "required");
            property.value = attribute(element, "value");
            property.configurations = words_of(attribute_text(element, "configuration"));
            property.label = trimmed(text_in(element, "Label"));
            for_each_element(element, "Value", [&property](xml_tree const& value) {
                property.values.push_back({attribute_text(value, "configuration"), attribute_text(value, "value")});
            });
            if (!attribute_text(element, "key").empty()) {
                read_.properties.push_back(std::move(property));
            }
        });
    }

    /// Those of every namespace: VMware has some of its own.
    [[nodiscard]] static std::string qualifiers_of(xml_tree const& element)
    {
        std::string all;
        if (auto const attributes = element.get_child_optional("<xmlattr>")) {
            for (auto const& [tag, value] : *attributes) {
                if (local_name(tag) == "qualifiers" && !value.data().empty()) {
                    all += (all.empty() ? "" : " ") + value.data();
                }
            }
        }
        return all;
    }

    [[nodiscard]] static std::vector<std::string> words_of(std::string_view text)
    {
        std::vector<std::string> words;
        std::istringstream stream{std::string(text)};
        for (std::string word; stream >> word;) {
            words.push_back(word);
        }
        return words;
    }

    ovf_descriptor read_;
};

} // namespace detail

/// Reads the text of a descriptor. Throws `config` if it is no OVF descriptor in UTF-8 of bounded size and depth; the message
/// begins with `name`.
[[nodiscard]] inline ovf_descriptor read_ovf_descriptor(std::string_view text, std::string const& name = "the OVF descriptor")
{
    if (text.size() > longest_ovf_descriptor) {
        throw error(error_kind::config, name + " has " + std::to_string(text.size()) + " bytes; allowed are " +
                                            std::to_string(longest_ovf_descriptor));
    }
    detail::xml_tree document;
    try {
        std::istringstream stream(esxi::detail::xml_guard(name)(text));
        namespace parser = boost::property_tree::xml_parser;
        parser::read_xml(stream, document, parser::no_comments);
    } catch (boost::property_tree::xml_parser_error const& failed) {
        throw error(error_kind::config, name + " is not well-formed XML: " + printable(failed.message()) + ", in line " +
                                            std::to_string(failed.line()));
    }
    auto const& [root, envelope] = document.front();
    if (detail::local_name(root) != "Envelope") {
        throw error(error_kind::config, name + " is none: it begins with <" + printable(shortened(root, 80)) +
                                            ">, where an OVF descriptor has <Envelope>");
    }
    return detail::ovf_reader(envelope).take();
}

} // namespace esxi::govc
