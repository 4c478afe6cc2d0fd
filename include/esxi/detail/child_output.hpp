// SPDX-License-Identifier: Apache-2.0
// Reads one output of a child to its end, and passes it on as it comes.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/system/error_code.hpp>

#include <esxi/detail/output_text.hpp>

namespace esxi::detail {

/// Must not be moved while it reads, and outlive what runs in the io_context.
class child_output {
public:
    /// `on_end` is called once, at the end.
    child_output(boost::asio::io_context& io, std::size_t limit, output_sinks sinks, std::function<void()> on_end)
        : pipe_(io), text_(limit, std::move(sinks)), on_end_(std::move(on_end))
    {
    }

    [[nodiscard]] boost::asio::readable_pipe& pipe() noexcept { return pipe_; }
    [[nodiscard]] bool ended() const noexcept { return ended_; }
    [[nodiscard]] std::string take_text() noexcept { return text_.take_text(); }

    void start()
    {
        pipe_.async_read_some(boost::asio::buffer(buffer_.get(), buffer_size),
                              [this](boost::system::error_code const& failed, std::size_t count) {
                                  text_.take({buffer_.get(), count});
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
    void ignore() noexcept { text_.ignore(); }

    /// Takes what has been written, and waits for no more. The read that is under way may have got something: it ends first.
    void finish()
    {
        closing_ = true;
        boost::system::error_code ignored;
        pipe_.cancel(ignored); // NOLINT(bugprone-unused-return-value): void in another Asio
    }

private:
    static constexpr std::size_t buffer_size = 65536; // what a pipe holds

    /// What is in the pipe, about as much as fits into one: another writer may go on for ever.
    void drain()
    {
        for (int i = 0; i < 16; ++i) {
            auto const got = ::read(pipe_.native_handle(), buffer_.get(), buffer_size); // Asio's own would wait for more
            if (got <= 0) {
                break;
            }
            text_.take({buffer_.get(), static_cast<std::size_t>(got)});
        }
        end();
    }

    void end()
    {
        ended_ = true;
        boost::system::error_code ignored;
        pipe_.close(ignored); // NOLINT(bugprone-unused-return-value): void in another Asio
        text_.end();
        on_end_();
    }

    boost::asio::readable_pipe pipe_;
    output_text text_;
    std::function<void()> const on_end_;
    std::unique_ptr<char[]> const buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
    bool ended_ = false;
    bool closing_ = false;
};

} // namespace esxi::detail
