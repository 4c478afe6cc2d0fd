// SPDX-License-Identifier: Apache-2.0
// The operations of an `esxi.nodes.Snapshot`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

/// What a Snapshot node says and knows.
struct snapshot_node {
    snapshot_properties wished; ///< What is wished of it.
    std::string vm_name;        ///< Of its VM.
    vm_record vm;               ///< To an engine: what the VM node has recorded; empty: nothing, or that cannot be known.
    std::string recorded_moid;  ///< Of the snapshot that was recorded; empty: none was.
};

template <context Context>
[[nodiscard]] snapshot_node read_snapshot_node(Context& context)
{
    vm_record vm;
    if constexpr (has_vm_record<Context>) {
        if (context.why() != purpose::user) {
            vm = read_vm_record(context.vm_runtime_properties());
        }
    }
    return {read_snapshot_properties(context.properties()), related_vm_name(context.vm_properties()), std::move(vm),
            recorded_text(context.runtime_properties(), "moid")};
}

/// The VM of a snapshot: to an engine the one that the VM node has recorded, whatever its name is now, else by the name that was
/// recorded with the snapshot. That name is the node's from then on: what the properties say may be a wish that the host has not met.
/// Throws `unavailable` where the host cannot read it.
template <class Run>
[[nodiscard]] std::optional<vm_state> find_vm_of_snapshot(Run& run, snapshot_node& node)
{
    run.client().require_version();
    std::optional<vm_state> vm;
    if (!node.vm.moid.empty()) {
        vm = find_recorded_vm(run.client(), node.vm);
        if (vm) {
            node.vm_name = run.clean(vm->name);
        }
    } else {
        vm = find_vm_by_name(run.client(), node.vm_name);
        auto recorded = recorded_text(run.context().runtime_properties(), "vm_name");
        if (!vm && run.context().why() != purpose::user && !recorded.empty() && recorded != node.vm_name) {
            vm = find_vm_by_name(run.client(), recorded);
            if (vm) {
                node.vm_name = std::move(recorded);
            }
        }
    }
    if (vm) {
        require_readable(*vm); // else the host knows of no snapshot
    }
    return vm;
}

} // namespace detail

template <transport Transport, context Context>
operation_result create_snapshot(Transport& transport, Context& context, operation_options const& options)
{
    auto node = detail::read_snapshot_node(context);
    detail::operation_run run("create_snapshot", transport, context, options);
    return run.perform([&] {
        run.client().require_version();
        auto const vm =
            node.vm.moid.empty() ? find_vm_by_name(run.client(), node.vm_name) : detail::find_vm_of_snapshot(run, node);
        if (!vm) {
            throw error(error_kind::absent, "cannot take snapshot " + in_quotes(node.wished.name) + " of VM " +
                                                in_quotes(node.vm_name) + ": the host has none of that name; create it first");
        }
        detail::require_readable(*vm);
        if (!find_import_token(vm->annotation).empty()) {
            throw error(error_kind::conflict,
                        "VM " + in_quotes(node.vm_name) +
                            " is being imported, or was left half imported; take its snapshot when it is whole",
                        import_retry_after);
        }
        auto found = match_snapshot(vm->snapshots, node.wished.name, node.recorded_moid);
        run.carry_out(plan_create_snapshot(node.vm_name, node.wished, found), [&](auto const&) {
            detail::unless_a_question_waits(run, *vm, [&] { run.client().run(govc::create_snapshot(vm->moid, node.wished)); });
            auto const after = find_vm_by_moid(run.client(), vm->moid);
            found = match_new_snapshot(vm->snapshots, after ? after->snapshots : std::vector<snapshot_state>(), node.wished.name);
        });
        if (found) {
            run.persist({{"moid", found->moid}, {"name", run.clean(found->name)}, {"vm_name", node.vm_name}});
        }
    });
}

template <transport Transport, context Context>
operation_result delete_snapshot(Transport& transport, Context& context, operation_options const& options)
{
    auto node = detail::read_snapshot_node(context);
    detail::operation_run run("delete_snapshot", transport, context, options);
    return run.perform([&] {
        if (context.why() == purpose::update && !node.recorded_moid.empty()) {
            detail::keep_in_update(run, "snapshot " + in_quotes(node.wished.name));
            return;
        }
        if (node.recorded_moid.empty() && context.why() != purpose::user) {
            run.log(log_level::info, "nothing was recorded for snapshot " + in_quotes(node.wished.name) + ": nothing to delete");
            return;
        }
        if (node.wished.use_external_resource) {
            run.log(log_level::info,
                    "snapshot " + in_quotes(node.wished.name) + " is not removed: use_external_resource is true");
        } else if (auto const vm = detail::find_vm_of_snapshot(run, node)) {
            run.carry_out(plan_delete_snapshot(node.vm_name, node.wished, vm->snapshots, node.recorded_moid, context.why()),
                          [&](auto const& step) {
                              if constexpr (requires { step.children; }) {
                                  try {
                                      detail::unless_a_question_waits(run, *vm, [&] {
                                          run.client().run(govc::remove_snapshot(vm->moid, step.moid, step.children));
                                      });
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
