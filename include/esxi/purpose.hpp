// SPDX-License-Identifier: Apache-2.0
// Why an operation is being run: what a delete or a stop may touch depends on it.
#pragma once

namespace esxi {

/// Why an operation is being run.
enum class purpose {
    user,     ///< A person's explicit wish.
    engine,   ///< A step of an engine's ordinary workflow (install, uninstall).
    request,  ///< A step that a person asked the engine for by its name (the workflows stop, restart and execute_operation).
    update, ///< The engine takes a node down in an update of its deployment, to make it anew. Nothing is stopped or destroyed.
    rollback, ///< The engine takes back, or starts over, an operation that did not finish. Nothing adopted is stopped or destroyed.
};

} // namespace esxi
