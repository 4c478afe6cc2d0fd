// SPDX-License-Identifier: Apache-2.0
// Placeholders in the texts of a tape. Fields: the host, a path, another path, the text.
#include <esxi/detail/placeholders.hpp>

#include "../support.hpp"

using esxi::detail::placeholders;

void fuzz::one_input(std::string_view input)
{
    auto const host = take_field(input);
    auto const ova = take_field(input);
    auto const folder = take_field(input);
    auto stands_for = read_or_refuse(esxi::error_kind::config, [&] { return placeholders({{"ova", ova}, {"folder", folder}}); });
    if (!stands_for) {
        promise(ova.empty() || folder.empty(), "a path that is there is taken");
        return;
    }
    if (!host.empty()) {
        stands_for->set_host(host);
    }
    auto const collapsed = stands_for->collapse(input);
    stands_for->check(collapsed);
    promise(stands_for->expand(collapsed) == input, "what was collapsed is expanded to what it was");

    // A text that people wrote may name what there is not.
    placeholders fresh;
    fresh.set_host("esxi1");
    auto const expanded = read_or_refuse(esxi::error_kind::tape, [&] { return fresh.expand(input); });
    promise(expanded.has_value() == read_or_refuse(esxi::error_kind::tape, [&] { return fresh.check(input), true; }).has_value(),
            "a text that passes the check can be expanded");
}
