// SPDX-License-Identifier: Apache-2.0
// `about -json`, and what `version` prints.
#include <esxi/govc/about.hpp>

#include "../dialects.hpp"
#include "../support.hpp"

using namespace esxi::govc;

void fuzz::one_input(std::string_view input)
{
    auto const about = read_or_refuse(esxi::error_kind::govc, [&] { return read_about(input); });
    if (about) {
        promise(!about->version.empty() || !about->api_type.empty(), "a host says what it is");
        auto const written = boost::json::serialize(boost::json::object{{"about",
                                                                         {{"version", about->version},
                                                                          {"build", about->build},
                                                                          {"apiType", about->api_type},
                                                                          {"fullName", about->full_name}}}});
        promise(read_about(written) == *about, "what was read and written is read again as it was");
        if (auto const old = in_old_dialect(input)) {
            promise(read_about(*old) == *about, "both dialects say the same");
        }
    }

    auto const version = read_version(input);
    promise(version.find_first_not_of("0123456789.") == std::string::npos, "a version is of digits and dots");
    promise(version.empty() || (version.find('.') != std::string::npos && !version.ends_with('.')), "a version has two parts");
    promise(!version_at_least(input, 0, 31) || version_at_least(input, 0, 18), "newer than v0.31 is newer than v0.18");
}
