// SPDX-License-Identifier: Apache-2.0
// The files of a local OVA (a tar archive), or of an OVF descriptor with its files beside it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <esxi/detail/lower_case.hpp>
#include <esxi/detail/ova_location.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/disk_format.hpp>
#include <esxi/govc/ova_package.hpp>
#include <esxi/govc/package_checks.hpp>
#include <esxi/govc/tar_reader.hpp>
#include <esxi/model/ovf.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

/// Finds and reads the files of a package. All its functions throw `config`, with a message that says what is wrong with the package
/// and begins with "it" or "its".
class package_files {
public:
    /// Walks an archive to its end: govc takes a truncated one for whole, as long as it finds what it looks for.
    explicit package_files(std::filesystem::path path) : path_(std::move(path))
    {
        std::error_code failed;
        auto const status = std::filesystem::status(path_, failed);
        if (failed || !std::filesystem::exists(status)) {
            refuse("there is no such file");
        }
        if (!std::filesystem::is_regular_file(status)) {
            refuse("it is not a regular file");
        }
        auto const size = std::filesystem::file_size(path_, failed);
        std::ifstream file(path_, std::ios::binary);
        auto const head = failed ? std::string() : read_at(file, 0, govc::format_head);
        if (failed || (head.empty() && size != 0)) {
            refuse("it cannot be read");
        }
        if (head.empty()) {
            refuse("it is empty");
        }
        if (is_descriptor(head)) {
            descriptor_ = {path_.filename().string(), govc::file_kind::regular, size};
            return;
        }
        is_archive_ = true;
        walk(file, size, head);
        descriptor_ = govc::find_descriptor(entries_);
    }

    /// Whether it is one file, an OVA.
    [[nodiscard]] bool is_archive() const { return is_archive_; }

    [[nodiscard]] std::string const& descriptor_name() const { return descriptor_.name; }

    /// The text of the descriptor.
    [[nodiscard]] std::string descriptor() const
    {
        if (descriptor_.size > govc::longest_ovf_descriptor) {
            refuse("it has " + std::to_string(descriptor_.size) + " bytes, and hosts take descriptors of up to " +
                   std::to_string(govc::longest_ovf_descriptor));
        }
        return read(descriptor_, static_cast<std::size_t>(descriptor_.size));
    }

    /// The file that the descriptor refers to. Unset if it is not there, and not `is_needed`.
    [[nodiscard]] std::optional<govc::tar_entry> find(ovf_file const& file, bool is_needed) const
    {
        if (!govc::why_outside(file.href).empty()) {
            if (is_needed) {
                govc::refuse_outside(file);
            }
            return std::nullopt;
        }
        if (is_archive_) {
            auto const* found = govc::find_file(entries_, descriptor_, file, is_needed);
            return found == nullptr ? std::nullopt : std::optional(*found);
        }
        auto beside = find_beside(file.href);
        if (!beside && is_needed) {
            auto const decoded = url_decoded(file.href);
            refuse_missing(file, decoded != file.href && find_beside(decoded) ? decoded : std::string());
        }
        return beside;
    }

    /// The first bytes of a file that `find` found; what a sparse one does not store is zeros.
    [[nodiscard]] std::string read(govc::tar_entry const& file, std::size_t most) const
    {
        auto const length = static_cast<std::size_t>(std::min<std::uint64_t>(file.size, most));
        std::ifstream from(is_archive_ ? path_ : path_.parent_path() / file.name, std::ios::binary);
        std::string text;
        if (!file.is_sparse) {
            text = read_at(from, file.begin, length);
        } else {
            text.assign(length, '\0');
            auto at = file.begin;
            for (auto const& range : file.ranges) {
                if (range.offset >= length) {
                    break;
                }
                auto const offset = static_cast<std::size_t>(range.offset);
                auto const piece =
                    read_at(from, at, static_cast<std::size_t>(std::min<std::uint64_t>(range.length, length - offset)));
                text.replace(offset, piece.size(), piece);
                at += range.length;
            }
        }
        if (text.size() != length) {
            refuse("it cannot be read");
        }
        return text;
    }

    /// The manifest, where govc looks for it. Unset: there is none.
    [[nodiscard]] std::optional<govc::tar_entry> manifest() const
    {
        if (!is_archive_) {
            auto name = path_.filename().string();
            auto const extension = path_.extension().string();
            name.replace(name.find(extension), extension.size(), ".mf");
            return find_beside(name);
        }
        auto const found = std::find_if(entries_.begin(), entries_.end(),
                                        [](govc::tar_entry const& entry) { return entry.name.ends_with(".mf"); });
        return found == entries_.end() ? std::nullopt : std::optional(*found);
    }

private:
    [[noreturn]] static void refuse(std::string const& why) { throw error(error_kind::config, why); }

