// SPDX-License-Identifier: Apache-2.0
// The second translation unit.
#include "everything.hpp"
#include "greeting.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

std::string greeting()
{
    return boost::json::serialize(boost::json::object{{"kind", esxi::to_string(esxi::error_kind::config)}});
}
