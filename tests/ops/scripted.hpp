// SPDX-License-Identifier: Apache-2.0
// A transport that expects certain commands and answers each: what a third transport takes.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/command.hpp>
#include <esxi/error.hpp>

namespace test {

/// A command's arguments in one line.
inline std::string line_of(std::vector<std::string> const& argv)
{
    std::string line;
    for (auto const& argument : argv) {
        line += (line.empty() ? "" : " ") + argument;
    }
    return line;
}

/// One command, and what comes of it: an output, or what `act` throws.
struct exchange {
    std::string expected;
    esxi::output answer{};
    std::function<void()> act{};
};

class scripted_transport {
public:
    explicit scripted_transport(std::deque<exchange> exchanges) : exchanges_(std::move(exchanges)) {}

    esxi::output run(esxi::command const& c, esxi::run_options const& options)
    {
        seen.push_back(options);
        BOOST_REQUIRE_MESSAGE(!exchanges_.empty(), "nothing more was expected than " << line_of(c.argv));
        auto const next = std::move(exchanges_.front());
        exchanges_.pop_front();
        BOOST_TEST(line_of(c.argv) == next.expected);
        if (next.act) {
            next.act();
        }
        return next.answer;
    }

    [[nodiscard]] bool is_done() const { return exchanges_.empty(); }

    std::vector<esxi::run_options> seen; ///< How each command was to be run.

private:
    std::deque<exchange> exchanges_;
};

} // namespace test
