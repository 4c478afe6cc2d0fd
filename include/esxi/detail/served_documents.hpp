// SPDX-License-Identifier: Apache-2.0
// The documents that go to and come from `govc serve`, one a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>

#include <esxi/command.hpp>
#include <esxi/detail/base64.hpp>
#include <esxi/detail/utf8.hpp>

namespace esxi::detail {

/// The one that is spoken here.
inline constexpr std::int64_t served_protocol = 1;

/// Whether a document can hold the command: JSON is text, and an argument may be any bytes.
[[nodiscard]] inline bool fits_document(command const& c)
{
    for (auto const& argument : c.argv) {
        if (!is_utf8(argument)) {
            return false;
        }
    }
    return is_utf8(c.input);
}

/// To run a command; `login`: not with a client that the server has kept.
[[nodiscard]] inline std::string command_document(std::int64_t id, command const& c, bool login)
{
    boost::json::object document{{"id", id}, {"argv", boost::json::array(c.argv.begin(), c.argv.end())}};
    if (!c.input.empty()) {
        document["input"] = c.input;
    }
    if (login) {
        document["login"] = true;
    }
    return boost::json::serialize(document) + "\n";
}

/// To end it early.
[[nodiscard]] inline std::string cancel_document(std::int64_t id)
{
    return boost::json::serialize(boost::json::object{{"cancel", id}}) + "\n";
}

/// What a server says: a greeting, a piece of an output, or the end of a command.
struct served_reply {
    std::int64_t greeting = 0;     ///< The protocol that it speaks.
    std::int64_t id = 0;           ///< The command that the rest is about.
    std::string out{}, err{};
    std::optional<int> exit_code{};
    bool alone = false;            ///< Nothing was done: the command needs a process of its own.
};

/// Reads a line; nothing where it is none of a server's.
[[nodiscard]] inline std::optional<served_reply> read_reply(std::string_view line)
{
    boost::system::error_code bad;
    auto const value = boost::json::parse({line.data(), line.size()}, bad);
    if (bad || !value.is_object()) {
        return std::nullopt;
    }
    served_reply reply;
    bool known = false;
    for (auto const& [key, member] : value.get_object()) {
        auto const* number = member.if_int64();
        if (number != nullptr && key == "serve") {
            reply.greeting = *number;
            known = true;
        } else if (number != nullptr && key == "id") {
            reply.id = *number;
            known = true;
        } else if (number != nullptr && key == "exit" && *number >= 0 && *number < 256) {
            reply.exit_code = static_cast<int>(*number);
        } else if (member.is_bool() && key == "alone") {
            reply.alone = member.get_bool();
        } else if (member.is_string() && (key == "out" || key == "err")) {
            auto bytes = from_base64(member.get_string());
            if (!bytes) {
                return std::nullopt;
            }
            (key == "out" ? reply.out : reply.err) = std::move(*bytes);
        } else {
            return std::nullopt;
        }
    }
    return known ? std::optional(std::move(reply)) : std::nullopt;
}

/// What a server says, as it arrives: in pieces of any size, passed on line by line.
class served_lines {
public:
    /// In bytes; a server's pieces of an output are a tenth of that.
    static constexpr std::size_t longest = std::size_t{1} << 20;

    /// Calls `on_line` for each line that is complete now, as long as it returns true. False: it did not, or there is a longer line.
    template <class OnLine>
    [[nodiscard]] bool take(std::string_view piece, OnLine const& on_line)
    {
        while (!piece.empty()) {
            auto const end = piece.find('\n');
            auto const part = piece.substr(0, end);
            if (part.size() > longest - begun_.size()) {
                return false;
            }
            begun_ += part;
            if (end == std::string_view::npos) {
                return true;
            }
            piece.remove_prefix(end + 1);
            bool const goes_on = on_line(std::string_view(begun_));
            begun_.clear();
            if (!goes_on) {
                return false;
            }
        }
        return true;
    }

private:
    std::string begun_; ///< The line that is not complete.
};

} // namespace esxi::detail
