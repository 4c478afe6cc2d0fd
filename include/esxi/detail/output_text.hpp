// SPDX-License-Identifier: Apache-2.0
// One output of a command, which comes in pieces: kept, or passed on as it comes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace esxi::detail {

/// Who wants to know of an output. The first two may be empty.
struct output_sinks {
    std::function<void(std::string_view)> on_line;
    std::function<void(std::string_view)> on_piece; ///< Takes it all: nothing is kept.
    std::function<void()> on_flood; ///< Called where there is more than the limit; nothing more is kept or passed on.
};

/// Must not be moved while its sinks refer to it.
class output_text {
public:
    /// `limit` is in bytes.
    output_text(std::size_t limit, output_sinks sinks) : left_(limit), sinks_(std::move(sinks)) {}

    void take(std::string_view piece)
    {
        if (piece.empty() || ignored_) {
            return;
        }
        if (piece.size() > left_) {
            ignore();
            sinks_.on_flood();
            return;
        }
        left_ -= piece.size();
        if (sinks_.on_piece) {
            sinks_.on_piece(piece);
            return;
        }
        auto const seen = text_.size();
        text_ += piece;
        for (auto end = seen; sinks_.on_line && !ignored_ && (end = text_.find_first_of("\r\n", end)) != std::string::npos;
             ++end) {
            pass_line(end);
        }
    }

    /// From now on nobody wants to see it.
    void ignore() noexcept { ignored_ = true; }

    /// There is no more of it: what nothing ends is a line too.
    void end()
    {
        if (sinks_.on_line && !ignored_) {
            pass_line(text_.size());
        }
    }

    /// What was kept.
    [[nodiscard]] std::string take_text() noexcept { return std::move(text_); }

private:
    /// What is between two ends of lines is no line: `\r\n` is one end.
    void pass_line(std::size_t end)
    {
        auto const line = std::string_view(text_).substr(line_begin_, end - line_begin_);
        line_begin_ = std::min(end + 1, text_.size());
        if (!line.empty()) {
            sinks_.on_line(line);
        }
    }

    std::size_t left_; ///< Of the limit.
    output_sinks sinks_;
    std::string text_;
    std::size_t line_begin_ = 0;
    bool ignored_ = false;
};

} // namespace esxi::detail
