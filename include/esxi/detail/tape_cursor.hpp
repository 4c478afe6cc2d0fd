// SPDX-License-Identifier: Apache-2.0
// Where a replay stands on its tape: which entry answers the next command, and which are left at the end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <esxi/command.hpp>
#include <esxi/detail/placeholders.hpp>
#include <esxi/detail/tape.hpp>
#include <esxi/detail/tape_match.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/changes.hpp>

namespace esxi::detail {

/// A plain value: a copy can be tried out. The tape is given with each call, and has as many entries each time.
class tape_cursor {
public:
    /// `reads_in_any_order`: see replay_options.
    explicit tape_cursor(bool reads_in_any_order = false) : reads_in_any_order_(reads_in_any_order) {}

    /// The index of the entry that answers the command, which is then behind us. After a stop only one that was stopped as well.
    /// `matches` says whether an entry's command is the actual one.
    template <class Matches>
    [[nodiscard]] std::optional<std::size_t> find(tape const& t, command const& actual, bool stopped, Matches const& matches)
    {
        if (reads_in_any_order_ && !govc::changes_host(actual)) {
            return find_read(t, stopped, matches);
        }
        auto const next = next_for(t, actual);
        if (next < t.entries.size() && (!stopped || was_stopped(t.entries[next])) && matches(t.entries[next])) {
            next_ = next + 1;
            return next;
        }
        if (!stopped && next_ > 0 && t.entries[next_ - 1].repeat && matches(t.entries[next_ - 1])) {
            return next_ - 1;
        }
        return std::nullopt;
    }

    /// Says which entry was expected instead of the command.
    [[nodiscard]] std::string explain_miss(tape const& t, command const& actual, placeholders const& stands_for) const
    {
        if (!reads_in_any_order_ || govc::changes_host(actual)) {
            return detail::explain_miss(t, next_for(t, actual), actual, stands_for);
        }
        return explain_missed_read(t, next_, next_change(t), actual, stands_for);
    }

    /// Throws `tape` where entries are left that had to be asked for.
    void check_finished(tape const& t) const
    {
        std::vector<std::size_t> left;
        for (auto i = next_; i < t.entries.size(); ++i) {
            if (!reads_in_any_order_ || govc::changes_host(t.entries[i].request)) {
                left.push_back(i);
            }
        }
        if (left.empty()) {
            return;
        }
        constexpr std::size_t most = 20;
        auto message = title(t) + " has " + std::to_string(left.size()) + (left.size() == 1 ? " entry" : " entries") +
                       " left that no command asked for:";
        for (std::size_t i = 0; i < std::min(most, left.size()); ++i) {
            message += "\n  entry " + std::to_string(left[i] + 1) + ": " + shown(t.entries[left[i]].request);
        }
        if (left.size() > most) {
            message += "\n  and " + std::to_string(left.size() - most) + " more";
        }
        throw error(error_kind::tape, message);
    }

private:
    [[nodiscard]] static bool was_stopped(tape_entry const& entry)
    {
        return entry.thrown && entry.thrown->kind() == error_kind::cancelled;
    }

    /// The next change: up to there, a read may be any of those that are next.
    [[nodiscard]] std::size_t next_change(tape const& t) const
    {
        auto i = next_;
        while (i < t.entries.size() && !govc::changes_host(t.entries[i].request)) {
            ++i;
        }
        return i;
    }

    [[nodiscard]] std::size_t next_for(tape const& t, command const& actual) const
    {
        return reads_in_any_order_ && govc::changes_host(actual) ? next_change(t) : next_;
    }

    /// Of the same read, the answers come in their order, and then the last one for as long as it is asked for.
    template <class Matches>
    [[nodiscard]] std::optional<std::size_t> find_read(tape const& t, bool stopped, Matches const& matches)
    {
        answered_.resize(t.entries.size());
        std::optional<std::size_t> again;
        for (auto i = next_, end = next_change(t); i < end; ++i) {
            if ((stopped && !was_stopped(t.entries[i])) || !matches(t.entries[i])) {
                continue;
            }
            if (!answered_[i]) {
                answered_[i] = true;
                return i;
            }
            again = i;
        }
        return again;
    }

    bool reads_in_any_order_;
    std::size_t next_ = 0; ///< With reads in any order: the first entry after the last change.
    std::vector<bool> answered_{}; ///< Which reads were.
};

} // namespace esxi::detail
