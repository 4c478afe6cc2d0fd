// SPDX-License-Identifier: Apache-2.0
#include "password.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <esxi/detail/atomic_file.hpp>
#include <esxi/detail/errno_text.hpp>
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

/// Waits until there is something to read, or an end. False: a stop was requested before. (Signals are taken by another thread: none
/// ends the poll.)
bool is_readable(int fd, std::stop_token const& stop)
{
    pollfd waited_for{fd, POLLIN, 0};
    while (!stop.stop_requested()) {
        if (::poll(&waited_for, 1, 50) > 0) {
            return true;
        }
    }
    return false;
}

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
    for (;;) {
        if (!is_readable(terminal.get(), stop)) {
            show("\n");
            throw esxi::error(esxi::error_kind::cancelled, "stopped while the password was asked for");
        }
        if (::read(terminal.get(), &c, 1) != 1 || c == '\n') {
            break;
        }
        password += c;
    }
    show("\n");
    return password;
}

/// The password without a byte order mark before it and ends of line after it, which editors and shells add.
esxi::secret_text without_frame(std::string_view text)
{
    constexpr std::string_view mark = "\xef\xbb\xbf";
    text.remove_prefix(text.starts_with(mark) ? mark.size() : 0);
    return esxi::secret_text(text.substr(0, text.find_last_not_of("\r\n") + 1));
}

/// Whether the text stands between quotation marks, of a programmer or of a word processor.
bool is_in_quotes(std::string_view text)
{
    constexpr std::pair<std::string_view, std::string_view> marks[] = {
        {"\"", "\""}, {"'", "'"}, {"\u201c", "\u201d"}, {"\u201e", "\u201c"}, {"\u2018", "\u2019"}, {"\u00ab", "\u00bb"}};
    return std::any_of(std::begin(marks), std::end(marks), [text](auto const& pair) {
        return text.size() > pair.first.size() + pair.second.size() && text.starts_with(pair.first) &&
               text.ends_with(pair.second);
    });
}

/// A file, also by way of a link, as secrets are mounted, or a pipe. Not another user's file: it is not their word that is wanted.
esxi::secret_text read_password_file(std::string const& path, std::string const& user, std::stop_token const& stop)
{
    auto const refuse = [&path](std::string const& why, esxi::error_kind kind = esxi::error_kind::config) {
        throw esxi::error(kind, "cannot read the password file " + path + ": " + why);
    };
    // Non-blocking: a pipe may have to be waited for, also one that nobody has opened for writing yet.
    esxi::detail::owned_fd const file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    struct stat found = {};
    if (file.get() < 0 || ::fstat(file.get(), &found) != 0) {
        refuse(esxi::detail::errno_text(errno), esxi::detail::errno_kind(errno));
    }
    // A terminal may still be that of the user who became another one.
    if (!S_ISCHR(found.st_mode) && found.st_uid != ::geteuid() && found.st_uid != 0) {
        refuse("it belongs to another user");
    }
    constexpr std::size_t longest = 4096; // what never ends is no password
    esxi::secret_text password;
    for (char buffer[256];;) {
        if (!is_readable(file.get(), stop)) {
            throw esxi::error(esxi::error_kind::cancelled, "stopped while the password file " + path + " was waited for");
        }
        auto const got = ::read(file.get(), buffer, sizeof buffer);
        if (password.size() > longest) {
            ::explicit_bzero(buffer, sizeof buffer);
            refuse("it is longer than " + std::to_string(longest) + " bytes");
        }
        if (got > 0) {
            password += std::string_view(buffer, static_cast<std::size_t>(got));
        } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
            ::explicit_bzero(buffer, sizeof buffer);
            if (got != 0) {
                refuse(esxi::detail::errno_text(errno));
            }
            break;
        }
    }
    std::string_view const bytes(password);
    if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff") || bytes.find('\0') != std::string_view::npos) {
        refuse("it is no text in UTF-8, perhaps UTF-16 of Windows; save it as UTF-8");
    }
    auto alone = without_frame(bytes);
    if (alone.empty()) {
        throw esxi::error(esxi::error_kind::config, "the password file " + path + " is empty");
    }
    std::string_view const text(alone);
    if (text.find_first_of("\r\n") != std::string_view::npos) {
        refuse("it has more than one line; write the password alone into it");
    }
    // A host locks an account after a few wrong passwords: what is more likely a slip than a password is not tried.
    bool const has_user = text.size() > user.size() + 1 && text.starts_with(user) && text[user.size()] == ':';
    if (has_user || is_in_quotes(text)) {
        refuse(std::string("it has ") + (has_user ? "the user's name and a colon before" : "quotation marks around") +
               " the password; write the password alone into it, or, if those belong to it, set ESXI_PASSWORD");
    }
    return alone;
}

} // namespace

esxi::secret_text find_password(settings const& s, std::stop_token const& stop)
{
    if (!s.password_file.empty()) {
        return read_password_file(s.password_file, s.user.empty() ? "root" : s.user, stop);
    }
    if (char* const variable = std::getenv("ESXI_PASSWORD"); variable != nullptr && *variable != '\0') {
        auto password = without_frame(variable);
        // Where it stands is what /proc shows of this process, for as long as it runs.
        ::explicit_bzero(variable, std::strlen(variable));
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
