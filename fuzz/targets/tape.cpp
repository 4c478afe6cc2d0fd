// SPDX-License-Identifier: Apache-2.0
// A tape's document, which people edit.
#include <esxi/detail/tape_reader.hpp>

#include <esxi/detail/tape_match.hpp>

#include "../support.hpp"

using namespace esxi;

namespace {

/// Whether two texts are the same to a reader, whatever the layout of the JSON in them.
bool alike(std::string const& a, std::string const& b)
{
    return detail::same_input(a, b);
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    auto const read = read_or_refuse(error_kind::tape, [&] { return parse_tape(input, "input"); });
    if (!read) {
        return;
    }
    auto const text = to_text(*read);
    auto const again = parse_tape(text, "input");
    promise(to_text(again) == text, "a tape is written the same each time");
    promise(again.govc_version == read->govc_version && again.recorded == read->recorded, "where a tape is from is kept");
    promise(again.entries.size() == read->entries.size(), "no entry is lost");
    for (std::size_t i = 0; i < again.entries.size(); ++i) {
        auto const& a = read->entries[i];
        auto const& b = again.entries[i];
        promise(detail::same_command(a.request, b.request), "a command is kept");
        promise(a.repeat == b.repeat && a.duration == b.duration, "an entry's times are kept");
        promise(a.thrown.has_value() == b.thrown.has_value(), "what was thrown is kept");
        if (a.thrown) {
            promise(a.thrown->kind() == b.thrown->kind() && a.thrown->retry_after() == b.thrown->retry_after() &&
                        std::string_view(a.thrown->what()) == b.thrown->what(),
                    "what was thrown is kept as it was");
        } else {
            promise(a.answer.exit_code == b.answer.exit_code && alike(a.answer.out, b.answer.out) &&
                        alike(a.answer.err, b.answer.err),
                    "an answer is kept");
        }
    }
}
