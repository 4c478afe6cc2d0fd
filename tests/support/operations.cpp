// SPDX-License-Identifier: Apache-2.0
#include "operations.hpp"

#include <esxi/esxi.hpp>

ESXI_INSTANTIATE_OPERATIONS(esxi::any_transport, esxi::plain_context);
