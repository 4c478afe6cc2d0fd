// SPDX-License-Identifier: Apache-2.0
// Reads what `govc import.spec` prints of an OVA.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <esxi/govc/json_fields.hpp>
#include <esxi/model/vm.hpp>

namespace esxi::govc {

/// Reads the output of `import.spec`. Throws `govc` where it is not that.
[[nodiscard]] inline ova_spec read_import_spec(std::string_view text)
{
    auto const document = detail::parse_output(text);
    if (!document.is_object()) {
        detail::refuse_output("it is no object");
    }
    auto const names = [&document](std::string_view list, std::string_view name) {
        std::vector<std::string> found;
        auto const* entries = detail::member(&document, list);
        if (entries != nullptr && entries->is_array()) {
            for (auto const& entry : entries->get_array()) {
                found.push_back(detail::text_of(detail::member(&entry, name)));
            }
        }
        return found;
    };
    return {names("propertyMapping", "key"), names("networkMapping", "name"), detail::text_of(detail::member(&document, "annotation"))};
}

} // namespace esxi::govc
