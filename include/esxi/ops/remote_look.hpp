// SPDX-License-Identifier: Apache-2.0
// Asks govc what an OVA on a web server holds, before it is imported.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <esxi/govc/argv.hpp>
#include <esxi/govc/fault.hpp>
#include <esxi/govc/ova_spec.hpp>
#include <esxi/govc/remote_ova.hpp>
#include <esxi/model/ovf.hpp>
#include <esxi/ops/import_progress.hpp>
#include <esxi/ops/operation.hpp>

namespace esxi::detail {

/// What is known of an OVA at a URL.
struct remote_look {
    std::optional<govc::remote_ova> ova; ///< Unset if the govc is foreign.
    std::optional<ovf_descriptor> spec;  ///< What a foreign govc tells; unset: nothing.
};

/// It may take as long as an import: what answers no request for a part has to be downloaded. A govc that is not this project's
/// (`ova` is unset) must log in for each command that is given the URL.
template <class Run>
[[nodiscard]] remote_look look_at_remote_ova(Run& run, std::string const& url)
{
    auto const ask = [&run](command const& c, auto const& reader) {
        return run.client().read(c, run.options().import_timeout, import_progress_sink(run), reader);
    };
    try {
        return {ask(govc::import_spec_of_url(url),
                    [](std::string_view text) { return govc::read_remote_ova(govc::after_progress(text)); }),
                std::nullopt};
    } catch (govc_error const& failed) {
        if (!govc::is_unknown_flag(failed, "-descriptor")) {
            throw;
        }
    }
    run.log(log_level::warning, "this govc is not the one of this project: it logs in once more to fetch the OVA, and fetches "
                                "all that stands before a disk again");
    if (!url.ends_with(".ova") && !url.ends_with(".ovf")) { // it asks of no other
        return {};
    }
    return {std::nullopt, ask(govc::with_own_login(govc::import_spec(url)),
                              [](std::string_view text) { return govc::read_import_spec(text); })};
}

} // namespace esxi::detail
