// SPDX-License-Identifier: Apache-2.0
// Looks at a node that was made: whether it is there, what differs from the wishes, and what is to be recorded anew. Nothing is changed.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/object.hpp>

#include <esxi/govc/about.hpp>
#include <esxi/govc/argv.hpp>
#include <esxi/ops/operation.hpp>
#include <esxi/ops/snapshot.hpp>
#include <esxi/ops/vm_steps.hpp>

namespace esxi {

namespace detail {

/// Options of a look that records nothing.
[[nodiscard]] inline operation_options only_looking(operation_options options)
{
    options.dry_run = true;
    return options;
}

/// What differs in one respect.
template <class Wished, class Found>
[[nodiscard]] boost::json::object wished_and_found(Wished const& wished, Found const& found)
{
    return {{"wished", wished}, {"found", found}};
}

template <class Run>
[[nodiscard]] host_about look_at_host(Run& run)
{
    return run.client().read(govc::about(), [](std::string_view text) { return govc::read_about(text); });
}

/// The VM that was recorded. Throws `absent` where there is none or it is half imported.
template <class Run>
[[nodiscard]] vm_state const& look_at_vm(Run& run)
{
    if (run.leaves_alone()) {
        throw error(error_kind::absent,
                    "VM " + in_quotes(run.wished().name) + " was not created: nothing is recorded; create it first");
    }
    run.observe();
    auto const situation = run.situation();
    require_whole(situation, "look at");
    return *situation.found;
}

/// The snapshot that was recorded. An engine means the one of that id, whatever its name is now. Throws `absent` where there is none.
template <class Run>
[[nodiscard]] snapshot_state look_at_snapshot(Run& run, snapshot_node& node)
{
    run.client().require_version();
    auto const& recorded = node.recorded_moid;
    auto found = run.context().why() == purpose::user
                     ? find_snapshot_by_name(run.client(), node.vm_name, node.wished.name, recorded)
                     : find_recorded_snapshot(require_there(find_vm_of_snapshot(run, node), node.vm_name).snapshots, recorded);
    if (!found || recorded.empty() || found->moid != recorded) {
        throw error(error_kind::absent,
                    "VM " + in_quotes(node.vm_name) + " does not have the snapshot " + in_quotes(node.wished.name) +
                        (recorded.empty() ? " as this node's own: nothing is recorded" : ", recorded as " + recorded) +
                        "; create it again");
    }
    return *std::move(found);
}

} // namespace detail

template <transport Transport, context Context>
boost::json::object host_status(Transport& transport, Context& context, operation_options const& options)
{
    detail::operation_run run("host_status", transport, context, detail::only_looking(options));
    boost::json::object status;
    static_cast<void>(run.perform([&] {
        auto const about = detail::look_at_host(run);
        status = {{"version", about.version}, {"build", about.build}, {"api_type", about.api_type}};
    }));
    return status;
}

template <transport Transport, context Context>
boost::json::object host_drift(Transport& transport, Context& context, operation_options const& options)
{
    boost::json::object const recorded = context.runtime_properties();
    boost::json::object drift;
    for (auto& now : host_status(transport, context, options)) {
        auto const* before = recorded.if_contains(now.key());
        if (before != nullptr && *before != now.value()) {
            drift[now.key()] = boost::json::object{{"recorded", *before}, {"found", now.value()}};
        }
    }
    return drift;
}

template <transport Transport, context Context>
boost::json::object vm_status(Transport& transport, Context& context, operation_options const& options)
{
    detail::vm_run run("vm_status", transport, context, detail::only_looking(options));
    boost::json::object status;
    static_cast<void>(run.perform([&] {
        auto const& vm = detail::look_at_vm(run);
        auto const ip = first_usable_address(vm.addresses, run.wished().ip_version);
        status = {{"moid", vm.moid},
                  {"name", run.clean(vm.name)},
                  {"power_state", vm.power_state},
                  {"ip", ip.empty() ? boost::json::value() : boost::json::value(ip)}};
    }));
    return status;
}

template <transport Transport, context Context>
boost::json::object vm_drift(Transport& transport, Context& context, operation_options const& options)
{
    detail::vm_run run("vm_drift", transport, context, detail::only_looking(options));
    boost::json::object drift;
    static_cast<void>(run.perform([&] {
        auto const& vm = detail::look_at_vm(run);
        auto const number = [](std::optional<std::int64_t> n) { return n ? boost::json::value(*n) : boost::json::value(); };
        auto const change = detail::difference(run.wished(), vm);
        if (vm.name != run.wished().name) {
            drift["name"] = detail::wished_and_found(run.wished().name, run.clean(vm.name));
        }
        if (run.wished().use_external_resource) {
            return; // nothing else is wished of it
        }
        if (change.cpu) {
            drift["cpu"] = detail::wished_and_found(*change.cpu, number(vm.cpu));
        }
        if (change.memory_mb) {
            drift["memory_mb"] = detail::wished_and_found(*change.memory_mb, number(vm.memory_mb));
        }
        if (!change.annotation.empty()) {
            drift["annotation"] = detail::wished_and_found(change.annotation, run.clean(vm.annotation));
        }
        if (run.wished().power_on && !detail::is_on(vm)) {
            drift["power_state"] = detail::wished_and_found("poweredOn", vm.power_state);
        }
    }));
    return drift;
}

template <transport Transport, context Context>
operation_result pull_vm(Transport& transport, Context& context, operation_options const& options)
{
    detail::vm_run run("pull_vm", transport, context, options);
    return run.perform([&] { run.persist({{"name", run.clean(detail::look_at_vm(run).name)}}); });
}

template <transport Transport, context Context>
boost::json::object snapshot_status(Transport& transport, Context& context, operation_options const& options)
{
    auto node = detail::read_snapshot_node(context);
    detail::operation_run run("snapshot_status", transport, context, detail::only_looking(options));
    boost::json::object status;
    static_cast<void>(run.perform([&] {
        auto const snapshot = detail::look_at_snapshot(run, node);
        status = {{"moid", snapshot.moid}, {"name", run.clean(snapshot.name)}, {"vm_name", node.vm_name}};
    }));
    return status;
}

template <transport Transport, context Context>
boost::json::object snapshot_drift(Transport& transport, Context& context, operation_options const& options)
{
    auto node = detail::read_snapshot_node(context);
    detail::operation_run run("snapshot_drift", transport, context, detail::only_looking(options));
    boost::json::object drift;
    static_cast<void>(run.perform([&] {
        auto const& wished = node.wished;
        auto const vm = detail::find_vm_of_snapshot(run, node);
        auto const found = vm ? find_recorded_snapshot(vm->snapshots, node.recorded_moid) : std::optional<snapshot_state>();
        if (!found) {
            drift["name"] = detail::wished_and_found(wished.name, nullptr);
            return;
        }
        if (!detail::has_form(*found, wished.name, std::equal_to<>{})) {
            drift["name"] = detail::wished_and_found(wished.name, run.clean(found->name));
        }
        if (!wished.description.empty() && found->description != wished.description) {
            drift["description"] = detail::wished_and_found(wished.description, run.clean(found->description));
        }
    }));
    return drift;
}

template <transport Transport, context Context>
operation_result pull_snapshot(Transport& transport, Context& context, operation_options const& options)
{
    auto node = detail::read_snapshot_node(context);
    detail::operation_run run("pull_snapshot", transport, context, options);
    return run.perform([&] {
        auto const snapshot = detail::look_at_snapshot(run, node);
        run.persist({{"name", run.clean(snapshot.name)}, {"vm_name", node.vm_name}});
    });
}

} // namespace esxi
