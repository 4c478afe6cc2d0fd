// SPDX-License-Identifier: Apache-2.0
// The tool's version, which is the library's.
#pragma once

#ifndef ESXI_TOOL_VERSION
#define ESXI_TOOL_VERSION "0.1.0"
#endif
