// SPDX-License-Identifier: Apache-2.0
// The scenarios by name: what each needs of a simulator, and what it does.
#pragma once

#include <string>
#include <vector>

#include "world.hpp"

namespace test {

/// One scenario. `prepare` is run live only, with the real govc; `run` live and on tape.
struct scenario {
    std::string name;
    std::vector<std::string> simulator_options;
    std::vector<std::vector<std::string>> prepare; ///< govc commands
    void (*run)(world&);
    bool legacy = false; ///< With the govc that prints capitalised keys.
};

/// All of them.
inline std::vector<scenario> scenarios();

} // namespace test

#include "host.hpp"
#include "names.hpp"
#include "snapshot.hpp"
#include "vm.hpp"

namespace test {

inline std::vector<scenario> scenarios()
{
    return {
        {"host", {}, {}, host_is_probed_and_described},
        {"host-legacy", {}, {}, host_is_probed_and_described, true},
        {"host-wrong-password", {}, {}, wrong_password},
        {"host-without-vms", {"--vms", "0"}, {}, host_without_vms},
        {"vcenter", {"--api-type", "VirtualCenter"}, {}, api_type_is_a_warning},
        {"vm-lifecycle", {"--vms", "0"}, {}, vm_lifecycle},
        {"vm-with-address", {"--vms", "0", "--guest-ip", "1=fe80::1,300=10.1.2.3"}, {}, vm_with_address},
        {"vm-without-address", {"--vms", "0"}, {}, vm_without_address},
        {"vm-adopted", {"--vms", "0"}, {{"vm.create", "-on=false", "-c=1", "-m=512", "found"}}, vm_is_adopted},
        {"vm-power-cycle", {"--vms", "0"}, {}, vm_is_reshaped},
        {"vm-graceful-stop", {"--vms", "1"}, {}, vm_is_shut_down},
        {"vm-bad-ova", {"--vms", "0"}, {}, bad_import_settings},
        {"vm-half-imported", {"--vms", "0"}, prepare_half_import(), half_import_of_somebody_else},
        {"vm-disk-full", {"--vms", "0", "--fault", "ImportVApp=NoDiskSpace,max=1"}, {}, import_onto_a_full_disk},
        {"vm-broken-lease",
         {"--vms", "0", "--fault", "HttpNfcLeaseComplete=HostCommunication,max=1"},
         {},
         import_with_a_broken_lease},
        {"vm-host-busy", {"--vms", "1", "--fault", "PowerOffVM_Task=TaskInProgress,max=1"}, {}, host_is_busy_once},
        {"vm-licence", {"--vms", "1", "--fault", "PowerOffVM_Task=RestrictedVersion"}, {}, licence_forbids},
        {"snapshot-lifecycle", {"--vms", "1"}, {}, snapshot_lifecycle},
        {"snapshot-names", {"--vms", "1"}, {}, snapshot_names},
        {"snapshot-twins", {"--vms", "1"}, prepare_twins(), snapshot_twins},
        {"names", {"--vms", "0"}, prepare_names(), names_reach_their_vm},
    };
}

} // namespace test
