// SPDX-License-Identifier: Apache-2.0
// Reads one output of a child to its end, and passes it on as it comes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/system/error_code.hpp>

namespace esxi::detail {

/// Who wants to know of an output. Each may be empty, but for the last.
struct output_sinks {
    std::function<void(std::string_view)> on_line;
    std::function<void(std::string_view)> on_piece; ///< Takes it all: nothing is kept.
    std::function<void()> on_flood; ///< Called where there is more than the limit; nothing more is kept or passed on.
    std::function<void()> on_end;   ///< Called once.
};

/// Must not be moved while it reads, and outlive what runs in the io_context.
class child_output {
public:
    /// `limit` is in bytes.
    child_output(boost::asio::io_context& io, std::size_t limit, output_sinks sinks)
        : pipe_(io), left_(limit), sinks_(std::move(sinks))
    {
    }

    [[nodiscard]] boost::asio::readable_pipe& pipe() noexcept { return pipe_; }
    [[nodiscard]] bool ended() const noexcept { return ended_; }
    [[nodiscard]] std::string take_text() noexcept { return std::move(text_); }

    void start()
    {
        pipe_.async_read_some(boost::asio::buffer(buffer_.get(), buffer_size),
                              [this](boost::system::error_code const& failed, std::size_t count) {
                                  take(count);
                                  if (closing_) {
                                      drain();
                                  } else if (failed) {
                                      end();
                                  } else {
                                      start();
                                  }
                              });
    }

    /// From now on nobody wants to see it; it is read all the same, so that the child can end.
    void ignore() noexcept { ignored_ = true; }

    /// Takes what has been written, and waits for no more. The read that is under way may have got something: it ends first.
    void finish()
    {
        closing_ = true;
        boost::system::error_code ignored;
        pipe_.cancel(ignored); // NOLINT(bugprone-unused-return-value): void in another Asio
    }

private:
    static constexpr std::size_t buffer_size = 65536; // what a pipe holds

    void take(std::size_t count)
    {
        if (count == 0 || ignored_) {
            return;
        }
        if (count > left_) {
            ignore();
            sinks_.on_flood();
            return;
        }
        left_ -= count;
        std::string_view const piece(buffer_.get(), count);
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

    /// What is between two ends of lines is no line: `\r\n` is one end.
    void pass_line(std::size_t end)
    {
        auto const line = std::string_view(text_).substr(line_begin_, end - line_begin_);
        line_begin_ = std::min(end + 1, text_.size());
        if (!line.empty()) {
            sinks_.on_line(line);
        }
    }

    /// What is in the pipe, about as much as fits into one: another writer may go on for ever.
    void drain()
    {
        for (int i = 0; i < 16; ++i) {
            auto const got = ::read(pipe_.native_handle(), buffer_.get(), buffer_size); // Asio's own would wait for more
            if (got <= 0) {
                break;
            }
            take(static_cast<std::size_t>(got));
        }
        end();
    }

    void end()
    {
        ended_ = true;
        boost::system::error_code ignored;
        pipe_.close(ignored); // NOLINT(bugprone-unused-return-value): void in another Asio
        if (sinks_.on_line && !ignored_) {
            pass_line(text_.size());
        }
        sinks_.on_end();
    }

    boost::asio::readable_pipe pipe_;
    std::size_t left_; ///< Of the limit.
    output_sinks const sinks_;
    std::unique_ptr<char[]> const buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
    std::string text_;
    std::size_t line_begin_ = 0;
    bool ended_ = false;
    bool ignored_ = false;
    bool closing_ = false;
};

} // namespace esxi::detail
