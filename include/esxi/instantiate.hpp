// SPDX-License-Identifier: Apache-2.0
// Has the operations on one transport and context compiled in one source file of a program, not in each that calls them.
#pragma once

#include <esxi/operations.hpp>

/// Says that the operations on this transport and context, two types, are instantiated elsewhere: for a header of the program, at
/// namespace scope, outside of all namespaces.
#define ESXI_EXTERN_OPERATIONS(Transport, Context) ESXI_DETAIL_OPERATIONS(extern template, Transport, Context)

/// Instantiates them: for one source file, which includes esxi/esxi.hpp too.
#define ESXI_INSTANTIATE_OPERATIONS(Transport, Context) ESXI_DETAIL_OPERATIONS(template, Transport, Context)

#define ESXI_DETAIL_OPERATIONS(Template, Transport, Context)                                                                     \
    ESXI_DETAIL_OPERATION(Template, ::esxi::operation_result, probe_host, Transport, Context);                                   \
    ESXI_DETAIL_OPERATION(Template, ::esxi::operation_result, record_host_facts, Transport, Context);                            \
    ESXI_DETAIL_OPERATION(Template, ::esxi::operation_result, noop_op, Transport, Context);                                      \
    ESXI_DETAIL_OPERATION(Template, ::boost::json::object, host_status, Transport, Context);                                     \
    ESXI_DETAIL_OPERATION(Template, ::boost::json::object, host_drift, Transport, Context);                                      \
    ESXI_DETAIL_OPERATION(Template, ::esxi::operation_result, create_vm, Transport, Context);                                    \
    ESXI_DETAIL_OPERATION(Template, ::esxi::operation_result, configure_vm, Transport, Context);                                 \
    ESXI_DETAIL_OPERATION(Template, ::esxi::operation_result, start_vm, Transport, Context);                                     \
    ESXI_DETAIL_OPERATION(Template, ::esxi::operation_result, stop_vm, Transport, Context);                                      \
    ESXI_DETAIL_OPERATION(Template, ::esxi::operation_result, delete_vm, Transport, Context);                                    \
    ESXI_DETAIL_OPERATION(Template, ::esxi::operation_result, update_vm, Transport, Context);                                    \
    ESXI_DETAIL_OPERATION(Template, ::esxi::operation_result, pull_vm, Transport, Context);                                      \
    ESXI_DETAIL_OPERATION(Template, ::boost::json::object, vm_status, Transport, Context);                                       \
    ESXI_DETAIL_OPERATION(Template, ::boost::json::object, vm_drift, Transport, Context);                                        \
    ESXI_DETAIL_OPERATION(Template, ::esxi::operation_result, create_snapshot, Transport, Context);                              \
    ESXI_DETAIL_OPERATION(Template, ::esxi::operation_result, delete_snapshot, Transport, Context);                              \
    ESXI_DETAIL_OPERATION(Template, ::esxi::operation_result, pull_snapshot, Transport, Context);                                \
    ESXI_DETAIL_OPERATION(Template, ::boost::json::object, snapshot_status, Transport, Context);                                 \
    ESXI_DETAIL_OPERATION(Template, ::boost::json::object, snapshot_drift, Transport, Context)

// NOLINTBEGIN(bugprone-macro-parentheses): of types
#define ESXI_DETAIL_OPERATION(Template, Result, Name, Transport, Context)                                                        \
    Template Result esxi::Name(Transport&, Context&, ::esxi::operation_options const&)
// NOLINTEND(bugprone-macro-parentheses)
