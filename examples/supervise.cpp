// SPDX-License-Identifier: Apache-2.0
// Keeps VMs running: looks at each of them again and again, in a thread of its own, and starts it where it is off. SIGTERM or SIGINT ends
// it at once, in the middle of a command too. A VM that only a person can help is given up; when all are, so is the program.
// usage: ESXI_HOST=... ESXI_PASSWORD=... [ESXI_CA_BUNDLE=ca.pem] [INTERVAL_MS=10000] supervise VM...
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <stop_token>
#include <string>
#include <syncstream>
#include <thread>
#include <vector>

#include <unistd.h>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/subprocess.hpp>

/// Supervises one VM until a stop is requested; false where it is given up.
bool supervise(esxi::subprocess_transport& govc, esxi::plain_context const& host, std::string const& name,
               std::chrono::milliseconds interval, std::stop_token const& stop)
{
    esxi::plain_context vm({{"name", name}}, host);
    vm.stop_with(stop);
    while (!stop.stop_requested()) {
        auto pause = interval;
        try {
            if (esxi::start_vm(govc, vm).changed) {
                std::osyncstream(std::cout) << name << ": was off, started" << std::endl;
            }
        } catch (esxi::error const& failed) {
            if (failed.kind() == esxi::error_kind::cancelled) {
                break;
            }
            std::osyncstream(std::cerr) << name << ": " << failed.what() << std::endl;
            if (!failed.recoverable()) {
                std::osyncstream(std::cout) << name << ": given up" << std::endl;
                return false;
            }
            pause = std::max<std::chrono::milliseconds>(pause, failed.retry_after().value_or(std::chrono::seconds(0)));
        }
        vm.wait(pause);
    }
    return true;
}

int main(int argc, char** argv)
{
    auto const env = [](char const* name) { return std::string(std::getenv(name) == nullptr ? "" : std::getenv(name)); };
    std::vector<std::string> const names(argv + 1, argv + argc);
    if (names.empty()) {
        std::cerr << "usage: supervise VM...\n";
        return 2;
    }
    // Blocked here, and so in all threads: main waits for them. No govc inherits that.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    try {
        std::chrono::milliseconds const interval(env("INTERVAL_MS").empty() ? 10000 : std::stoi(env("INTERVAL_MS")));
        esxi::subprocess_transport govc; // one for all threads: they share one login
        esxi::plain_context const host(
            {{"host", env("ESXI_HOST")}, {"password", env("ESXI_PASSWORD")}, {"ca_bundle", env("ESXI_CA_BUNDLE")}});

        std::atomic<std::size_t> left = names.size();
        std::stop_source stop;
        std::vector<std::jthread> threads;
        threads.reserve(names.size());
        for (auto const& name : names) {
            threads.emplace_back([&, name] {
                if (!supervise(govc, host, name, interval, stop.get_token()) && --left == 0) {
                    ::kill(::getpid(), SIGTERM);
                }
            });
        }
        int signal = 0;
        sigwait(&signals, &signal);
        stop.request_stop();
        threads.clear(); // each is joined
        std::cout << "ended, " << left << " of " << names.size() << " supervised" << std::endl;
        return left == 0 ? 1 : 0;
    } catch (std::exception const& failed) {
        std::cerr << failed.what() << "\n";
        return 1;
    }
}
