// SPDX-License-Identifier: Apache-2.0
// Names: as stored, as shown, as patterns. Fields: a name, another name or pattern.
#include <esxi/govc/names.hpp>

#include <support/path_match.hpp>

#include "../support.hpp"

using namespace esxi::govc;
using test::path_match;

namespace {

/// The text that an escaped pattern stands for.
std::string unescape(std::string_view escaped)
{
    std::string text;
    for (std::size_t i = 0; i < escaped.size(); ++i) {
        i += escaped[i] == '\\' ? 1 : 0;
        text += escaped[i];
    }
    return text;
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    auto const name = take_field(input);
    std::string const other(input);
    auto const escaped = escape_pattern(name);

    promise(shown_name(stored_name(name)) == name, "a stored name is shown as it was");
    promise(stored_name(name).find_first_of("/\\") == std::string::npos, "a stored name is no path");
    promise(unescape(escaped) == name, "unescape of escape is the identity");
    promise(path_match(escaped, name) == test::match::yes, "an escaped name matches itself");
    promise(path_match(escaped, other) == (name == other ? test::match::yes : test::match::no),
            "an escaped name matches nothing but itself");

    auto const argument = name_argument(name);
    promise(argument.starts_with("./") && argument.find('/', 2) == std::string::npos, "an argument is one name in the folder");
    auto const pattern = argument.substr(2);
    promise(!pattern.starts_with('.'), "an argument is not taken for a path");
    promise(path_match(pattern, stored_name(name)) == test::match::yes, "an argument reaches its VM");
    promise(name == other || path_match(pattern, stored_name(other)) == test::match::no, "an argument reaches no other VM");
}
