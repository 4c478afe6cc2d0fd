// SPDX-License-Identifier: Apache-2.0
// Text made safe for a terminal, and what is UTF-8.
#include <esxi/printable.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "../support.hpp"

using namespace esxi;

void fuzz::one_input(std::string_view input)
{
    auto const shown = printable(input);
    promise(detail::is_utf8(shown), "what is shown is UTF-8");
    for (std::string_view rest = shown; !rest.empty();) {
        auto const character = rest.substr(0, detail::utf8_length(rest));
        promise(!detail::is_unprintable(character), "nothing that is shown acts on a terminal");
        promise(character.size() != 1 || (character[0] >= 0x20 && character[0] != 0x7f), "no control character is shown");
        rest.remove_prefix(character.size());
    }
    promise(printable(shown) == shown, "what is shown is left as it is");

    // Boost.JSON's reader, which has a decoder of its own, takes UTF-8 and nothing else.
    auto const quoted = boost::json::serialize(boost::json::string_view(input.data(), input.size()));
    boost::json::error_code failed;
    static_cast<void>(boost::json::parse(quoted, failed));
    promise(detail::is_utf8(input) == !failed, "what is UTF-8 is told as Boost.JSON tells it");
}
