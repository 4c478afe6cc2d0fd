// SPDX-License-Identifier: Apache-2.0
// Credentials in URLs. Fields: a user, a password, a host, what stands before the URL, what stands after it.
#include <esxi/detail/url_credentials.hpp>

#include "../support.hpp"

using namespace esxi::detail;

namespace {

/// A text as net/url writes it in a URL, never empty.
std::string encoded(std::string_view text)
{
    std::string spelled;
    for (char c : text) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_') {
            spelled += c;
        } else {
            char three[4];
            std::snprintf(three, sizeof three, "%%%02X", static_cast<unsigned char>(c));
            spelled += three;
        }
    }
    return spelled.empty() ? "x" : spelled;
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    auto const clean = without_url_credentials(input);
    promise(without_url_credentials(clean) == clean, "what has no credentials is left as it is");
    promise(input.find("://") != std::string_view::npos || clean == input, "what has no URL is left as it is");
    if (is_encoded_url(input)) {
        promise(url_length(input) == input.size() && input.find_first_of(" \t\r\n") == std::string_view::npos,
                "where an encoded URL ends can be told");
    }

    auto const user = encoded(take_field(input));
    auto const secret = encoded(take_field(input));
    auto const host = encoded(take_field(input));
    auto const before = take_field(input);
    auto const with = [&](std::string const& word) {
        return without_url_credentials(before + "https://" + user + ":" + word + "@" + host + "/" + std::string(input));
    };
    // What would be the same with any password holds none of it.
    promise(with(secret) == with("x") && with(secret) == with("123"), "nothing of a URL's password survives");
}
