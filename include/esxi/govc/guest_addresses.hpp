// SPDX-License-Identifier: Apache-2.0
// A guest's addresses out of vSphere API types GuestInfo and GuestNicInfo.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <esxi/govc/json_fields.hpp>

namespace esxi::govc::detail {

/// A guest with more is a hostile one: each address is compared with all before it.
inline constexpr std::size_t most_addresses = 1000;

inline void add_address(std::vector<std::string>& addresses, boost::json::value const* value)
{
    if (addresses.size() >= most_addresses) {
        return;
    }
    auto address = text_of(value);
    if (!address.empty() && std::find(addresses.begin(), addresses.end(), address) == addresses.end()) {
        addresses.push_back(std::move(address));
    }
}

/// Adds the address that the guest names first, before all others.
inline void add_first_address(std::vector<std::string>& addresses, std::string const& address)
{
    auto const known = std::find(addresses.begin(), addresses.end(), address);
    if (known != addresses.end()) {
        std::rotate(addresses.begin(), known, known + 1);
    } else if (!address.empty()) {
        addresses.insert(addresses.begin(), address);
    }
}

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

/// Adds the addresses of all network cards that are not known yet.
inline void add_addresses(std::vector<std::string>& addresses, boost::json::value const* cards)
{
    auto const* list = list_in(cards);
    if (list == nullptr) {
        return;
    }
    for (auto const& card : *list) {
        if (auto const* plain = list_in(member(&card, "ipAddress"))) {
            for (auto const& address : *plain) {
                add_address(addresses, &address);
            }
        }
        if (auto const* configured = list_in(member_at(&card, "ipConfig.ipAddress"))) {
            for (auto const& entry : *configured) {
                add_address(addresses, member(&entry, "ipAddress"));
            }
        }
    }
}

} // namespace esxi::govc::detail
