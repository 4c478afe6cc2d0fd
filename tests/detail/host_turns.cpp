// SPDX-License-Identifier: Apache-2.0
// How many may run on a host at once, and who is next.
#include <esxi/detail/host_turns.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "support/eventually.hpp"

namespace {

using namespace std::chrono_literals;
using esxi::detail::host_turns;
using esxi::detail::turns_of_host;
using verdict = host_turns::verdict;

struct turns {
    std::shared_ptr<host_turns> host = std::make_shared<host_turns>();

    static host_turns::turn enter(host_turns::member const& who, std::chrono::milliseconds patience = 120s,
                                  std::stop_token const& stop = {})
    {
        return who.enter(std::chrono::steady_clock::now() + patience, stop);
    }
    static bool full(host_turns::member const& who) { return enter(who, 0ms).says() == verdict::timed_out; }

    /// The most that ran at once, of this many threads that come 50 times each.
    static int most_at_once(std::vector<host_turns::member const*> const& of_thread)
    {
        std::atomic<int> now = 0;
        std::atomic<int> most = 0;
        std::atomic<int> ran = 0;
        {
            std::vector<std::jthread> threads;
            for (auto const* who : of_thread) {
                threads.emplace_back([&, who] {
                    for (int i = 0; i < 50; ++i) {
                        auto const turn = enter(*who);
                        ran += turn.says() == verdict::go ? 1 : 0;
                        int const here = ++now;
                        int seen = most;
                        while (here > seen && !most.compare_exchange_weak(seen, here)) {}
                        std::this_thread::yield();
                        --now;
                    }
                });
            }
        }
        BOOST_TEST(ran == static_cast<int>(of_thread.size()) * 50);
        return most;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(host_turn, turns)

BOOST_AUTO_TEST_CASE(as_many_as_are_let_and_no_more)
{
    host_turns::member const four(host, 4);
    std::vector<host_turns::turn> running;
    running.reserve(4);
    for (int i = 0; i < 4; ++i) {
        BOOST_TEST(!full(four));
        running.push_back(enter(four));
    }
    BOOST_TEST(full(four));
    running.pop_back();
    BOOST_TEST(!full(four));
}

BOOST_AUTO_TEST_CASE(many_threads)
{
    host_turns::member const four(host, 4);
    auto const most = most_at_once(std::vector<host_turns::member const*>(64, &four));
    BOOST_TEST(most <= 4);
    BOOST_TEST(most > 1);
}

BOOST_AUTO_TEST_CASE(one_at_a_time)
{
    host_turns::member const one(host, 1);
    BOOST_TEST(most_at_once(std::vector<host_turns::member const*>(16, &one)) == 1);
}

BOOST_AUTO_TEST_CASE(the_smallest_bound_of_those_that_live_holds_for_all)
{
    host_turns::member const four(host, 4);
    auto const first = enter(four);
    {
        host_turns::member const two(host, 2);
        auto const second = enter(two);
        BOOST_TEST(full(four));
        BOOST_TEST(full(two));
        BOOST_TEST(most_at_once({}) == 0);
    }
    BOOST_TEST(!full(four));
    host_turns::member const two(host, 2);
    host_turns::member const also_two(host, 2);
    BOOST_TEST(most_at_once({&two, &also_two, &four, &four, &four}) == 1); // the first one still runs
}

BOOST_AUTO_TEST_CASE(a_bound_that_goes_lets_those_that_wait_in)
{
    host_turns::member const four(host, 4);
    auto one = std::make_unique<host_turns::member>(host, 1);
    auto const first = enter(four);
    std::atomic<bool> in = false;
    std::jthread const waits([&] { in = enter(four).says() == verdict::go; });
    BOOST_TEST(test::eventually([this] { return host->queued() == 1; }));
    one.reset();
    BOOST_TEST(test::eventually([&in] { return in.load(); }));
}

BOOST_AUTO_TEST_CASE(first_come_first_served)
{
    host_turns::member const one(host, 1);
    std::mutex mutex;
    std::vector<std::size_t> order;
    std::vector<std::jthread> threads;
    {
        auto const running = enter(one);
        for (std::size_t i = 0; i < 20; ++i) {
            threads.emplace_back([&, i] {
                auto const turn = enter(one);
                std::lock_guard const lock(mutex);
                order.push_back(i);
            });
            BOOST_TEST(test::eventually([&] { return host->queued() == i + 1; }));
        }
        // One that gives up in the middle disturbs nobody.
        BOOST_TEST(full(one));
    }
    threads.clear();
    BOOST_TEST(order.size() == 20u);
    BOOST_TEST(std::is_sorted(order.begin(), order.end()));
}

BOOST_AUTO_TEST_CASE(waiting_ends_with_a_stop_and_at_the_deadline)
{
    host_turns::member const one(host, 1);
    std::optional<host_turns::turn> running(enter(one));
    std::stop_source source;
    {
        std::jthread const stops([&source] {
            ::usleep(20'000);
            source.request_stop();
        });
        BOOST_TEST((enter(one, 120s, source.get_token()).says() == verdict::stopped));
    }
    BOOST_TEST((enter(one, 30ms).says() == verdict::timed_out));
    BOOST_TEST((enter(one, -5s).says() == verdict::timed_out));
    running.reset();
    BOOST_TEST(!full(one));
}

BOOST_AUTO_TEST_CASE(a_host_is_the_same_for_the_whole_process)
{
    BOOST_TEST(turns_of_host("turns1:443") == turns_of_host("turns1:443"));
    BOOST_TEST(turns_of_host("turns1:443") != turns_of_host("turns2:443"));
}

BOOST_AUTO_TEST_SUITE_END()
