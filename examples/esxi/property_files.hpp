// SPDX-License-Identifier: Apache-2.0
// OVF properties from files: who may list processes can read what stands on a command line.
#pragma once

#include "settings.hpp"

namespace tool {

/// The settings with the text of each `--property-file` as if it were given by `--property`. Throws `config` for a file that cannot be
/// read or is longer than a guest could be told, and for a key that is given twice.
settings with_property_files(settings s);

} // namespace tool
