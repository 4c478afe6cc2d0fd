// SPDX-License-Identifier: Apache-2.0
// Runs the programs of examples/ on a simulated host.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "live.hpp"

namespace test {

/// A simulated host with one VM, and a directory in which programs of examples/ are run.
struct example_host {
    simulator host{{"--vms", "1", "--guest-ip", "100=10.1.2.3"}};
    directory home;

    /// Runs `example` to its end, with the settings that it reads; must succeed.
    finished run(std::string const& example, std::vector<std::string> arguments = {},
                 std::map<std::string, std::string> environment = {}) const
    {
        // One of them keeps its state where it is run.
        arguments.insert(arguments.begin(),
                         {"/usr/bin/env", "-C", home.path().string(), std::string(ESXI_EXAMPLES_DIR) + "/" + example});
        environment.insert({{"HOME", home / ""},
                            {"ESXI_HOST", host.host()},
                            {"ESXI_PASSWORD", host.password()},
                            {"ESXI_CA_BUNDLE", host.ca_file()},
                            {"ESXI_GOVC", bin("govc")}});
        auto done = run_program(arguments, environment);
        BOOST_TEST(done.exit_code == 0, example << ": " << done.out << done.err);
        return done;
    }
};

} // namespace test
