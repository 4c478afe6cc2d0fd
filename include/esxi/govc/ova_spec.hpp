// SPDX-License-Identifier: Apache-2.0
// Reads what `govc import.spec` prints of an OVA.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/govc/json_fields.hpp>
#include <esxi/model/vm.hpp>

namespace esxi::govc {

/// Reads the output of `import.spec`. Throws `govc` where it is not that.
[[nodiscard]] inline ova_spec read_import_spec(std::string_view text)
{
    auto const document = detail::parse_output(text);
    if (detail::member(&document, "diskProvisioning") == nullptr && detail::member(&document, "networkMapping") == nullptr) {
        detail::refuse_output("it does not speak of an OVA");
    }
    auto const names = [&document](std::string_view list, std::string_view name) {
        std::vector<std::string> found;
        auto const* entries = detail::member(&document, list);
        if (entries != nullptr && entries->is_array()) {
            for (auto const& entry : entries->get_array()) {
                if (auto one = detail::text_of(detail::member(&entry, name)); !one.empty()) {
                    found.push_back(std::move(one));
                }
            }
        }
        return found;
    };
    return {names("propertyMapping", "key"), names("networkMapping", "name"),
            detail::text_of(detail::member(&document, "annotation"))};
}

} // namespace esxi::govc
