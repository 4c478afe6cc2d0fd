// SPDX-License-Identifier: Apache-2.0
#include "password.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <esxi/detail/read_file.hpp>
#include <esxi/error.hpp>

namespace tool {

namespace {

/// Turns echo off at a terminal, and on again however the scope is left.
class without_echo {
public:
    explicit without_echo(int terminal) : terminal_(terminal)
    {
        if (::tcgetattr(terminal_, &before_) == 0) {
            auto silent = before_;
            silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
            changed_ = ::tcsetattr(terminal_, TCSAFLUSH, &silent) == 0;
        }
    }
    without_echo(without_echo const&) = delete;
    without_echo& operator=(without_echo const&) = delete;
    ~without_echo()
    {
        if (changed_) {
            ::tcsetattr(terminal_, TCSAFLUSH, &before_);
        }
    }
    [[nodiscard]] bool works() const { return changed_; }

private:
    int terminal_;
    termios before_{};
    bool changed_ = false;
};

/// What is typed at the terminal, up to the end of the line; empty where there is none.
std::string ask(std::string const& host, std::stop_token const& stop)
{
    esxi::detail::owned_fd const terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    without_echo const silent(terminal.get());
    if (!silent.works()) {
        return {};
    }
    auto const show = [&terminal](std::string const& text) {
        static_cast<void>(!::write(terminal.get(), text.data(), text.size()));
    };
    show("Password for " + host + ": ");
    std::string password;
    char c = 0;
    pollfd typed{terminal.get(), POLLIN, 0};
    for (;;) {
        if (stop.stop_requested()) {
            show("\n");
            throw esxi::error(esxi::error_kind::cancelled, "stopped while the password was asked for");
        }
        if (::poll(&typed, 1, 50) <= 0) {
            continue; // signals are taken by another thread: none ends the poll
        }
        if (::read(terminal.get(), &c, 1) != 1 || c == '\n') {
            break;
        }
        password += c;
    }
    show("\n");
    return password;
}

} // namespace

std::string find_password(settings const& s, std::stop_token const& stop)
{
    if (!s.password_file.empty()) {
        auto const text = esxi::detail::read_whole_file(s.password_file);
        if (!text) {
            throw esxi::error(esxi::error_kind::config,
                              "cannot read the password file " + s.password_file + ": " + std::generic_category().message(errno));
        }
        auto password = *text;
        if (password.ends_with('\n')) {
            password.pop_back();
            if (password.ends_with('\r')) {
                password.pop_back();
            }
        }
        if (password.empty()) {
            throw esxi::error(esxi::error_kind::config, "the password file " + s.password_file + " is empty");
        }
        return password;
    }
    if (char const* password = std::getenv("ESXI_PASSWORD"); password != nullptr && *password != '\0') {
        return password;
    }
    auto password = ::isatty(0) == 1 ? ask(s.host, stop) : std::string();
    if (password.empty()) {
        throw esxi::error(esxi::error_kind::config, "no password: give --password-file, or set ESXI_PASSWORD");
    }
    return password;
}

} // namespace tool
