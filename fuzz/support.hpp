// SPDX-License-Identifier: Apache-2.0
// What every fuzz target uses: the function that it is, promises to check, and ways to cut an input up.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <esxi/detail/hash.hpp>
#include <esxi/error.hpp>
#include <esxi/model/connection.hpp>

namespace fuzz {

/// What a target does with one input. Returns where the library keeps its promises; an exception, an abort, or whatever a sanitizer
/// sees is a finding.
void one_input(std::string_view input);

/// The password of a host in targets which check that it stays secret.
inline constexpr std::string_view password = "pencil-case-71";

/// A connection with that password.
inline esxi::host_connection some_host()
{
    esxi::host_connection host;
    host.host = "esxi1:8443";
    host.password = password;
    return host;
}

/// Ends the program where a promise is broken.
inline void promise(bool kept, char const* what)
{
    if (!kept) {
        std::fprintf(stderr, "broken promise: %s\n", what);
        std::abort();
    }
}

/// What `read` returns; nothing where it refuses the input with an error of this kind, the only one that it may throw.
template <class Read>
auto read_or_refuse(esxi::error_kind kind, Read const& read) -> std::optional<decltype(read())>
{
    try {
        return read();
    } catch (esxi::error const& refused) {
        promise(refused.kind() == kind, "what cannot be read is an error of the documented kind");
        promise(*refused.what() != '\0', "an error says what is wrong");
        return std::nullopt;
    }
}

/// Takes the first of several fields, which NULs keep apart, off the input.
inline std::string take_field(std::string_view& input)
{
    auto const end = std::min(input.find('\0'), input.size());
    std::string field(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
    return field;
}

/// The parts of a text between these characters.
inline std::vector<std::string> split(std::string_view text, char at)
{
    std::vector<std::string> parts;
    for (auto end = text.find(at); end != std::string_view::npos; end = text.find(at)) {
        parts.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    parts.emplace_back(text);
    return parts;
}

/// The text in pieces of `longest` bytes or fewer, of sizes that look random and are the same each time.
inline std::vector<std::string_view> pieces(std::string_view text, std::size_t longest)
{
    std::vector<std::string_view> all;
    auto state = esxi::detail::fnv1a(text);
    while (!text.empty()) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        auto const piece = text.substr(0, 1 + (state >> 33) % longest);
        all.push_back(piece);
        text.remove_prefix(piece.size());
    }
    return all;
}

} // namespace fuzz
