// SPDX-License-Identifier: Apache-2.0
// A program with a transport of its own.
#include "greeting.hpp"

#include <esxi/concepts/context.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/error.hpp>

namespace {

struct echo {
    esxi::output run(esxi::command const& c, esxi::run_options const&) { return {.exit_code = 0, .out = c.argv.front()}; }
};
static_assert(esxi::transport<echo>);

} // namespace

int main()
{
    echo transport;
    bool const echoed = transport.run({.argv = {"about"}}, {}).out == "about";
    return echoed && greeting() == R"({"kind":"config"})" ? 0 : 1;
}
