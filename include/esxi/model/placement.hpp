// SPDX-License-Identifier: Apache-2.0
// Where on a host an import goes.
#pragma once

#include <map>
#include <string>

namespace esxi {

/// Where an import goes. Names are as the host stores them.
struct placement {
    std::string datastore;                       ///< Empty: the host's only one.
    std::map<std::string, std::string> networks; ///< Network of the OVF -> network of the host.

    friend bool operator==(placement const&, placement const&) = default;
};

} // namespace esxi
