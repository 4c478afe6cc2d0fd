// SPDX-License-Identifier: Apache-2.0
// Keeps secrets out of text that leaves the library.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/detail/url_credentials.hpp>
#include <esxi/govc/spelling.hpp>
#include <esxi/model/connection.hpp>
#include <esxi/secret_text.hpp>

namespace esxi::govc {

/// Replaces known secrets, in every spelling, and the credentials in URLs, known or not.
class redactor {
public:
    redactor() = default;
    /// Knows the connection's password.
    explicit redactor(host_connection const& connection) { add_secret(connection.password, connection.user); }

    /// Whether the secret is long enough to be told from other text wherever it stands. A shorter one is replaced only where it is
    /// a word of its own: replaced everywhere, it would be given away by the gaps.
    [[nodiscard]] static bool can_be_told_apart(std::string_view secret) { return secret.size() >= shortest; }

    /// Adds a secret; with a user, also as the two stand together in an Authorization header.
    void add_secret(std::string_view secret, std::string_view user = {})
    {
        auto const known = [secret](auto const& other) { return other.plain == secret; };
        if (secret.empty() || std::any_of(secrets_.begin(), secrets_.end(), known)) {
            return;
        }
        known_secret added{secret, {}};
        added.forms.emplace_back(secret);
        auto const add_form = [&forms = added.forms](std::string_view form) {
            if (!form.empty() && std::find(forms.begin(), forms.end(), form) == forms.end()) {
                forms.emplace_back(form);
            }
        };
        auto const add = [&add_form](std::string_view base64) {
            for (auto const form : {base64, base64.substr(0, base64.find('='))}) {
                add_form(form);
                add_form(detail::url_base64(form));
            }
        };
        for (std::size_t before = 0; before < 3 && can_be_told_apart(secret); ++before) {
            add(detail::inner_base64(secret, before));
        }
        // Whole, for the characters at its ends, and where it is not long enough for its middle to be told.
        add(esxi::detail::to_base64<secret_text>(secret));
        if (!user.empty()) {
            secret_text both;
            both.reserve(user.size() + 1 + secret.size());
            ((both += user) += ':') += secret;
            add(esxi::detail::to_base64<secret_text>(both));
        }
        for (std::string_view const form : added.forms) {
            begins_[static_cast<unsigned char>(form.front())] = true;
        }
        secrets_.push_back(std::move(added));
    }

    /// Adds the passwords that stand in the URLs of a command's argument, and a URL's query: who is sent them may send them back, in
    /// other words.
    void add_url_secrets(std::string_view argument)
    {
        add_secret(esxi::detail::url_query(argument));
        esxi::detail::visit_url_credentials(
            argument, [](std::string_view) {},
            [this](std::string_view credentials) {
                auto const colon = credentials.find(':');
                if (colon == std::string_view::npos || credentials.find(esxi::detail::redacted_mark) != std::string_view::npos) {
                    return;
                }
                auto const user = url_decoded(credentials.substr(0, colon));
                add_secret(url_decoded(credentials.substr(colon + 1)), user);
                add_secret(credentials.substr(colon + 1), user); // as it is: who wrote it may have meant that
            },
            esxi::detail::is_http_url(argument) ? esxi::detail::port_or_password::password
                                                : esxi::detail::port_or_password::port);
    }

    /// The text without secrets.
    [[nodiscard]] std::string operator()(std::string_view text) const
    {
        std::string clean;
        clean.reserve(text.size());
        visit(text, [&clean](std::string_view plain) { clean += plain; }, [&clean] { clean += esxi::detail::redacted_mark; });
        return esxi::detail::without_url_credentials(clean);
    }

    /// The arguments of a command without secrets.
    [[nodiscard]] std::vector<std::string> operator()(std::vector<std::string> const& arguments) const
    {
        std::vector<std::string> clean;
        clean.reserve(arguments.size());
        for (auto const& argument : arguments) {
            clean.push_back((*this)(argument));
        }
        return clean;
    }

    /// Whether one of the known secrets is in the text.
    [[nodiscard]] bool finds_secret(std::string_view text) const
    {
        bool found = false;
        visit(text, [](std::string_view) {}, [&found] { found = true; });
        return found;
    }

private:
    static constexpr std::size_t shortest = 6;

    struct known_secret {
        secret_text plain;
        std::vector<secret_text> forms; ///< As it is, and in base64; each of which may be spelled in several ways.
    };

    [[nodiscard]] static secret_text url_decoded(std::string_view text)
    {
        secret_text decoded;
        decoded.reserve(text.size());
        while (!text.empty()) {
            auto const code = detail::percent_spelled(text);
            decoded += code.length == 0 ? text.front() : code.meaning.front();
            text.remove_prefix(std::max<std::size_t>(code.length, 1));
        }
        return decoded;
    }

    [[nodiscard]] static bool is_word(char c)
    {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               static_cast<unsigned char>(c) >= 0x80;
    }

    [[nodiscard]] static bool stands_alone(std::string_view text, std::size_t at, std::size_t length)
    {
        return (at == 0 || !is_word(text[at - 1])) && (at + length >= text.size() || !is_word(text[at + length]));
    }

    /// Whether the first character of the text, in one of its spellings, is the first one of a secret.
    [[nodiscard]] bool may_begin(std::string_view text) const
    {
        auto const begins = [this](char c) { return begins_[static_cast<unsigned char>(c)] || (c == '+' && begins_[' ']); };
        auto const means = [&begins](detail::spelled const& s) { return s.length != 0 && begins(s.meaning.front()); };
        char const c = text.front();
        return begins(c) ||
               ((c == '%' || c == '\\' || c == '&') && (means(detail::once_spelled(text)) || means(detail::twice_spelled(text))));
    }

    /// How many bytes of the text are a secret at this place; of several, the most.
    [[nodiscard]] std::size_t secret_at(std::string_view text, std::size_t at) const
    {
        if (!may_begin(text.substr(at))) {
            return 0;
        }
        std::size_t most = 0;
        for (auto const& secret : secrets_) {
            bool const anywhere = can_be_told_apart(secret.plain);
            for (auto const& form : secret.forms) {
                auto const length = detail::spelled_length(text.substr(at), form);
                if (length > most && (anywhere || stands_alone(text, at, length))) {
                    most = length;
                }
            }
        }
        return most;
    }

    template <class OnPlain, class OnSecret>
    void visit(std::string_view text, OnPlain const& on_plain, OnSecret const& on_secret) const
    {
        std::size_t done = 0;
        std::size_t end_of_mark = 0;
        for (std::size_t at = 0; at < text.size() && !secrets_.empty();) {
            if (text.substr(at).starts_with(esxi::detail::redacted_mark)) {
                end_of_mark = at + esxi::detail::redacted_mark.size();
            }
            auto const length = secret_at(text, at);
            if (length == 0 || at + length <= end_of_mark) { // inside a mark, a word of which the secret may be
                ++at;
                continue;
            }
            on_plain(text.substr(done, at - done));
            on_secret();
            at += length;
            done = at;
        }
        on_plain(text.substr(done));
    }

    std::vector<known_secret> secrets_;
    std::array<bool, 256> begins_{}; ///< Whether a secret, in some form, begins with this byte.
};

} // namespace esxi::govc
