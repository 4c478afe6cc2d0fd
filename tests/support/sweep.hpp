// SPDX-License-Identifier: Apache-2.0
// How much those tests try that try many cases of one kind.
#pragma once

#include <cstdlib>
#include <string>

namespace test {

/// How much a sweep tries.
enum class sweep_extent {
    one,   ///< One case of each operation.
    turns, ///< A case at every place, for which the ways take turns.
    full   ///< Every way at every place.
};

/// What ESXI_SWEEP asks for.
inline sweep_extent extent_of_sweep()
{
    char const* const set = std::getenv("ESXI_SWEEP");
    std::string const extent = set == nullptr ? "" : set;
    return extent == "one" ? sweep_extent::one : extent == "full" ? sweep_extent::full : sweep_extent::turns;
}

} // namespace test
