// SPDX-License-Identifier: Apache-2.0
// `import.spec`.
#include <esxi/govc/ova_spec.hpp>

#include "../dialects.hpp"
#include "../support.hpp"

using namespace esxi::govc;

namespace {

std::string write(esxi::ova_spec const& spec)
{
    boost::json::array properties;
    for (auto const& key : spec.property_keys) {
        properties.push_back({{"Key", key}, {"Value", ""}});
    }
    boost::json::array networks;
    for (auto const& name : spec.networks) {
        networks.push_back({{"Name", name}, {"Network", ""}});
    }
    return boost::json::serialize(boost::json::object{{"DiskProvisioning", "flat"},
                                                      {"PropertyMapping", properties},
                                                      {"NetworkMapping", networks},
                                                      {"Annotation", spec.annotation}});
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    auto const spec = read_or_refuse(esxi::error_kind::govc, [&] { return read_import_spec(input); });
    if (!spec) {
        return;
    }
    promise(read_import_spec(write(*spec)) == *spec, "what was read and written is read again as it was");
    if (auto const old = in_old_dialect(input)) {
        promise(read_import_spec(*old) == *spec, "both dialects say the same");
    }
}
