// SPDX-License-Identifier: Apache-2.0
// Reads what `govc object.collect -json` prints for one VM.
#pragma once

#include <string_view>
#include <utility>

#include <esxi/govc/inventory_properties.hpp>
#include <esxi/govc/json_fields.hpp>
#include <esxi/model/vm.hpp>

namespace esxi::govc {

/// Reads the output for one object, which does not repeat what it was asked for. Throws `govc` where it is something else.
[[nodiscard]] inline vm_state read_collected(std::string_view text)
{
    auto const document = detail::parse_output(text);
    auto const* changes = document.is_object() ? detail::member(&document, "changeSet") : &document;
    if (changes == nullptr || !changes->is_array()) {
        detail::refuse_output("it is no list of properties");
    }
    for (auto const& change : changes->get_array()) {
        auto const* fields = change.if_object();
        bool const has_value = fields != nullptr && (fields->contains("val") || fields->contains("Val"));
        if (!has_value || detail::text_of(detail::member(&change, "name")).empty()) {
            detail::refuse_output("a property has no name or no value");
        }
    }
    detail::collected_vm vm;
    detail::set_properties(vm, detail::vm_properties, changes, "the VM");
    return detail::finished(std::move(vm));
}

} // namespace esxi::govc
