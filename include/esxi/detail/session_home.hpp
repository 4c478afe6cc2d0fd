// SPDX-License-Identifier: Apache-2.0
// Where govc keeps the login of one connection, and the files that its TLS settings need.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>

#include <esxi/detail/atomic_file.hpp>
#include <esxi/detail/errno_text.hpp>
#include <esxi/detail/govc_environment.hpp>
#include <esxi/detail/pem.hpp>
#include <esxi/detail/read_file.hpp>
#include <esxi/error.hpp>
#include <esxi/model/connection.hpp>

namespace esxi::detail {

/// Whether the text starts with a JSON object that is whole. (govc does not shorten a session file that it writes anew: what
/// follows the object may be the rest of an older one.)
[[nodiscard]] inline bool starts_with_whole_object(std::string_view text)
{
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        if (quoted) {
            i += c == '\\' ? 1u : 0u;
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{') {
            ++depth;
        } else if (c == '}' && depth == 1) {
            return true;
        } else if (c == '}') {
            --depth;
        }
        if (depth == 0) {
            return false;
        }
    }
    return false;
}

/// The roots that the system trusts, as PEM: what Go's crypto/x509 would take, given the variables that a govc inherits.
[[nodiscard]] inline std::string system_roots(std::vector<std::pair<std::string, std::string>> const& inherited)
{
    std::vector<std::string> files{"/etc/ssl/certs/ca-certificates.crt",
                                   "/etc/pki/tls/certs/ca-bundle.crt",
                                   "/etc/ssl/ca-bundle.pem",
                                   "/etc/pki/tls/cacert.pem",
                                   "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                                   "/etc/ssl/cert.pem"};
    std::string directories;
    for (auto const& [name, value] : inherited) {
        if (name == "SSL_CERT_FILE" && !value.empty()) {
            files = {value};
        } else if (name == "SSL_CERT_DIR") {
            directories = value;
        }
    }
    std::string roots;
    for (auto const& file : files) {
        if (auto text = read_whole_file(file)) {
            roots = std::move(*text);
            break;
        }
    }
    for (std::string_view rest = directories; !rest.empty();) {
        auto const directory = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(directory.size() + 1, rest.size()));
        std::error_code failed;
        for (std::filesystem::directory_iterator next(directory, failed), end; !failed && next != end; next.increment(failed)) {
            roots.append("\n").append(read_whole_file(next->path().string()).value_or(""));
        }
    }
    return roots;
}

/// `host:port`, as govc looks it up among the known hosts.
[[nodiscard]] inline std::string host_and_port(std::string const& host)
{
    auto const colon = host.rfind(':');
    auto const bracket = host.rfind(']');
    bool const has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
    return has_port ? host : host + ":443";
}

/// One for each connection, credentials included: govc finds a login by host and user alone, and would take that of a right
/// password for a wrong one.
class session_home {
public:
    /// `directory` is private and empty. Throws `config` where the CA bundle cannot be read or a file not be written.
    session_home(std::string directory, host_connection const& connection)
    {
        files_.home = std::move(directory);
        if (!connection.ca_bundle.empty()) {
            files_.ca_certs = files_.home + "/ca.pem";
            write_new(files_.ca_certs, bundle_text(connection.ca_bundle));
        }
        if (!connection.thumbprint.empty()) {
            files_.known_hosts = files_.home + "/known_hosts";
            files_.known_host_alone = true;
            write_new(files_.known_hosts, host_and_port(connection.host) + " " + connection.thumbprint + "\n");
        }
    }

    [[nodiscard]] connection_files const& files() const noexcept { return files_; }

    /// The files for a govc that also fetches an OVA, from a server that the system's roots may be needed for: it would trust the CA
    /// bundle in their place, and so is given both. Others do without, since a govc takes milliseconds to read them. Throws `config`
    /// where the file cannot be written.
    [[nodiscard]] connection_files files_to_fetch_with(std::vector<std::pair<std::string, std::string>> const& inherited) const
    {
        auto files = files_;
        files.known_host_alone = false;
        if (!files.ca_certs.empty()) {
            auto const roots = files.home + "/roots.pem";
            std::call_once(roots_written_, [&] { write_new(roots, system_roots(inherited)); });
            files.ca_certs += ":" + roots;
        }
        return files;
    }

    /// Whether a login is kept here. One that a govc is writing at this moment does not count yet. Throws `unavailable` if no
    /// descriptor is left to look with.
    [[nodiscard]] bool is_open() const
    {
        std::error_code failed;
        for (std::filesystem::directory_iterator next(sessions(), failed), end; !failed && next != end; next.increment(failed)) {
            if (starts_with_whole_object(read_whole_file(next->path().string()).value_or(""))) {
                return true;
            }
        }
        if (failed && is_shortage(failed.value())) {
            throw error(error_kind::unavailable, "cannot look for a login: " + errno_text(failed.value()));
        }
        return false;
    }

    /// Removes the login: the next command logs in anew.
    void forget() const noexcept
    {
        std::error_code ignored;
        std::filesystem::remove_all(sessions(), ignored);
    }

private:
    [[nodiscard]] std::filesystem::path sessions() const { return std::filesystem::path(files_.home) / "sessions"; }

    /// As govc reads it, without what stands around the certificates: it would pass over one that is indented.
    [[nodiscard]] static std::string bundle_text(std::string const& bundle)
    {
        bool const is_text = bundle.find("-----BEGIN") != std::string::npos;
        auto const text = is_text ? bundle : read_whole_file(bundle).value_or("");
        auto certificates = certificates_in(text).value_or("");
        if (certificates.empty()) {
            throw error(error_kind::config, is_text
                                                ? "ca_bundle: it holds no whole certificate"
                                                : "ca_bundle: `" + bundle + "` cannot be read, or holds no whole certificate");
        }
        return certificates;
    }

    static void write_new(std::string const& path, std::string_view text)
    {
        owned_fd const file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
        if (file.get() < 0) {
            throw_errno_of_write(path);
        }
        write_all(file.get(), text, path);
    }

    connection_files files_;
    mutable std::once_flag roots_written_;
};

} // namespace esxi::detail
