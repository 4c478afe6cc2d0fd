// SPDX-License-Identifier: Apache-2.0
// A transport whose run returns the wrong type is refused by one error, which names the type, the concept and what it asks.
// expect: constraints not satisfied
// expect: wrong_transport
// expect: t\.run\(c, o\)
#include <esxi/concepts/transport.hpp>

#if defined(RIGHT)
struct some_transport {
    esxi::output run(esxi::command const&, esxi::run_options const&) { return {}; }
};
#else
struct wrong_transport {
    int run(esxi::command const&, esxi::run_options const&) { return 0; }
};
using some_transport = wrong_transport;
#endif

template <esxi::transport Transport>
void operate(Transport&)
{
}

int main()
{
    some_transport transport;
    operate(transport);
}
