// SPDX-License-Identifier: Apache-2.0
// Walks a local OVA's tar to its end: govc's own pre-flight takes a truncated one for whole.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <esxi/printable.hpp>

namespace esxi::detail {

inline constexpr std::size_t tar_block = 512;

/// A number of a tar's header: octal digits, or, for files over 8 GiB, GNU's binary form. Unset where it is neither.
[[nodiscard]] inline std::optional<std::uint64_t> tar_number(std::string_view field)
{
    std::uint64_t number = 0;
    if (!field.empty() && (static_cast<unsigned char>(field[0]) & 0x80u) != 0) {
        for (std::size_t i = 0; i < field.size(); ++i) {
            auto const byte = static_cast<unsigned char>(i == 0 ? field[i] & 0x7f : field[i]);
            if (number >> 55 != 0) {
                return std::nullopt; // negative, or more than any disk holds
            }
            number = number << 8 | byte;
        }
        return number;
    }
    constexpr std::string_view padding(" \0", 2);
    field.remove_prefix(std::min(field.find_first_not_of(padding), field.size()));
    for (char c : field.substr(0, field.find_first_of(padding))) {
        if (c < '0' || c > '7') {
            return std::nullopt;
        }
        number = number * 8 + static_cast<std::uint64_t>(c - '0');
    }
    return number;
}

/// Whether the sum of a header's bytes is what it says that it is: nothing but a header has that.
[[nodiscard]] inline bool is_tar_header(std::string_view header)
{
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < header.size(); ++i) {
        sum += i >= 148 && i < 156 ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(header[i]);
    }
    return tar_number(header.substr(148, 8)) == sum;
}

/// The value under a key in a PAX header, whose records are as `20 path=demo.ovf\n`; empty where it is not there.
[[nodiscard]] inline std::string pax_value(std::string const& records, std::string_view key)
{
    for (std::size_t at = 0; at < records.size();) {
        auto const length = std::strtoull(records.c_str() + at, nullptr, 10);
        if (length == 0 || length > records.size() - at) {
            break;
        }
        auto const record = std::string_view(records).substr(at, length);
        auto const space = std::min(record.find(' '), record.size() - 1);
        auto const text = record.substr(space + 1, record.size() - 1 - std::min(space + 1, record.size() - 1));
        if (text.size() > key.size() && text.starts_with(key) && text[key.size()] == '=') {
            return std::string(text.substr(key.size() + 1));
        }
        at += length;
    }
    return {};
}

/// What is wrong with the OVA at `path`; empty where it is a whole tar that holds an OVF, and a manifest where that is needed. The
/// text of its descriptor is put into `descriptor`.
[[nodiscard]] inline std::string what_is_wrong_with_ova(std::filesystem::path const& path, bool needs_manifest = false,
                                                        std::string* descriptor = nullptr)
{
    std::error_code failed;
    auto const status = std::filesystem::status(path, failed);
    if (failed || !std::filesystem::exists(status)) {
        return "there is no such file";
    }
    if (!std::filesystem::is_regular_file(status)) {
        return "it is not a regular file";
    }
    std::ifstream file(path, std::ios::binary);
    std::uint64_t const size = std::filesystem::file_size(path, failed);
    if (!file || failed) {
        return "it cannot be read";
    }
    bool has_ovf = false;
    bool has_manifest = false;
    std::string long_name; // what stands before a header for it: a name, a size that do not fit into it
    std::string long_size;
    for (std::uint64_t offset = 0; offset < size;) {
        std::array<char, tar_block> block{};
        file.seekg(static_cast<std::streamoff>(offset));
        file.read(block.data(), static_cast<std::streamsize>(block.size()));
        std::string_view const header(block.data(), static_cast<std::size_t>(file.gcount()));
        if (header.size() < tar_block) {
            return offset == 0 ? "it is not a tar archive" : "it is truncated";
        }
        if (header.find_first_not_of('\0') == std::string_view::npos) {
            break; // the end mark
        }
        auto const stated = tar_number(header.substr(124, 12));
        if (!is_tar_header(header) || !stated) {
            return offset == 0 ? "it is not a tar archive" : "it is damaged: no header is where one should be";
        }
        offset += tar_block;
        auto const type = header[156];
        auto const name =
            long_name.empty() ? std::string(header.substr(0, std::min<std::size_t>(100, header.find('\0')))) : long_name;
        auto const length = !long_size.empty()           ? std::strtoull(long_size.c_str(), nullptr, 10)
                            : type >= '1' && type <= '6' ? 0
                                                         : *stated;
        if (length > size - offset) {
            return "it is truncated: " + in_quotes(name.substr(0, 120)) + " in it has " + std::to_string(length) +
                   " bytes, and " + std::to_string(size - offset) + " are there";
        }
        long_name.clear();
        long_size.clear();
        constexpr std::uint64_t longest_extension = 1u << 20;
        if ((type == 'x' || type == 'L') && length <= longest_extension) {
            std::string text(static_cast<std::size_t>(length), '\0');
            if (!file.read(text.data(), static_cast<std::streamsize>(text.size()))) {
                return "it cannot be read";
            }
            long_name = type == 'L' ? text.substr(0, text.find('\0')) : pax_value(text, "path");
            long_size = type == 'L' ? std::string() : pax_value(text, "size");
        } else {
            constexpr std::uint64_t longest_descriptor = 4u << 20;
            if (name.ends_with(".ovf") && !has_ovf && descriptor != nullptr) {
                if (length > longest_descriptor) {
                    return "its descriptor has " + std::to_string(length) + " bytes, more than " +
                           std::to_string(longest_descriptor);
                }
                descriptor->resize(static_cast<std::size_t>(length));
                if (!file.read(descriptor->data(), static_cast<std::streamsize>(length))) {
                    return "it cannot be read";
                }
            }
            has_ovf = has_ovf || name.ends_with(".ovf");
            has_manifest = has_manifest || name.ends_with(".mf");
        }
        offset += (length + tar_block - 1) / tar_block * tar_block;
        if (offset > size) {
            return "it is truncated";
        }
    }
    // Without an end mark, too: some tools write none, and govc reads such a one.
    return size == 0                         ? "it is empty"
           : !has_ovf                        ? "it holds no .ovf file"
           : needs_manifest && !has_manifest ? "it holds no .mf file, the manifest that verify_manifest needs"
                                             : "";
}

} // namespace esxi::detail
