// SPDX-License-Identifier: Apache-2.0
// Tells by a file's first bytes what it is: a host takes a virtual disk as a stream-optimised VMDK alone.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <esxi/detail/lower_case.hpp>
#include <esxi/printable.hpp>

namespace esxi::govc {

/// How many bytes at a file's start `name_format` looks at.
inline constexpr std::size_t format_head = 64 * 1024;

namespace detail {

[[nodiscard]] inline std::uint64_t little_endian(std::string_view bytes)
{
    std::uint64_t number = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) {
        number = number << 8 | static_cast<unsigned char>(bytes[i - 1]);
    }
    return number;
}

/// The value of `createType="..."` in the text that describes a VMDK; empty: it is not there.
[[nodiscard]] inline std::string create_type(std::string_view text)
{
    auto const lower = esxi::detail::lower_case(text);
    auto at = lower.find("createtype");
    at = at == std::string::npos ? at : lower.find('"', at);
    auto const end = at == std::string::npos ? at : lower.find('"', at + 1);
    return end == std::string::npos ? std::string() : printable(text.substr(at + 1, std::min<std::size_t>(end - at - 1, 40)));
}

/// What a VMDK with a sparse header is; empty: stream-optimised. Source: "Virtual Disk Format 1.1", VMware, section 4.
[[nodiscard]] inline std::string name_sparse_vmdk(std::string_view head)
{
    if (head.size() < 512) {
        return "a VMDK that is cut short";
    }
    auto const flags = little_endian(head.substr(8, 4));
    constexpr std::uint64_t compressed_with_markers = 0x30000;
    if ((flags & compressed_with_markers) == compressed_with_markers) {
        return {};
    }
    auto const type = create_type(head);
    return "a sparse VMDK" + (type.empty() ? "" : " (createType " + type + ")") + ", not a stream-optimised one";
}

struct file_magic {
    std::size_t at;
    std::string_view bytes;
    char const* name;
};

/// Files that people take for a disk, or have in its place. Each mark is long enough not to be there by chance.
inline constexpr auto file_magics = std::to_array<file_magic>({
    {0, {"QFI\xfb\0\0\0\1", 8}, "a qcow image"},
    {0, "QFI\xfb", "a qcow2 image"},
    {0, {"QED\0", 4}, "a QED image"},
    {0, "COWD", "a VMDK of the kind COWD (vmfsSparse), not a stream-optimised one"},
    {0, "vhdxfile", "a VHDX image"},
    {0, "conectix", "a VHD image"},
    {64, "\x7f\x10\xda\xbe", "a VDI image of VirtualBox"},
    {0, "WithoutFreeSpace", "an HDD image of Parallels"},
    {0, "WithouFreSpacExt", "an HDD image of Parallels"},
    {0, "\x1f\x8b\x08", "compressed by gzip"},
    {4, "1AY&SY", "compressed by bzip2"},
    {0, "\xfd\x37zXZ", "compressed by xz"},
    {0, "\x28\xb5\x2f\xfd", "compressed by zstd"},
    {0, "\x04\x22\x4d\x18", "compressed by lz4"},
    {0, {"PK\3\4", 4}, "a ZIP archive"},
    {0, "7z\xbc\xaf\x27\x1c", "a 7z archive"},
    {0, {"\0\5\x16\7", 4}, "data of macOS (AppleDouble)"},
    {257, "ustar", "a tar archive"},
    {32769, "CD001", "an ISO image"},
    {0, "version https://git-lfs", "a pointer of Git LFS, not the file itself"},
    {512, "EFI PART", "a raw (flat) disk image with a GPT"},
    {512, "LABELONE", "a raw (flat) disk image with an LVM volume"},
    {0, "XFSB", "a raw (flat) disk image with an XFS file system"},
});

/// Whether the first sector is that of a disk with partitions, or of a volume that can be booted.
[[nodiscard]] inline bool has_boot_sector(std::string_view head)
{
    if (head.size() < 512 || head.substr(510, 2) != "\x55\xaa") {
        return false;
    }
    bool partitions = true;
    for (std::size_t entry = 446; entry < 510; entry += 16) { // each begins with whether it is the active one
        partitions = partitions && (head[entry] == '\0' || head[entry] == '\x80');
    }
    return partitions || (head[0] == '\xeb' && head[2] == '\x90') || head[0] == '\xe9';
}

/// Whether an ext2, ext3 or ext4 file system begins there: its magic, a sane state, and what to do on errors.
[[nodiscard]] inline bool has_ext_superblock(std::string_view head)
{
    return head.size() > 1088 && head.substr(1080, 2) == "\x53\xef" && little_endian(head.substr(1082, 2)) < 8 &&
           little_endian(head.substr(1084, 2)) < 4;
}

} // namespace detail

/// Whether a file begins as a VMDK with a sparse header does, which a stream-optimised one has.
[[nodiscard]] inline bool begins_as_vmdk(std::string_view head)
{
    return head.starts_with("KDMV");
}

/// What a file that begins so is, as words that follow "it is"; empty if it is a stream-optimised VMDK, or nothing that is known.
[[nodiscard]] inline std::string name_format(std::string_view head)
{
    if (head.empty()) {
        return "empty";
    }
    if (begins_as_vmdk(head)) {
        return detail::name_sparse_vmdk(head);
    }
    for (auto const& magic : detail::file_magics) {
        if (head.size() >= magic.at && head.substr(magic.at).starts_with(magic.bytes)) {
            return magic.name;
        }
    }
    auto const text = esxi::detail::lower_case(head.substr(0, 1024));
    auto const first = std::min(text.find_first_not_of("\xef\xbb\xbf \t\r\n"), text.size());
    auto const begins = [&text, first](std::string_view with) { return std::string_view(text).substr(first).starts_with(with); };
    if (begins("# disk descriptorfile")) {
        auto const type = detail::create_type(head);
        return "the text that describes a VMDK" + (type.empty() ? "" : " (createType " + type + ")") +
               ", whose data is in a file of its own";
    }
    if (begins("<!doctype html") || begins("<html")) {
        return "a web page (HTML)";
    }
    if (begins("<?xml") || begins("<envelope")) {
        return "XML";
    }
    if (detail::has_boot_sector(head)) {
        return "a raw (flat) disk image with a boot sector";
    }
    if (detail::has_ext_superblock(head)) {
        return "a raw (flat) disk image with an ext file system";
    }
    if (head.size() >= 512 && head.find_first_not_of('\0') == std::string_view::npos) {
        return "a raw (flat) disk image that begins with zeros";
    }
    return {};
}

} // namespace esxi::govc
