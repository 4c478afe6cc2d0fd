// SPDX-License-Identifier: Apache-2.0
// The one source file of this program that compiles Boost.JSON.
#include <esxi/src.hpp>
