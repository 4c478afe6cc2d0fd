// SPDX-License-Identifier: Apache-2.0
// A module of Python: `probe(ctx, tape)` probes the host that is on the tape.
#include <string>
#include <utility>

#include <pybind11/pybind11.h>

#include <esxi/context/cloudify.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/replay.hpp>

std::string greeting();

PYBIND11_MODULE(on_tape, module)
{
    module.def("greeting", &greeting);
    module.def("probe", [](pybind11::object ctx, std::string const& tape) {
        esxi::replay_transport transport(esxi::load_tape(tape));
        return esxi::run_for_cloudify(transport, std::move(ctx), [](auto& govc, auto& context) -> boost::json::value {
            return esxi::probe_host(govc, context).commands;
        });
    });
}
