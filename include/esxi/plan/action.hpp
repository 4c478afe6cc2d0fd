// SPDX-License-Identifier: Apache-2.0
// The steps that a plan is made of: what a dry run prints and what an operation carries out.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <esxi/detail/url_credentials.hpp>
#include <esxi/printable.hpp>

namespace esxi {

/// Takes over a VM that exists: it is recorded as adopted. Sends nothing.
struct adopt_vm {
    std::string name; ///< Of the VM.
    std::string moid; ///< Of the VM.
};

/// Destroys a VM, and says why.
struct destroy_vm {
    std::string name; ///< Of the VM.
    std::string moid; ///< Of the VM.
    std::string why;  ///< For a person.
};

/// Imports an OVA, then gives the VM its annotation, cpu and memory.
struct import_vm {
    std::string name;   ///< What the VM is to be called.
    std::string source; ///< Path or URL of the OVA; may hold credentials until it is redacted.
    std::optional<std::int64_t> cpu;       ///< Unset: the OVA's.
    std::optional<std::int64_t> memory_mb; ///< In MB; unset: the OVA's.
    std::string annotation;                ///< Empty: the OVA's, or where it came from.
};

/// Ends an import of which only the last step is missing: gives the VM its annotation, cpu and memory, as `import_vm` does at its end.
struct finish_import_of_vm {
    std::string name; ///< Of the VM.
    std::string moid; ///< Of the VM.
    bool is_used = false; ///< Somebody uses the VM already: it is only given its annotation.
    std::optional<std::int64_t> cpu; ///< Unset: the OVA's.
    std::optional<std::int64_t> memory_mb; ///< In MB; unset: the OVA's.
    std::string annotation; ///< Empty: the OVA's, or where it came from.
};

/// Changes a VM that exists; what is unset or empty stays.
struct change_vm {
    std::string name; ///< Of the VM.
    std::optional<std::int64_t> cpu; ///< Unset: stays.
    std::optional<std::int64_t> memory_mb; ///< In MB; unset: stays.
    std::string annotation; ///< Empty: stays.

    /// Whether everything stays.
    [[nodiscard]] bool empty() const { return !cpu && !memory_mb && annotation.empty(); }
};

/// Powers a VM on.
struct power_on_vm {
    std::string name; ///< Of the VM.
};

/// Stops a VM: with a timeout by asking its guest first, without one by powering it off.
struct power_off_vm {
    std::string name; ///< Of the VM.
    std::optional<std::chrono::seconds> shutdown_timeout; ///< How long the guest may take; unset: it is not asked.
};

/// Waits until the guest reports an address.
struct wait_for_ip {
    std::string name; ///< Of the VM.
    std::chrono::seconds timeout{}; ///< From the step's start.
};

/// Forgets a VM without touching it.
struct let_go_of_vm {
    std::string name; ///< Of the VM.
    std::string moid; ///< Of the VM.
    std::string why; ///< For a person.
};

/// Takes a snapshot.
struct create_vm_snapshot {
    std::string vm_name; ///< Of the VM.
    std::string name; ///< Of the snapshot.
    bool memory = false; ///< With the memory of a running VM.
    bool quiesce = false; ///< With the guest's file systems at rest.
};

/// Removes a snapshot, by id.
struct remove_vm_snapshot {
    std::string vm_name; ///< Of the VM.
    std::string name; ///< Of the snapshot.
    std::string moid; ///< Of the snapshot.
    bool children = false; ///< With those on top of it.
};

/// One step of a plan.
using action = std::variant<adopt_vm, destroy_vm, import_vm, finish_import_of_vm, change_vm, power_on_vm, power_off_vm,
                            wait_for_ip, let_go_of_vm, create_vm_snapshot, remove_vm_snapshot>;

/// What an operation is going to do, in order. Empty: nothing.
using plan = std::vector<action>;

/// Whether the step changes anything on the host.
[[nodiscard]] inline bool changes_host(action const& step)
{
    return !std::holds_alternative<adopt_vm>(step) && !std::holds_alternative<wait_for_ip>(step) &&
           !std::holds_alternative<let_go_of_vm>(step);
}

namespace detail {

struct action_to_json {
    using object = boost::json::object;

