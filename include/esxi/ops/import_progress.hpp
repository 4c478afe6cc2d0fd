// SPDX-License-Identifier: Apache-2.0
// What the lines of a download or an upload are for: they are passed on, and show whether it moves.
#pragma once

#include <functional>
#include <string_view>

#include <esxi/govc/progress.hpp>
#include <esxi/ops/operation.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

/// A sink for the lines of a command that imports, which lasts no longer than the operation.
template <transport Transport, context Context>
[[nodiscard]] std::function<bool(std::string_view)> import_progress_sink(operation_run<Transport, Context>& operation)
{
    return [&operation, last = import_progress()](std::string_view line) mutable {
        auto const progress = govc::read_progress(line);
        if (!progress) {
            auto const said = govc::without_stamp(line);
            if (said.starts_with("Warning:") || said.starts_with("warning:")) {
                operation.log(log_level::warning, printable(said));
            }
            return false;
        }
        if (operation.options().on_progress) {
            operation.options().on_progress(*progress);
        }
        // Of a large disk, 1 % can take longer than the timeout: that its rate is not 0 counts too.
        bool const moved = progress->what != last.what || progress->percent != last.percent ||
                           (!progress->detail.empty() && progress->detail != "0B/s");
        last = *progress;
        return moved;
    };
}

} // namespace esxi::detail
