// SPDX-License-Identifier: Apache-2.0
// An operation that is called with a context which lacks a member says so in one error, which names the type and the member.
// expect: error: no matching function for call to 'create_vm
// expect: constraints not satisfied
// expect: (Context = |')wrong_context
// expect: has_stop
// expect: 'c\.stop_token\(\)'
// expect: (is|would be) invalid
#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/replay.hpp>

/// All that a context is, but for the stop.
struct wrong_context : private esxi::plain_context {
    using plain_context::host_properties;
    using plain_context::is_running;
    using plain_context::log;
    using plain_context::now;
    using plain_context::persist;
    using plain_context::plain_context;
    using plain_context::process;
    using plain_context::properties;
    using plain_context::random_token;
    using plain_context::runtime_properties;
    using plain_context::vm_properties;
    using plain_context::wait;
    using plain_context::wall_time;
    using plain_context::why;
};

#if defined(RIGHT)
using some_context = esxi::plain_context;
#else
using some_context = wrong_context;
#endif

int main()
{
    esxi::replay_transport transport(esxi::load_tape("tape.json"));
    some_context vm({{"name", "web1"}});
    esxi::create_vm(transport, vm);
}
