// SPDX-License-Identifier: Apache-2.0
// What the library asks of a transport.
#pragma once

#include <concepts>
#include <string>

#include <esxi/command.hpp>

namespace esxi {

/// Runs one govc command and returns what came of it. It belongs to no host: the connection comes with each command.
///
/// `run` throws `esxi::error` only where govc could not be run (`config`), timed out (`unavailable`), was stopped (`cancelled`),
/// printed too much (`govc`), or a tape does not match (`tape`). A command that ran and failed is an `output` with a non-zero exit code.
template <class T>
concept transport = requires(T& t, command const& c, run_options const& o) {
    { t.run(c, o) } -> std::same_as<output>;
};

/// A transport that knows the version of the govc behind it, as `0.56.0`; an empty text means unknown. One that does not model
/// this is taken to be new enough.
template <class T>
concept versioned_transport = transport<T> && requires(T& t) {
    { t.govc_version() } -> std::convertible_to<std::string>;
};

} // namespace esxi
