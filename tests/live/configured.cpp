// SPDX-License-Identifier: Apache-2.0
// The tools that are configured when they are compiled do what they are configured for.
// ctest: verify
#include <map>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/live.hpp"

BOOST_AUTO_TEST_CASE(configured_tools)
{
    test::simulator const host({"--vms", "1"});
    test::directory const home;
    std::map<std::string, std::string> const environment{{"HOME", home / ""},
                                                         {"ESXI_HOST", host.host()},
                                                         {"ESXI_PASSWORD", host.password()},
                                                         {"ESXI_CA_BUNDLE", host.ca_file()},
                                                         {"ESXI_GOVC", test::bin("govc")}};
    auto const run = [&environment](std::string const& tool, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), std::string(ESXI_EXAMPLES_DIR) + "/" + tool);
        auto const done = test::run_program(arguments, environment);
        BOOST_TEST(done.exit_code == 0, tool << ": " << done.out << done.err);
        return done.out;
    };
    BOOST_TEST(run("facts", {"record_host_facts"}).find("ha-host_VM0") != std::string::npos);
    BOOST_TEST(run("everything", {"start_vm", "ha-host_VM0"}).find("poweredOn") != std::string::npos);
}
