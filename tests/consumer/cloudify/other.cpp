// SPDX-License-Identifier: Apache-2.0
// The second translation unit of the module.
#include <string>

#include <esxi/context/cloudify.hpp>
#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/replay.hpp>

std::string greeting();

std::string greeting()
{
    return esxi::printable("hello\n");
}
