// SPDX-License-Identifier: Apache-2.0
// The environment that a govc gets: nothing but what is listed here.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <esxi/detail/wipe.hpp>
#include <esxi/model/connection.hpp>

namespace esxi::detail {

/// The variables of a child. Their memory is wiped when it goes.
class environment_block {
public:
    environment_block() = default;
    environment_block(environment_block const&) = delete;
    environment_block& operator=(environment_block const&) = delete;
    ~environment_block()
    {
        for (auto& setting : settings_) {
            wipe(setting.data(), setting.size());
        }
    }

    /// Sets the variable, whatever it was before: of two of one name, Go would take the first.
    void set(std::string_view name, std::string_view value)
    {
        auto const is_it = [name](std::string const& setting) {
            return setting.size() > name.size() && setting.starts_with(name) && setting[name.size()] == '=';
        };
        auto const before = std::find_if(settings_.begin(), settings_.end(), is_it);
        auto& setting = before != settings_.end() ? *before : settings_.emplace_back();
        wipe(setting.data(), setting.size());
        setting.clear();
        setting.reserve(name.size() + 1 + value.size()); // at once, so that no other memory ever holds it
        setting.append(name).append("=").append(value);
    }

    [[nodiscard]] std::vector<std::string> const& settings() const noexcept { return settings_; }

private:
    std::vector<std::string> settings_;
};

/// The variables that a govc gets from this program.
inline constexpr char const* inherited_variables[] = {
    "PATH",     "HOME",     "TMPDIR",        "http_proxy",   "HTTP_PROXY",     "https_proxy",          "HTTPS_PROXY",
    "no_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "XDG_CACHE_HOME", "ESXI_GOVC_MAX_ANSWER",
};

/// Those of them that are set now, as name and value.
[[nodiscard]] inline std::vector<std::pair<std::string, std::string>> inherited_environment()
{
    std::vector<std::pair<std::string, std::string>> all;
    for (char const* name : inherited_variables) {
        if (char const* value = std::getenv(name); value != nullptr) {
            all.emplace_back(name, value);
        }
    }
    return all;
}

/// The files of one connection; a path that is empty stands for none.
struct connection_files {
    std::string home;        ///< Where govc keeps its login.
    std::string ca_certs;    ///< The roots to trust; several files stand with a colon between them.
    std::string known_hosts; ///< The host's thumbprint.
    bool known_host_alone = false; ///< No root is trusted: govc looks at a thumbprint only where the chain does not verify.
};

/// Adds what tells govc of a connection. Credentials are in two variables and nowhere else.
inline void add_connection(environment_block& environment, host_connection const& connection, connection_files const& files)
{
    environment.set("GOVC_URL", connection.host);
    environment.set("GOVC_USERNAME", connection.user);
    environment.set("GOVC_PASSWORD", connection.password);
    environment.set("GOVC_INSECURE", connection.verify_tls ? "false" : "true");
    environment.set("GOVC_INDENT", "false");
    environment.set("GOVC_PERSIST_SESSION", "true");
    environment.set("GOVMOMI_HOME", files.home);
    if (!files.ca_certs.empty()) {
        environment.set("GOVC_TLS_CA_CERTS", files.ca_certs);
    }
    if (!files.known_hosts.empty()) {
        environment.set("GOVC_TLS_KNOWN_HOSTS", files.known_hosts);
    }
    if (files.known_host_alone) { // Go takes the system's roots from these
        environment.set("SSL_CERT_FILE", "/dev/null");
        environment.set("SSL_CERT_DIR", files.home + "/no-roots");
    }
}

} // namespace esxi::detail
