// SPDX-License-Identifier: Apache-2.0
// How much memory a govc may take: what it answers to, or reads, is another's, and may be without end.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

#include <sys/resource.h>

#include <esxi/error.hpp>

namespace esxi::detail {

/// In MB. A govc that does nothing takes 80, and one that prints 24 MB about 3,000 VMs takes 400. The kernel lets the one allocation
/// pass that crosses the bound: a govc that reads an endless descriptor gets to 730 MB with the default, and to 1,084 with 896.
inline constexpr unsigned default_memory_mb = 640, least_memory_mb = 128, most_memory_mb = 1u << 20;

/// The setting: what the caller says (0: nothing), else what the variable says (empty: nothing), else the default. Throws `config`
/// for what is no bound that a govc can work with.
[[nodiscard]] inline unsigned memory_mb_of(unsigned option, std::string_view variable)
{
    unsigned chosen = option;
    std::string text = std::to_string(option);
    std::string_view name = "memory_mb";
    bool good = true;
    if (option == 0 && !variable.empty()) {
        text = variable;
        name = "ESXI_GOVC_MEMORY_MB";
        auto const read = std::from_chars(text.c_str(), text.c_str() + text.size(), chosen);
        good = read.ec == std::errc{} && read.ptr == text.c_str() + text.size();
    } else if (option == 0) {
        return default_memory_mb;
    }
    if (!good || chosen < least_memory_mb || chosen > most_memory_mb) {
        throw error(error_kind::config, std::string(name) + ": is " + text + "; allowed is a number of MB from " +
                                            std::to_string(least_memory_mb) + " to " + std::to_string(most_memory_mb));
    }
    return chosen;
}

[[nodiscard]] inline unsigned memory_mb_of(unsigned option)
{
    char const* const variable = std::getenv("ESXI_GOVC_MEMORY_MB");
    return memory_mb_of(option, variable == nullptr ? "" : variable);
}

/// The bound in bytes that a child can be given: this process's own, if that is lower.
[[nodiscard]] inline std::uint64_t memory_limit(unsigned megabytes) noexcept
{
    std::uint64_t const wanted = std::uint64_t{megabytes} << 20u;
    ::rlimit own{};
    return ::getrlimit(RLIMIT_DATA, &own) != 0 ? wanted
                                               : std::min({wanted, std::uint64_t{own.rlim_cur}, std::uint64_t{own.rlim_max}});
}

/// What is to be in the environment of a govc with that bound. When the kernel refuses memory, it is too late for a
/// garbage collection: Go is told of a lower one, and stays below that while it can. Traces tell of a govc's memory; none are printed.
[[nodiscard]] inline std::string go_memory_limit(std::uint64_t bound)
{
    return std::to_string(bound / 10 * 8); // in bytes
}

} // namespace esxi::detail
