// SPDX-License-Identifier: Apache-2.0
// A program with threads forks, again and again, while its transports, a recorder and a state file are in use: no child waits for a
// lock that a thread of its parent held, and the parent notices nothing.
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <esxi/context/state_file.hpp>
#include <esxi/transport/record.hpp>
#include <esxi/transport/replay.hpp>
#include <esxi/transport/served.hpp>
#include <esxi/transport/subprocess.hpp>

#include "support/directory.hpp"
#include "support/script.hpp"

namespace {

namespace fs = std::filesystem;

constexpr int threads = 4;
constexpr int forks = 1000;
constexpr unsigned longest_life = 120; // seconds; SIGALRM ends what hangs

esxi::run_options options(std::string const& host)
{
    esxi::run_options o;
    o.connection.host = host;
    o.connection.password = "correct horse";
    o.timeout = std::chrono::seconds(100);
    return o;
}

std::ptrdiff_t entries(fs::path const& directory)
{
    return std::distance(fs::directory_iterator(directory), fs::directory_iterator());
}

/// Runs `work` in `threads` threads, over and over, while this one forks `children` times. `in_child` says whether all is well there.
/// What they say is counted, as children and as runs of `work` that were not well.
struct outcome {
    int bad_children = 0;
    int bad_runs = 0;
};
outcome fork_amid(std::function<bool(int)> const& work, std::function<bool()> const& in_child, int children)
{
    std::atomic<int> bad_runs{0};
    std::atomic<int> runs{0};
    outcome result;
    {
        std::vector<std::jthread> all;
        for (int thread = 0; thread < threads; ++thread) {
            all.emplace_back([&, thread](std::stop_token const& over) {
                while (!over.stop_requested()) {
                    bad_runs += work(thread) ? 0 : 1;
                    ++runs;
                }
            });
        }
        while (runs == 0) {
            std::this_thread::yield();
        }
        for (int i = 0; i < children; ++i) {
            auto const pid = ::fork();
            if (pid == 0) {
                ::alarm(longest_life);
                bool fine = false;
                try {
                    fine = in_child();
                } catch (...) {
                    ::_exit(2);
                }
                ::_exit(fine ? 0 : 1);
            }
            int status = -1;
            ::waitpid(pid, &status, 0);
            result.bad_children += status == 0 ? 0 : 1;
        }
    }
    result.bad_runs = bad_runs;
    return result;
}

void is_well(outcome const& seen)
{
    BOOST_TEST(seen.bad_children == 0);
    BOOST_TEST(seen.bad_runs == 0);
}

/// A program that ends at once in place of govc: what is tried here is what stands around it.
struct stage {
    test::directory directory;
    std::string const place = directory / "private";
    esxi::govc_options const settings{"/bin/true", place};

    stage() { fs::create_directory(place); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(forks_amid_threads, stage)

BOOST_AUTO_TEST_CASE(a_transport_in_use)
{
    esxi::subprocess_transport govc(settings);
    auto const answers = [&govc](int i) { return govc.run({{"about"}}, options("esxi" + std::to_string(i))).exit_code == 0; };
    is_well(fork_amid(answers, [&] { return answers(0); }, forks));
    BOOST_TEST(entries(place) > 0);
}

BOOST_AUTO_TEST_CASE(a_served_transport_in_use)
{
    auto const path = test::script(directory, "govc", R"(
mkdir -p $GOVMOMI_HOME/sessions; echo '{}' > $GOVMOMI_HOME/sessions/x
echo '{"serve":1}'
while read -r line; do id=${line#*:}; id=${id%%,*}; echo "{\"id\":$id,\"exit\":0}"; done)");
    esxi::served_transport govc(esxi::govc_options{path, place});
    auto const answers = [&govc](int i) { return govc.run({{"about"}}, options("esxi" + std::to_string(i))).exit_code == 0; };
    is_well(fork_amid(answers, [&] { return answers(0); }, forks / 10));
    for (int i = 0; i < threads; ++i) {
        BOOST_TEST(answers(i)); // the parent's servers are as they were
    }
}

BOOST_AUTO_TEST_CASE(transports_that_come_and_go)
{
    auto const answers = [&](int i) {
        esxi::subprocess_transport govc(settings);
        return govc.run({{"about"}}, options("esxi" + std::to_string(i))).exit_code == 0;
    };
    is_well(fork_amid(answers, [&] { return answers(0); }, forks / 2));
    BOOST_TEST(entries(place) == 0);
}

BOOST_AUTO_TEST_CASE(a_recorder_and_a_tape)
{
    esxi::subprocess_transport govc(settings);
    esxi::record_transport recorder(govc);
    esxi::tape tape;
    tape.entries.push_back({{{"about"}}, {0, "out", ""}});
    tape.entries.back().repeat = true;
    esxi::replay_transport player(tape);
    auto const answers = [&](int) {
        return recorder.run({{"about"}}, options("esxi1")).exit_code == 0 &&
               player.run({{"about"}}, options("esxi1")).out == "out";
    };
    is_well(fork_amid(answers, [&] { return answers(0); }, forks / 2));
}

BOOST_AUTO_TEST_CASE(a_state_file_in_use)
{
    esxi::state_file states(directory / "state.json");
    auto const keeps = [&](int i) {
        auto node = states.open({"esxi1", "vm", "web" + std::to_string(i)}, std::chrono::seconds(60));
        node.write({{"moid", "vm-1"}});
        return node.read().at("moid").as_string() == "vm-1";
    };
    is_well(fork_amid(keeps, [&] { return keeps(threads); }, forks / 50)); // each waits for the others
}

BOOST_AUTO_TEST_CASE(a_child_that_lives_on_holds_no_lock)
{
    esxi::state_file states(directory / "state.json");
    int held[2];
    BOOST_REQUIRE(::pipe(held) == 0);
    pid_t child = -1;
    {
        auto const node = states.open({"esxi1", "vm", "web1"}, std::chrono::seconds(1));
        child = ::fork();
        if (child == 0) {
            ::close(held[1]);
            char c = 0;
            ::_exit(static_cast<int>(::read(held[0], &c, 1)));
        }
        BOOST_CHECK_THROW(static_cast<void>(states.open({"esxi1", "vm", "web1"}, {})), esxi::error); // ours as before
    }
    BOOST_CHECK_NO_THROW(static_cast<void>(states.open({"esxi1", "vm", "web1"}, {})));
    ::close(held[1]);
    ::waitpid(child, nullptr, 0);
    ::close(held[0]);
}

BOOST_AUTO_TEST_SUITE_END()
