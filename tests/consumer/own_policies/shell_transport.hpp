// SPDX-License-Identifier: Apache-2.0
// A third transport: has a shell run govc, here or elsewhere: `sh` is a shell on this machine, `ssh jump.example sh` one on that.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include <sys/wait.h>

#include <esxi/concepts/check.hpp>

class shell_transport {
public:
    /// Needs a folder of its own for what govc says.
    shell_transport(std::string shell, std::string govc, std::filesystem::path folder)
        : shell_(std::move(shell)), govc_(std::move(govc)), folder_(std::move(folder))
    {
    }

    esxi::output run(esxi::command const& c, esxi::run_options const& options)
    {
        auto const& host = options.connection;
        // The script goes through the shell's standard input: no process has the password among its arguments.
        std::string script = "export GOVC_URL=" + quoted(host.host) + " GOVC_USERNAME=" + quoted(host.user) +
                             " GOVC_PASSWORD=" + quoted(host.password) + " GOVC_TLS_CA_CERTS=" + quoted(host.ca_bundle) + "\n";
        std::string named;
        if (!c.files.empty()) {
            script += "files=$(mktemp -d) && trap 'rm -r \"$files\"' EXIT\n";
        }
        for (auto const& [key, text] : c.files) {
            script += "printf %s " + quoted(text) + " > \"$files\"/" + quoted(key) + "\n";
            named += " -f=" + quoted(key) + "=\"$files\"/" + quoted(key);
        }
        script +=
            "printf %s " + quoted(c.input) + " | timeout " + std::to_string(options.timeout.count() / 1000) + " " + quoted(govc_);
        for (auto const& argument : c.argv) {
            script += " " + quoted(argument);
        }
        script += named;
        auto const command = shell_ + " >" + quoted((folder_ / "out").string()) + " 2>" + quoted((folder_ / "err").string());
        FILE* const shell = ::popen(command.c_str(), "we");
        if (shell == nullptr) {
            throw esxi::error(esxi::error_kind::config, "cannot start `" + shell_ + "`");
        }
        std::fputs(script.c_str(), shell);
        auto const status = WEXITSTATUS(::pclose(shell));
        if (status == 124) {
            throw esxi::error(esxi::error_kind::unavailable, "govc " + c.argv.front() + " took too long");
        }
        return {status, text_of("out"), text_of("err")};
    }

private:
    [[nodiscard]] static std::string quoted(std::string_view text)
    {
        std::string all = "'";
        for (char const c : text) {
            all += c == '\'' ? std::string("'\\''") : std::string(1, c);
        }
        return all + "'";
    }

    [[nodiscard]] std::string text_of(char const* name) const
    {
        std::ifstream file(folder_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::string shell_;
    std::string govc_;
    std::filesystem::path folder_;
};
static_assert(esxi::check_transport<shell_transport>());
