// SPDX-License-Identifier: Apache-2.0
// What the transports that run the real govc are made with.
#pragma once

#include <string>

namespace esxi {

/// Which govc, where its logins are kept, and how much of it at once.
struct govc_options {
    /// The govc to run; empty: that of ESXI_GOVC, else the one beside this program, else the first on PATH.
    std::string govc{};
    /// Where to make the private directory; empty: XDG_RUNTIME_DIR, else TMPDIR, else /tmp.
    std::string directory{};
    /// How many commands run on one host at once, of all transports of this process together; at least 1. Of several transports
    /// that have sent a command to the host and still live, the smallest bound holds for all. Others wait, first come, first
    /// served, and their waiting is part of their timeout. A `vm.ip`, which only waits for a guest, needs no turn. `ESXi1` is the
    /// host `esxi1:443`; a name and its address are two.
    unsigned commands_at_once = 4;
};

} // namespace esxi
