// SPDX-License-Identifier: Apache-2.0
// A govc that stays against a govc for each command, side by side: for each command a JSON line with the times of both, in ms.
// usage: ESXI_HOST=... ESXI_PASSWORD=... ESXI_CA_BUNDLE=... bench_served ROUNDS
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <esxi/govc/argv.hpp>
#include <esxi/govc/names.hpp>
#include <esxi/transport/served.hpp>
#include <esxi/transport/subprocess.hpp>

namespace {

std::string variable(char const* name)
{
    char const* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

template <class Transport>
double milliseconds_of(Transport& transport, esxi::command const& c, esxi::run_options const& options)
{
    auto const begun = std::chrono::steady_clock::now();
    auto const answer = transport.run(c, options);
    auto const took = std::chrono::steady_clock::now() - begun;
    if (answer.exit_code != 0) {
        throw std::runtime_error(c.argv.front() + ": " + answer.err);
    }
    return std::chrono::duration<double, std::milli>(took).count();
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 2) {
        std::cerr << "usage: bench_served ROUNDS\n";
        return 2;
    }
    try {
        esxi::run_options options;
        options.connection.host = variable("ESXI_HOST");
        options.connection.user = "root";
        options.connection.password = variable("ESXI_PASSWORD");
        options.connection.ca_bundle = variable("ESXI_CA_BUNDLE");
        esxi::served_transport served;
        esxi::subprocess_transport subprocess;

        auto const found = subprocess.run({{"find", "-i", "-type", "m", "/"}}, options).out;
        auto const moid = found.substr(found.find(':') + 1, found.find('\n') - found.find(':') - 1);
        auto const vm = esxi::govc::name_argument("ha-host_VM0");
        std::vector<std::pair<std::string, esxi::command>> const commands{
            {"about", esxi::govc::about()}, // its answer is known already: nothing but what each command pays
            {"vm.info by id", esxi::govc::vm_info(esxi::govc::moid_argument(moid))},
            {"vm.info by name", esxi::govc::vm_info(vm)},
            {"vm.change", esxi::govc::change(moid, 1, {}, {})},
            {"poll of a VM", esxi::govc::poll_vm(moid)},
            {"all VMs", esxi::govc::collect_inventory({.datastores = false, .networks = false, .vms = true})}};
        for (auto const& [name, c] : commands) {
            milliseconds_of(served, c, options);
            milliseconds_of(subprocess, c, options);
            boost::json::array ours, theirs;
            for (int round = 0; round < std::atoi(argv[1]); ++round) {
                if (round % 2 == 0) {
                    theirs.push_back(milliseconds_of(subprocess, c, options));
                }
                ours.push_back(milliseconds_of(served, c, options));
                if (round % 2 == 1) {
                    theirs.push_back(milliseconds_of(subprocess, c, options));
                }
            }
            std::cout << boost::json::object{{"case", name}, {"ours", ours}, {"theirs", theirs}} << std::endl;
        }
    } catch (std::exception const& failed) {
        std::cerr << failed.what() << "\n";
        return 1;
    }
}
