// SPDX-License-Identifier: Apache-2.0
// esxi-sim for live tests, and the real govc to look at it, or to prepare it, behind the library's back.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "directory.hpp"
#include "program.hpp"

namespace test {

/// Where the build puts the tool, govc and esxi-sim.
inline std::string bin(std::string const& name)
{
    return std::string(ESXI_BIN_DIR) + "/" + name;
}

/// Makes an OVA at `path`; the settings are those of examples/demo/make-ova.
inline std::string make_ova(std::string const& path, std::vector<std::string> const& settings = {})
{
    std::vector<std::string> argv{std::string(ESXI_SOURCE_DIR) + "/examples/demo/make-ova", path};
    argv.insert(argv.end(), settings.begin(), settings.end());
    auto const made = run_program(argv);
    if (made.exit_code != 0) {
        throw std::runtime_error("make-ova: " + made.err);
    }
    return path;
}

/// The release of ESXi that simulators are to be, from ESXI_TEST_PERSONA; empty: govmomi's own.
inline std::string persona()
{
    char const* const named = std::getenv("ESXI_TEST_PERSONA");
    return named == nullptr ? "" : named;
}

/// A running simulator of one standalone host.
class simulator {
public:
    static constexpr char const* default_password = "correct horse battery";

    explicit simulator(std::vector<std::string> const& options = {}, std::string password = default_password)
        : password_(std::move(password)), program_(arguments(options, files_ / "calls"), {{"ESXI_SIM_PASSWORD", password_}})
    {
        auto const ready = boost::json::parse(program_.read_line()).as_object();
        auto const text = [&ready](char const* key) { return std::string(ready.at(key).as_string()); };
        host_ = text("host");
        thumbprint_ = text("thumbprint");
        thumbprint_sha1_ = text("thumbprint_sha1");
        ca_file_ = text("ca_file");
    }

    [[nodiscard]] std::string const& host() const { return host_; }
    [[nodiscard]] std::string const& password() const { return password_; }
    [[nodiscard]] std::string const& thumbprint() const { return thumbprint_; }
    [[nodiscard]] std::string const& thumbprint_sha1() const { return thumbprint_sha1_; }
    [[nodiscard]] std::string const& ca_file() const { return ca_file_; }
    [[nodiscard]] test::directory const& files() const { return files_; }
    [[nodiscard]] pid_t pid() const { return program_.pid(); }

    /// The properties of a Host node that reaches it.
    [[nodiscard]] boost::json::object host_properties() const
    {
        return {{"host", host_}, {"user", "root"}, {"password", password_}, {"ca_bundle", ca_file_}};
    }

    /// Runs the real govc on it.
    [[nodiscard]] finished govc(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), bin("govc"));
        return run_program(arguments, {{"GOVC_URL", host_},
                                       {"GOVC_USERNAME", "root"},
                                       {"GOVC_PASSWORD", password_},
                                       {"GOVC_INSECURE", "true"},
                                       {"GOVMOMI_HOME", files_ / "govmomi"},
                                       {"HOME", files_ / "home"}});
    }
    /// Like `govc`, for what must succeed; its standard output.
    std::string must(std::vector<std::string> const& arguments) const
    {
        auto const done = govc(arguments);
        if (done.exit_code != 0) {
            throw std::runtime_error("govc " + arguments.front() + ": " + done.err);
        }
        return done.out;
    }

    /// Every VM: moid -> what can be compared: name, power state, cpu, memory, annotation.
    [[nodiscard]] std::map<std::string, std::string> vms() const
    {
        std::istringstream moids(must({"find", "-i", "-type", "m", "/"}));
        std::map<std::string, std::string> all;
        for (std::string moid; std::getline(moids, moid);) {
            all[moid] = must({"object.collect", "-json", moid, "name", "runtime.powerState", "config.hardware.numCPU",
                              "config.hardware.memoryMB", "config.annotation"});
        }
        return all;
    }

    /// How often a SOAP method was called since the start.
    [[nodiscard]] int calls(std::string const& method) const
    {
        std::istringstream lines(read_file(files_ / "calls"));
        int count = 0;
        for (std::string line; std::getline(lines, line);) {
            count += line == method ? 1 : 0;
        }
        return count;
    }

    /// Ends it; what it said on the way.
    finished end() { return program_.wait(); }

private:
    static std::vector<std::string> arguments(std::vector<std::string> const& options, std::string const& calls)
    {
        std::vector<std::string> argv{bin("esxi-sim"), "--listen", "127.0.0.1:0", "--user", "root", "--calls", calls};
        if (!persona().empty()) {
            argv.insert(argv.end(), {"--persona", persona()});
        }
        argv.insert(argv.end(), options.begin(), options.end());
        return argv;
    }

    test::directory files_;
    std::string password_;
    program program_;
    std::string host_, thumbprint_, thumbprint_sha1_, ca_file_;
};

} // namespace test
