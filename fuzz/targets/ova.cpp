// SPDX-License-Identifier: Apache-2.0
// A local OVA's tar. Checksums are put right first: a fuzzer does not guess them.
#include <esxi/detail/ova_file.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <esxi/printable.hpp>

#include "../support.hpp"

using namespace esxi::detail;

namespace {

/// What is wrong with an OVA of this content; it is a file in memory.
std::string what_is_wrong_with(std::string_view content)
{
    static int const file = ::memfd_create("ova", MFD_CLOEXEC);
    static auto const path = "/proc/self/fd/" + std::to_string(file);
    bool const written =
        ::ftruncate(file, 0) == 0 && ::pwrite(file, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size());
    fuzz::promise(written, "the input is in a file");
    return what_is_wrong_with_ova(path);
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

} // namespace

void fuzz::one_input(std::string_view input)
{
    static_cast<void>(what_is_wrong_with(input));
    auto const archive = with_checksums(std::string(input));
    auto const wrong = what_is_wrong_with(archive);
    promise(esxi::printable(wrong) == wrong, "what is said of an OVA can be printed");
    promise(wrong.size() < 1000, "what is said of an OVA is short");
    if (wrong.empty()) {
        promise(archive.find(".ovf") != std::string::npos, "an OVA holds an OVF");
        promise(what_is_wrong_with(archive + std::string(2 * tar_block, '\0')).empty(), "an end mark does no harm");
        promise(!what_is_wrong_with(archive.substr(0, tar_block - 1)).empty(), "a piece of a header is no OVA");
    }
}
