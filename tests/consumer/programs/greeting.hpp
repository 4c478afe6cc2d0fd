// SPDX-License-Identifier: Apache-2.0
// What the two translation units of this program share.
#pragma once

#include <string>

std::string greeting();
