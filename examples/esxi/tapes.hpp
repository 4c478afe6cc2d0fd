// SPDX-License-Identifier: Apache-2.0
// What the tool does with a tape itself: shows what is on it, and looks for what is wrong with it. No host is asked.
#pragma once

#include "settings.hpp"

namespace tool {

/// Lists the tape's entries. Throws `tape` where it is none.
void show_tape(settings const& s);

/// Says what is wrong with a tape, and what is to be known of it. Throws `tape` where something is wrong.
void check_tape(settings const& s);

} // namespace tool
