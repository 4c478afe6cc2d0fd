// SPDX-License-Identifier: Apache-2.0
// Which words of a failure mean what: what real hosts say, what the simulator says, what govc itself says.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

#include <esxi/error.hpp>

namespace esxi::govc::detail {

/// What else a rule tells.
enum class remark { none, login_refused, session_lost, tools_missing, licence, certificate, expired, old_govc, started };

/// A text, in lower case and with nothing between quotes, that means a kind of failure wherever it stands in what was said.
struct fault_rule {
    std::string_view text;
    error_kind kind;
    esxi::govc::detail::remark remark = remark::none;
};

/// In order: the first that matches holds.
inline constexpr fault_rule fault_rules[] = {
    // Login and permission.
    {"incorrect user name or password", error_kind::auth, remark::login_refused},
    {"invalidlogin", error_kind::auth, remark::login_refused},
    {"login failure", error_kind::auth, remark::login_refused},
    {"account '' has been locked", error_kind::auth, remark::login_refused},
    {"notauthenticated", error_kind::unavailable, remark::session_lost},
    {"session is not authenticated", error_kind::unavailable, remark::session_lost},
    {"permission to perform this operation was denied", error_kind::auth},
    {"nopermission", error_kind::auth},
    // What this host does not do.
    {"current license or esxi version prohibits", error_kind::config, remark::licence},
    {"restrictedversion", error_kind::config, remark::licence},
    {"not supported on the object", error_kind::config},
    {"not supported (vcenter only)", error_kind::config},
    {"types.notsupported", error_kind::config},
    {"serverfaultcode: notsupported", error_kind::config},
    {"flag provided but not defined", error_kind::config, remark::old_govc},
    {"command '' not found", error_kind::config, remark::old_govc},
    // Certificates.
    {"certificate has expired or is not yet valid", error_kind::config, remark::expired},
    {"x509: ", error_kind::config, remark::certificate},
    {"failed to verify certificate", error_kind::config, remark::certificate},
    {"thumbprint does not match", error_kind::config, remark::certificate},
    {"server gave http response to https client", error_kind::config},
    {"first record does not look like a tls handshake", error_kind::config},
    // Gone.
    {"vm '' not found", error_kind::absent},
    {"no such vm", error_kind::absent},
    {"snapshot \"\" not found", error_kind::absent},
    {"no snapshots for this vm", error_kind::absent},
    // More than one, or not what was named.
    {"please specify a datacenter", error_kind::unavailable}, // a host has one: govc keeps to itself why it could not read it
    {"resolves to multiple", error_kind::config},
    {"\"\" resolves to ", error_kind::config},
    {"please specify", error_kind::config},
    {"no default ", error_kind::config},
    {"'' not found", error_kind::config},
    {"\"\" not found", error_kind::config},
    {"cannot traverse up a tree", error_kind::config},
    // State.
    {"question pending", error_kind::conflict},
    {"cannot be performed in the current state", error_kind::conflict},
    {"invalidpowerstate", error_kind::conflict},
    {"vmware tools is not running", error_kind::conflict, remark::tools_missing},
    {"toolsunavailable", error_kind::conflict, remark::tools_missing},
    {"another task is already in progress", error_kind::conflict},
    {"taskinprogress", error_kind::conflict},
    {"not allowed in the current state", error_kind::conflict},
    {"invalidstate", error_kind::conflict},
    {"the name '' already exists", error_kind::conflict},
    {"already exists.", error_kind::conflict},
    {"filealreadyexists", error_kind::conflict},
    {"duplicatename", error_kind::conflict},
    // A running VM is not sent what it does not take: somebody started this one after it was looked at.
    {"hot plug is not supported", error_kind::conflict, remark::started},
    {"hotplugnotsupported", error_kind::conflict, remark::started},
    // Shape.
    {"cpus to operate, but", error_kind::config},
    {"memory (ram) size", error_kind::config},
    {"a specified parameter was not correct", error_kind::config},
    {"invalidargument", error_kind::config},
    // Resources.
    {"sufficient memory resources", error_kind::unavailable},
    {"sufficient cpu resources", error_kind::unavailable},
    {"insufficientresourcesfault", error_kind::unavailable},
    {"power on failed", error_kind::unavailable},
    {"since it is locked", error_kind::unavailable},
    {"failed to lock the file", error_kind::unavailable},
    {"filelocked", error_kind::unavailable},
    {"insufficient disk space", error_kind::config},
    {"nodiskspace", error_kind::config},
    {"no space left on device", error_kind::config},
    // Snapshots.
    {"maximum number of permitted snapshots", error_kind::config},
    {"cannot take a memory snapshot", error_kind::config},
    {"failed to quiesce", error_kind::unavailable},
    {"while quiescing", error_kind::unavailable},
    // The OVA.
    {"did not have any virtual network defined", error_kind::config},
    {"network mapping between ovf networks", error_kind::config},
    {"no supported hardware versions", error_kind::config},
    {"unsupported hardware family", error_kind::config},
    {"unable to parse", error_kind::config},
    {"missing child element", error_kind::config},
    {"failed to parse ovf", error_kind::config},
    {"manifest checksum", error_kind::config},
    {"missing checksum", error_kind::config},
    {"invalid file extension", error_kind::config},
    {"invalid tar header", error_kind::config},
    {"no such file or directory", error_kind::config},
    {"file does not exist", error_kind::config},
    {"permission denied", error_kind::config},
    {"is a directory", error_kind::config},
    // The network, and a host that cannot answer now.
    {"unexpected nfc lease state", error_kind::unavailable},
    {"connection refused", error_kind::unavailable},
    {"connection reset", error_kind::unavailable},
    {"broken pipe", error_kind::unavailable},
    {"no such host", error_kind::unavailable},
    {"server misbehaving", error_kind::unavailable},
    {"temporary failure in name resolution", error_kind::unavailable},
    {"network is unreachable", error_kind::unavailable},
    {"no route to host", error_kind::unavailable},
    {"timeout", error_kind::unavailable},
    {"timed out", error_kind::unavailable},
    {"deadline exceeded", error_kind::unavailable},
    {"proxyconnect", error_kind::unavailable},
    {"connection broken", error_kind::unavailable},
    {"server closed", error_kind::unavailable},
    {"use of closed network connection", error_kind::unavailable},
    {"service unavailable", error_kind::unavailable},
    {"internal server error", error_kind::unavailable},
    {"bad gateway", error_kind::unavailable},
    {"gateway time", error_kind::unavailable},
    {"hostcommunication", error_kind::unavailable},
    {"unable to communicate", error_kind::unavailable},
    {"resourceinuse", error_kind::unavailable},
    {"is in use.", error_kind::unavailable},
    {"it was ended by signal", error_kind::unavailable},
};

/// The first rule whose text stands in what was said; null where none does.
[[nodiscard]] inline fault_rule const* matching_rule(std::string_view bare)
{
    auto const* const end = std::end(fault_rules);
    auto const* const found = std::find_if(
        std::begin(fault_rules), end, [bare](fault_rule const& rule) { return bare.find(rule.text) != std::string_view::npos; });
    return found == end ? nullptr : found;
}

} // namespace esxi::govc::detail
