// SPDX-License-Identifier: Apache-2.0
// A third transport: it runs each command through another one, and says how long that took.
// usage: ESXI_HOST=... ESXI_PASSWORD=... [ESXI_CA_BUNDLE=ca.pem] own_transport
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/subprocess.hpp>

template <esxi::transport Inner>
struct timed_transport {
    Inner& inner;

    esxi::output run(esxi::command const& c, esxi::run_options const& options)
    {
        auto const begun = std::chrono::steady_clock::now();
        auto answer = inner.run(c, options);
        std::chrono::duration<double, std::milli> const took = std::chrono::steady_clock::now() - begun;
        std::cout << c.argv.front() << ": exit " << answer.exit_code << " after " << took.count() << " ms\n";
        return answer;
    }
};

int main()
{
    auto const env = [](char const* name) { return std::string(std::getenv(name) == nullptr ? "" : std::getenv(name)); };
    try {
        esxi::subprocess_transport govc;
        timed_transport<esxi::subprocess_transport> timed{govc};
        esxi::plain_context host(
            {{"host", env("ESXI_HOST")}, {"password", env("ESXI_PASSWORD")}, {"ca_bundle", env("ESXI_CA_BUNDLE")}});
        std::cout << esxi::record_host_facts(timed, host).runtime.at("vms").as_object().size() << " VMs\n";
    } catch (esxi::error const& failed) {
        std::cerr << failed.what() << "\n";
        return 1;
    }
}
