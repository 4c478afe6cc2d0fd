// SPDX-License-Identifier: Apache-2.0
// Runs a program that stands where govc does.
#include "everything.hpp"
#include "greeting.hpp"

int main()
{
    esxi::subprocess_transport echo({.govc = "/bin/echo"});
    esxi::any_transport transport(echo);
    auto const said = transport.run({{"version"}}, {}).out;
    return said == "version\n" && greeting() == R"({"kind":"config"})" ? 0 : 1;
}
