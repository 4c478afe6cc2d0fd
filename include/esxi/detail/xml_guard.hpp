// SPDX-License-Identifier: Apache-2.0
// Checks an XML text before a parser reads it: encoding, well-formed nesting of bounded depth, and no entities of its own.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <esxi/detail/utf8.hpp>
#include <esxi/detail/xml_encoding.hpp>
#include <esxi/error.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

/// The most elements that stand in one another; parsers recurse. Real descriptors come to ten.
inline constexpr std::size_t deepest_xml = 64;
/// The most elements in all. Real descriptors come to a few thousand.
inline constexpr std::size_t most_xml_elements = 100'000;

/// Checks what Boost's parser does not: it ends at a NUL, recurses without bound, lets tags and encodings be what they are, and
/// keeps an unknown entity as text.
class xml_guard {
public:
    /// `name` stands in messages, as `the OVF descriptor x.ovf`.
    explicit xml_guard(std::string name) : name_(std::move(name)) {}

    /// The text in UTF-8, without a byte order mark, with line ends and blanks in attributes as XML has a reader see them. Throws
    /// `config`.
    [[nodiscard]] std::string operator()(std::string_view text)
    {
        if (auto const encoding = encoding_of_xml(text); encoding != "UTF-8") {
            throw error(error_kind::config,
                        name_ + " is in " + printable(shortened(encoding, 40)) +
                            ", which is not read; allowed is UTF-8: convert it, and name that in its first line");
        }
        text.remove_prefix(text.starts_with(utf8_mark) ? utf8_mark.size() : 0);
        text_ = with_plain_line_ends(text);
        check_characters();
        while (next_markup()) {
            if (skip("<?", "?>") || skip("<!--", "-->") || skip("<![CDATA[", "]]>")) {
                continue;
            }
            if (rest().starts_with("<!")) {
                refuse("has a document type declaration, which is not read");
            }
            rest().starts_with("</") ? close() : open();
        }
        if (!open_.empty() || elements_ == 0) {
            refuse(elements_ == 0 ? "has no element" : "ends within " + in_quotes(open_.back()));
        }
        return std::move(text_);
    }

private:
    [[nodiscard]] std::string_view rest() const { return std::string_view(text_).substr(at_); }

    [[noreturn]] void refuse(std::string const& what) const
    {
        auto const line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
        throw error(error_kind::config, name_ + " " + what + (elements_ == 0 ? "" : ", in line " + std::to_string(line)));
    }

    [[nodiscard]] static std::string with_plain_line_ends(std::string_view text)
    {
        std::string plain;
        plain.reserve(text.size());
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '\r') {
                plain += text[i];
            } else if (i + 1 == text.size() || text[i + 1] != '\n') {
                plain += '\n';
            }
        }
        return plain;
    }

    void check_characters() const
    {
        if (text_.find_first_not_of(" \t\n") == std::string::npos) {
            throw error(error_kind::config, name_ + " is empty");
        }
        if (!is_utf8(text_)) {
            throw error(error_kind::config, name_ + " is not in UTF-8, the only encoding that is read");
        }
        if (!fits_xml(text_)) {
            throw error(error_kind::config, name_ + " holds control characters, which XML does not allow");
        }
    }

    /// Moves to the next `<`; false at the end.
    [[nodiscard]] bool next_markup()
    {
        auto const end = std::min(text_.find('<', at_), text_.size());
        check_references(end);
        at_ = end;
        return end < text_.size();
    }

    /// Moves behind what is from `begin` to `end`; false if something else is here.
    [[nodiscard]] bool skip(std::string_view begin, std::string_view end)
    {
        if (!rest().starts_with(begin)) {
            return false;
        }
        auto const found = text_.find(end, at_ + begin.size());
        if (found == std::string::npos) {
            refuse("has a " + std::string(begin) + " that does not end");
        }
        at_ = found + end.size();
        return true;
    }

    void close()
    {
        auto const end = text_.find('>', at_);
        if (end == std::string::npos) {
            refuse("ends within a tag");
        }
        auto name = std::string_view(text_).substr(at_ + 2, end - at_ - 2);
        name = name.substr(0, name.find_last_not_of(" \t\n") + 1);
        if (open_.empty() || name != open_.back()) {
            refuse("has a </" + printable(shortened(name, 80)) + "> " +
                   (open_.empty() ? "that closes nothing" : "in " + in_quotes(open_.back())));
        }
        open_.pop_back();
        at_ = end + 1;
    }

    void open()
    {
        if (elements_ > 0 && open_.empty()) {
            refuse("has more than one root element");
        }
        if (++elements_ > most_xml_elements || open_.size() == deepest_xml) {
            refuse(elements_ > most_xml_elements ? "has more than " + std::to_string(most_xml_elements) + " elements"
                                                 : "has elements nested deeper than " + std::to_string(deepest_xml));
        }
        auto const begin = at_ + 1;
        auto const end_of_name = text_.find_first_of(" \t\n/><&\"'=?!", begin);
        if (end_of_name == begin) {
            refuse("has a < that begins no tag");
        }
        for (at_ = std::min(end_of_name, text_.size());; ++at_) {
            at_ = text_.find_first_of("<>\"'", at_);
            if (at_ >= text_.size() || text_[at_] == '<') {
                at_ = std::min(at_, text_.size());
                refuse("has a tag that does not end");
            }
            if (text_[at_] == '>') {
                break;
            }
            skip_attribute_value();
        }
        if (text_[at_ - 1] != '/') {
            open_.push_back(std::string_view(text_).substr(begin, end_of_name - begin));
        }
        ++at_;
    }

    /// From one quote to the other. Blanks in an attribute are all spaces to a reader.
    void skip_attribute_value()
    {
        auto const end = text_.find(text_[at_], at_ + 1);
        if (end == std::string::npos || text_.find('<', at_) < end) {
            refuse("has an attribute that does not end, or has a < in it");
        }
        check_references(end);
        for (; at_ < end; ++at_) {
            if (text_[at_] == '\t' || text_[at_] == '\n') {
                text_[at_] = ' ';
            }
        }
    }

    /// From here to `end`: an entity that XML does not define, or a character that it does not allow, is refused.
    void check_references(std::size_t end)
    {
        auto const start = at_;
        for (at_ = text_.find('&', at_); at_ < end; at_ = text_.find('&', at_ + 1)) {
            auto const semicolon = std::min(text_.find(';', at_), end);
            auto const name = std::string_view(text_).substr(at_ + 1, semicolon - at_ - 1);
            if (semicolon == end ||
                (!is_character(name) && name != "amp" && name != "lt" && name != "gt" && name != "quot" && name != "apos")) {
                refuse("has a & that begins no reference to a character or to one of XML's own entities: " +
                       in_quotes(shortened("&" + std::string(name), 40)));
            }
        }
        at_ = start;
    }

    /// Whether it is as `#10` or `#xA`, of a character that XML allows.
    [[nodiscard]] static bool is_character(std::string_view name)
    {
        bool const is_hex = name.starts_with("#x");
        auto const digits = name.substr(std::min<std::size_t>(name.size(), is_hex ? 2 : 1));
        std::uint32_t code = 0;
        auto const [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), code, is_hex ? 16 : 10);
        return name.starts_with('#') && !digits.empty() && failed == std::errc() && end == digits.data() + digits.size() &&
               (code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code < 0xd800) ||
                (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code <= 0x10ffff));
    }

    std::string const name_;
    std::string text_;
    std::size_t at_ = 0;
    std::size_t elements_ = 0;
    std::vector<std::string_view> open_; ///< Names of the elements around here.
};

} // namespace esxi::detail