    static void put(object& to, char const* key, std::optional<std::int64_t> value)
    {
        if (value) {
            to[key] = *value;
        }
    }
    static void put(object& to, char const* key, std::string const& value)
    {
        if (!value.empty()) {
            to[key] = value;
        }
    }
    static object reshape(object to, std::optional<std::int64_t> cpu, std::optional<std::int64_t> memory_mb,
                          std::string const& annotation)
    {
        put(to, "cpu", cpu);
        put(to, "memory_mb", memory_mb);
        put(to, "annotation", annotation);
        return to;
    }

    object operator()(adopt_vm const& a) const { return {{"action", "adopt"}, {"vm", a.name}, {"moid", a.moid}}; }
    object operator()(destroy_vm const& a) const
    {
        return {{"action", "destroy"}, {"vm", a.name}, {"moid", a.moid}, {"why", a.why}};
    }
    object operator()(import_vm const& a) const
    {
        return reshape({{"action", "import"}, {"vm", a.name}, {"source", shown_source(a.source)}}, a.cpu, a.memory_mb,
                       a.annotation);
    }
    object operator()(finish_import_of_vm const& a) const
    {
        return reshape({{"action", "finish_import"}, {"vm", a.name}, {"moid", a.moid}}, a.cpu, a.memory_mb, a.annotation);
    }
    object operator()(change_vm const& a) const
    {
        return reshape({{"action", "change"}, {"vm", a.name}}, a.cpu, a.memory_mb, a.annotation);
    }
    object operator()(power_on_vm const& a) const { return {{"action", "power_on"}, {"vm", a.name}}; }
    object operator()(power_off_vm const& a) const
    {
        if (a.shutdown_timeout) {
            return {{"action", "shut_down"}, {"vm", a.name}, {"timeout", a.shutdown_timeout->count()}};
        }
        return {{"action", "power_off"}, {"vm", a.name}};
    }
    object operator()(wait_for_ip const& a) const
    {
        return {{"action", "wait_for_ip"}, {"vm", a.name}, {"timeout", a.timeout.count()}};
    }
    object operator()(let_go_of_vm const& a) const
    {
        return {{"action", "let_go"}, {"vm", a.name}, {"moid", a.moid}, {"why", a.why}};
    }
    object operator()(create_vm_snapshot const& a) const
    {
        return {
            {"action", "create_snapshot"}, {"vm", a.vm_name}, {"snapshot", a.name}, {"memory", a.memory}, {"quiesce", a.quiesce}};
    }
    object operator()(remove_vm_snapshot const& a) const
    {
        return {
            {"action", "remove_snapshot"}, {"vm", a.vm_name}, {"snapshot", a.name}, {"moid", a.moid}, {"children", a.children}};
    }
};

} // namespace detail

/// The step without secrets in its texts; `redact` takes them out of one.
template <class Redact>
[[nodiscard]] action redacted(action step, Redact const& redact)
{
    std::visit(
        [&redact](auto& a) {
            if constexpr (requires { a.source; }) {
                a.source = redact(a.source);
            }
            if constexpr (requires { a.annotation; }) {
                a.annotation = redact(a.annotation);
            }
        },
        step);
    return step;
}

/// The step as one flat object: `action`, then what it acts on and how.
[[nodiscard]] inline boost::json::object to_json(action const& step)
{
    return std::visit(detail::action_to_json{}, step);
}

/// The steps, in order.
[[nodiscard]] inline boost::json::array to_json(plan const& steps)
{
    boost::json::array all;
    for (auto const& step : steps) {
        all.push_back(to_json(step));
    }
    return all;
}

/// The step as a person reads it: `power_on vm=web1`.
[[nodiscard]] inline std::string describe(action const& step)
{
    std::string text;
    for (auto const& entry : to_json(step)) {
        auto const value =
            entry.value().is_string() ? std::string(entry.value().get_string()) : boost::json::serialize(entry.value());
        text += text.empty() ? value : " " + std::string(entry.key()) + "=" + printable(value);
    }
    return text;
}

} // namespace esxi
