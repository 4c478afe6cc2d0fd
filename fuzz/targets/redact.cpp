// SPDX-License-Identifier: Apache-2.0
// Secrets in text, in every spelling. Fields: the secret, the user, what stands before it, what stands after it.
#include <esxi/govc/redact.hpp>

#include <boost/json/serialize.hpp>

#include "../support.hpp"

namespace {

std::string percent(std::string_view text, char const* form)
{
    std::string spelled;
    for (char c : text) {
        char three[4];
        std::snprintf(three, sizeof three, form, static_cast<unsigned char>(c));
        spelled += three;
    }
    return spelled;
}

/// As net/url has it: what need not be escaped is left.
std::string query_escaped(std::string_view text)
{
    std::string spelled;
    for (char c : text) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::string_view("-_.~").find(c) != std::string_view::npos;
        spelled += plain ? std::string(1, c) : c == ' ' ? "+" : percent({&c, 1}, "%%%02X");
    }
    return spelled;
}

std::string json_escaped(std::string_view text)
{
    auto const quoted = boost::json::serialize(boost::json::string_view(text.data(), text.size()));
    return quoted.substr(1, quoted.size() - 2);
}

std::string xml_escaped(std::string_view text)
{
    std::string spelled;
    for (char c : text) {
        spelled += c == '&'    ? "&amp;"
                   : c == '<'  ? "&lt;"
                   : c == '>'  ? "&gt;"
                   : c == '"'  ? "&#34;"
                   : c == '\'' ? "&#39;"
                               : std::string(1, c);
    }
    return spelled;
}

/// What is left of a text between the marks that stand for secrets.
std::vector<std::string> between_marks(std::string text)
{
    constexpr auto mark = esxi::detail::redacted_mark;
    std::vector<std::string> parts;
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
        parts.push_back(text.substr(0, at));
        text.erase(0, at + mark.size());
    }
    parts.push_back(text);
    return parts;
}

/// Whether a mark can complete the secret, as that of `://<redacted>@h` does `acted>@h`: then it is found, and nothing of it is told.
bool meets_mark(std::string_view secret)
{
    constexpr auto mark = esxi::detail::redacted_mark;
    for (std::size_t size = 1; size <= std::min(secret.size(), mark.size()); ++size) {
        if (mark.ends_with(secret.substr(0, size)) || mark.starts_with(secret.substr(secret.size() - size))) {
            return true;
        }
    }
    return secret.find(mark) != std::string_view::npos;
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    using esxi::govc::redactor;
    auto const secret = take_field(input);
    auto const user = take_field(input);
    auto const before = take_field(input);
    auto const after = std::string(input);
    redactor redact;
    redact.add_secret(secret, user);

    auto const clean = redact(input);
    bool const is_found_in_marks = meets_mark(secret);
    promise(is_found_in_marks || !redact.finds_secret(clean), "no secret is found in what was redacted");
    promise(is_found_in_marks || redact(clean) == clean, "what was redacted is left as it is");
    if (!redactor::can_be_told_apart(secret) || secret.find(esxi::detail::redacted_mark) != std::string::npos) {
        return;
    }
    // Of base64, what stands for the secret alone; the characters at its ends hold bits of what is beside it.
    auto const in_base64 = [&](std::string const& beside) {
        auto const begin = (beside.size() * 8 + 5) / 6;
        auto const end = (beside.size() + secret.size()) * 8 / 6;
        return std::pair(esxi::detail::to_base64(beside + secret + "xy"),
                         esxi::detail::to_base64(beside + secret + "xy").substr(begin, end - begin));
    };
    std::vector<std::pair<std::string, std::string>> spellings; // in the text; what must not be left of it
    for (auto const& one :
         {secret, percent(secret, "%%%02x"), percent(secret, "%%%02X"), query_escaped(secret),
          query_escaped(query_escaped(secret)), json_escaped(secret), json_escaped(json_escaped(secret)), xml_escaped(secret)}) {
        spellings.emplace_back(one, one);
    }
    for (auto const& beside : {std::string(), std::string("x"), std::string("xy"), user + ":"}) {
        spellings.push_back(in_base64(beside));
    }
    for (auto const& [spelled, gone] : spellings) {
        auto const text = redact(std::string(before).append(spelled).append(after));
        promise(is_found_in_marks || !redact.finds_secret(text), "no secret is found in what was redacted");
        for (auto const& part : between_marks(text)) {
            promise(part.find(gone) == std::string::npos, "no secret survives in any spelling");
        }
    }
}
