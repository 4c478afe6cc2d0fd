// SPDX-License-Identifier: Apache-2.0
// Takes the credentials out of URLs, whoever put them there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace esxi::detail {

/// What stands where a secret stood.
inline constexpr std::string_view redacted_mark = "<redacted>";

/// Where the URL at the text's start ends. The mark, which may stand in it already, holds what else would end it. An apostrophe does
/// not: a password may hold one as it is.
[[nodiscard]] inline std::size_t url_length(std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i).starts_with(redacted_mark)) {
            i += redacted_mark.size() - 1;
        } else if (std::string_view(" \t\r\n\"<>`").find(text[i]) != std::string_view::npos) {
            return i;
        }
    }
    return text.size();
}

/// How `host:443/a@b` is read: as a URL with a port, or as `user:443/a` at the host `b`.
enum class port_or_password { port, password };

/// Goes through the text: `on_plain` is given what stands around the credentials of URLs, `on_credentials` those, without the `@`.
template <class OnPlain, class OnCredentials>
void visit_url_credentials(std::string_view text, OnPlain const& on_plain, OnCredentials const& on_credentials,
                           port_or_password digits = port_or_password::port)
{
    constexpr auto none = std::string_view::npos;
    std::size_t done = 0;
    std::size_t end = 0; // of the URL, which may hold others
    std::size_t last_at = 0; // the last `@` in it
    for (auto scheme = text.find("://"); scheme != none; scheme = text.find("://", done)) {
        auto const begin = scheme + 3;
        if (begin >= end) {
            auto const url = text.substr(begin, url_length(text.substr(begin)));
            end = begin + url.size();
            last_at = url.rfind('@');
            last_at = last_at == none ? none : begin + last_at;
        }
        auto const authority = text.substr(begin, std::min(end, text.find_first_of("/?#", begin)) - begin);
        auto at = authority.rfind('@');
        if (at != none) {
            at += begin;
        } else if (last_at != none && last_at >= begin) {
            // `user:se/cret@host`: a password with a slash, written as it should not be.
            auto const colon = authority.rfind(':');
            bool const is_host =
                colon == none || authority.starts_with('[') ||
                (digits == port_or_password::port && authority.find_first_not_of("0123456789", colon + 1) == none);
            at = is_host ? none : last_at;
        }
        on_plain(text.substr(done, begin - done));
        done = begin;
        if (at != none) {
            on_credentials(text.substr(begin, at - begin));
            done = at;
        }
    }
    on_plain(text.substr(done));
}

/// `https://user:secret@host/` becomes `https://<redacted>@host/`.
[[nodiscard]] inline std::string without_url_credentials(std::string_view text)
{
    std::string clean;
    visit_url_credentials(
        text, [&clean](std::string_view plain) { clean += plain; }, [&clean](std::string_view) { clean += redacted_mark; });
    return clean;
}

/// Whether the text begins as a URL that govc fetches.
[[nodiscard]] inline bool is_http_url(std::string_view text)
{
    return text.starts_with("http://") || text.starts_with("https://");
}

/// The query of an http(s) URL, which may be a credential as that of a presigned one is; empty if there is none, or the text is no URL.
[[nodiscard]] inline std::string_view url_query(std::string_view url)
{
    auto const begin = url.find('?');
    return is_http_url(url) && begin != std::string_view::npos ? url.substr(begin + 1, url.find('#', begin) - begin - 1)
                                                               : std::string_view();
}

/// What may be told of where an OVA is from: of a URL neither credentials nor what is behind the path; a path as it is. What may be a
/// password is taken for one, at the cost of the host in `https://host:443/a@b`.
[[nodiscard]] inline std::string shown_source(std::string_view source)
{
    if (!is_http_url(source)) {
        return without_url_credentials(source);
    }
    std::string shown;
    visit_url_credentials(
        source, [&shown](std::string_view plain) { shown += plain; }, [&shown](std::string_view) { shown += redacted_mark; },
        port_or_password::password);
    return shown.substr(0, shown.find_first_of("?#"));
}

/// Whether a text that is no http(s) URL may be meant as one with credentials: `user:secret@host/x`, `//user:secret@host`,
/// `https:/token@host`. A path that begins with `/` or `.` is none.
[[nodiscard]] inline bool may_hide_credentials(std::string_view source)
{
    bool const is_path = (source.starts_with('/') && !source.starts_with("//")) || source.starts_with('.');
    auto const before = source.substr(0, std::min(source.rfind('@'), source.size()));
    return !is_path && before.size() < source.size() && (before.find(':') != std::string_view::npos || before.starts_with("//"));
}

/// Whether the URL, which has a scheme, names a host.
[[nodiscard]] inline bool url_has_host(std::string_view url)
{
    auto host = url.substr(url.find("://") + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    host = host.substr(host.rfind('@') + 1); // all of it where there is none
    return !host.empty() && host.front() != ':';
}

/// Whether a URL is of the characters that RFC 3986 lets stand in one: then where it ends in other text can be told.
[[nodiscard]] inline bool is_encoded_url(std::string_view url)
{
    constexpr std::string_view others = "\"<>\\^`{|}";
    return std::all_of(url.begin(), url.end(),
                       [others](char c) { return c > ' ' && c < 0x7f && others.find(c) == std::string_view::npos; });
}

} // namespace esxi::detail
