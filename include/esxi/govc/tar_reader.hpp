// SPDX-License-Identifier: Apache-2.0
// Reads the headers of a tar archive, block by block, as Go's archive/tar does: govc reads an OVA with that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <esxi/error.hpp>
#include <esxi/govc/tar_format.hpp>
#include <esxi/govc/tar_sparse.hpp>
#include <esxi/printable.hpp>

namespace esxi::govc {

/// Reads an archive's headers. The caller reads the blocks: the one at `position()` is given to `read`, until `ended`. Memory is
/// bounded, whatever the archive says.
class tar_reader {
public:
    /// The most bytes that are kept of what stands in headers.
    static constexpr std::size_t most_memory = std::size_t{16} << 20;

    /// Where in the archive the next block begins.
    [[nodiscard]] std::uint64_t position() const { return position_; }

    /// Whether the end mark was read.
    [[nodiscard]] bool ended() const { return ended_; }

    /// Whether the block at `position()` belongs to a header that has begun: the archive cannot end before it.
    [[nodiscard]] bool is_inside_header() const { return state_ != state::header || has_extension_; }

    /// Reads the block at `position()`; answers with an entry if the block completes one. Throws `config`, saying what is wrong.
    [[nodiscard]] std::optional<tar_entry> read(std::string_view block)
    {
        position_ += tar_block;
        switch (state_) {
        case state::header: return read_header(block);
        case state::extension: return read_extension(block);
        case state::old_map: return go_on_with_map(map_.read_old(block, 21), state::old_map);
        case state::new_map: return read_new_map(block);
        }
        return std::nullopt;
    }

private:
    enum class state { header, extension, old_map, new_map };

    static constexpr std::uint64_t longest_extension = 1u << 20; ///< As Go has it.

    void spend(std::size_t bytes)
    {
        spent_ += bytes;
        if (spent_ > most_memory) {
            throw error(error_kind::config, "its headers come to more than " + std::to_string(most_memory) + " bytes");
        }
    }

    [[nodiscard]] static std::string text_of(std::string_view field) { return std::string(field.substr(0, field.find('\0'))); }

    [[nodiscard]] std::optional<tar_entry> read_header(std::string_view block)
    {
        if (block.find_first_not_of('\0') == std::string_view::npos) {
            ended_ = true;
            return std::nullopt;
        }
        auto const size = detail::tar_number(block.substr(124, 12));
        if (!detail::has_right_sum(block) || !size) {
            throw error(error_kind::config,
                        position_ == tar_block ? "it is not a tar archive" : "it is damaged: no header is where one should be");
        }
        bool const is_gnu = block.substr(257, 8) == std::string_view("ustar  \0", 8);
        bool const is_ustar = block.substr(257, 6) == std::string_view("ustar\0", 6);
        char const type = block[156];
        if (type == 'x' || type == 'g' || type == 'L' || type == 'K') {
            if (*size > longest_extension) {
                detail::refuse_tar("an extended header of it has " + std::to_string(*size) + " bytes");
            }
            extension_type_ = type;
            extension_size_ = static_cast<std::size_t>(*size);
            extension_.clear();
            state_ = state::extension;
            has_extension_ = true;
            return extension_size_ == 0 ? end_extension() : std::nullopt;
        }
        return begin_entry(block, type, *size, is_gnu, is_ustar);
    }

    [[nodiscard]] std::optional<tar_entry> read_extension(std::string_view block)
    {
        extension_.append(block.substr(0, extension_size_ - extension_.size()));
        return extension_.size() == extension_size_ ? end_extension() : std::nullopt;
    }

    /// What stands before a header for it is of that one entry alone; a global header (`g`) is nobody's.
    [[nodiscard]] std::optional<tar_entry> end_extension()
    {
        state_ = state::header;
        if (extension_type_ == 'L') {
            long_name_ = text_of(extension_);
        } else if (extension_type_ == 'x') {
            pax_ = detail::read_pax(extension_);
        } else if (extension_type_ == 'g') {
            static_cast<void>(detail::read_pax(extension_));
            pax_.clear();
            long_name_.clear();
            has_extension_ = false;
        }
        extension_.clear();
        return std::nullopt;
    }

    /// What a PAX header says under the key; empty is the same as nothing.
    [[nodiscard]] std::string_view pax(std::string_view key) const
    {
        auto const found = pax_.find(key);
        return found == pax_.end() ? std::string_view() : std::string_view(found->second);
    }

