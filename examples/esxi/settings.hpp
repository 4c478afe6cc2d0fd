// SPDX-License-Identifier: Apache-2.0
// What the command line says: the settings of the tool, and the operation that is wished.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tool {

/// Everything a person can say on the command line.
struct settings {
    // Connection; the password comes from a file, the environment or the terminal.
    std::string host, user, password_file, ca_bundle, thumbprint;
    bool insecure = false;

    // How to run.
    std::string output = "text";
    std::string state;
    bool no_state = false;
    std::string govc, record, replay;
    std::string transport = "subprocess";
    unsigned govc_memory_mb = 0; // as the environment says, or the default
    double timeout = 120, import_timeout = 300; // seconds
    bool dry_run = false;
    bool verbose = false;

    // What to do: `vm create`, and its arguments.
    std::string command;
    std::string vm, snapshot, tape;

    // Properties.
    std::string ova, datastore, disk_provisioning, ip_version, annotation, description;
    std::optional<std::int64_t> cpu, memory_mb, ip_timeout, stop_timeout;
    std::vector<std::string> networks, ovf_properties, property_files;
    bool no_power_on = false, wait_for_ip = false, verify_manifest = false, replace_abandoned_import = false;
    bool allow_power_cycle = false, graceful = false;
    bool memory = false, quiesce = false, children = false;

    [[nodiscard]] bool json() const { return output == "json"; }
};

/// Reads the command line. Where the run is over with that (`--help`, `--version`, a usage error), what to exit with is in `exit_code`.
struct parsed {
    settings wished;
    std::optional<int> exit_code;
};
parsed parse_command_line(int argc, char** argv);

} // namespace tool
