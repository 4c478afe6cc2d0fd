// SPDX-License-Identifier: Apache-2.0
// What live tests share: the real govc as a transport, compiled once, and the tool.
#pragma once

#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <esxi/transport/any.hpp>

#include "directory.hpp"
#include "eventually.hpp"
#include "operations.hpp"
#include "program.hpp"
#include "simulator.hpp"
#include "sweep.hpp"

namespace test {

/// Over which transport the live tests run the real govc: `subprocess`, or what ESXI_TEST_TRANSPORT names, `served`.
inline std::string wanted_transport()
{
    char const* const named = std::getenv("ESXI_TEST_TRANSPORT");
    return named == nullptr ? "subprocess" : named;
}

/// The wanted transport, with this govc; the vendored one unless told otherwise.
esxi::any_transport real_govc(std::string const& path = bin("govc"), unsigned commands_at_once = 4);

/// The command-line tool, on one simulator, with a home and a state of its own.
class tool {
public:
    explicit tool(simulator const& host)
        : host_(host),
          environment_{{"HOME", home_ / ""},
                       {"ESXI_HOST", host.host()},
                       {"ESXI_PASSWORD", host.password()},
                       {"ESXI_TRANSPORT", wanted_transport()}}
    {
    }

    /// Sets a variable of its environment; an empty value takes it away.
    void set(std::string const& name, std::string const& value)
    {
        environment_[name] = value;
        if (value.empty()) {
            environment_.erase(name);
        }
    }

    [[nodiscard]] std::vector<std::string> command_line(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), {bin("esxi"), "--ca-bundle", host_.ca_file()});
        return arguments;
    }
    [[nodiscard]] program start(std::vector<std::string> const& arguments) const
    {
        return program(command_line(arguments), environment_);
    }
    [[nodiscard]] finished run(std::vector<std::string> const& arguments) const
    {
        return run_program(command_line(arguments), environment_);
    }
    /// Without the options that reach the host.
    [[nodiscard]] finished run_bare(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), bin("esxi"));
        return run_program(arguments, environment_);
    }

    [[nodiscard]] directory const& home() const { return home_; }
    [[nodiscard]] std::map<std::string, std::string> const& environment() const { return environment_; }

private:
    simulator const& host_;
    directory home_;
    std::map<std::string, std::string> environment_;
};

/// The object that the tool printed as JSON; empty where it printed something else.
inline boost::json::object json_of(std::string const& text)
{
    boost::system::error_code bad;
    auto value = boost::json::parse(text, bad);
    return !bad && value.is_object() ? value.get_object() : boost::json::object{};
}

/// The kind of the error that the tool reported as JSON.
inline std::string error_kind_of(finished const& done)
{
    auto const all = json_of(done.err);
    auto const* error = all.if_contains("error");
    return error != nullptr ? std::string(error->at("kind").as_string()) : "none: " + done.err;
}

/// How many processes there are whose command line contains the text. Zombies have none.
int processes_with(std::string const& text);

/// How many processes run the program at this path. Zombies run none.
int processes_of(std::string const& program);

/// How many there are that a transport was to reach this host with.
int govcs_of(simulator const& host);

} // namespace test