    [[nodiscard]] std::optional<tar_entry> begin_entry(std::string_view block, char type, std::uint64_t size, bool is_gnu,
                                                       bool is_ustar)
    {
        entry_ = {};
        entry_.name = text_of(block.substr(0, 100));
        if (auto const prefix = text_of(block.substr(345, 155)); is_ustar && !prefix.empty()) {
            entry_.name = prefix + "/" + entry_.name;
        }
        if (!pax("path").empty()) {
            entry_.name = pax("path");
        }
        if (!long_name_.empty()) {
            entry_.name = long_name_;
        }
        spend(entry_.name.size() + sizeof(tar_entry));
        entry_.kind = type == '\0' && entry_.name.ends_with('/') ? file_kind::directory : kind_of_type(type);
        bool const has_content = entry_.kind == file_kind::regular || entry_.kind == file_kind::other;
        entry_.stored = !has_content ? 0 : pax("size").empty() ? size : detail::pax_number(pax("size"));
        entry_.size = entry_.stored;
        if (type == 'S') {
            if (!is_gnu) {
                detail::refuse_tar("a sparse file in it is in no form that is known");
            }
            auto const real_size = detail::tar_number(block.substr(483, 12));
            if (!real_size) {
                detail::refuse_tar("a sparse file in it does not say its size");
            }
            entry_.size = *real_size;
            entry_.is_sparse = true;
            map_ = detail::tar_sparse_map(entry_.size);
            return go_on_with_map(map_.read_old(block.substr(386), 4), state::old_map);
        }
        return entry_.kind == file_kind::regular ? begin_pax_sparse() : end_entry();
    }

    /// Goes on with the map of a sparse file if there is `more` of it.
    [[nodiscard]] std::optional<tar_entry> go_on_with_map(bool more, state next)
    {
        state_ = more ? next : state::header;
        return more ? std::nullopt : end_entry();
    }

    /// A file that a PAX header says to be sparse: format 0.0 and 0.1 have its map there, 1.0 in front of the file's bytes.
    [[nodiscard]] std::optional<tar_entry> begin_pax_sparse()
    {
        auto const major = pax("GNU.sparse.major");
        auto const minor = pax("GNU.sparse.minor");
        bool const in_front = major == "1" && minor == "0";
        bool const in_header = (major == "0" && (minor == "0" || minor == "1")) ||
                               (major.empty() && minor.empty() && !pax("GNU.sparse.map").empty());
        if (!in_front && !in_header) {
            return end_entry();
        }
        entry_.is_sparse = true;
        if (auto const name = pax("GNU.sparse.name"); !name.empty()) {
            entry_.name = name;
            spend(name.size());
        }
        auto const size = pax("GNU.sparse.size").empty() ? pax("GNU.sparse.realsize") : pax("GNU.sparse.size");
        entry_.size = size.empty() ? entry_.stored : detail::pax_number(size);
        map_ = detail::tar_sparse_map(entry_.size);
        if (in_header) {
            map_.read_text(pax("GNU.sparse.map"));
        }
        return go_on_with_map(in_front, state::new_map);
    }

    [[nodiscard]] std::optional<tar_entry> read_new_map(std::string_view block)
    {
        if (entry_.stored < tar_block) {
            detail::refuse_tar("the map of a sparse file in it is cut short");
        }
        entry_.stored -= tar_block;
        return go_on_with_map(map_.read_lines(block), state::new_map);
    }

    [[nodiscard]] std::optional<tar_entry> end_entry()
    {
        state_ = state::header;
        has_extension_ = false;
        long_name_.clear();
        pax_.clear();
        if (entry_.is_sparse) {
            entry_.ranges = map_.take(entry_.stored);
            spend(entry_.ranges.size() * sizeof(file_range));
        }
        entry_.begin = position_;
        constexpr std::uint64_t most = std::uint64_t{1} << 60;
        if (entry_.stored > most || position_ > most) {
            detail::refuse_tar(in_quotes(entry_.name) + " in it has " + std::to_string(entry_.stored) + " bytes");
        }
        position_ += (entry_.stored + tar_block - 1) / tar_block * tar_block;
        return std::move(entry_);
    }

    std::uint64_t position_ = 0;
    std::size_t spent_ = 0;
    state state_ = state::header;
    bool ended_ = false;
    bool has_extension_ = false; ///< An extended header was read, and not yet the header that it belongs to.
    char extension_type_ = '\0';
    std::size_t extension_size_ = 0;
    std::string extension_;
    std::string long_name_;
    std::map<std::string, std::string, std::less<>> pax_;
    detail::tar_sparse_map map_;
    tar_entry entry_;
};

} // namespace esxi::govc
