// SPDX-License-Identifier: Apache-2.0
#include "password.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <esxi/detail/atomic_file.hpp>
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
esxi::secret_text ask(std::string const& host, std::stop_token const& stop)
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
    esxi::secret_text password;
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

/// A file, also by way of a link, as secrets are mounted, or a pipe. Not another user's file: it is not their word that is wanted.
esxi::secret_text read_password_file(std::string const& path)
{
    auto const refuse = [&path](std::string const& why) {
        throw esxi::error(esxi::error_kind::config, "cannot read the password file " + path + ": " + why);
    };
    esxi::detail::owned_fd const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    struct stat found = {};
    if (file.get() < 0 || ::fstat(file.get(), &found) != 0) {
        refuse(std::generic_category().message(errno));
    }
    if (S_ISREG(found.st_mode) && found.st_uid != ::geteuid() && found.st_uid != 0) {
        refuse("it belongs to another user");
    }
    constexpr std::size_t longest = 4096; // what never ends is no password
    esxi::secret_text password;
    for (char buffer[256];;) {
        auto const got = ::read(file.get(), buffer, sizeof buffer);
        if (password.size() > longest) {
            ::explicit_bzero(buffer, sizeof buffer);
            refuse("it is longer than " + std::to_string(longest) + " bytes");
        }
        if (got > 0) {
            password += std::string_view(buffer, static_cast<std::size_t>(got));
        } else if (got == 0 || errno != EINTR) {
            ::explicit_bzero(buffer, sizeof buffer);
            if (got != 0) {
                refuse(std::generic_category().message(errno));
            }
            break;
        }
    }
    for (char const end : {'\n', '\r'}) {
        if (std::string_view(password).ends_with(end)) {
            password.pop_back();
        } else {
            break;
        }
    }
    if (password.empty()) {
        throw esxi::error(esxi::error_kind::config, "the password file " + path + " is empty");
    }
    return password;
}

} // namespace

esxi::secret_text find_password(settings const& s, std::stop_token const& stop)
{
    if (!s.password_file.empty()) {
        return read_password_file(s.password_file);
    }
    if (char* const variable = std::getenv("ESXI_PASSWORD"); variable != nullptr && *variable != '\0') {
        esxi::secret_text password(variable);
        // Where it stands is what /proc shows of this process, for as long as it runs.
        ::explicit_bzero(variable, password.size());
        ::unsetenv("ESXI_PASSWORD");
        return password;
    }
    auto password = ::isatty(0) == 1 ? ask(s.host, stop) : esxi::secret_text();
    if (password.empty()) {
        throw esxi::error(esxi::error_kind::config, "no password: give --password-file, or set ESXI_PASSWORD");
    }
    return password;
}

} // namespace tool
