// SPDX-License-Identifier: Apache-2.0
// What the transports that run the real govc are made with.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace esxi {

/// Which govc, where its logins are kept, and how much of it at once.
struct govc_options {
    /// The govc to run; empty: that of ESXI_GOVC, else the one beside this program, else the first on PATH.
    std::string govc{};
    /// Where to make the private directory; empty: XDG_RUNTIME_DIR, else TMPDIR, else /tmp. One in which others could rename it, by any
    /// part of the way to it, is refused, or passed over for the next.
    std::string directory{};
    /// How many commands run on one host at once, of all transports of this process together; at least 1. Of several transports
    /// that have sent a command to the host and still live, the smallest bound holds for all. Others wait, first come, first
    /// served, and their waiting is part of their timeout. A `vm.ip`, which only waits for a guest, needs no turn. `ESXi1` is the
    /// host `esxi1:443`; a name and its address are two.
    unsigned commands_at_once = 4;
    /// How many MB of memory each govc may take, from 128 on; 0: those of ESXI_GOVC_MEMORY_MB, else 640. What a host or the server
    /// of an OVA answers is kept in memory, and may be without end. If this process is itself bound to less (RLIMIT_DATA), so is govc.
    unsigned memory_mb = 0;
    /// Is told, while the transport is made, of a place that was passed over for the private directory, and of what was found there
    /// that is only called like one. A child by fork calls it when it makes its own.
    std::function<void(std::string_view)> on_note{};
};

} // namespace esxi
