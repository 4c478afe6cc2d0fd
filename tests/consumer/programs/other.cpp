// SPDX-License-Identifier: Apache-2.0
// The second translation unit: includes what the first one does, so that a definition which is not inline does not link.
#include "greeting.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/context/state_file.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/any.hpp>
#include <esxi/transport/record.hpp>
#include <esxi/transport/replay.hpp>
#if defined(WITH_SUBPROCESS)
#include <esxi/transport/subprocess.hpp>
#endif

std::string greeting()
{
    return boost::json::serialize(boost::json::object{{"kind", esxi::to_string(esxi::error_kind::config)}});
}
