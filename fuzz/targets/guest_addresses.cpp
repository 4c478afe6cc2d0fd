// SPDX-License-Identifier: Apache-2.0
// A guest's addresses, and which of them can be used.
#include <esxi/govc/guest_addresses.hpp>

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
    std::vector<std::string> addresses;
    add_addresses(addresses, &*document);
    auto const once = addresses;
    add_addresses(addresses, &*document);
    promise(addresses == once, "what is known is not added again");
    promise(std::set(once.begin(), once.end()).size() == once.size(), "no address stands twice");

    for (auto const& address : once) {
        promise(!address.empty(), "an address is not empty");
        bool const v4 = esxi::is_usable_address(address, ip_version::v4);
        bool const v6 = esxi::is_usable_address(address, ip_version::v6);
        promise(!(v4 && v6), "an address is of one family");
        promise(esxi::is_usable_address(address, ip_version::any) == (v4 || v6), "any family is one of the two");
        add_first_address(addresses, address);
        promise(addresses.front() == address && addresses.size() == once.size(), "the first address is put first, and none lost");
    }
    auto const first = esxi::first_usable_address(once, ip_version::any);
    promise(first.empty() || esxi::is_usable_address(first, ip_version::any), "the first usable address can be used");
}
