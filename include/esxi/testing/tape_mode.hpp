// SPDX-License-Identifier: Apache-2.0
// Whether a unit test replays its tape or records it: chosen by whoever runs the test.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>

#include <esxi/error.hpp>
#include <esxi/printable.hpp>

namespace esxi::testing {

/// What becomes of a tape in a file.
enum class tape_mode {
    none,         ///< It is replayed, nothing else; it must be there.
    once,         ///< It is replayed where it is there, and recorded where it is not.
    new_episodes, ///< What is next on it is replayed; any other command is sent, and put on the tape at that place.
    all,          ///< It is recorded anew.
};

/// The variable that chooses the mode, by its name.
inline constexpr char const* tape_mode_variable = "ESXI_TAPE_MODE";

/// The mode of this name. Throws `config` for one that is none.
[[nodiscard]] inline tape_mode read_tape_mode(std::string_view name)
{
    if (name == "none") {
        return tape_mode::none;
    }
    if (name == "once") {
        return tape_mode::once;
    }
    if (name == "new_episodes") {
        return tape_mode::new_episodes;
    }
    if (name == "all") {
        return tape_mode::all;
    }
    throw error(error_kind::config, "a tape's mode is none, once, new_episodes or all, and not " + in_quotes(name));
}

/// The mode that ESXI_TAPE_MODE names; where it is not set, or empty, `none`: a host is asked for nothing unless somebody says so.
/// Throws `config` for a name that is none.
[[nodiscard]] inline tape_mode tape_mode_of_environment()
{
    char const* name = std::getenv(tape_mode_variable);
    if (name == nullptr || *name == '\0') {
        return tape_mode::none;
    }
    try {
        return read_tape_mode(name);
    } catch (error const& wrong) {
        throw error(wrong.kind(), std::string(tape_mode_variable) + ": " + wrong.what());
    }
}

} // namespace esxi::testing
