// SPDX-License-Identifier: Apache-2.0
// A tool that is configured when it is compiled: one line names its transport and its operations, and nothing of any other is in it.
//   -DTOOL_REPLAY -DTOOL_OPERATIONS='"record_host_facts"'             answers from the tape that ESXI_TAPE names
//   -DTOOL_SUBPROCESS -DTOOL_OPERATIONS='"probe_host", "create_vm"'   runs govc on the host that ESXI_HOST and ESXI_PASSWORD name
// usage: configured OPERATION [VM [SNAPSHOT]]; ESXI_OVA is what a VM is imported from, ESXI_ANNOTATION what is written on it
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#if defined(TOOL_REPLAY)
#include <esxi/transport/replay.hpp>
#elif defined(TOOL_SUBPROCESS)
#include <esxi/transport/subprocess.hpp>
#else
#error "name a transport: -DTOOL_REPLAY or -DTOOL_SUBPROCESS"
#endif

constexpr std::string_view operations[] = {TOOL_OPERATIONS};
constexpr std::string_view all[] = {"probe_host", "record_host_facts", "create_vm",       "configure_vm",   "start_vm",
                                    "stop_vm",    "delete_vm",         "create_snapshot", "delete_snapshot"};

constexpr bool has(std::string_view operation)
{
    return std::ranges::find(operations, operation) != std::end(operations);
}
static_assert(std::ranges::count_if(all, has) == std::ssize(operations),
              "TOOL_OPERATIONS names one that is unknown, or one twice");

std::string env(char const* name)
{
    char const* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

/// Runs `operation`, if that is its name and the tool has it.
#define TOOL_OPERATION(operation, node)                                                                                          \
    if constexpr (has(#operation)) {                                                                                             \
        if (wished == #operation) {                                                                                              \
            std::cout << esxi::operation(transport, node).runtime << "\n";                                                       \
            return 0;                                                                                                            \
        }                                                                                                                        \
    }

template <esxi::transport Transport>
int run(Transport& transport, esxi::plain_context& host, std::string_view wished, std::string const& vm_name,
        std::string const& snapshot_name)
{
    esxi::plain_context vm({{"name", vm_name}, {"ova_url", env("ESXI_OVA")}, {"annotation", env("ESXI_ANNOTATION")}}, host);
    esxi::plain_context snapshot({{"name", snapshot_name}}, vm);
    TOOL_OPERATION(probe_host, host)
    TOOL_OPERATION(record_host_facts, host)
    TOOL_OPERATION(create_vm, vm)
    TOOL_OPERATION(configure_vm, vm)
    TOOL_OPERATION(start_vm, vm)
    TOOL_OPERATION(stop_vm, vm)
    TOOL_OPERATION(delete_vm, vm)
    TOOL_OPERATION(create_snapshot, snapshot)
    TOOL_OPERATION(delete_snapshot, snapshot)
    std::cerr << "this tool was built for:";
    for (auto const operation : operations) {
        std::cerr << " " << operation;
    }
    std::cerr << "\n";
    return 2;
}

int main(int argc, char** argv)
{
    auto const argument = [argc, argv](int i) { return std::string(i < argc ? argv[i] : ""); };
    try {
#if defined(TOOL_REPLAY)
        esxi::replay_transport transport(esxi::load_tape(env("ESXI_TAPE")));
        esxi::plain_context host({{"host", "esxi1.example"}, {"password", "not needed"}});
#elif defined(TOOL_SUBPROCESS)
        esxi::subprocess_transport transport;
        esxi::plain_context host(
            {{"host", env("ESXI_HOST")}, {"password", env("ESXI_PASSWORD")}, {"ca_bundle", env("ESXI_CA_BUNDLE")}});
#endif
        return run(transport, host, argument(1), argument(2), argument(3));
    } catch (esxi::error const& failed) {
        std::cerr << failed.what() << "\n";
        return 1;
    }
}
