// SPDX-License-Identifier: Apache-2.0
// The one translation unit that compiles Boost.JSON, for targets that link esxi::json_source.
#include <esxi/src.hpp>
