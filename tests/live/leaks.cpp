// SPDX-License-Identifier: Apache-2.0
// What a process has open, its threads and its children: the same before and after thousands of operations, whatever became of them.
// ctest: whole verify
#include <array>
#include <atomic>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <esxi/transport/replay.hpp>

#include "scenarios/scenarios.hpp"
#include "support/live.hpp"
#include "support/script.hpp"

namespace {

namespace fs = std::filesystem;

struct belongings {
    std::ptrdiff_t descriptors = test::open_descriptors();
    std::ptrdiff_t threads = std::distance(fs::directory_iterator("/proc/self/task"), fs::directory_iterator());
    int children = count_children(); ///< Zombies too.

    friend bool operator==(belongings const&, belongings const&) = default;
    friend std::ostream& operator<<(std::ostream& out, belongings const& b)
    {
        return out << b.descriptors << " descriptors, " << b.threads << " threads, " << b.children << " children";
    }

private:
    static int count_children()
    {
        int count = 0;
        std::error_code gone;
        for (auto const& entry : fs::directory_iterator("/proc", gone)) {
            if (std::isdigit(static_cast<unsigned char>(entry.path().filename().string().front())) == 0) {
                continue;
            }
            auto const stat = test::read_file(entry.path() / "stat");
            auto const name_end = stat.rfind(") "); // then the state and the parent
            count += name_end != std::string::npos && std::atoi(stat.c_str() + name_end + 4) == ::getpid() ? 1 : 0;
        }
        return count;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(leaks)

BOOST_AUTO_TEST_CASE(ten_thousand_operations_on_tape)
{
    constexpr std::size_t wished = 10'000;
    test::directory const files;
    auto const ova = test::make_ova(files / "small.ova");
    std::size_t operations = 0;
    auto const run = [&](test::scenario const& scenario, esxi::tape const& tape) {
        esxi::replay_transport player(tape, {.paths = {{"ova", ova}}});
        esxi::any_transport playing(player);
        test::world world(playing, {{"host", "esxi1.example"}, {"password", "not needed"}}, ova);
        scenario.run(world);
        player.finish();
        operations += world.results().size();
    };
    std::vector<std::pair<test::scenario, esxi::tape>> all;
    for (auto const& scenario : test::scenarios()) {
        // Whole lives and failures; not those of which the tape is large.
        for (auto const* name :
             {"host", "host-wrong-password", "vm-lifecycle", "vm-disk-full", "snapshot-lifecycle", "vm-licence"}) {
            if (scenario.name == name) {
                all.emplace_back(scenario, esxi::load_tape(std::string(ESXI_TESTS_DIR) + "/tapes/" + scenario.name + ".json"));
            }
        }
    }
    BOOST_TEST(all.size() == 6u);
    run(all.front().first, all.front().second);
    belongings const before;
    while (operations < wished) {
        for (auto const& [scenario, tape] : all) {
            run(scenario, tape);
        }
    }
    belongings after;
    test::eventually([&] { return (after = {}) == before; }); // a thread may be listed a moment longer than it can be joined
    BOOST_TEST(after == before);
    std::cout << operations << " operations on tape: " << before << " before, " << after << " after\n";
}

BOOST_AUTO_TEST_CASE(five_hundred_operations_on_the_simulator)
{
    constexpr int thread_count = 5;
    constexpr int of_each = 100;
    test::simulator const host({"--vms", std::to_string(thread_count)});
    test::directory const temporary;
    ::unsetenv("XDG_RUNTIME_DIR");
    ::setenv("TMPDIR", temporary.path().c_str(), 1);
    std::array<std::atomic<int>, 4> ended{}; // done, refused, stopped, too late

    auto const operate = [&](esxi::any_transport& govc, int thread, int count) {
        for (int i = 0; i < count; ++i) {
            auto properties = host.host_properties();
            esxi::operation_options options;
            std::stop_source stop;
            std::jthread stops;
            if (i % 10 == 7) { // each in its turn: a wrong password, a stop in the middle, a timeout
                properties["password"] = "not the password";
            } else if (i % 10 == 8) {
                stops = std::jthread([&stop] {
                    ::usleep(3000);
                    stop.request_stop();
                });
            } else if (i % 10 == 9) {
                options.command_timeout = std::chrono::milliseconds(2);
            }
            esxi::plain_context node(properties);
            esxi::plain_context vm({{"name", "ha-host_VM" + std::to_string(thread)}}, node);
            esxi::plain_context snapshot({{"name", "s"}}, vm);
            for (auto* context : {&node, &vm, &snapshot}) {
                context->stop_with(stop.get_token());
            }
            try {
                switch (i % 6) {
                case 0: esxi::stop_vm(govc, vm, options); break;
                case 1: esxi::start_vm(govc, vm, options); break;
                case 2: esxi::create_snapshot(govc, snapshot, options); break;
                case 3: esxi::delete_snapshot(govc, snapshot, options); break;
                case 4: esxi::record_host_facts(govc, node, options); break;
                default: esxi::probe_host(govc, node, options); break;
                }
                ++ended[0];
            } catch (esxi::error const& failed) {
                switch (failed.kind()) {
                case esxi::error_kind::auth: ++ended[1]; break;
                case esxi::error_kind::cancelled: ++ended[2]; break;
                case esxi::error_kind::unavailable: ++ended[3]; break;
                default: BOOST_ERROR(failed.what());
                }
            }
        }
    };
    {
        auto govc = test::real_govc();
        operate(govc, 0, 1);
    }
    belongings const before;
    for (int round = 0; round < 4; ++round) { // transports come and go
        auto govc = test::real_govc();
        std::vector<std::jthread> threads;
        for (int i = 0; i < thread_count; ++i) {
            threads.emplace_back(operate, std::ref(govc), i, of_each / 4);
        }
    }
    belongings after;
    test::eventually([&] { return (after = {}) == before; }); // a thread may be listed a moment longer than it can be joined
    BOOST_TEST(after == before);
    BOOST_TEST(ended[0] + ended[1] + ended[2] + ended[3] == thread_count * of_each + 1);
    BOOST_TEST(ended[0] > thread_count * of_each / 2);
    BOOST_TEST(ended[1] > 0);
    BOOST_TEST(ended[2] > 0);
    BOOST_TEST(ended[3] > 0);
    BOOST_TEST(fs::is_empty(temporary.path()));
    BOOST_TEST(test::govcs_of(host) == 0);
    std::cout << thread_count * of_each << " operations on the simulator (" << ended[0] << " done, " << ended[1] << " refused, "
              << ended[2] << " stopped, " << ended[3] << " too late): " << before << " before, " << after << " after\n";
}

BOOST_AUTO_TEST_SUITE_END()
