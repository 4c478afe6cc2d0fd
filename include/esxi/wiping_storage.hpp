// SPDX-License-Identifier: Apache-2.0
// Storage for JSON that is wiped when it is given back: for the properties of a host, which hold its password.
#pragma once

#include <boost/json/storage_ptr.hpp>

#include <esxi/detail/wiping_resource.hpp>

namespace esxi {

/// For `boost::json::object properties(esxi::wiping_storage())`: what stands in it, however deep, is wiped when it goes. A text of
/// up to 14 characters is best put there by `properties["password"].emplace_string() = ...`; else a temporary holds it as well.
[[nodiscard]] inline boost::json::storage_ptr wiping_storage()
{
    return boost::json::make_shared_resource<detail::wiping_resource>();
}

} // namespace esxi
