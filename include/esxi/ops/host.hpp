// SPDX-License-Identifier: Apache-2.0
// The operations of an `esxi.nodes.Host`. They only read.
#pragma once

#include <string_view>
#include <utility>

#include <esxi/govc/about.hpp>
#include <esxi/govc/argv.hpp>
#include <esxi/model/host.hpp>
#include <esxi/ops/operation.hpp>
#include <esxi/ops/reconcile.hpp>
#include <esxi/purpose.hpp>

namespace esxi {

namespace detail {

template <class Run>
void record_about(Run& run, host_about const& about)
{
    if (about.api_type != "HostAgent") {
        run.log(log_level::warning, "this is no standalone ESXi host: its API type is " + about.api_type +
                                        "; operations may reach more than one host");
    }
    run.persist({{"version", about.version}, {"build", about.build}, {"api_type", about.api_type}});
}

} // namespace detail

template <transport Transport, context Context>
operation_result probe_host(Transport& transport, Context& context, operation_options const& options)
{
    detail::operation_run run("probe_host", transport, context, options);
    return run.perform([&] {
        detail::record_about(
            run, run.client().read(govc::about_with_fresh_login(), [](std::string_view text) { return govc::read_about(text); }));
    });
}

template <transport Transport, context Context>
operation_result record_host_facts(Transport& transport, Context& context, operation_options const& options)
{
    detail::operation_run run("record_host_facts", transport, context, options);
    return run.perform([&] {
        auto observed = look_up_inventory(run.client(), {.datastores = false, .networks = false, .vms = true});
        detail::record_about(run, observed.about);
        for (auto& vm : observed.vms) {
            vm.name = run.clean(vm.name);
        }
        run.persist({{"vms", vms_to_json(observed.vms)}});
    });
}

template <transport Transport, context Context>
operation_result noop_op(Transport&, Context& context, operation_options const&)
{
    if (context.why() == purpose::update && context.runtime_properties().contains("api_type")) {
        context.persist({{"kept_in_update", true}});
    }
    operation_result result;
    result.operation = "noop_op";
    result.runtime = context.runtime_properties();
    return result;
}

} // namespace esxi
