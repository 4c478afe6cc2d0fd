// SPDX-License-Identifier: Apache-2.0
// A guest's addresses, and which of them can be used.
#include <esxi/govc/guest_addresses.hpp>

#include <algorithm>
#include <set>

#include <esxi/model/address.hpp>

#include "../support.hpp"

using namespace esxi::govc::detail;
using esxi::ip_version;

void fuzz::one_input(std::string_view input)
{
    auto const document = read_or_refuse(esxi::error_kind::govc, [&] { return parse_output(input); });
    if (!document) {
        return;
    }
    guest_report report;
    report.set_cards(&*document);
    auto const once = report.own;
    report.set_cards(&*document);
    promise(report.own == once, "cards that are reported again are the same");
    promise(std::set(once.begin(), once.end()).size() == once.size(), "no address stands twice");

    for (auto const& address : once) {
        promise(!address.empty(), "an address is not empty");
        bool const v4 = esxi::is_usable_address(address, ip_version::v4);
        bool const v6 = esxi::is_usable_address(address, ip_version::v6);
        promise(!(v4 && v6), "an address is of one family");
        promise(esxi::is_usable_address(address, ip_version::any) == (v4 || v6), "any family is one of the two");
        esxi::vm_state vm;
        report.first = address;
        set_addresses(vm, report);
        promise(vm.addresses.front() == address && vm.addresses.size() == once.size(),
                "the first address is put first, and none lost");
    }
    esxi::vm_state vm;
    report.first = "203.0.113.77";
    set_addresses(vm, report);
    bool const is_known = std::find(once.begin(), once.end(), report.first) != once.end();
    promise(is_known || vm.addresses == once || (once.empty() && !report.has_others),
            "an address that no card has counts only if no card has any");
    auto const first = esxi::first_usable_address(once, ip_version::any);
    promise(first.empty() || esxi::is_usable_address(first, ip_version::any), "the first usable address can be used");
}
