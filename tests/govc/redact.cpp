// SPDX-License-Identifier: Apache-2.0
// No spelling of a secret gets through, and nothing else is touched.
#include <esxi/govc/redact.hpp>

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/detail/base64.hpp>

namespace {

using esxi::detail::to_base64;
using esxi::govc::redactor;

std::string const passwords[] = {
    R"(p@ss "w' $x\n%41&)"
    "\xc3\xa9",
    "p@ss \"w' $x\n%41&\xc3\xa9",
    "secret",
    "correct horse battery staple",
    "\\\\\\\\\\\\\\\\x",
    "a+b/c=d-e_f",
    "<tag>&amp;\"'",
    "%41%42%43",
    "\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c",
    "\xf0\x9f\x98\x80\xf0\x9f\x98\x80",
    "tab\tbell\aesc\033del\x7f",
    "\xfb\xef\xbe\xff\xff\xfe~~~???",
    "https://a:b@c/",
};

redactor hiding(std::string const& password)
{
    esxi::host_connection connection;
    connection.password = password;
    return redactor(connection);
}

bool is_unreserved(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' ||
           c == '~';
}

std::string percent(std::string_view text, char const* format, std::string_view space = {}, std::string_view plain = {})
{
    std::string encoded;
    for (char c : text) {
        char buffer[8];
        std::snprintf(buffer, sizeof buffer, format, static_cast<unsigned char>(c));
        encoded += c == ' ' && !space.empty()                                    ? std::string(space)
                   : is_unreserved(c) || plain.find(c) != std::string_view::npos ? std::string(1, c)
                                                                                 : std::string(buffer);
    }
    return encoded;
}

/// Calls back with each character's code and its bytes. Only for UTF-8.
void each_character(std::string_view text, std::function<void(unsigned, std::string_view)> const& sink)
{
    while (!text.empty()) {
        auto const first = static_cast<unsigned char>(text[0]);
        std::size_t const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        unsigned code = length == 1 ? first : first & (0x7fu >> length);
        for (std::size_t i = 1; i < length; ++i) {
            code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
        }
        sink(code, text.substr(0, length));
        text.remove_prefix(length);
    }
}

std::string xml(std::string_view text, char const* format, bool all)
{
    std::string escaped;
    each_character(text, [&](unsigned code, std::string_view bytes) {
        char buffer[16];
        std::snprintf(buffer, sizeof buffer, format, code);
        bool const special = bytes.find_first_of("<>&\"'\t\r\n") != std::string_view::npos;
        escaped += all || special ? std::string(buffer) : std::string(bytes);
    });
    return escaped;
}

std::string xml_names(std::string_view text)
{
    std::string escaped;
    for (char c : text) {
        escaped += c == '<'    ? "&lt;"
                   : c == '>'  ? "&gt;"
                   : c == '&'  ? "&amp;"
                   : c == '"'  ? "&quot;"
                   : c == '\'' ? "&apos;"
                               : std::string(1, c);
    }
    return escaped;
}

std::string json(std::string_view text)
{
    auto const quoted = boost::json::serialize(boost::json::string_view(text));
    return quoted.substr(1, quoted.size() - 2);
}

/// All of it as `\u00e9`, surrogates included.
std::string json_ascii(std::string_view text, char const* format = "\\u%04x")
{
    std::string escaped;
    each_character(text, [&](unsigned code, std::string_view) {
        char buffer[16];
        for (unsigned unit :
             code < 0x10000 ? std::vector<unsigned>{code}
                            : std::vector<unsigned>{0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff)}) {
            std::snprintf(buffer, sizeof buffer, format, unit);
            escaped += buffer;
        }
    });
    return escaped;
}

std::string replaced(std::string text, std::string const& what, std::string const& with)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
    return text;
}

std::string url_safe(std::string text)
{
    return replaced(replaced(std::move(text), "+", "-"), "/", "_");
}

