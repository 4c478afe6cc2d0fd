// SPDX-License-Identifier: Apache-2.0
// The map of a sparse file in a tar archive: which of its bytes are stored. All four formats of GNU tar.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/govc/tar_format.hpp>

namespace esxi::govc::detail {

/// The map of one file, as far as it was read. Its functions throw `config` if it makes no sense.
class tar_sparse_map {
public:
    /// The most bytes that a map may take, as Go has it.
    static constexpr std::size_t longest = std::size_t{1} << 20;

    /// Has read nothing yet; the file has `size` bytes, holes included.
    explicit tar_sparse_map(std::uint64_t size = 0) : size_(size) {}

    /// Reads up to `count` ranges of 24 bytes, as a header or a block of its own has them, and what follows them: whether there are
    /// more, in the next block.
    [[nodiscard]] bool read_old(std::string_view block, std::size_t count)
    {
        for (std::size_t i = 0; i < count && block[i * 24] != '\0'; ++i) {
            add(number(block.substr(i * 24, 12)), number(block.substr(i * 24 + 12, 12)));
        }
        return block[count * 24] != '\0';
    }

    /// Reads the map of a PAX header: offsets and lengths with commas between.
    void read_text(std::string_view map)
    {
        auto const next = [&map] {
            auto const found = pax_number(map.substr(0, map.find(',')));
            map.remove_prefix(std::min(map.find(','), map.size() - 1) + 1);
            return found;
        };
        while (!map.empty()) {
            auto const offset = next();
            add(offset, map.empty() ? size_ + 1 : next()); // half a range is none
        }
    }

    /// Reads a block of a map in front of the file's bytes: lines that say how many ranges there are, then each one's offset and
    /// length. Answers whether there are more.
    [[nodiscard]] bool read_lines(std::string_view block)
    {
        if (text_.size() >= longest) {
            refuse();
        }
        text_ += block;
        lines_ += static_cast<std::uint64_t>(std::count(block.begin(), block.end(), '\n'));
        if (lines_ == 0) {
            return true;
        }
        std::string_view rest(text_);
        auto const next = [&rest] {
            auto const end = rest.find('\n');
            auto const found = pax_number(rest.substr(0, end));
            rest.remove_prefix(end + 1);
            return found;
        };
        auto const count = next();
        if (count > longest || lines_ < 1 + 2 * count) {
            return true;
        }
        for (std::uint64_t i = 0; i < count; ++i) {
            auto const offset = next();
            add(offset, next());
        }
        return false;
    }

    /// The ranges; `stored` bytes are there of them.
    [[nodiscard]] std::vector<file_range> take(std::uint64_t stored)
    {
        for (auto const& range : ranges_) {
            if (range.length > stored) {
                refuse();
            }
            stored -= range.length;
        }
        if (stored != 0) {
            refuse();
        }
        return std::move(ranges_);
    }

private:
    [[noreturn]] static void refuse() { refuse_tar("the map of a sparse file in it makes no sense"); }

    [[nodiscard]] static std::uint64_t number(std::string_view field)
    {
        auto const read = tar_number(field);
        if (!read) {
            refuse();
        }
        return *read;
    }

    void add(std::uint64_t offset, std::uint64_t length)
    {
        auto const before = ranges_.empty() ? file_range{} : ranges_.back();
        if (offset < before.offset + before.length || length > size_ || offset > size_ - length ||
            ranges_.size() * sizeof(file_range) >= longest) {
            refuse();
        }
        ranges_.push_back({offset, length});
    }

    std::uint64_t size_;
    std::vector<file_range> ranges_;
    std::string text_;
    std::uint64_t lines_ = 0;
};

} // namespace esxi::govc::detail
