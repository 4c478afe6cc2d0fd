// SPDX-License-Identifier: Apache-2.0
// Looks whether a question is behind a failure: a host refuses what it is asked for meanwhile, or lets it hang.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/error.hpp>
#include <esxi/govc/argv.hpp>
#include <esxi/govc/vm_info.hpp>
#include <esxi/model/vm.hpp>
#include <esxi/plan/question.hpp>

namespace esxi::detail {

/// Called with what a step on a VM has thrown. Throws `conflict` where the VM that `argument` stands for, and `is_it` says so of,
/// waits for an answer: that says more than a timeout, or a power state that was in the way. One `vm.info` that is not counted, and
/// only after a failure that can come of a question.
template <class Run, class Predicate>
void report_question(Run& run, error const& failed, std::string argument, std::string const& vm_name, Predicate const& is_it)
{
    if (failed.kind() != error_kind::unavailable && failed.kind() != error_kind::conflict) {
        return;
    }
    // The host may be what does not answer: then nobody waits as long again.
    auto const patience = std::min<std::chrono::milliseconds>(run.options().command_timeout, std::chrono::seconds{15});
    std::vector<vm_state> vms;
    try {
        vms = run.client().poll(govc::vm_info(std::move(argument)), patience,
                                [](std::string_view text) { return govc::read_vm_info(text); });
    } catch (error const& of_the_look) {
        if (of_the_look.kind() == error_kind::cancelled) {
            throw;
        }
        return; // what failed before is what is to be reported
    }
    for (auto const& vm : vms) {
        if (is_it(vm) && !vm.question.empty()) {
            throw pending_question(vm_name, run.client().redact()(vm.question));
        }
    }
}

} // namespace esxi::detail
