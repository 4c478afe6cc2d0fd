// SPDX-License-Identifier: Apache-2.0
// `object.collect -json` of one VM.
#include <esxi/govc/collect.hpp>

#include "../dialects.hpp"
#include "../support.hpp"
#include "../vms.hpp"

using namespace esxi::govc;

void fuzz::one_input(std::string_view input)
{
    if (auto const one = read_or_refuse(esxi::error_kind::govc, [&] { return read_collected(input); })) {
        promise(read_collected(boost::json::serialize(properties_of(*one))) == *one,
                "what was read and written is read again as it was");
        if (auto const old = in_old_dialect(input)) {
            promise(read_collected(*old) == *one, "both dialects say the same");
        }
    }
}
