// SPDX-License-Identifier: Apache-2.0
// What to do about a VM: pure decisions, out of what is wished, what was recorded and what is observed.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <esxi/error.hpp>
#include <esxi/model/address.hpp>
#include <esxi/model/vm.hpp>
#include <esxi/model/vm_properties.hpp>
#include <esxi/model/vm_record.hpp>
#include <esxi/plan/action.hpp>
#include <esxi/plan/question.hpp>
#include <esxi/printable.hpp>
#include <esxi/purpose.hpp>

namespace esxi {

/// What is known of the process whose import was recorded.
enum class import_owner {
    ended,           ///< It is not running any more, or was long ago on another machine.
    running,         ///< It runs, on this machine.
    perhaps_running, ///< It ran on another machine, less than `foreign_import_patience` ago.
};

/// How long an import that was begun on another machine is taken to be still running.
inline constexpr std::chrono::minutes foreign_import_patience{15};

/// When to look again at a VM that somebody is importing.
inline constexpr std::chrono::seconds import_retry_after{60};

/// All that a decision about a VM rests on.
struct vm_situation {
    vm_properties const& wished;             ///< What is wished of it.
    vm_record const& record;                  ///< What was recorded of it.
    std::optional<vm_state> const& found;     ///< What the host says; unset: it has none.
    import_owner owner = import_owner::ended; ///< Of the recorded import, if any.
    purpose why = purpose::user;              ///< Why the operation is run.
    std::string imports_as = {};              ///< The owner that an import of this node marks its VM with; empty: none.
};

namespace detail {

[[nodiscard]] inline bool is_on(vm_state const& vm)
{
    return vm.power_state == "poweredOn";
}
[[nodiscard]] inline bool is_off(vm_state const& vm)
{
    return vm.power_state == "poweredOff";
}
[[nodiscard]] inline bool is_suspended(vm_state const& vm)
{
    return vm.power_state == "suspended";
}

/// What a VM shows that no half import does, for a message; empty: nothing.
[[nodiscard]] inline std::string sign_of_use(vm_state const& vm)
{
    return is_on(vm)               ? "is running"
           : is_suspended(vm)      ? "is suspended"
           : !vm.snapshots.empty() ? "has a snapshot"
           : vm.was_powered_on     ? "has been running"
                                   : "";
}

/// Whether the VM is whole, and only its mark was not taken away: the import that recorded it was killed in its last step.
[[nodiscard]] inline bool is_unfinished_import(vm_situation const& s)
{
    auto const token = find_import_token(s.found->annotation);
    return !token.empty() && token == s.record.import.token && s.owner == import_owner::ended && s.record.is_of(*s.found) &&
           !s.record.adopted;
}

/// Whether the VM found is a half import that may be destroyed. Throws `conflict` if somebody may still be importing it, and `config`
/// if the VM is in use, whatever its annotation says.
[[nodiscard]] inline bool is_abandoned_import(vm_situation const& s)
{
    auto const token = find_import_token(s.found->annotation);
    if (token.empty() || is_unfinished_import(s)) {
        return false;
    }
    if (auto const use = sign_of_use(*s.found); !use.empty()) {
        throw error(error_kind::config,
                    "VM " + in_quotes(s.found->name) + " (" + s.found->moid +
                        ") has the mark of an import that did not end in its annotation, " + token + ", but it " + use +
                        ": it is left as it is; take the mark out of the annotation to have the VM adopted, or "
                        "delete the VM");
    }
    bool const ours = token == s.record.import.token;
    if ((ours && s.owner == import_owner::ended) || s.wished.replace_abandoned_import) {
        return true;
    }
    std::string const by = !ours ? "by another run, or was left half imported by one"
                           : s.owner == import_owner::running
                               ? "by process " + std::to_string(s.record.import.pid) + " on this machine"
                               : "by a run on another machine";
    throw error(error_kind::conflict,
                "VM " + in_quotes(s.found->name) + " (" + s.found->moid + ") is being imported " + by +
                    "; wait for it to end, or, if none is running, create or delete it with replace_abandoned_import",
                import_retry_after);
}

/// Whether the VM found is the node's own: the one recorded, or what our import has made so far.
[[nodiscard]] inline bool is_ours(vm_situation const& s)
{
    auto const token = find_import_token(s.found->annotation);
    return s.record.is_of(*s.found) || (!token.empty() && token == s.record.import.token);
}

/// Whether the host can say what the VM is; else it has lost the VM's files.
[[nodiscard]] inline bool is_readable(vm_state const& vm)
{
    return vm.connection_state != "inaccessible" && vm.connection_state != "invalid" && vm.connection_state != "orphaned";
}

/// What of the wishes differs from the VM found.
[[nodiscard]] inline change_vm difference(vm_properties const& wished, vm_state const& found)
{
    change_vm change{wished.name, {}, {}, {}};
    if (wished.cpu && wished.cpu != found.cpu) {
        change.cpu = wished.cpu;
    }
    if (wished.memory_mb && wished.memory_mb != found.memory_mb) {
        change.memory_mb = wished.memory_mb;
    }
    if (!wished.annotation.empty() && wished.annotation != found.annotation) {
        change.annotation = wished.annotation;
    }
    return change;
}

inline void require_readable(vm_state const& found)
{
    if (!is_readable(found)) {
        throw error(error_kind::unavailable, "VM " + in_quotes(found.name) + " (" + found.moid + ") is " +
                                                 found.connection_state +
                                                 " on its host; bring its datastore back, or unregister it");
    }
}

/// Throws if the VM found is half imported, or cannot be read.
inline void require_no_half_import(vm_situation const& s, char const* attempt)
{
    // Waiting mends nothing: only create_vm ends an import.
    if (is_abandoned_import(s) || (is_unfinished_import(s) && sign_of_use(*s.found).empty())) {
        throw error(error_kind::absent, std::string("cannot ") + attempt + " VM " + in_quotes(s.wished.name) +
                                            ": its import did not finish; create it again");
    }
    require_readable(*s.found);
}

/// Throws where the VM is not there, is half imported, or cannot be read: an operation on a whole VM is wished. To an engine a node
/// is the VM that was recorded; a person means the one of that name.
inline void require_whole(vm_situation const& s, char const* attempt)
{
    if (!s.found) {
        throw error(error_kind::absent, std::string("cannot ") + attempt + " VM " + in_quotes(s.wished.name) + ": the host has " +
                                            (s.record.moid.empty() ? "none of that name" : "it no more") + "; create it first");
    }
    if (s.why != purpose::user && s.record.empty()) {
        throw error(error_kind::absent,
                    std::string("cannot ") + attempt + " VM " + in_quotes(s.wished.name) +
                        ": nothing is recorded, and a VM of that name need not be this node's; create it first");
    }
    if (s.why != purpose::user && is_readable(*s.found) && !is_ours(s)) {
        throw error(error_kind::absent, std::string("cannot ") + attempt + " VM " + in_quotes(s.wished.name) +
                                            ": it is not there any more, and " + s.found->moid +
                                            ", which has its name now, is another one; create it again");
    }
    require_no_half_import(s, attempt);
}

/// Adds the power-on and the wait for an address, as far as they are wished and still to be done.
inline void add_power_on(plan& steps, vm_properties const& wished, bool is_on, std::vector<std::string> const& addresses)
{
    if (!is_on) {
        steps.push_back(power_on_vm{wished.name});
    }
    if (wished.wait_for_ip && (!is_on || first_usable_address(addresses, wished.ip_version).empty())) {
        steps.push_back(wait_for_ip{wished.name, wished.ip_timeout});
    }
}

/// Throws `config` if the guest is to be asked and is suspended: to power the VM off would throw away what it was doing.
[[nodiscard]] inline power_off_vm stop_step(vm_properties const& wished, vm_state const& found)
{
    bool const ask = wished.stop_mode == stop_mode::graceful;
    if (ask && is_suspended(found)) {
        throw error(error_kind::config,
                    "cannot stop VM " + in_quotes(wished.name) +
                        " gracefully while it is suspended; start it first, or stop it hard, which throws away "
                        "what its guest was doing");
    }
    if (ask) {
        require_answered(found); // its guest stands still; a hard stop is the host's to refuse
    }
    return {wished.name, ask ? std::optional(wished.stop_timeout) : std::nullopt};
}

/// The wait for an address of a VM that is used and never touched.
[[nodiscard]] inline plan wait_for_used_vm(vm_situation const& s)
{
    plan steps;
    if (is_on(*s.found)) {
        add_power_on(steps, s.wished, true, s.found->addresses);
    }
    return steps;
}

/// Throws if the VM found, which is not the one recorded, is not to be adopted.
inline void require_adoptable(vm_situation const& s)
{
    if (s.wished.adopt == adopt_policy::always) {
        return;
    }
    bool const never = s.wished.adopt == adopt_policy::never;
    if (!never && !s.imports_as.empty() && s.found->imported_by == s.imports_as) {
        return;
    }
    throw error(error_kind::config, "VM " + in_quotes(s.found->name) + " (" + s.found->moid + ") is there already, " +
                                        (s.found->imported_by.empty() ? "with no mark of an import of ours"
                                                                      : "imported by " + in_quotes(s.found->imported_by)) +
                                        ", and `adopt` is " + (never ? "never" : "if_ours") +
                                        ": choose another name, or set adopt to always, or use_external_resource to true");
}

/// For a VM that must exist and is left as it is: throws `absent` if it is not there, or not whole.
[[nodiscard]] inline plan plan_use_of_vm(vm_situation const& s)
{
    if (!s.found) {
        throw error(error_kind::absent,
                    "the host has no VM " + in_quotes(s.wished.name) +
                        ", and use_external_resource is true: it must exist; create it, or set that to false to "
                        "have it imported");
    }
    require_no_half_import(s, "use");
    auto steps = wait_for_used_vm(s);
    if (!s.record.is_of(*s.found)) {
        steps.insert(steps.begin(), adopt_vm{s.found->name, s.found->moid});
    }
    return steps;
}

} // namespace detail

/// Adopts the VM, or imports it; what is left of an import of ours that was killed is destroyed first. A stopped VM is reshaped
/// before its power-on; a running one is left to `plan_configure_vm`.
[[nodiscard]] inline plan plan_create_vm(vm_situation const& s)
{
    if (s.wished.use_external_resource) {
        return detail::plan_use_of_vm(s);
    }
    plan steps;
    bool there = s.found.has_value();
    if (there && detail::is_abandoned_import(s)) {
        steps.push_back(destroy_vm{s.wished.name, s.found->moid, "its import did not finish"});
        there = false;
    }
    if (!there) {
        if (s.wished.ova_url.empty()) {
            throw error(error_kind::config, "property `ova_url` of VM " + in_quotes(s.wished.name) +
                                                " is missing, and the host has " + (s.found ? "but a half import" : "no VM") +
                                                " of that name; give the OVA to import");
        }
        steps.push_back(import_vm{s.wished.name, s.wished.ova_url, s.wished.cpu, s.wished.memory_mb, s.wished.annotation});
        if (s.wished.power_on) {
            detail::add_power_on(steps, s.wished, false, {});
        }
        return steps;
    }
    detail::require_readable(*s.found);
    if (s.found->is_template) {
        throw error(error_kind::config, "VM " + in_quotes(s.found->name) + " (" + s.found->moid +
                                            ") is a template, which cannot be powered on; make it a VM on the host, or choose "
                                            "another name");
    }
    detail::require_answered(*s.found);
    bool const is_unfinished = detail::is_unfinished_import(s);
    if (is_unfinished) {
        bool const is_used = !detail::sign_of_use(*s.found).empty();
        steps.push_back(finish_import_of_vm{s.wished.name, s.found->moid, is_used, is_used ? std::nullopt : s.wished.cpu,
                                            is_used ? std::nullopt : s.wished.memory_mb, s.wished.annotation});
    } else if (!s.record.is_of(*s.found)) {
        detail::require_adoptable(s);
        steps.push_back(adopt_vm{s.found->name, s.found->moid});
    }
    if (detail::is_off(*s.found) && !is_unfinished) {
        if (auto change = detail::difference(s.wished, *s.found); !change.empty()) {
            steps.push_back(std::move(change));
        }
    }
    if (s.wished.power_on || detail::is_on(*s.found) || s.record.owes_power_on(*s.found)) {
        detail::add_power_on(steps, s.wished, detail::is_on(*s.found), s.found->addresses);
    }
    return steps;
}

/// What of a person's wishes `plan_create_vm` does not see to, as a sentence, since the VM is not stopped; empty: nothing. (An engine
/// configures the VM after that.)
[[nodiscard]] inline std::string left_by_create_vm(vm_situation const& s)
{
    if (s.wished.use_external_resource || s.why != purpose::user || !s.found || detail::is_off(*s.found)) {
        return {};
    }
    auto const change = detail::difference(s.wished, *s.found);
    std::string const names = std::string(change.cpu ? ", cpu" : "") + (change.memory_mb ? ", memory_mb" : "") +
                              (change.annotation.empty() ? "" : ", annotation");
    return names.empty()
               ? names
               : "VM " + in_quotes(s.found->name) + " is " + s.found->power_state + ", and stays as it is, though other " +
                     "values are wished (" + names.substr(2) + "): configure_vm changes it";
}

namespace detail {

/// Whether a change of cpu and memory can be made in the state in which the VM is.
struct reshaping {
    bool cpu_fits = true; ///< Without a stop.
    bool memory_fits = true; ///< Without a stop.
    bool needs_start = false; ///< The VM is suspended: to stop it would throw away what its guest was doing.

