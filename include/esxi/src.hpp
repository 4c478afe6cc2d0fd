// SPDX-License-Identifier: Apache-2.0
// Boost.JSON's definitions. Exactly one source file of a program includes this, and then nothing else need be linked; a program
// that links Boost's JSON library includes it nowhere. In CMake: link `esxi::json_source` or `esxi::json`.
#pragma once

#include <boost/json/src.hpp>
