// SPDX-License-Identifier: Apache-2.0
// `import.spec`.
#include <esxi/govc/ova_spec.hpp>

#include "../dialects.hpp"
#include "../support.hpp"

using namespace esxi::govc;

namespace {

std::string write(esxi::ovf_descriptor const& read)
{
    boost::json::array properties;
    for (auto const& property : read.properties) {
        boost::json::object spec{{"type", property.type},
                                 {"qualifiers", property.qualifiers},
                                 {"userConfigurable", property.user_configurable},
                                 {"password", property.password},
                                 {"label", property.label}};
        if (property.value) {
            spec["default"] = *property.value;
        }
        if (!property.configurations.empty()) {
            spec["configuration"] = property.configurations.front();
        }
        boost::json::array values;
        for (auto const& one : property.values) {
            values.push_back({{"configuration", one.configuration}, {"value", one.value}});
        }
        spec["value"] = std::move(values);
        properties.push_back({{"Key", property.key}, {"Spec", std::move(spec)}});
    }
    boost::json::array networks;
    for (auto const& name : read.networks) {
        networks.push_back({{"Name", name}, {"Network", ""}});
    }
    return boost::json::serialize(boost::json::object{{"DiskProvisioning", "flat"},
                                                      {"Deployment", read.default_option()},
                                                      {"PropertyMapping", properties},
                                                      {"NetworkMapping", networks},
                                                      {"Annotation", read.annotation}});
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
