// SPDX-License-Identifier: Apache-2.0
// The second translation unit: includes the same headers, so that a definition which is not inline does not link.
#include "greeting.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <esxi/concepts/context.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/error.hpp>

std::string greeting()
{
    return boost::json::serialize(boost::json::object{{"kind", esxi::to_string(esxi::error_kind::config)}});
}