/// Every spelling that must be found, with a name for the report.
std::vector<std::pair<std::string, std::string>> spellings(std::string const& secret)
{
    std::vector<std::pair<std::string, std::string>> all{
        {"raw", secret},
        {"query", percent(secret, "%%%02X", "+")},
        {"query, lower case", percent(secret, "%%%02x", "+")},
        {"path", percent(secret, "%%%02X", "%20", "$&+,;:=@/")},
        {"path, lower case", percent(secret, "%%%02x", {}, "$&+,;:=@/")},
        {"twice percent", percent(percent(secret, "%%%02X"), "%%%02X")},
        {"query in a query", percent(percent(secret, "%%%02X", "+"), "%%%02X")},
        {"JSON in a query", percent(json(secret), "%%%02X", "+")},
        {"XML names", xml_names(secret)},
        {"JSON", json(secret)},
        {"JSON with slashes", replaced(json(secret), "/", "\\/")},
        {"JSON in JSON", json(json(secret))},
        {"query in JSON", json(percent(secret, "%%%02X", "+"))},
        {"base64", to_base64(secret)},
        {"base64 in a query", percent(to_base64(secret), "%%%02X")},
        {"base64 of URLs", url_safe(to_base64(secret))},
        {"base64 without padding", url_safe(to_base64(secret)).substr(0, to_base64(secret).find('='))},
        {"Basic", to_base64("root:" + secret)},
        {"Basic in JSON", replaced(to_base64("root:" + secret), "/", "\\/")},
    };
    if (secret.front() != '\xfb') { // the others are of characters
        for (auto const* format : {"&#%u;", "&#x%x;", "&#x%X;"}) {
            all.emplace_back(format, xml(secret, format, false));
            all.emplace_back(std::string("all as ") + format, xml(secret, format, true));
        }
        all.emplace_back("JSON, ASCII", json_ascii(secret));
        all.emplace_back("JSON, ASCII, upper case", json_ascii(secret, "\\u%04X"));
        all.emplace_back("JSON, ASCII, in JSON", json(json_ascii(secret)));
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(redact)

BOOST_AUTO_TEST_CASE(finds_every_spelling)
{
    for (auto const& password : passwords) {
        auto const hide = hiding(password);
        for (auto const& [how, spelling] : spellings(password)) {
            BOOST_TEST_CONTEXT(how << ": " << spelling)
            {
                for (auto const& [before, after] : {std::pair<std::string, std::string>{"", ""},
                                                    {"x", "x"},
                                                    {"password=", "&next"},
                                                    {"'", "'"},
                                                    {"\"", "\""},
                                                    {">", "</password>"}}) {
                    auto const text = before + spelling + after;
                    BOOST_TEST(hide(text) == before + "<redacted>" + after);
                    BOOST_TEST(hide.finds_secret(text));
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(finds_a_secret_that_is_spelled_in_a_mixed_way)
{
    auto const hide = hiding(passwords[0]);
    BOOST_TEST(hide(R"(p%40ss\u0020&quot;w&#39; $x\\n%2541&amp;)"
                    "\xc3\xa9") == "<redacted>");
    BOOST_TEST(hide("p@ss+\\\"w'%20$x%5Cn%2541&%C3%A9") == "<redacted>");
}

BOOST_AUTO_TEST_CASE(finds_a_secret_inside_longer_base64)
{
    for (auto const& password : passwords) {
        auto const hide = hiding(password);
        for (std::size_t before = 0; before < 6; ++before) {
            for (std::size_t after = 0; after < 3; ++after) {
                auto const text = to_base64(std::string(before, 'a') + password + std::string(after, 'z'));
                BOOST_TEST_CONTEXT(text)
                {
                    for (auto const& form : {text, url_safe(text)}) {
                        BOOST_TEST(hide.finds_secret(form));
                        // At most three characters, of which each holds bits of a neighbour, are left at each side.
                        BOOST_TEST(hide(form).size() <= (before * 8 + 5) / 6 + 10 + 3 + after * 2 + 4);
                    }
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(leaves_other_text_alone)
{
    for (auto const& password : passwords) {
        auto const hide = hiding(password);
        for (std::string const text : {"",
                                       " ",
                                       "govc: vm 'x' not found",
                                       "p@ss",
                                       "%",
                                       "%4",
                                       "\\",
                                       "\\u",
                                       "\\u00",
                                       "\\ud83d",
                                       "\\ud83d\\u0041",
                                       "&",
                                       "&#",
                                       "&#;",
                                       "&#x;",
                                       "&#xzz;",
                                       "&#99999999;",
                                       "&unknown;",
                                       "&;",
                                       "%zz",
                                       "\\x4",
                                       "aHR0cHM6Ly9leGFtcGxlLm9yZw==",
                                       "{\"a\":\"b\\n\"}",
                                       "\xff\xfe",
                                       "https://h:443/a@b",
                                       "p%40ss%20"}) {
            BOOST_TEST(hide(text) == text);
            BOOST_TEST(!hide.finds_secret(text));
        }
        BOOST_TEST(!hide.finds_secret(std::string_view(password).substr(0, password.size() - 1)));
    }
}

BOOST_AUTO_TEST_CASE(of_nothing_leaves_all_but_credentials_in_urls)
{
    redactor const none;
    BOOST_TEST(none("secret https://u:p@h/") == "secret https://<redacted>@h/");
    BOOST_TEST(!none.finds_secret("secret"));
    redactor empty;
    empty.add_secret("");
    BOOST_TEST(empty("x") == "x");
}

BOOST_AUTO_TEST_CASE(takes_credentials_out_of_urls_with_the_secret_in_them)
{
    for (auto const& password : passwords) {
        auto const hide = hiding(password);
        for (auto const& [how, spelling] : spellings(password)) {
            BOOST_TEST_CONTEXT(how)
            {
                BOOST_TEST(hide("https://root:" + spelling + "@h:443/sdk x") == "https://<redacted>@h:443/sdk x");
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(learns_what_stands_in_a_url)
{
    redactor hide;
    hide.add_url_secrets("-x=https://us%65r:p%40ss%20word@h/a.ova http://other:another-one@h/");
    BOOST_TEST(hide("p@ss word, p%40ss%20word, p@ss+word, another-one") == "<redacted>, <redacted>, <redacted>, <redacted>");
    BOOST_TEST(hide("Basic " + to_base64("user:p@ss word") + " and " + to_base64("other:another-one")) ==
               "Basic <redacted> and <redacted>");
    BOOST_TEST(hide("user, other") == "user, other");

    // A percent sign that begins no code is one.
    redactor odd;
    odd.add_url_secrets("ftp://a:100%-sure%4@h");
    BOOST_TEST(odd("100%-sure%4") == "<redacted>");

    redactor nothing;
    for (char const* text :
         {"", "a:b", "https://h/a:secret@b", "https://token-alone@h", "https://user:@h", "https://<redacted>@h"}) {
        nothing.add_url_secrets(text);
    }
    BOOST_TEST(nothing("secret b token-alone user <redacted> https") == "secret b token-alone user <redacted> https");
    BOOST_TEST(!nothing.finds_secret("https://<redacted>@h"));
}

BOOST_AUTO_TEST_CASE(done_twice_changes_nothing_more)
{
    std::vector<std::string> secrets(std::begin(passwords), std::end(passwords));
    for (auto const* secret : {"redacted", "<redacted>", "redact", "a", "redacted>", "<<<<<<"}) {
        secrets.emplace_back(secret);
    }
    for (auto const& password : secrets) {
        auto const hide = hiding(password);
        auto const once = hide("a " + password + " b https://root:" + password + "@h/ <" + password + "> " +
                               to_base64("root:" + password) + " a");
        BOOST_TEST(hide(once) == once);
        BOOST_TEST(!hide.finds_secret(once), once);
    }
}

BOOST_AUTO_TEST_CASE(takes_a_secret_that_holds_the_mark)
{
    auto const hide = hiding("x<redacted>y");
    BOOST_TEST(hide("a x<redacted>y b <redacted>") == "a <redacted> b <redacted>");
    BOOST_TEST(hiding("redacted>y")("<redacted>y") == "<<redacted>");
}

BOOST_AUTO_TEST_CASE(takes_a_short_secret_as_a_word_only)
{
    auto const hide = hiding("abc");
    BOOST_TEST(hide("abc, abcd xabc (abc) abc_ \xc3\xa9"
                    "abc abc") == "<redacted>, abcd xabc (<redacted>) abc_ \xc3\xa9"
                                  "abc <redacted>");
    BOOST_TEST(hide("p=%61bc&q=1") == "p=<redacted>&q=1");
    BOOST_TEST(hide("a " + to_base64("abc") + " b") == "a <redacted> b");
    BOOST_TEST(hide("x" + to_base64("abc") + "x") == "x" + to_base64("abc") + "x");
    BOOST_TEST(hide("Basic " + to_base64("root:abc")) == "Basic <redacted>");
    BOOST_TEST(!hide.finds_secret("abcd"));
    BOOST_TEST(hide.finds_secret("abc"));
    BOOST_TEST(!redactor::can_be_told_apart("abcde"));
    BOOST_TEST(redactor::can_be_told_apart("abcdef"));
}

BOOST_AUTO_TEST_CASE(takes_the_longest_of_several_secrets)
{
    redactor hide;
    hide.add_secret("secret");
    hide.add_secret("secret-and-more");
    hide.add_secret("secret");
    BOOST_TEST(hide("secret-and-more secret-and secrets") == "<redacted> <redacted>-and <redacted>s");
    BOOST_TEST(hide("secretsecret") == "<redacted><redacted>");
}

BOOST_AUTO_TEST_CASE(ends_on_text_with_many_readings)
{
    auto const hide = hiding(std::string(60, '\\') + "x");
    std::string const slashes(100, '\\');
    BOOST_TEST(hide(slashes) == slashes);
    auto const percents = hiding("%25%25%25%25%25%25%25%25%25%25%25%25%25%25%25!");
    std::string text;
    for (int i = 0; i < 50; ++i) {
        text += "%25";
    }
    BOOST_TEST(percents(text) == text);
}

BOOST_AUTO_TEST_CASE(agrees_with_itself_on_every_cut)
{
    auto const hide = hiding(passwords[0]);
    for (auto const& [how, spelling] : spellings(passwords[0])) {
        for (std::size_t length = 0; length <= spelling.size(); ++length) {
            auto const text = spelling.substr(0, length);
            BOOST_TEST(hide.finds_secret(text) == (hide(text) != text), how << " " << length);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
