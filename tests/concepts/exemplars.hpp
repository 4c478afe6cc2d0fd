// SPDX-License-Identifier: Apache-2.0
// The least that models each concept. The pages of docs/concepts quote it.
#pragma once

#include <chrono>
#include <iostream>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

#include <unistd.h>

#include <boost/json/object.hpp>

#include <esxi/concepts/context.hpp>
#include <esxi/concepts/transport.hpp>

namespace test {

struct transport_exemplar {
    esxi::output run(esxi::command const& c, esxi::run_options const& options);
};
static_assert(esxi::transport<transport_exemplar>);

struct versioned_transport_exemplar : transport_exemplar {
    std::string govc_version();
};
static_assert(esxi::versioned_transport<versioned_transport_exemplar>);

struct properties_exemplar {
    boost::json::object const& properties() const;
};
static_assert(esxi::has_properties<properties_exemplar>);

struct runtime_properties_exemplar {
    boost::json::object runtime_properties() const;
    void persist(boost::json::object const& changes);
};
static_assert(esxi::has_runtime_properties<runtime_properties_exemplar>);

struct relations_exemplar {
    boost::json::object host_properties() const;
    boost::json::object vm_properties() const;
};
static_assert(esxi::has_relations<relations_exemplar>);

struct purpose_exemplar {
    esxi::purpose why() const;
};
static_assert(esxi::has_purpose<purpose_exemplar>);

struct log_exemplar {
    void log(esxi::log_level level, std::string_view text);
};
static_assert(esxi::has_log<log_exemplar>);

struct time_exemplar {
    void wait(std::chrono::milliseconds duration);
    std::chrono::steady_clock::time_point now();
    std::chrono::system_clock::time_point wall_time();
};
static_assert(esxi::has_time<time_exemplar>);

struct random_tokens_exemplar {
    std::string random_token();
};
static_assert(esxi::has_random_tokens<random_tokens_exemplar>);

struct stop_exemplar {
    std::stop_token stop_token() const;
};
static_assert(esxi::has_stop<stop_exemplar>);

struct process_exemplar {
    esxi::process_identity process();
    bool is_running(esxi::process_identity const& other);
};
static_assert(esxi::has_process<process_exemplar>);

/// Keeps everything in memory, waits for real, is never stopped, and is alone in the world.
struct context_exemplar {
    boost::json::object wished, learned, host, vm;

    boost::json::object const& properties() const { return wished; }
    boost::json::object runtime_properties() const { return learned; }
    void persist(boost::json::object const& changes)
    {
        for (auto const& change : changes) {
            if (change.value().is_null()) {
                learned.erase(change.key());
            } else {
                learned[change.key()] = change.value();
            }
        }
    }
    boost::json::object host_properties() const { return host; }
    boost::json::object vm_properties() const { return vm; }
    esxi::purpose why() const { return esxi::purpose::user; }
    void log(esxi::log_level, std::string_view text) { std::clog << text << "\n"; }
    void wait(std::chrono::milliseconds duration) { std::this_thread::sleep_for(duration); }
    std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }
    std::chrono::system_clock::time_point wall_time() { return std::chrono::system_clock::now(); }
    std::string random_token()
    {
        std::random_device system;
        std::string token;
        while (token.size() < 32) {
            token += "0123456789abcdef"[system() % 16];
        }
        return token;
    }
    std::stop_token stop_token() const { return {}; }
    esxi::process_identity process() { return {"this machine", ::getpid(), 0}; }
    bool is_running(esxi::process_identity const& other) { return other == process(); }
};
static_assert(esxi::context<context_exemplar>);

} // namespace test
