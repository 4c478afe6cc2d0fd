// SPDX-License-Identifier: Apache-2.0
// Where the password comes from: a file, the environment, or the person at the terminal. Never from the command line.
#pragma once

#include <stop_token>
#include <string>

#include "settings.hpp"

namespace tool {

/// Throws `config` where there is none to be had, `cancelled` where a stop is requested while it is asked for.
std::string find_password(settings const& s, std::stop_token const& stop);

} // namespace tool
