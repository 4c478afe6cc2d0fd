// SPDX-License-Identifier: Apache-2.0
// Where the password comes from: a file, the environment, or the person at the terminal. Never from the command line.
#pragma once

#include <stop_token>

#include <esxi/secret_text.hpp>

#include "settings.hpp"

namespace tool {

/// Where it comes from the environment, it is taken out of that. Throws `config` where there is none to be had, `cancelled` where a stop is requested while it is asked for.
esxi::secret_text find_password(settings const& s, std::stop_token const& stop);

} // namespace tool