    [[nodiscard]] static std::string read_at(std::ifstream& file, std::uint64_t offset, std::size_t length)
    {
        std::string text(length, '\0');
        file.clear(); // of the end that it may have met before
        file.seekg(static_cast<std::streamoff>(offset));
        file.read(text.data(), static_cast<std::streamsize>(length));
        text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
        return text;
    }

    /// Whether it is to be read as a descriptor: no archive, and of that name, or XML by its first character.
    [[nodiscard]] bool is_descriptor(std::string_view head) const
    {
        if (head.size() >= govc::tar_block && govc::detail::has_right_sum(head.substr(0, govc::tar_block))) {
            return false;
        }
        auto const name = lower_case(path_.extension().string());
        return name == ".ovf" || govc::name_format(head) == "XML";
    }

    void walk(std::ifstream& file, std::uint64_t size, std::string const& head)
    {
        govc::tar_reader reader;
        while (!reader.ended() && (reader.position() < size || reader.is_inside_header())) {
            auto const at = reader.position();
            auto const block = read_at(file, at, govc::tar_block);
            if (block.size() != govc::tar_block) {
                if (at == 0 && !begins_as_tar(head)) {
                    refuse_no_tar(head);
                }
                refuse("it is truncated");
            }
            if (at == 0 && !begins_as_tar(head) && !govc::detail::has_right_sum(block) &&
                block.find_first_not_of('\0') != std::string::npos) {
                refuse_no_tar(head);
            }
            auto entry = reader.read(block);
            if (!entry) {
                continue;
            }
            if (entry->stored > size - std::min(size, entry->begin)) {
                refuse("it is truncated: " + in_quotes(entry->name) + " in it has " + std::to_string(entry->stored) +
                       " bytes, and " + std::to_string(size - std::min(size, entry->begin)) + " are there");
            }
            entries_.push_back(*std::move(entry));
        }
        if (reader.position() > size) {
            refuse("it is truncated"); // without an end mark it is not: some tools write none, and govc reads such an archive
        }
    }

    [[nodiscard]] static bool begins_as_tar(std::string_view head) { return head.size() > 262 && head.substr(257, 5) == "ustar"; }

    [[noreturn]] static void refuse_no_tar(std::string const& head)
    {
        auto const is = govc::begins_as_vmdk(head) ? std::string("a VMDK") : govc::name_format(head);
        refuse("it is not a tar archive" + (is.empty() || is == "a tar archive" ? "" : ", but " + is));
    }

    /// The file of this name beside the descriptor. No link is followed.
    [[nodiscard]] std::optional<govc::tar_entry> find_beside(std::string_view href) const
    {
        auto const plain = govc::detail::plain_path(href);
        auto path = path_.parent_path();
        std::filesystem::file_status status;
        for (auto const& part : std::filesystem::path(plain)) {
            path /= part;
            std::error_code failed;
            status = std::filesystem::symlink_status(path, failed);
            if (failed || !std::filesystem::exists(status)) {
                return std::nullopt;
            }
            if (std::filesystem::is_symlink(status)) {
                break;
            }
        }
        auto const kind = std::filesystem::is_regular_file(status) ? govc::file_kind::regular
                          : std::filesystem::is_symlink(status)    ? govc::file_kind::symbolic_link
                          : std::filesystem::is_directory(status)  ? govc::file_kind::directory
                                                                   : govc::file_kind::device;
        std::error_code failed;
        auto const size = kind == govc::file_kind::regular ? std::filesystem::file_size(path, failed) : 0;
        return govc::tar_entry{plain, kind, failed ? 0 : size};
    }

    [[noreturn]] static void refuse_missing(ovf_file const& file, std::string const& decoded)
    {
        auto const who = "its file " + in_quotes(file.href);
        if (!decoded.empty()) {
            govc::detail::refuse_package(who + " is stored as " + in_quotes(decoded) + ", by which govc does not find it",
                                         "write the name in both places alike");
        }
        govc::detail::refuse_package(who + " is not beside it", "put all files of the package into one place");
    }

    std::filesystem::path path_;
    bool is_archive_ = false;
    std::vector<govc::tar_entry> entries_;
    govc::tar_entry descriptor_;
};

} // namespace esxi::detail
