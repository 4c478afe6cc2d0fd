// SPDX-License-Identifier: Apache-2.0
// The placeholders of a tape: `{host}`, `{token:1}`, and a path's `{name}` stand for what differs from one run to the next.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/detail/placeholder_text.hpp>
#include <esxi/error.hpp>
#include <esxi/model/import_mark.hpp>

namespace esxi::detail {

/// What the placeholders stand for in one recording or replay. A plain value: a copy can be tried out.
class placeholders {
public:
    /// Names and paths. A name is of lower-case letters, digits and `_`, and none of the three that are taken.
    explicit placeholders(std::vector<std::pair<std::string, std::string>> const& paths = {})
    {
        for (auto const& [name, path] : paths) {
            std::string const text = "{" + name + "}";
            auto const read = read_placeholder(text);
            if (!read || read->literal || read->number != 0 || read->length != text.size() || is_taken(name)) {
                throw error(error_kind::config,
                            "a tape's placeholder cannot be named `" + name +
                                "`: lower-case letters, digits and _ are allowed, and not host, host_name or token");
            }
            if (path.empty() || !actual_.emplace(name, path).second) {
                throw error(error_kind::config,
                            "the tape's placeholder {" + name + "} " + (path.empty() ? "is empty" : "is given twice"));
            }
        }
    }

    /// Says which host the next texts are of.
    void set_host(std::string_view host)
    {
        actual_["host"] = std::string(host);
        actual_["host_name"] = std::string(without_port(host));
    }

    /// Binds an import token to the next free number.
    void add_token(std::string_view token)
    {
        tokens_.emplace(tokens_.empty() ? 1 : tokens_.rbegin()->first + 1, std::string(token));
    }

    /// The text with placeholders in it. An import token that was not seen before gets the next number.
    [[nodiscard]] std::string collapse(std::string_view text)
    {
        std::string collapsed;
        for (std::size_t at = 0; at < text.size();) {
            auto const rest = text.substr(at);
            if (auto const literal = read_placeholder(rest)) {
                collapsed += "{=";
                collapsed += rest.substr(1, literal->length - 1);
                at += literal->length;
            } else if (auto const length = token_length(rest); length != 0) {
                collapsed += "{token:" + std::to_string(number_of(rest.substr(0, length))) + "}";
                at += length;
            } else if (auto const* found = longest_at(text, at)) {
                collapsed += "{" + found->first + "}";
                at += found->second.size();
            } else {
                collapsed += text[at++];
            }
        }
        return collapsed;
    }

    /// The text with what the placeholders stand for. A token's number that was not bound yet is bound to a token made from it.
    /// Throws `tape` for a placeholder that stands for nothing.
    [[nodiscard]] std::string expand(std::string_view text)
    {
        std::string expanded;
        visit(
            text, [&](std::string_view plain) { expanded += plain; },
            [&](placeholder const& p) { expanded += p.name == "token" ? token(p.number) : actual_.at(std::string(p.name)); });
        return expanded;
    }

    /// Binds the numbers that these texts of a tape name, and that are still free, to the tokens that the other texts have and that
    /// are not bound, first to first: a program makes its token when it runs.
    void bind_tokens(std::vector<std::string> const& tape, std::vector<std::string> const& actual)
    {
        std::vector<std::size_t> numbers;
        for (auto const& text : tape) {
            visit(
                text, [](std::string_view) {},
                [&](placeholder const& p) {
                    if (p.name == "token" && !tokens_.contains(p.number) &&
                        std::find(numbers.begin(), numbers.end(), p.number) == numbers.end()) {
                        numbers.push_back(p.number);
                    }
                });
        }
        auto next = numbers.begin();
        for (std::string_view text : actual) {
            for (std::size_t at = 0; at < text.size() && next != numbers.end(); ++at) {
                auto const seen = text.substr(at, token_length(text.substr(at)));
                if (!seen.empty() && !number_if_bound(seen)) {
                    tokens_.emplace(*next++, std::string(seen));
                }
            }
        }
    }

    /// Throws `tape` where the text has a placeholder that stands for nothing.
    void check(std::string_view text) const
    {
        visit(text, [](std::string_view) {}, [](placeholder const&) {});
    }

private:
    using named = std::pair<std::string const, std::string>;

    [[nodiscard]] static bool is_taken(std::string_view name) { return name == "host" || name == "host_name" || name == "token"; }

    /// Takes a text apart into plain pieces and placeholders that stand for something.
    template <class Plain, class Placeholder>
    void visit(std::string_view text, Plain const& on_plain, Placeholder const& on_placeholder) const
    {
        while (!text.empty()) {
            auto const read = read_placeholder(text);
            if (!read) {
                auto const next = text.find('{', 1);
                on_plain(text.substr(0, next));
                text.remove_prefix(std::min(next, text.size()));
                continue;
            }
            if (read->literal) {
                on_plain("{");
                on_plain(text.substr(2, read->length - 2));
            } else if ((read->name == "token") != (read->number != 0) ||
                       (read->number == 0 && !is_taken(read->name) && !actual_.contains(std::string(read->name)))) {
                auto const whole = std::string(text.substr(0, read->length));
                throw error(error_kind::tape, "placeholder " + whole + " stands for nothing: give it in `paths`, or write {=" +
                                                  whole.substr(1) + " where the text itself is meant");
            } else {
                on_placeholder(*read);
            }
            text.remove_prefix(read->length);
        }
    }

    /// What stands for itself at this place; of several the longest, so that a path wins over its directory.
    [[nodiscard]] named const* longest_at(std::string_view text, std::size_t at) const
    {
        named const* longest = nullptr;
        for (auto const& candidate : actual_) {
            auto const& actual = candidate.second;
            if (!actual.empty() && text.substr(at).starts_with(actual) && stands_alone(text, at, actual.size()) &&
                (longest == nullptr || actual.size() > longest->second.size())) {
                longest = &candidate;
            }
        }
        return longest;
    }

    [[nodiscard]] std::optional<std::size_t> number_if_bound(std::string_view token) const
    {
        auto const found =
            std::find_if(tokens_.begin(), tokens_.end(), [token](auto const& bound) { return bound.second == token; });
        return found == tokens_.end() ? std::nullopt : std::optional(found->first);
    }

    [[nodiscard]] std::size_t number_of(std::string_view token)
    {
        if (!number_if_bound(token)) {
            add_token(token);
        }
        return *number_if_bound(token);
    }

    [[nodiscard]] std::string const& token(std::size_t number)
    {
        auto const bound = tokens_.find(number);
        if (bound != tokens_.end()) {
            return bound->second;
        }
        char digits[33];
        std::snprintf(digits, sizeof digits, "%032zx", number);
        return tokens_.emplace(number, std::string(import_token_prefix) + digits).first->second;
    }

    std::map<std::string, std::string> actual_;
    std::map<std::size_t, std::string> tokens_;
};

} // namespace esxi::detail
