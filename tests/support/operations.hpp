// SPDX-License-Identifier: Apache-2.0
// The operations on any transport with plain contexts, compiled once for all test programs: see support/operations.cpp.
#pragma once

#include <esxi/context/plain.hpp>
#include <esxi/instantiate.hpp>
#include <esxi/transport/any.hpp>

ESXI_EXTERN_OPERATIONS(esxi::any_transport, esxi::plain_context);
