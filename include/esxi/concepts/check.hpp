// SPDX-License-Identifier: Apache-2.0
// Says what a transport or a context of one's own lacks: one error for each member, in the words in which it is to be written.
#pragma once

#include <chrono>
#include <concepts>
#include <stop_token>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include <esxi/command.hpp>
#include <esxi/concepts/context.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/purpose.hpp>

namespace esxi {

/// `static_assert(esxi::check_transport<my_transport>());` beside the type compiles where it models `transport`.
template <class T>
consteval bool check_transport()
{
    static_assert(transport<T>, "a transport needs `esxi::output run(esxi::command const&, esxi::run_options const&)`");
    return true;
}

/// `static_assert(esxi::check_context<my_context>());` beside the type compiles where it models `context`.
template <class C>
consteval bool check_context()
{
    using boost::json::object;
    static_assert(has_properties<C>, "a context needs `boost::json::object const& properties() const`");
    static_assert(
        requires(C const& c) {
            { c.runtime_properties() } -> std::convertible_to<object>;
        }, "a context needs `boost::json::object runtime_properties() const`");
    static_assert(
        requires(C& c, object const& changes) {
            { c.persist(changes) } -> std::same_as<void>;
        }, "a context needs `void persist(boost::json::object const& changes)`");
    static_assert(
        requires(C const& c) {
            { c.host_properties() } -> std::convertible_to<object>;
        }, "a context needs `boost::json::object host_properties() const`");
    static_assert(
        requires(C const& c) {
            { c.vm_properties() } -> std::convertible_to<object>;
        }, "a context needs `boost::json::object vm_properties() const`");
    static_assert(has_purpose<C>, "a context needs `esxi::purpose why() const`");
    static_assert(has_log<C>, "a context needs `void log(esxi::log_level, std::string_view)`");
    static_assert(
        requires(C& c, std::chrono::milliseconds time) {
            { c.wait(time) } -> std::same_as<void>;
        }, "a context needs `void wait(std::chrono::milliseconds)`");
    static_assert(
        requires(C& c) {
            { c.now() } -> std::same_as<std::chrono::steady_clock::time_point>;
        }, "a context needs `std::chrono::steady_clock::time_point now()`");
    static_assert(
        requires(C& c) {
            { c.wall_time() } -> std::same_as<std::chrono::system_clock::time_point>;
        }, "a context needs `std::chrono::system_clock::time_point wall_time()`");
    static_assert(has_random_tokens<C>, "a context needs `std::string random_token()`");
    static_assert(has_stop<C>, "a context needs `std::stop_token stop_token() const`");
    static_assert(
        requires(C& c) {
            { c.process() } -> std::same_as<process_identity>;
        }, "a context needs `esxi::process_identity process()`");
    static_assert(
        requires(C& c, process_identity const& p) {
            { c.is_running(p) } -> std::same_as<bool>;
        }, "a context needs `bool is_running(esxi::process_identity const&)`");
    return true;
}

} // namespace esxi
