// SPDX-License-Identifier: Apache-2.0
// The addresses of a VM's own cards, out of vSphere API types GuestInfo and GuestNicInfo.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <esxi/govc/json_fields.hpp>
#include <esxi/model/address.hpp>
#include <esxi/model/vm.hpp>

namespace esxi::govc::detail {

/// A guest with more is a hostile one: each address is compared with all before it.
inline constexpr std::size_t most_addresses = 1000;

/// The list that a value is, or holds as `_value` or under its type's name: how govc writes an array depends on its version.
[[nodiscard]] inline boost::json::array const* list_in(boost::json::value const* value)
{
    if (value == nullptr || value->is_array()) {
        return value == nullptr ? nullptr : &value->get_array();
    }
    if (auto const* object = value->if_object()) {
        for (auto const& entry : *object) {
            if (entry.value().is_array()) {
                return &entry.value().get_array();
            }
        }
    }
    return nullptr;
}

/// What a guest reports of its addresses.
struct guest_report {
    std::string first;            ///< `guest.ipAddress`; can be of any card.
    std::vector<std::string> own; ///< Those of the VM's own cards.
    bool has_others = false;      ///< A card that only the guest has, such as the bridge `docker0`, has an address.

    /// Reads `guest.net`, the list of all cards. Null: the guest reports none.
    void set_cards(boost::json::value const* cards)
    {
        own.clear();
        has_others = false;
        auto const* list = list_in(cards);
        if (list == nullptr) {
            return;
        }
        for (auto const& card : *list) {
            bool const is_own = is_own_card(card);
            if (auto const* plain = list_in(member(&card, "ipAddress"))) {
                for (auto const& address : *plain) {
                    add(&address, is_own);
                }
            }
            if (auto const* configured = list_in(member_at(&card, "ipConfig.ipAddress"))) {
                for (auto const& entry : *configured) {
                    add(member(&entry, "ipAddress"), is_own);
                }
            }
        }
    }

private:
    /// Whether the card is a device of the VM. Of one that only the guest has, the host says -1 and no network.
    [[nodiscard]] static bool is_own_card(boost::json::value const& card)
    {
        return number_of(member(&card, "deviceConfigId")).value_or(0) >= 0 || !text_of(member(&card, "network")).empty();
    }

    void add(boost::json::value const* value, bool is_own)
    {
        auto address = text_of(value);
        if (address.empty()) {
            return;
        }
        if (!is_own) {
            has_others = true;
        } else if (own.size() < most_addresses && std::find(own.begin(), own.end(), address) == own.end()) {
            own.push_back(std::move(address));
        }
    }
};

/// Stores the addresses of the VM's own cards, the one that the guest names first before all others. That one counts although no
/// card has it only if no card has any address at all: some VMware Tools do not report their cards.
inline void set_addresses(vm_state& vm, guest_report report)
{
    vm.addresses = std::move(report.own);
    auto const first = std::find(vm.addresses.begin(), vm.addresses.end(), report.first);
    if (first != vm.addresses.end()) {
        std::rotate(vm.addresses.begin(), first, first + 1);
    } else if (vm.addresses.empty() && !report.has_others && !report.first.empty()) {
        vm.addresses.push_back(std::move(report.first));
    }
    vm.ip = first_usable_address(vm.addresses, ip_version::any);
    if (vm.ip.empty() && !vm.addresses.empty()) {
        vm.ip = vm.addresses.front();
    }
}

} // namespace esxi::govc::detail
