// SPDX-License-Identifier: Apache-2.0
// A stage for a transport that runs a script where govc stands.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/command.hpp>
#include <esxi/error.hpp>

#include "support/directory.hpp"

namespace test {

/// A directory for the script, and the transport that takes it for govc, once there is one.
template <class Transport>
struct govc_stage {
    test::directory directory;
    std::unique_ptr<Transport> transport;

    static esxi::run_options options(std::string password = "correct horse")
    {
        esxi::run_options o;
        o.connection.host = "esxi1";
        o.connection.password = std::move(password);
        o.timeout = std::chrono::seconds(120);
        return o;
    }

    esxi::output run(std::vector<std::string> argv, esxi::run_options const& o = options())
    {
        return transport->run({std::move(argv)}, o);
    }

    /// The message of the error of that kind that it must end in.
    std::string failure(std::vector<std::string> argv, esxi::run_options const& o, esxi::error_kind kind)
    {
        try {
            run(std::move(argv), o);
        } catch (esxi::error const& e) {
            BOOST_TEST((e.kind() == kind));
            return e.what();
        }
        return "it ran";
    }
};

} // namespace test
