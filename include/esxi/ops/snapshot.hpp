// SPDX-License-Identifier: Apache-2.0
// The operations of an `esxi.nodes.Snapshot`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <esxi/govc/argv.hpp>
#include <esxi/model/snapshot_properties.hpp>
#include <esxi/model/vm_properties.hpp>
#include <esxi/ops/operation.hpp>
#include <esxi/ops/question.hpp>
#include <esxi/ops/reconcile.hpp>
#include <esxi/plan/snapshot.hpp>
#include <esxi/plan/vm.hpp>
#include <esxi/printable.hpp>

namespace esxi {

namespace detail {

/// The name of the VM that a Snapshot node speaks of: the only property of that VM that matters here.
[[nodiscard]] inline std::string related_vm_name(boost::json::object const& vm_properties)
{
    boost::json::object only_name;
    if (auto const* name = vm_properties.if_contains("name")) {
        only_name.emplace("name", *name);
    }
    return property_reader(only_name, "VM", vm_property_names).entity_name("name");
}

/// Applies one step to the VM. If a question of that VM stands in its way, that is what is thrown.
template <class Run, class Step>
void unless_a_question_waits(Run& run, vm_state const& vm, Step const& step)
{
    try {
        step();
    } catch (error const& failed) {
        report_question(run, failed, govc::moid_argument(vm.moid), vm.name,
                        [&vm](vm_state const& other) { return other.moid == vm.moid; });
        throw;
    }
}

[[nodiscard]] inline std::string recorded_text(boost::json::object const& runtime, std::string_view key)
{
    auto const* text = runtime.if_contains(boost::json::string_view(key.data(), key.size()));
    return text != nullptr && text->is_string() ? std::string(text->get_string()) : std::string();
}

[[nodiscard]] inline std::string recorded_moid(boost::json::object const& runtime)
{
    return recorded_text(runtime, "moid");
}

/// The VM of a snapshot, by its node's name; to an engine, else by the name that was recorded with the snapshot: that of the node may be
/// a wish that the host has not met. Throws `unavailable` where the host cannot read it, and so knows of no snapshot.
template <class Run>
[[nodiscard]] std::optional<vm_state> find_vm_of_snapshot(Run& run, std::string const& vm_name)
{
    auto vm = find_vm_by_name(run.client(), vm_name);
    auto const recorded = recorded_text(run.context().runtime_properties(), "vm_name");
    if (!vm && run.context().why() != purpose::user && !recorded.empty() && recorded != vm_name) {
        vm = find_vm_by_name(run.client(), recorded);
    }
    if (vm) {
        require_readable(*vm);
    }
    return vm;
}

} // namespace detail

template <transport Transport, context Context>
operation_result create_snapshot(Transport& transport, Context& context, operation_options const& options)
{
    auto const wished = read_snapshot_properties(context.properties());
    auto const vm_name = detail::related_vm_name(context.vm_properties());
    detail::operation_run run("create_snapshot", transport, context, options);
    return run.perform([&] {
        run.client().require_version();

        auto const recorded = detail::recorded_moid(context.runtime_properties());
        auto const vm = find_vm_by_name(run.client(), vm_name);
        if (!vm) {
            throw error(error_kind::absent, "cannot take snapshot " + in_quotes(wished.name) + " of VM " + in_quotes(vm_name) +
                                                ": the host has none of that name; create it first");
        }
        detail::require_readable(*vm);
        if (!find_import_token(vm->annotation).empty()) {
            throw error(error_kind::conflict,
                        "VM " + in_quotes(vm_name) +
                            " is being imported, or was left half imported; take its snapshot when it is whole",
                        import_retry_after);
        }
        auto found = match_snapshot(vm->snapshots, wished.name, recorded);
        run.carry_out(plan_create_snapshot(vm_name, wished, found), [&](auto const&) {
            detail::unless_a_question_waits(run, *vm, [&] { run.client().run(govc::create_snapshot(vm->moid, wished)); });
            auto const after = find_vm_by_moid(run.client(), vm->moid);
            found = match_new_snapshot(vm->snapshots, after ? after->snapshots : std::vector<snapshot_state>(), wished.name);
        });
        if (found) {
            run.persist({{"moid", found->moid}, {"name", run.clean(found->name)}, {"vm_name", vm_name}});
        }
    });
}

template <transport Transport, context Context>
operation_result delete_snapshot(Transport& transport, Context& context, operation_options const& options)
{
    auto const wished = read_snapshot_properties(context.properties());
    auto const vm_name = detail::related_vm_name(context.vm_properties());
    detail::operation_run run("delete_snapshot", transport, context, options);
    return run.perform([&] {
        auto const recorded = detail::recorded_moid(context.runtime_properties());
        if (context.why() == purpose::update && !recorded.empty()) {
            detail::keep_in_update(run, "snapshot " + in_quotes(wished.name));
            return;
        }
        if (recorded.empty() && context.why() != purpose::user) {
            run.log(log_level::info, "nothing was recorded for snapshot " + in_quotes(wished.name) + ": nothing to delete");
            return;
        }
        run.client().require_version();

        if (auto const vm = detail::find_vm_of_snapshot(run, vm_name)) {
            run.carry_out(plan_delete_snapshot(vm_name, wished, vm->snapshots, recorded, context.why()), [&](auto const& step) {
                if constexpr (requires { step.children; }) {
                    try {
                        detail::unless_a_question_waits(
                            run, *vm, [&] { run.client().run(govc::remove_snapshot(vm->moid, step.moid, step.children)); });
                    } catch (govc_error const& failed) {
                        if (failed.kind() != error_kind::absent) {
                            throw;
                        }
                    }
                }
            });
        }
        run.persist({{"moid", nullptr},
                     {"name", nullptr},
                     {"vm_name", nullptr},
                     {"update_refused", nullptr},
                     {"kept_in_update", nullptr}});
    });
}

} // namespace esxi
