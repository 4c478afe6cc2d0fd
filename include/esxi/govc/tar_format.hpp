// SPDX-License-Identifier: Apache-2.0
// What stands in the headers of a tar archive: entries, numbers, checksums, PAX records.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <esxi/error.hpp>
#include <esxi/printable.hpp>

namespace esxi::govc {

/// A tar archive is a sequence of blocks of this many bytes.
inline constexpr std::size_t tar_block = 512;

/// What an entry of an archive, or a file beside a descriptor, is.
enum class file_kind {
    regular,       ///< A file with content; may be sparse.
    hard_link,     ///< Another name of a file.
    symbolic_link, ///< Points to another file.
    device,        ///< A device, a FIFO or a socket.
    directory,     ///< A directory.
    other,         ///< Of a type that is none of these: part of a multi-volume archive, a volume label.
};

/// What the type in a header says; of a format before POSIX, a name that ends in `/` is a directory's.
[[nodiscard]] constexpr file_kind kind_of_type(char type)
{
    switch (type) {
    case '\0':
    case '0':
    case '7':
    case 'S': return file_kind::regular;
    case '1': return file_kind::hard_link;
    case '2': return file_kind::symbolic_link;
    case '3':
    case '4':
    case '6': return file_kind::device;
    case '5': return file_kind::directory;
    default: return file_kind::other;
    }
}

/// A range of a file's bytes.
struct file_range {
    std::uint64_t offset = 0; ///< In the file.
    std::uint64_t length = 0; ///< In bytes.

    friend bool operator==(file_range const&, file_range const&) = default;
};

/// One entry of an archive.
struct tar_entry {
    std::string name;                         ///< As stored: `./disks/a.vmdk`.
    file_kind kind = file_kind::regular;      ///< What it is.
    std::uint64_t size = 0;                   ///< Of the file, in bytes; holes included.
    std::uint64_t begin = 0;                  ///< Where in the archive its stored bytes begin.
    std::uint64_t stored = 0;                 ///< How many bytes are stored.
    bool is_sparse = false;                   ///< Only `ranges` are stored, one after the other; all else is zeros.
    std::vector<file_range> ranges{};         ///< Of a sparse file, in ascending order.

    friend bool operator==(tar_entry const&, tar_entry const&) = default;
};

namespace detail {

[[noreturn]] inline void refuse_tar(std::string const& why)
{
    throw error(error_kind::config, "it is damaged: " + why);
}

/// A number in a header: octal digits, or, for files over 8 GiB, GNU's binary form. Unset if it is neither.
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

/// A decimal number of a PAX record.
[[nodiscard]] inline std::uint64_t pax_number(std::string_view text)
{
    std::uint64_t number = 0;
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end != text.data() + text.size() || number > std::numeric_limits<std::int64_t>::max()) {
        refuse_tar("an extended header of it says a number as " + in_quotes(std::string(text.substr(0, 40))));
    }
    return number;
}

/// The sum of a header's bytes, its own field taken as blanks.
[[nodiscard]] inline bool has_right_sum(std::string_view header)
{
    std::int64_t sum = 0;
    std::int64_t signed_sum = 0; // some old tars summed signed characters
    for (std::size_t i = 0; i < header.size(); ++i) {
        char const c = i >= 148 && i < 156 ? ' ' : header[i];
        sum += static_cast<unsigned char>(c);
        signed_sum += static_cast<signed char>(c);
    }
    auto const stated = tar_number(header.substr(148, 8));
    return stated && (static_cast<std::int64_t>(*stated) == sum || static_cast<std::int64_t>(*stated) == signed_sum);
}

/// The records of a PAX header, each as `20 path=demo.ovf\n`. The map of format 0.0 of sparse files becomes that of 0.1.
[[nodiscard]] inline std::map<std::string, std::string, std::less<>> read_pax(std::string_view text)
{
    std::map<std::string, std::string, std::less<>> records;
    while (!text.empty()) {
        std::size_t length = 0;
        auto const [digits_end, failed] = std::from_chars(text.data(), text.data() + text.size(), length);
        auto const digits = static_cast<std::size_t>(digits_end - text.data());
        if (failed != std::errc() || length < digits + 2 || length > text.size() || text[digits] != ' ' ||
            text[length - 1] != '\n') {
            refuse_tar("an extended header of it has a record of the wrong length");
        }
        auto const record = text.substr(digits + 1, length - digits - 2);
        auto const equals = record.find('=');
        if (equals == 0 || equals == std::string_view::npos) {
            refuse_tar("an extended header of it has a record without a name");
        }
        auto const key = record.substr(0, equals);
        auto const value = record.substr(equals + 1);
        if (key == "GNU.sparse.offset" || key == "GNU.sparse.numbytes") {
            auto& map = records["GNU.sparse.map"];
            map += (map.empty() ? "" : ",") + std::string(value);
        } else {
            records.insert_or_assign(std::string(key), std::string(value));
        }
        text.remove_prefix(length);
    }
    return records;
}

} // namespace detail

} // namespace esxi::govc