    [[nodiscard]] bool needs_stop() const { return !cpu_fits || !memory_fits; }
};

[[nodiscard]] inline reshaping reshaping_of(change_vm const& change, vm_state const& found)
{
    if (is_off(found)) {
        return {};
    }
    if (!is_on(found)) {
        return {!change.cpu, !change.memory_mb, change.cpu || change.memory_mb};
    }
    return {!change.cpu || (found.cpu_hot_add && *change.cpu > found.cpu.value_or(0)),
            !change.memory_mb || (found.memory_hot_add && *change.memory_mb > found.memory_mb.value_or(0)), false};
}

/// Why that change is not made; empty: it is.
[[nodiscard]] inline std::string refusal_of(reshaping const& how, vm_properties const& wished)
{
    std::string const what =
        std::string("cannot change ") + (how.cpu_fits ? "memory_mb" : "cpu") + " of VM " + in_quotes(wished.name);
    return how.needs_start ? what + " while it is suspended; start or stop it first"
           : how.needs_stop() && !wished.allow_power_cycle
               ? what + " while it is running: it has no hot-add for that change; stop it first, or set allow_power_cycle"
               : "";
}

/// Makes the change, with a stop and a start if it needs them; also a power-on that is owed from before.
[[nodiscard]] inline plan reshape(vm_situation const& s, change_vm change)
{
    plan steps;
    bool const needs_stop = reshaping_of(change, *s.found).needs_stop();
    if (needs_stop) {
        steps.push_back(stop_step(s.wished, *s.found));
    }
    if (!change.empty()) {
        steps.push_back(std::move(change));
    }
    if (needs_stop || (s.record.owes_power_on(*s.found) && !is_on(*s.found))) {
        add_power_on(steps, s.wished, false, {});
    }
    return steps;
}

} // namespace detail

/// Gives the VM the wished cpu, memory and annotation. A running VM that takes the change only when stopped is stopped and started
/// again if `allow_power_cycle` says so; else that is a `config` error, before anything is sent.
[[nodiscard]] inline plan plan_configure_vm(vm_situation const& s)
{
    detail::require_whole(s, "configure");
    if (s.wished.use_external_resource) {
        return {};
    }
    auto change = detail::difference(s.wished, *s.found);
    if (!change.empty() || (s.record.owes_power_on(*s.found) && !detail::is_on(*s.found))) {
        detail::require_answered(*s.found);
    }
    if (auto const refusal = detail::refusal_of(detail::reshaping_of(change, *s.found), s.wished); !refusal.empty()) {
        throw error(error_kind::config, refusal);
    }
    return detail::reshape(s, std::move(change));
}

/// What an update does to a VM that is there, and what it leaves.
struct vm_update {
    plan steps; ///< What is done.
    std::vector<std::string> refused; ///< A sentence about each wish that cannot be met in place.
};

/// Meets the wishes as far as that can be done in place, and powers the VM on if that is wished. What cannot be done is told and left.
[[nodiscard]] inline vm_update plan_update_vm(vm_situation const& s)
{
    detail::require_whole(s, "update");
    vm_update update;
    if (s.wished.use_external_resource) {
        return update;
    }
    detail::require_answered(*s.found);
    if (s.found->name != s.wished.name) {
        update.refused.push_back("cannot rename VM " + in_quotes(s.found->name) + " (" + s.found->moid + ") to " +
                                 in_quotes(s.wished.name) + ": rename it on the host, or set its property `name` to what it is");
    }
    auto change = detail::difference(s.wished, *s.found);
    for (;;) {
        auto const how = detail::reshaping_of(change, *s.found);
        auto refusal = detail::refusal_of(how, s.wished);
        if (refusal.empty()) {
            break;
        }
        update.refused.push_back(std::move(refusal));
        (how.cpu_fits ? change.memory_mb : change.cpu).reset();
    }
    update.steps = detail::reshape(s, std::move(change));
    bool const starts = std::any_of(update.steps.begin(), update.steps.end(),
                                    [](action const& step) { return std::holds_alternative<power_on_vm>(step); });
    if (s.wished.power_on && !starts && !detail::is_on(*s.found)) {
        detail::add_power_on(update.steps, s.wished, false, {});
    }
    return update;
}

/// Why a start leaves the VM off, as a sentence; empty: it does not.
[[nodiscard]] inline std::string left_by_start_vm(vm_situation const& s)
{
    return s.wished.use_external_resource && s.found && !detail::is_on(*s.found)
               ? "VM " + in_quotes(s.wished.name) + " is " + s.found->power_state +
                     ", and is not started: use_external_resource is true"
               : "";
}

/// Powers the VM on and waits for its address, if that is wished. Throws `conflict` where it waits for an answer.
[[nodiscard]] inline plan plan_start_vm(vm_situation const& s)
{
    detail::require_whole(s, "start");
    if (s.wished.use_external_resource) {
        return detail::wait_for_used_vm(s);
    }
    detail::require_answered(*s.found); // also where it is on: it has not come up
    plan steps;
    detail::add_power_on(steps, s.wished, detail::is_on(*s.found), s.found->addresses);
    return steps;
}

/// Whether a stop or a delete does nothing, and need not even look: an update keeps what there is, and without a record, a name that
/// exists is not a VM of the node's own.
[[nodiscard]] inline bool is_left_alone(vm_record const& record, purpose why)
{
    return why == purpose::update || (why != purpose::user && record.empty());
}

/// Why a stop leaves the VM running, as a sentence; empty: it does not. An engine stops an adopted VM only if a person asked it for
/// that very step, or if the properties say so; a rollback never does.
[[nodiscard]] inline std::string left_by_stop_vm(vm_properties const& wished, vm_record const& record, purpose why)
{
    if (wished.use_external_resource) {
        return "VM " + in_quotes(wished.name) + " is not stopped: use_external_resource is true";
    }
    bool const may_stop = why == purpose::user || why == purpose::request ||
                          (why == purpose::engine && (wished.stop_adopted || wished.delete_adopted));
    return record.adopted && !may_stop ? "VM " + in_quotes(wished.name) + " is not stopped: we did not import it" +
                                             (why == purpose::engine ? ", and stop_adopted is not set" : "")
                                       : "";
}

/// Stops the VM. Nothing if it is absent or off. An engine stops only what is the node's own, an update nothing; see `left_by_stop_vm`.
[[nodiscard]] inline plan plan_stop_vm(vm_situation const& s)
{
    if (!s.found || detail::is_off(*s.found) || s.why == purpose::update || !left_by_stop_vm(s.wished, s.record, s.why).empty()) {
        return {};
    }
    detail::require_readable(*s.found);
    if (s.why != purpose::user && !detail::is_ours(s)) {
        return {};
    }
    return {detail::stop_step(s.wished, *s.found)};
}

/// Destroys the VM that we imported, whole or half. An adopted one is let go of, unless `delete_adopted` is set and this is no
/// rollback; one that was not even adopted is a person's to have destroyed. Nothing where it is absent, and in an update.
[[nodiscard]] inline plan plan_delete_vm(vm_situation const& s)
{
    if (!s.found || s.why == purpose::update) {
        return {};
    }
    auto const& vm = *s.found;
    if (s.wished.use_external_resource) {
        return {let_go_of_vm{s.wished.name, vm.moid, "use_external_resource is true"}};
    }
    detail::require_readable(vm);
    bool const ours = detail::is_ours(s);
    bool const is_used = !detail::sign_of_use(vm).empty();
    bool const asked_for = s.wished.delete_adopted && s.why == purpose::user;
    // A VM that is used is not destroyed for what its annotation says.
    bool half = ours && !(asked_for && is_used) && detail::is_abandoned_import(s);
    bool const imported =
        ours && (s.record.is_of(vm) || !is_used) && (!s.record.adopted || !find_import_token(vm.annotation).empty());
    bool const told =
        s.wished.delete_adopted && (s.why == purpose::user || ((s.why == purpose::engine || s.why == purpose::request) && ours));
    if (!imported && !told) {
        return {let_go_of_vm{s.wished.name, vm.moid,
                             s.wished.delete_adopted ? "we did not import it"
                                                     : "we did not import it, and delete_adopted is not set"}};
    }
    half = half || (!ours && !is_used && detail::is_abandoned_import(s));
    return {destroy_vm{s.wished.name, vm.moid,
                       half                     ? "its import did not finish"
                       : imported               ? "we imported it"
                       : s.why == purpose::user ? "it was asked for"
                                                : "delete_adopted is set"}};
}

} // namespace esxi
