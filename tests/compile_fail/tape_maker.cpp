// SPDX-License-Identifier: Apache-2.0
// What is to make a transport to record through, and makes something else, is refused by one error, which names the concept.
// expect: constraints not satisfied
// expect: makes_transport
// expect: t\.run\(c, o\)
#include <esxi/testing/taped_transport.hpp>

struct some_transport {
    esxi::output run(esxi::command const&, esxi::run_options const&) { return {}; }
};

template <esxi::testing::makes_transport Make>
void record_through(Make make)
{
    esxi::testing::taped_transport transport("tape.json", make);
}

int main()
{
#if defined(RIGHT)
    record_through([] { return some_transport(); });
#else
    record_through([] { return 1; });
#endif
}
