// SPDX-License-Identifier: Apache-2.0
// `check_context` says what a context lacks in one line.
// expect: error: static assertion failed.*: a context needs `std::chrono::steady_clock::time_point now\(\)`
#include <esxi/concepts/check.hpp>

struct some_context {
    boost::json::object const& properties() const { return object; }
    boost::json::object runtime_properties() const { return {}; }
    void persist(boost::json::object const&) {}
    boost::json::object host_properties() const { return {}; }
    boost::json::object vm_properties() const { return {}; }
    esxi::purpose why() const { return {}; }
    void log(esxi::log_level, std::string_view) {}
    void wait(std::chrono::milliseconds) {}
#if defined(RIGHT)
    std::chrono::steady_clock::time_point now() { return {}; }
#else
    std::chrono::system_clock::time_point now() { return {}; } // of the wrong clock
#endif
    std::chrono::system_clock::time_point wall_time() { return {}; }
    std::string random_token() { return {}; }
    std::stop_token stop_token() const { return {}; }
    esxi::process_identity process() { return {}; }
    bool is_running(esxi::process_identity const&) { return false; }

    boost::json::object object;
};
static_assert(esxi::check_context<some_context>());
