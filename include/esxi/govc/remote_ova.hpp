// SPDX-License-Identifier: Apache-2.0
// Reads what `govc import.spec -descriptor` adds to what `import.spec` prints.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/detail/base64.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/json_fields.hpp>
#include <esxi/govc/ova_package.hpp>
#include <esxi/govc/package_checks.hpp>
#include <esxi/govc/tar_format.hpp>
#include <esxi/model/ovf.hpp>
#include <esxi/printable.hpp>

namespace esxi::govc {

/// An OVA on a web server, or an OVF descriptor there with its files beside it, of which no entries are known.
class remote_ova {
public:
    /// One without entries.
    remote_ova(std::string descriptor_name, std::string descriptor)
        : descriptor_name_(std::move(descriptor_name)), descriptor_(std::move(descriptor))
    {
    }

    /// Adds an entry of the tar; `head` is its first bytes, 512 at most.
    void add(tar_entry entry, std::string head)
    {
        entries_.push_back(std::move(entry));
        heads_.push_back(std::move(head));
    }

    /// The name of the descriptor in the tar.
    [[nodiscard]] std::string const& descriptor_name() const { return descriptor_name_; }

    /// Byte for byte; it need not be UTF-8.
    [[nodiscard]] std::string const& descriptor() const { return descriptor_; }

    /// Of the tar, in order.
    [[nodiscard]] std::vector<tar_entry> const& entries() const { return entries_; }

    /// The file that the descriptor refers to. Unset if it is not there, and not `is_needed`. Throws `config` if govc would not find it.
    [[nodiscard]] std::optional<tar_entry> find(ovf_file const& file, bool is_needed) const
    {
        if (why_outside(file.href).empty()) {
            auto const* found = find_file(entries_, find_descriptor(entries_), file, is_needed);
            return found == nullptr ? std::nullopt : std::optional(*found);
        }
        if (is_needed) {
            refuse_outside(file);
        }
        return std::nullopt;
    }

    /// The first bytes of an entry, as far as they are known.
    [[nodiscard]] std::string read(tar_entry const& entry, std::size_t most) const
    {
        auto const at = std::find(entries_.begin(), entries_.end(), entry) - entries_.begin();
        return heads_.at(static_cast<std::size_t>(at)).substr(0, most);
    }

    /// Whether a manifest is in it, where govc looks for one.
    [[nodiscard]] bool has_manifest() const
    {
        return std::any_of(entries_.begin(), entries_.end(), [](tar_entry const& entry) { return entry.name.ends_with(".mf"); });
    }

private:
    std::string descriptor_name_;
    std::string descriptor_;
    std::vector<tar_entry> entries_;
    std::vector<std::string> heads_;
};

namespace detail {

/// The bytes of a field in base64; empty if there is no such field. Throws `govc` if it is something else.
[[nodiscard]] inline std::string bytes_of(boost::json::value const* field)
{
    auto bytes = esxi::detail::from_base64(text_of(field));
    if (!bytes) {
        refuse_output("a field is not in base64");
    }
    return std::move(*bytes);
}

inline void add_entry(remote_ova& ova, boost::json::value const& entry)
{
    auto const size = number_of(member(&entry, "size"));
    auto const type = text_of(member(&entry, "type"));
    if (!size || *size < 0 || type.empty()) {
        refuse_output("an entry of the tar has no size or no type");
    }
    ova.add({text_of(member(&entry, "name")), kind_of_type(type.front()), static_cast<std::uint64_t>(*size)},
            bytes_of(member(&entry, "begins")));
}

} // namespace detail

/// The JSON in an output before which the progress of a download may stand.
[[nodiscard]] inline std::string_view after_progress(std::string_view text)
{
    auto const line = text.starts_with('{') ? std::string_view::npos : text.rfind("\n{");
    return line == std::string_view::npos ? text : text.substr(line + 1);
}

/// Reads the JSON. Throws `govc` if it does not hold a descriptor.
[[nodiscard]] inline remote_ova read_remote_ova(std::string_view json)
{
    auto const document = detail::parse_output(json);
    remote_ova ova(detail::text_of(detail::member(&document, "descriptorName")),
                   detail::bytes_of(detail::member(&document, "descriptor")));
    auto const* entries = detail::member(&document, "entries");
    if (ova.descriptor_name().empty() || (entries != nullptr && !entries->is_array())) {
        detail::refuse_output("it holds no descriptor");
    }
    if (entries != nullptr) {
        for (auto const& entry : entries->get_array()) {
            detail::add_entry(ova, entry);
        }
    }
    return ova;
}

} // namespace esxi::govc
