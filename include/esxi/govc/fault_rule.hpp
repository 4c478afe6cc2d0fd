// SPDX-License-Identifier: Apache-2.0
// What a rule about the words of a failure is, and what to do about each failure that does not say so itself.
#pragma once

#include <string_view>

#include <esxi/error.hpp>

namespace esxi::govc::detail {

/// What else a failure means to an operation.
enum class signal { none, login_refused, session_lost, tools_missing };

/// A text, in lower case and with nothing between quotes, that means a kind of failure wherever it stands in what was said.
struct fault_rule {
    std::string_view text;
    error_kind kind;
    std::string_view hint{}; ///< What to do about it; empty: the text says so.
    esxi::govc::detail::signal signal = signal::none;
};

/// What to do, as the end of a sentence.
namespace hints {

inline constexpr std::string_view login =
    "check user and password; it is not tried again, because a host locks an account after a few wrong passwords";
inline constexpr std::string_view expired_password = "set a new password on the host";
inline constexpr std::string_view sessions = "the host has too many sessions; end some, or wait until they end by themselves";
inline constexpr std::string_view restricted =
    "the host is managed by a vCenter or is in lockdown mode; do it there, or end that";
inline constexpr std::string_view licence =
    "the host's licence lets its API read but not change anything, as the free one does; assign another licence";
inline constexpr std::string_view licence_limit =
    "the host's licence does not cover that; ask for less, or assign another licence";
inline constexpr std::string_view certificate = "give the host's ca_bundle or thumbprint";
inline constexpr std::string_view ova_certificate = "that is the server of the OVA, not the host: name the authority that signed "
                                                    "its certificate in ca_bundle or SSL_CERT_FILE, or "
                                                    "download the OVA and give its path";
inline constexpr std::string_view expired =
    "check this machine's clock, and renew the host's certificate: no thumbprint or ca_bundle makes up for that";
inline constexpr std::string_view old_tls = "the host and this govc have no version of TLS in common; update the host";
inline constexpr std::string_view other_server = "that is not the API of an ESXi host; check host and its port";
inline constexpr std::string_view proxy =
    "a proxy of the environment stands in between; log in to it, or put the host in NO_PROXY";
inline constexpr std::string_view not_the_api =
    "something else than the host's API answered: a proxy, or a host that is still starting; check host, and run again";
inline constexpr std::string_view old_govc = "this govc does not know the command or one of its flags; use a newer one";
inline constexpr std::string_view memory =
    "what the host answers, or the OVA, takes more memory than a govc may have, or is without end; a host that really needs more "
    "is "
    "given it by memory_mb of govc_options, ESXI_GOVC_MEMORY_MB, or the tool's --govc-memory-mb";
inline constexpr std::string_view broken_govc = "govc itself broke down, which is a defect of it; use another version";
inline constexpr std::string_view other_version =
    "the host's version does not know that; use an older hardware version, or a newer host";
inline constexpr std::string_view started = "the VM runs; it was started by somebody else after it was looked at";
inline constexpr std::string_view run_again = "somebody else is at work on the VM; run again when that has ended";
inline constexpr std::string_view cancelled = "somebody cancelled the task on the host; run again";
inline constexpr std::string_view disabled =
    "another product, such as a backup, holds the VM; run again when it has let go, or make it do so";
inline constexpr std::string_view leftovers =
    "another run was faster, or files of an unregistered VM lie on the datastore; remove or register those, or use another name";
inline constexpr std::string_view maintenance = "somebody has put the host into maintenance mode; run again when it has left it";
inline constexpr std::string_view power = "the VM is in another power state than it was when it was looked at; run again";
inline constexpr std::string_view room = "make room on the datastore, or use another one";
inline constexpr std::string_view resources = "stop another VM, or give this one less; then run again";
inline constexpr std::string_view locked = "another VM, a backup or another host uses the file; run again when it has let go";
inline constexpr std::string_view storage =
    "the host cannot reach the file or its datastore now; look at its storage, and run again";
inline constexpr std::string_view missing_file = "a file of the VM is missing; restore it, or create the VM again";
inline constexpr std::string_view broken_disk =
    "a disk of the VM is damaged, or of a format that ESXi does not run; check or convert it with vmkfstools";
inline constexpr std::string_view broken_snapshots =
    "the files of the VM's snapshots do not fit together; remove all snapshots or consolidate the disks in the host's own client";
inline constexpr std::string_view no_snapshot =
    "a disk or device of the VM cannot be in a snapshot; take that away from the VM, or do without the snapshot";
inline constexpr std::string_view quiesce =
    "the guest did not come to rest; run again when it has less to do, or without quiesce";
inline constexpr std::string_view cpu = "the host's CPU cannot do what the VM needs, or its firmware or the hypervisor below "
                                        "hides it; enable it there, or turn it off in the VM";
inline constexpr std::string_view device =
    "the host does not take a device of the VM as it is set; correct it in the VM or in its OVA";
inline constexpr std::string_view passthrough =
    "the host cannot give the VM that device; enable passthrough there, or remove it from the VM";
inline constexpr std::string_view setting = "correct the setting of the VM that it names";
inline constexpr std::string_view network = "name a network that the host has, for an import in network_map";
inline constexpr std::string_view property = "correct it in ovf_properties; a boolean is True or False";
inline constexpr std::string_view missing_property =
    "the VM's OVA needs a value for it: create the VM again with it in ovf_properties";
inline constexpr std::string_view ovf =
    "the host does not take the OVA's descriptor; correct that line of its .ovf, or export the OVA again for this host";
inline constexpr std::string_view hardware = "the OVA or VM was made for a newer ESXi; export it for an older hardware version";
inline constexpr std::string_view compressed = "export the OVA again without compressing its disks";
inline constexpr std::string_view other_ova = "it is no OVA, or a broken one; download or export it again";
inline constexpr std::string_view change_it = "trying again does not mend it; change what it names";
inline constexpr std::string_view passes = "it passes by itself; run again";

} // namespace hints

} // namespace esxi::govc::detail
