// SPDX-License-Identifier: Apache-2.0
// A unit test's tape in a file, which is replayed, or recorded through another transport, as its mode says.
#pragma once

#include <algorithm>
#include <concepts>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <esxi/command.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/detail/atomic_file.hpp>
#include <esxi/detail/tape.hpp>
#include <esxi/detail/tape_match.hpp>
#include <esxi/detail/tape_reader.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/changes.hpp>
#include <esxi/govc/redact.hpp>
#include <esxi/testing/tape_mode.hpp>
#include <esxi/transport/record.hpp>
#include <esxi/transport/replay.hpp>

namespace esxi::testing {

/// A function that makes the transport to record through.
template <class F>
concept makes_transport = std::invocable<F&> && std::is_object_v<std::invoke_result_t<F&>> && transport<std::invoke_result_t<F&>>;

/// What a tape in a file is replayed and recorded with.
struct taped_options {
    /// What becomes of the tape.
    tape_mode mode = tape_mode_of_environment();
    /// Whether commands that may change the host (`govc::changes_host`) are sent where the tape has no answer.
    bool allow_changes = false;
    /// As in `replay_options`.
    bool reads_in_any_order = false;
    /// As in `record_options` and `replay_options`.
    std::vector<std::pair<std::string, std::string>> paths{};
    /// As in `record_options` and `replay_options`.
    std::vector<std::string> secrets{};
};

/// Models `versioned_transport`. The other transport is made when it is first needed, and never where all is replayed. Nothing is
/// written but by `finish`, which a test that fails does not reach: a tape tells of a run that was good. As safe to share among
/// threads as the other transport.
template <makes_transport Make>
class taped_transport {
public:
    /// Throws `tape` where the tape cannot be read, and `config` where it is to be recorded and could not be written.
    explicit taped_transport(std::string path, Make make, taped_options const& options = {})
        : path_(std::move(path)), source_(std::move(make), options.allow_changes)
    {
        std::error_code unknown;
        bool const there = std::filesystem::exists(path_, unknown) || unknown;
        if (options.mode == tape_mode::none && !there) {
            throw error(error_kind::tape, "there is no tape `" + path_ + "`: " + tape_mode_variable + "=once records it");
        }
        if (options.mode != tape_mode::all && there) {
            old_ = load_tape(path_);
            source_.player.emplace(old_, replay_options{options.paths, {}, options.secrets, options.reads_in_any_order});
        }
        if (!source_.player || options.mode == tape_mode::new_episodes) {
            esxi::detail::check_private_file(path_);
            recorder_.emplace(source_, record_options{options.paths, options.secrets});
        }
    }
    taped_transport(taped_transport const&) = delete;
    taped_transport& operator=(taped_transport const&) = delete;

    /// Answers from the tape, or records. Throws `tape` for a command that is not next on a tape that is only replayed, and
    /// `config` for one that would be sent, may change the host, and is not allowed to.
    output run(command const& c, run_options const& options)
    {
        return recorder_ ? recorder_->run(c, options) : source_.player->run(c, options);
    }

    /// The version of the govc behind the other transport; where all is replayed so far, of the one that the tape was recorded with.
    [[nodiscard]] std::string govc_version() { return source_.govc_version(); }

    /// Whether commands may reach a host: then a test needs the real one, and real time.
    [[nodiscard]] bool records() const { return recorder_.has_value(); }

    /// Throws `tape` where a command did not match or entries are left, and once more what refused a command. Then writes what was
    /// recorded, if anything was, as `record_transport::save` does.
    void finish()
    {
        source_.check_not_refused();
        if (source_.player) {
            source_.player->finish();
        }
        if (recorder_ && (source_.sent || !source_.player)) {
            recorder_->save(with_old_entries(recorder_->recorded()), path_);
        }
    }

private:
    using inner = std::invoke_result_t<Make&>;

    /// What the recorder records: the tape where it has the answer, else the other transport.
    struct source {
        source(Make maker, bool changes) : make(std::move(maker)), allow_changes(changes) {}

        output run(command const& c, run_options const& options)
        {
            return answers(c, options) ? player->run(c, options) : live().run(c, options);
        }

        [[nodiscard]] std::string govc_version()
        {
            if (player && !sent) {
                return player->govc_version();
            }
            if constexpr (versioned_transport<inner>) {
                return live().govc_version();
            } else {
                return {};
            }
        }

        void check_not_refused()
        {
            std::lock_guard const lock(mutex);
            if (refused) {
                throw error(*refused);
            }
        }

        bool answers(command const& c, run_options const& options)
        {
            std::lock_guard const lock(mutex);
            if (player && player->answers(c, options)) {
                return true;
            }
            if (!allow_changes && govc::changes_host(c)) {
                refused = error(error_kind::config, "not sent, for a tape is being recorded and this may change the host: " +
                                                        esxi::detail::shown(command{govc::redactor(options.connection)(c.argv)}) +
                                                        "; set allow_changes where that is meant");
                throw error(*refused);
            }
            sent = true;
            return false;
        }

        [[nodiscard]] inner& live()
        {
            std::lock_guard const lock(mutex);
            if (!made) {
                made.reset(new inner(make())); // it may be one that cannot be moved
            }
            return *made;
        }

        Make make;
        bool allow_changes;
        std::optional<replay_transport> player{};
        std::mutex mutex{};
        std::unique_ptr<inner> made{};
        bool sent = false; ///< Whether any command was.
        std::optional<error> refused{};
    };

    /// What was on the tape already stays as it was: replayed, it took no time, and a poll may have been asked for less often.
    [[nodiscard]] tape with_old_entries(tape recorded) const
    {
        auto from = recorded.entries.begin();
        for (auto const& old : old_.entries) {
            auto const same = std::find_if(from, recorded.entries.end(), [&old](tape_entry const& entry) {
                return entry.request == old.request && entry.answer == old.answer &&
                       entry.thrown.has_value() == old.thrown.has_value();
            });
            if (same != recorded.entries.end()) {
                same->duration = old.duration;
                same->repeat = same->repeat || old.repeat;
                from = same + 1;
            }
        }
        return recorded;
    }

    std::string path_;
    tape old_{};
    source source_;
    std::optional<record_transport<source>> recorder_{};
};

} // namespace esxi::testing
