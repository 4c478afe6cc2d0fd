// SPDX-License-Identifier: Apache-2.0
// The umbrella: operations, models and concepts. Transports and contexts are chosen by including theirs.
#pragma once

#include <esxi/client.hpp>
#include <esxi/command.hpp>
#include <esxi/concepts/context.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/error.hpp>
#include <esxi/model/connection.hpp>
#include <esxi/model/host.hpp>
#include <esxi/model/host_properties.hpp>
#include <esxi/model/snapshot.hpp>
#include <esxi/model/snapshot_properties.hpp>
#include <esxi/model/vm.hpp>
#include <esxi/model/vm_properties.hpp>
#include <esxi/operations.hpp>
#include <esxi/ops/host.hpp>
#include <esxi/ops/look.hpp>
#include <esxi/ops/reconcile.hpp>
#include <esxi/ops/snapshot.hpp>
#include <esxi/ops/vm.hpp>
#include <esxi/plan/action.hpp>
#include <esxi/purpose.hpp>
