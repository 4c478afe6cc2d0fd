// SPDX-License-Identifier: Apache-2.0
// Who may log in, and who waits.
#include <esxi/detail/session_gate.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include <unistd.h>

#include <boost/test/unit_test.hpp>

namespace {

using namespace std::chrono_literals;
using esxi::detail::login_way;
using esxi::detail::session_gate;
using verdict = session_gate::verdict;

struct gate {
    std::shared_ptr<esxi::detail::login_state> login = std::make_shared<esxi::detail::login_state>();
    std::atomic<bool> open{false};
    session_gate entrance{login, [this] { return open.load(); }};

    session_gate::turn enter(login_way way = login_way::shared, std::chrono::milliseconds patience = 60s,
                             std::stop_token const& stop = {})
    {
        return entrance.enter(way, std::chrono::steady_clock::now() + patience, stop);
    }
    /// Whether one would have to wait.
    bool closed(login_way way = login_way::shared) { return enter(way, 0ms).says() == verdict::timed_out; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(session_gates, gate)

BOOST_AUTO_TEST_CASE(one_logs_in_while_others_wait)
{
    {
        auto const first = enter();
        BOOST_TEST((first.says() == verdict::go));
        BOOST_TEST(first.is_to_log_in());
        BOOST_TEST(closed());
        BOOST_TEST(closed(login_way::fresh));
        open = true;
        BOOST_TEST(!closed(login_way::fresh)); // it has logged in, though its command goes on
    }
    auto const second = enter();
    auto const third = enter();
    BOOST_TEST((second.says() == verdict::go));
    BOOST_TEST(!second.is_to_log_in());
    BOOST_TEST((third.says() == verdict::go));
    BOOST_TEST(!closed());
    open = false; // the session is gone: one again
    auto const anew = enter();
    BOOST_TEST(anew.is_to_log_in());
    BOOST_TEST(closed());
    BOOST_TEST(closed(login_way::fresh));
}

BOOST_AUTO_TEST_CASE(fresh_logins_come_one_after_the_other)
{
    open = true;
    {
        auto const first = enter(login_way::fresh);
        BOOST_TEST(first.is_to_log_in());
        BOOST_TEST(closed(login_way::fresh)); // the password may have been changed on the host
        BOOST_TEST(!closed());
    }
    BOOST_TEST(!closed(login_way::fresh));
}

BOOST_AUTO_TEST_CASE(the_end_of_an_old_attempt_is_not_that_of_the_next)
{
    std::optional<session_gate::turn> first(enter());
    open = true;
    auto const second = enter(login_way::fresh);
    BOOST_TEST(second.is_to_log_in());
    first.reset();
    BOOST_TEST(closed(login_way::fresh));
}

BOOST_AUTO_TEST_CASE(those_that_wait_go_on_as_soon_as_there_is_a_session)
{
    auto const long_one = enter();
    std::jthread const logs_in([this] {
        ::usleep(20'000);
        open = true;
    });
    BOOST_TEST((enter().says() == verdict::go));
}

// The session appears after the gate has asked for it once. Whatever the gate asks next, the one that waits must use this session: a
// second login would throw it away.
BOOST_AUTO_TEST_CASE(a_session_that_appears_between_two_looks_is_used)
{
    for (int looks_before = 0; looks_before < 4; ++looks_before) {
        auto const state = std::make_shared<esxi::detail::login_state>();
        int left = -1; // how often the answer is still no; -1: always
        session_gate shared(state, [&left] { return left == 0 || (left > 0 && left-- == 0); });
        auto const deadline = std::chrono::steady_clock::now() + 60s;
        auto const first = shared.enter(login_way::shared, deadline, {});
        BOOST_TEST_REQUIRE(first.is_to_log_in());

        left = looks_before;
        auto const second = shared.enter(login_way::shared, deadline, {});
        BOOST_TEST((second.says() == verdict::go));
        BOOST_TEST(!second.is_to_log_in());
    }
}

BOOST_AUTO_TEST_CASE(a_failure_lets_the_next_one_try)
{
    std::atomic<int> tried = 0;
    std::atomic<int> most = 0;
    std::atomic<int> now = 0;
    {
        std::vector<std::jthread> threads;
        threads.reserve(8);
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                auto const turn = enter();
                most = std::max(most.load(), ++now);
                ++tried;
                ::usleep(1000);
                --now;
            });
        }
    }
    BOOST_TEST(tried == 8);
    BOOST_TEST(most == 1);
}

BOOST_AUTO_TEST_CASE(a_refusal_is_for_all_and_for_good)
{
    std::atomic<int> refused = 0;
    std::vector<std::jthread> threads;
    threads.reserve(7);
    {
        auto const first = enter();
        for (int i = 0; i < 7; ++i) {
            threads.emplace_back(
                [&, i] { refused += enter(i % 2 == 0 ? login_way::fresh : login_way::shared).says() == verdict::refused; });
        }
        entrance.refuse({1, "", "no"});
        entrance.refuse({1, "", "another"});
    }
    threads.clear();
    BOOST_TEST(refused == 7);
    open = true;
    BOOST_TEST((enter().says() == verdict::refused));
    BOOST_TEST((entrance.refused() == esxi::output{1, "", "no"}));
}

BOOST_AUTO_TEST_CASE(waiting_ends_with_a_stop_and_at_the_deadline)
{
    auto const first = enter();
    std::stop_source source;
    std::jthread const stops([&source] {
        ::usleep(20'000);
        source.request_stop();
    });
    BOOST_TEST((enter(login_way::shared, 60s, source.get_token()).says() == verdict::stopped));
    BOOST_TEST((enter(login_way::shared, 30ms).says() == verdict::timed_out));
}

// ---- Two transports with the same login ----------------------------------------------------------------------------------

struct two_gates : gate {
    std::atomic<bool> other_open{false};
    session_gate other{login, [this] { return other_open.load(); }};

    session_gate::turn enter_other(login_way way = login_way::shared)
    {
        return other.enter(way, std::chrono::steady_clock::now(), {});
    }
};

BOOST_FIXTURE_TEST_CASE(a_login_that_nobody_knows_yet_is_tried_by_one_transport_at_a_time, two_gates)
{
    {
        auto const first = enter();
        BOOST_TEST(first.is_to_log_in());
        BOOST_TEST((enter_other().says() == verdict::timed_out));
        BOOST_TEST((enter_other(login_way::fresh).says() == verdict::timed_out));
        // Seen to be good while the first one's command goes on: the other makes a session of its own.
        open = true;
        auto const second = enter_other();
        BOOST_TEST(second.is_to_log_in());
        BOOST_TEST(!closed());
        BOOST_TEST(closed(login_way::fresh));
    }
    BOOST_TEST(!closed(login_way::fresh));
}

BOOST_FIXTURE_TEST_CASE(a_try_that_ends_without_an_answer_is_the_next_ones, two_gates)
{
    {
        auto const first = enter(login_way::fresh);
        BOOST_TEST((enter_other().says() == verdict::timed_out));
    }
    auto const second = enter_other();
    BOOST_TEST(second.is_to_log_in());
    BOOST_TEST(closed());
}

BOOST_FIXTURE_TEST_CASE(a_refusal_is_for_all_transports, two_gates)
{
    entrance.refuse({1, "", "no"});
    BOOST_TEST((enter_other().says() == verdict::refused));
    other_open = true;
    BOOST_TEST((enter_other(login_way::fresh).says() == verdict::refused));
    BOOST_TEST((other.refused() == esxi::output{1, "", "no"}));
}

BOOST_AUTO_TEST_SUITE_END()
