// SPDX-License-Identifier: Apache-2.0
// Waiting in tests, for as long as a machine may take that is busy with other things.
#pragma once

#include <chrono>
#include <thread>

namespace test {

/// Waits until something holds; false where it does not within the patience.
template <class Condition>
bool eventually(Condition const& holds, std::chrono::milliseconds patience = std::chrono::seconds(60))
{
    auto const deadline = std::chrono::steady_clock::now() + patience;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return holds();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

/// Less than what a transport gives its logouts in all, which is 1.8 s.
inline constexpr std::chrono::milliseconds for_logouts{1500};

/// What a server has to say that it has cancelled a command; then it is killed.
inline constexpr std::chrono::milliseconds for_a_cancel{500};

/// For what the library promises within a time of its own, which a busy machine may need for other things: prepares and acts, anew
/// where that took longer than the limit, and then looks what came of it. The tenth time it looks in any case.
template <class Prepare, class Act, class Look>
void in_time(std::chrono::milliseconds limit, Prepare const& prepare, Act const& act, Look const& look)
{
    for (int left = 9;; --left) {
        prepare();
        auto const begun = std::chrono::steady_clock::now();
        act();
        if (std::chrono::steady_clock::now() - begun < limit || left == 0) {
            look();
            return;
        }
    }
}

} // namespace test
