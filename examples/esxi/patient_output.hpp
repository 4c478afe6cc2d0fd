// SPDX-License-Identifier: Apache-2.0
// Writes to a standard output that may not take it for long, as a pipe that nobody reads, or a terminal that was halted, until a stop
// is requested.
#pragma once

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <ostream>
#include <stop_token>
#include <streambuf>
#include <string>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace tool {

/// Stands behind a stream for as long as it lives. What cannot be written leaves the stream bad.
class patient_output : std::streambuf {
public:
    patient_output(std::ostream& stream, int fd, std::stop_token stop)
        : stream_(stream), before_(stream.rdbuf(this)), fd_(fd), stop_(std::move(stop))
    {
    }
    patient_output(patient_output const&) = delete;
    patient_output& operator=(patient_output const&) = delete;
    ~patient_output() override
    {
        stream_.flush();
        auto const state = stream_.rdstate();
        stream_.rdbuf(before_);
        stream_.setstate(state);
    }

private:
    int_type overflow(int_type c) override
    {
        if (!traits_type::eq_int_type(c, traits_type::eof())) {
            kept_ += traits_type::to_char_type(c);
        }
        return traits_type::not_eof(c);
    }

    std::streamsize xsputn(char const* text, std::streamsize size) override
    {
        constexpr std::size_t most_kept = 65536;
        kept_.append(text, static_cast<std::size_t>(size));
        return kept_.size() < most_kept || sync() == 0 ? size : 0;
    }

    int sync() override
    {
        std::size_t written = 0;
        while (written < kept_.size() && wait()) {
            constexpr std::size_t never_blocks = 4096; // of a pipe that takes something: POSIX's PIPE_BUF
            auto const got = ::write(fd_, kept_.data() + written, std::min(kept_.size() - written, never_blocks));
            if (got < 0 && errno != EINTR && errno != EAGAIN) {
                break;
            }
            written += static_cast<std::size_t>(std::max<::ssize_t>(got, 0));
        }
        bool const all = written == kept_.size();
        kept_.clear();
        return all ? 0 : -1;
    }

    /// Until it takes something. After a stop no longer than a moment.
    [[nodiscard]] bool wait() const
    {
        constexpr int moment = 500; // ms
        for (bool last = false; !last;) {
            last = stop_.stop_requested();
            ::pollfd end{fd_, POLLOUT, 0};
            if (::poll(&end, 1, last ? moment : 50) > 0) {
                return true;
            }
        }
        return false;
    }

    std::ostream& stream_;
    std::streambuf* before_;
    int fd_;
    std::stop_token stop_;
    std::string kept_;
};

} // namespace tool
