// SPDX-License-Identifier: Apache-2.0
// The file in which govc keeps a login: whether it is whole. Only govc reads more of it.
#include <esxi/detail/session_home.hpp>

#include <boost/json/stream_parser.hpp>
#include <boost/system/error_code.hpp>

#include "../support.hpp"

using namespace esxi::detail;

void fuzz::one_input(std::string_view input)
{
    bool const whole = starts_with_whole_object(input);
    // By a JSON parser, which reads as much as there is of the first value.
    boost::system::error_code failed;
    boost::json::stream_parser parser({}, {.max_depth = 1000, .allow_invalid_utf8 = true});
    parser.write_some(input.data(), input.size(), failed);
    if (!failed && input.starts_with('{')) {
        promise(whole == parser.done(), "JSON is whole where it is");
    }
    promise(!whole || input.starts_with('{'), "what is no object is none");
    if (whole) {
        promise(starts_with_whole_object(std::string(input) + "}{rest"), "the rest of an older login changes nothing");
    } else {
        promise(!starts_with_whole_object(input.substr(0, input.size() / 2)), "what is not whole has no part that is");
    }
}
