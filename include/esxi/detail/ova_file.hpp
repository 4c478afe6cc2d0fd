// SPDX-License-Identifier: Apache-2.0
// Walks a local OVA's tar to its end: govc's own pre-flight takes a truncated one for whole.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace esxi::detail {

/// What is wrong with the OVA at `path`; empty where it is a whole tar that holds an OVF.
[[nodiscard]] inline std::string what_is_wrong_with_ova(std::filesystem::path const& path)
{
    constexpr std::uint64_t block = 512;
    std::error_code failed;
    auto const status = std::filesystem::status(path, failed);
    if (failed || !std::filesystem::exists(status)) {
        return "there is no such file";
    }
    if (!std::filesystem::is_regular_file(status)) {
        return "it is not a regular file";
    }
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return "it cannot be read";
    }
    std::uint64_t const size = std::filesystem::file_size(path, failed);
    std::uint64_t offset = 0;
    bool has_ovf = false;
    while (offset + block <= size) {
        std::array<char, block> header{};
        file.seekg(static_cast<std::streamoff>(offset));
        if (!file.read(header.data(), static_cast<std::streamsize>(header.size()))) {
            return "it cannot be read";
        }
        if (header[0] == '\0') {
            return has_ovf ? "" : "it holds no .ovf file";
        }
        if (std::string_view(header.data() + 257, 5) != "ustar") {
            return "it is not a tar archive";
        }
        std::string_view const name(header.data(), ::strnlen(header.data(), 100));
        has_ovf = has_ovf || name.ends_with(".ovf");
        std::uint64_t length = 0;
        if ((static_cast<unsigned char>(header[124]) & 0x80u) != 0) { // GNU's binary form, for files over 8 GiB
            for (std::size_t i = 128; i < 136; ++i) {
                length = (length << 8) | static_cast<unsigned char>(header[i]);
            }
        } else {
            for (std::size_t i = 124; i < 136 && header[i] != '\0' && header[i] != ' '; ++i) {
                if (header[i] < '0' || header[i] > '7') {
                    return "it is not a tar archive";
                }
                length = length * 8 + static_cast<std::uint64_t>(header[i] - '0');
            }
        }
        if (length > size - offset - block) {
            return "it is truncated: `" + std::string(name) + "` in it has " + std::to_string(length) + " bytes, and " +
                   std::to_string(size - offset - block) + " are there";
        }
        offset += block + (length + block - 1) / block * block;
    }
    if (offset > size || !has_ovf) {
        return size < block ? "it is not a tar archive" : has_ovf ? "it is truncated" : "it holds no .ovf file";
    }
    return {}; // no end mark: some tools write none, and govc reads such a one
}

} // namespace esxi::detail
