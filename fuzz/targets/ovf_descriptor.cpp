// SPDX-License-Identifier: Apache-2.0
// The descriptor of an OVF package, and the environment that a guest is given of it.
#include <esxi/govc/ovf_descriptor.hpp>
#include <esxi/govc/ovf_environment.hpp>

#include <esxi/printable.hpp>

#include "../support.hpp"

using namespace esxi::govc;

namespace {

constexpr std::string_view begin = "<Envelope xmlns:ovf=\"x\"><VirtualSystem><ProductSection>";
constexpr std::string_view end = "</ProductSection></VirtualSystem></Envelope>";

void read(std::string_view text)
{
    auto const ova = fuzz::read_or_refuse(esxi::error_kind::config, [&] { return read_ovf_descriptor(text); });
    if (!ova) {
        return;
    }
    fuzz::promise(read_ovf_descriptor(text) == *ova, "the same text is read the same");
    fuzz::promise(read_ovf_descriptor("\xef\xbb\xbf" + std::string(text)) == *ova || text.starts_with("\xef\xbb\xbf"),
                  "a byte order mark says nothing");
    for (auto const& property : ova->properties) {
        ovf_limits const limits(property);
        fuzz::promise(esxi::printable(limits.allowed()) == limits.allowed(), "what is allowed can be printed");
        static_cast<void>(limits.allow(property.value.value_or(property.key)));
    }
    std::string document;
    auto const told = fuzz::read_or_refuse(esxi::error_kind::config, [&] {
        auto values = resolve_ovf_values(*ova, {}, "x");
        document = ovf_environment(values.all, "x");
        return values;
    });
    if (!told || told->all.empty()) {
        return;
    }
    using namespace esxi::detail;
    xml_document const environment(document, "the environment");
    std::size_t at = 0;
    for_each_element(environment.root(), "PropertySection", [&](xml_element const& section) {
        for_each_element(section, "Property", [&](xml_element const& property) {
            fuzz::promise(at < told->all.size() && attribute_text(property, "key") == told->all[at].key &&
                              attribute_text(property, "value") == told->all[at].value,
                          "what a guest is told reaches it as it was");
            ++at;
        });
    });
    fuzz::promise(at == told->all.size(), "a guest is told of every property");
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    read(input);
    read(std::string(begin) + std::string(input) + std::string(end)); // a fuzzer does not guess what stands around properties
}
