// SPDX-License-Identifier: Apache-2.0
// One operation as a C++ program runs it, to be killed: subprocess transport, plain contexts, a state file. What is to be done comes
// in a file: {"operation", "why", "state", "host", "vm", "snapshot"}, the last three with the properties of the nodes.
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/context/state_file.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/subprocess.hpp>

int main(int, char** argv)
{
    using esxi::plain_context;
    using esxi::subprocess_transport;
    std::ifstream file(argv[1]);
    std::string const text{std::istreambuf_iterator<char>(file), {}};
    auto const wish = boost::json::parse(text).as_object();
    auto const word = [&wish](char const* key) { return std::string(wish.at(key).as_string()); };
    std::map<std::string, esxi::operation_result (*)(subprocess_transport&, plain_context&, esxi::operation_options const&)> const
        operations{
            {"probe_host", esxi::probe_host},
            {"record_host_facts", esxi::record_host_facts},
            {"create_vm", esxi::create_vm},
            {"configure_vm", esxi::configure_vm},
            {"start_vm", esxi::start_vm},
            {"stop_vm", esxi::stop_vm},
            {"delete_vm", esxi::delete_vm},
            {"create_snapshot", esxi::create_snapshot},
            {"delete_snapshot", esxi::delete_snapshot},
        };
    try {
        auto const name = word("operation");
        plain_context host(wish.at("host").as_object());
        plain_context vm(wish.at("vm").as_object(), host);
        plain_context snapshot(wish.at("snapshot").as_object(), vm);
        auto const kind = name.substr(name.rfind('_') + 1);
        auto& node = kind == "vm" ? vm : kind == "snapshot" ? snapshot : host;
        node.run_for(word("why") == "engine" ? esxi::purpose::engine : esxi::purpose::user);
        esxi::state_file states(word("state"));
        auto state = states.open({"node", kind}, std::chrono::seconds(60));
        node.keep_in(state);
        subprocess_transport transport;
        auto const done = operations.at(name)(transport, node, {});
        std::cout << boost::json::serialize(boost::json::object{{"changed", done.changed}, {"runtime", done.runtime}})
                  << std::endl;
    } catch (esxi::error const& failed) {
        std::cerr << to_string(failed.kind()) << ": " << failed.what() << std::endl;
        return failed.recoverable() ? 75 : 1;
    }
    return 0;
}
