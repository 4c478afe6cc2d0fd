// SPDX-License-Identifier: Apache-2.0
// A third context: nodes are entries of a map, as a program has one that keeps everything it knows in one place.
#pragma once

#include <chrono>
#include <iostream>
#include <map>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include <unistd.h>

#include <esxi/concepts/check.hpp>

/// What is wished of a node, what was learned of it, and the nodes it depends on.
struct node {
    boost::json::object properties{};
    boost::json::object runtime_properties{};
    std::string host{};
    std::string vm{};
};

struct map_context {
    std::map<std::string, node>& nodes;
    std::string name;

    boost::json::object const& properties() const { return nodes.at(name).properties; }
    boost::json::object runtime_properties() const { return nodes.at(name).runtime_properties; }
    void persist(boost::json::object const& changes)
    {
        for (auto const& change : changes) {
            if (change.value().is_null()) {
                nodes.at(name).runtime_properties.erase(change.key());
            } else {
                nodes.at(name).runtime_properties[change.key()] = change.value();
            }
        }
    }
    boost::json::object host_properties() const { return related(nodes.at(name).host, name); }
    boost::json::object vm_properties() const { return related(nodes.at(name).vm, {}); }

    esxi::purpose why() const { return esxi::purpose::user; }
    void log(esxi::log_level level, std::string_view text)
    {
        if (level != esxi::log_level::debug) {
            std::cout << name << ": " << text << "\n";
        }
    }
    void wait(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }
    std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }
    std::chrono::system_clock::time_point wall_time() { return std::chrono::system_clock::now(); }
    std::stop_token stop_token() const { return {}; } // never stopped
    std::string random_token()
    {
        std::random_device digits;
        std::string token;
        while (token.size() < 32) {
            token += "0123456789abcdef"[digits() % 16];
        }
        return token;
    }
    esxi::process_identity process() { return {"this machine", ::getpid(), 1}; }
    bool is_running(esxi::process_identity const& other) { return other == process(); } // one process, one run

private:
    boost::json::object related(std::string const& node, std::string const& otherwise) const
    {
        auto const found = nodes.find(node.empty() ? otherwise : node);
        if (found == nodes.end()) {
            throw esxi::error(esxi::error_kind::config, name + " depends on `" + node + "`, which there is not");
        }
        return found->second.properties;
    }
};
static_assert(esxi::check_context<map_context>());
