// SPDX-License-Identifier: Apache-2.0
// Has the operations on one transport and context compiled in one source file of a program, not in each that calls them.
#pragma once

#include <esxi/esxi.hpp>

/// Says that the operations on this transport and context, two types, are instantiated elsewhere: for a header of the program, at
/// namespace scope, outside of all namespaces.
#define ESXI_EXTERN_OPERATIONS(Transport, Context) ESXI_DETAIL_OPERATIONS(extern template, Transport, Context)

/// Instantiates them: for one source file, after ESXI_EXTERN_OPERATIONS.
#define ESXI_INSTANTIATE_OPERATIONS(Transport, Context) ESXI_DETAIL_OPERATIONS(template, Transport, Context)

#define ESXI_DETAIL_OPERATIONS(Template, Transport, Context)                                                                     \
    ESXI_DETAIL_OPERATION(Template, probe_host, Transport, Context);                                                             \
    ESXI_DETAIL_OPERATION(Template, record_host_facts, Transport, Context);                                                      \
    ESXI_DETAIL_OPERATION(Template, noop_op, Transport, Context);                                                                \
    ESXI_DETAIL_OPERATION(Template, create_vm, Transport, Context);                                                              \
    ESXI_DETAIL_OPERATION(Template, configure_vm, Transport, Context);                                                           \
    ESXI_DETAIL_OPERATION(Template, start_vm, Transport, Context);                                                               \
    ESXI_DETAIL_OPERATION(Template, stop_vm, Transport, Context);                                                                \
    ESXI_DETAIL_OPERATION(Template, delete_vm, Transport, Context);                                                              \
    ESXI_DETAIL_OPERATION(Template, pull_vm, Transport, Context);                                                                \
    ESXI_DETAIL_OPERATION(Template, create_snapshot, Transport, Context);                                                        \
    ESXI_DETAIL_OPERATION(Template, delete_snapshot, Transport, Context);                                                        \
    ESXI_DETAIL_OPERATION(Template, pull_snapshot, Transport, Context)

// NOLINTBEGIN(bugprone-macro-parentheses): of types
#define ESXI_DETAIL_OPERATION(Template, Name, Transport, Context)                                                                \
    Template ::esxi::operation_result esxi::Name(Transport&, Context&, ::esxi::operation_options const&)
// NOLINTEND(bugprone-macro-parentheses)
