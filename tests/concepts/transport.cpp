// SPDX-License-Identifier: Apache-2.0
// What models the transport concepts, and what does not.
#include <memory>
#include <string>

#include <esxi/concepts/transport.hpp>
#include <esxi/transport/any.hpp>
#include <esxi/transport/record.hpp>
#include <esxi/transport/replay.hpp>

#include "exemplars.hpp"

namespace {

using esxi::command;
using esxi::output;
using esxi::run_options;
using test::transport_exemplar;

struct by_value {
    output run(command, run_options) { return {}; }
};
struct const_run {
    output run(command const&, run_options const&) const { return {}; }
};
struct versioned_by_literal : transport_exemplar {
    char const* govc_version() const { return "0.56.0"; }
};

struct wrong_result {
    int run(command const&, run_options const&) { return 0; }
};
struct result_by_reference {
    output& run(command const&, run_options const&) { return result; }
    output result;
};
struct no_options {
    output run(command const&) { return {}; }
};
struct changes_command {
    output run(command&, run_options const&) { return {}; }
};
struct changes_options {
    output run(command const&, run_options&) { return {}; }
};
struct private_run {
private:
    output run(command const&, run_options const&) { return {}; }
};
struct no_run {};
struct numbered : transport_exemplar {
    int govc_version() { return 56; }
};
struct version_alone {
    std::string govc_version() { return {}; }
};

static_assert(esxi::transport<by_value>);
static_assert(esxi::transport<const_run>);
static_assert(esxi::transport<const_run const>);
static_assert(esxi::versioned_transport<versioned_by_literal>);
static_assert(!esxi::versioned_transport<transport_exemplar>);

static_assert(!esxi::transport<transport_exemplar const>);
static_assert(!esxi::transport<wrong_result>);
static_assert(!esxi::transport<result_by_reference>);
static_assert(!esxi::transport<no_options>);
static_assert(!esxi::transport<changes_command>);
static_assert(!esxi::transport<changes_options>);
static_assert(!esxi::transport<private_run>);
static_assert(!esxi::transport<no_run>);
static_assert(!esxi::transport<int>);
static_assert(!esxi::versioned_transport<numbered>);
static_assert(!esxi::versioned_transport<version_alone>);

static_assert(esxi::versioned_transport<esxi::any_transport>);
static_assert(esxi::versioned_transport<esxi::replay_transport>);
static_assert(esxi::versioned_transport<esxi::record_transport<transport_exemplar>>);
static_assert(esxi::versioned_transport<esxi::record_transport<esxi::record_transport<esxi::any_transport>>>);

// What is no transport is not taken for one by the types that wrap one.
template <class T>
concept recordable = requires { typename esxi::record_transport<T>; };
static_assert(recordable<transport_exemplar>);
static_assert(!recordable<wrong_result>);
static_assert(std::is_constructible_v<esxi::any_transport, transport_exemplar&>);
static_assert(std::is_constructible_v<esxi::any_transport, transport_exemplar>);
static_assert(std::is_constructible_v<esxi::any_transport, const_run const&>);
static_assert(std::is_constructible_v<esxi::any_transport, std::unique_ptr<transport_exemplar>>);
static_assert(!std::is_constructible_v<esxi::any_transport, transport_exemplar const&>);
static_assert(!std::is_constructible_v<esxi::any_transport, no_run&>);
static_assert(!std::is_constructible_v<esxi::any_transport, std::unique_ptr<no_run>>);
static_assert(!std::is_constructible_v<esxi::any_transport, esxi::any_transport&>);
static_assert(std::is_nothrow_move_constructible_v<esxi::any_transport>);

} // namespace
