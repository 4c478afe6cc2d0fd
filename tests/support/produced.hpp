// SPDX-License-Identifier: Apache-2.0
// What tests produced is kept for tests/secrets/scan.py, which looks for their passwords in it: where ESXI_PRODUCED_DIR says so.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace test {

/// Appends a text to a file of that name in ESXI_PRODUCED_DIR, as one piece.
inline void append_produced(std::string const& name, std::string const& text)
{
    char const* const directory = std::getenv("ESXI_PRODUCED_DIR");
    if (directory == nullptr || *directory == '\0') {
        return;
    }
    int const file = ::open((std::string(directory) + "/" + name).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    bool const written = file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(file);
    if (!written) {
        throw std::runtime_error("cannot keep what was produced, in " + std::string(directory));
    }
}

/// Keeps a text that a program or the library said or wrote; `what` says where it is from. Of a flood, its beginning and its end.
inline void keep_produced(std::string const& what, std::string_view text)
{
    constexpr std::size_t most = std::size_t{1} << 20;
    if (text.size() > 2 * most) {
        keep_produced(what, text.substr(0, most));
        keep_produced(what, text.substr(text.size() - most));
    } else if (!text.empty()) {
        append_produced(std::to_string(::getpid()), "==== " + what + "\n" + std::string(text) + "\n");
    }
}

/// Tells what must not stand in it.
inline void keep_secret(std::string_view secret)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string line;
    for (char const c : secret) {
        auto const byte = static_cast<unsigned char>(c);
        line += digits[byte >> 4u];
        line += digits[byte & 15u];
    }
    append_produced("secrets.hex", line + "\n");
}

} // namespace test
