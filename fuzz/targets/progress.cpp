// SPDX-License-Identifier: Apache-2.0
// The progress of an import: one line, and all lines of an output.
#include <esxi/govc/progress.hpp>

#include <esxi/govc/fault_text.hpp>

#include "../support.hpp"

using namespace esxi::govc;

void fuzz::one_input(std::string_view input)
{
    if (auto const progress = read_progress(input)) {
        promise(progress->percent >= 0 && progress->percent <= 100, "a percentage is one");
        auto const written = "[26-11-26 08:27:31] " + progress->what + "... (" + std::to_string(progress->percent) +
                             (progress->detail.empty() ? "%)" : "%, " + progress->detail + ")");
        promise(read_progress(written) == progress, "what was read and written is read again as it was");
        promise(detail::without_progress(input.substr(0, input.find_first_of("\r\n"))).empty() ||
                    input.find_first_of("\r\n") != std::string_view::npos,
                "a line of progress is not what a command said");
    }
    auto const said = detail::without_progress(input);
    promise(detail::without_progress(said) == said, "what is left when progress is gone has none");
}
