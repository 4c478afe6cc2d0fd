// SPDX-License-Identifier: Apache-2.0
// A local OVA, its tar and all that the pre-flight reads of it. Checksums are put right first: a fuzzer does not guess them.
#include <esxi/ops/preflight.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <esxi/printable.hpp>

#include "../support.hpp"

using namespace esxi::govc;

namespace {

/// What is said of an OVA of this content; it is a file in memory.
std::string said_of(std::string_view content, bool verify_manifest = false)
{
    static int const file = ::memfd_create("ova", MFD_CLOEXEC);
    static auto const path = "/proc/self/fd/" + std::to_string(file);
    bool const written =
        ::ftruncate(file, 0) == 0 && ::pwrite(file, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size());
    fuzz::promise(written, "the input is in a file");
    try {
        static_cast<void>(esxi::detail::read_package(path, verify_manifest));
        return {};
    } catch (esxi::error const& failed) {
        fuzz::promise(failed.kind() == esxi::error_kind::config, "a bad OVA is a config error");
        return failed.what();
    }
}

/// The archive with a right checksum in each block that calls itself a header.
std::string with_checksums(std::string archive)
{
    for (std::size_t at = 0; at + tar_block <= archive.size(); at += tar_block) {
        if (archive.compare(at + 257, 5, "ustar") != 0) {
            continue;
        }
        archive.replace(at + 148, 8, "        ");
        unsigned sum = 0;
        for (std::size_t i = at; i < at + tar_block; ++i) {
            sum += static_cast<unsigned char>(archive[i]);
        }
        char digits[9];
        std::snprintf(digits, sizeof digits, "%06o", sum);
        archive.replace(at + 148, 7, digits, 7);
    }
    return archive;
}

/// Reads the headers; what is stored of each entry lies behind its header, in order, and a sparse map fits its file.
void read_headers(std::string_view archive)
{
    tar_reader reader;
    std::uint64_t end = 0;
    try {
        while (!reader.ended() && reader.position() + tar_block <= archive.size()) {
            auto const at = reader.position();
            auto const entry = reader.read(archive.substr(at, tar_block));
            fuzz::promise(reader.position() > at, "each block brings the reader on");
            if (!entry) {
                continue;
            }
            fuzz::promise(entry->begin >= end && entry->begin % tar_block == 0, "entries follow one another");
            end = entry->begin + entry->stored;
            std::uint64_t stored = 0;
            std::uint64_t last = 0;
            for (auto const& range : entry->ranges) {
                fuzz::promise(range.offset >= last && range.offset + range.length <= entry->size, "a range lies in its file");
                last = range.offset + range.length;
                stored += range.length;
            }
            fuzz::promise(!entry->is_sparse || stored == entry->stored, "what is stored is what the map says");
            fuzz::promise(entry->is_sparse || entry->size == entry->stored, "what is not sparse is stored whole");
        }
    } catch (esxi::error const& failed) {
        fuzz::promise(failed.kind() == esxi::error_kind::config, "a bad archive is a config error");
    }
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    static_cast<void>(said_of(input));
    static_cast<void>(name_format(input));
    auto const archive = with_checksums(std::string(input));
    read_headers(archive);
    auto const said = said_of(archive);
    static_cast<void>(said_of(archive, true));
    promise(esxi::printable(said) == said, "what is said of an OVA can be printed");
    promise(said.size() < 2000, "what is said of an OVA is short");
    if (said.empty() && archive.find("<Envelope") == 0) {
        return; // a descriptor
    }
    if (said.empty()) {
        promise(said_of(archive + std::string(2 * tar_block, '\0')).empty(), "an end mark does no harm");
    }
}
