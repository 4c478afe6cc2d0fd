// SPDX-License-Identifier: Apache-2.0
// A VM that waits for a person's answer: until it has one, it neither starts nor takes a change.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include <esxi/error.hpp>
#include <esxi/model/vm.hpp>
#include <esxi/printable.hpp>

namespace esxi {

/// When to look again at a VM that waits for an answer.
inline constexpr std::chrono::seconds question_retry_after{60};

namespace detail {

/// `conflict`, with the question: safe to be shown, and no longer than can be read.
[[nodiscard]] inline error pending_question(std::string const& vm_name, std::string const& question)
{
    constexpr std::size_t longest = 400;
    return {error_kind::conflict,
            "VM " + in_quotes(vm_name) + " waits for an answer: " + shortened(printable(question), longest) +
                "; answer it on the host",
            question_retry_after};
}

/// Throws `conflict` where the VM waits for an answer.
inline void require_answered(vm_state const& found)
{
    if (!found.question.empty()) {
        throw pending_question(found.name, found.question);
    }
}

} // namespace detail

} // namespace esxi
