// SPDX-License-Identifier: Apache-2.0
// A transport around another one, whose Nth command fails in a chosen way: to try what a program makes of that, for every N.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <esxi/command.hpp>
#include <esxi/concepts/transport.hpp>
#include <esxi/detail/show_output.hpp>
#include <esxi/error.hpp>

namespace esxi::testing {

namespace detail {

[[nodiscard]] inline std::string verb_of(command const& c)
{
    return c.argv.empty() ? "<?>" : c.argv.front();
}

} // namespace detail

/// Whether the command that fails does on the host what it was sent for.
enum class effect {
    none,  ///< It fails before it is run: the inner transport never gets it.
    taken, ///< It is run, and its answer is lost.
};

/// How a command fails. One of those made by the functions below, or of one's own.
struct failure {
    std::string name;       ///< For a test to say what it tried.
    effect on_host;         ///< Whether the command is run first.
    bool changes_out = false; ///< Whether what it prints is changed; nothing of the real output is then passed on.
    /// Makes of the answer (an empty one where the command is not run) what is to be answered, or throws as a transport does.
    std::function<output(command const& sent, output answer, run_options const& options)> answer{};
};

/// It exits with this code, printing nothing but this on standard error.
[[nodiscard]] inline failure exits(int code, std::string err, effect on_host = effect::none)
{
    auto name = "exit " + std::to_string(code) + ": " + err;
    return {std::move(name), on_host, true,
            [code, err = std::move(err)](command const&, output const&, run_options const&) { return output{code, {}, err}; }};
}

/// A signal ends it.
[[nodiscard]] inline failure killed_by(int signal, effect on_host = effect::none)
{
    auto killed = exits(128 + signal, {}, on_host);
    killed.name = "killed by signal " + std::to_string(signal);
    return killed;
}

/// It does not answer until its timeout is over: throws `unavailable`, and does not wait for that.
[[nodiscard]] inline failure times_out(effect on_host = effect::none)
{
    return {"timeout", on_host, false, [](command const& sent, output const&, run_options const& options) -> output {
                throw error(error_kind::unavailable,
                            "govc " + detail::verb_of(sent) + " did not end within " +
                                std::to_string(std::chrono::duration_cast<std::chrono::seconds>(options.timeout).count()) + " s");
            }};
}

/// Somebody requests a stop while it runs: throws `cancelled`. Give it the source of the program's stop token, if there is one.
[[nodiscard]] inline failure stopped(effect on_host = effect::none, std::stop_source source = {})
{
    return {"stop", on_host, false,
            [source = std::move(source)](command const& sent, output const&, run_options const&) mutable -> output {
                source.request_stop();
                throw error(error_kind::cancelled, "govc " + detail::verb_of(sent) + " was stopped");
            }};
}

/// It is run, and what it prints on standard output is changed by a function `text -> text`. The rest of its answer is the real one.
template <class Change>
[[nodiscard]] failure prints_changed(std::string name, Change change)
{
    return {std::move(name), effect::taken, true,
            [change = std::move(change)](command const&, output answer, run_options const&) {
                answer.out = change(std::move(answer.out));
                return answer;
            }};
}

/// It is run, and prints this.
[[nodiscard]] inline failure prints(std::string out)
{
    auto name = out.empty() ? std::string("prints nothing") : "prints `" + out.substr(0, 40) + "`";
    return prints_changed(std::move(name), [out = std::move(out)](std::string const&) { return out; });
}

/// Its output ends after so many bytes.
[[nodiscard]] inline failure cut_after(std::size_t bytes)
{
    return prints_changed("cut after " + std::to_string(bytes) + " bytes",
                          [bytes](std::string const& out) { return out.substr(0, std::min(bytes, out.size())); });
}

/// Its output ends after this part of it: 0.5 is half of it.
[[nodiscard]] inline failure cut_to(double fraction)
{
    return prints_changed("cut to " + std::to_string(fraction), [fraction](std::string const& out) {
        return out.substr(0, static_cast<std::size_t>(static_cast<double>(out.size()) * std::clamp(fraction, 0.0, 1.0)));
    });
}

/// It prints nothing.
[[nodiscard]] inline failure prints_nothing()
{
    return prints({});
}

/// It prints what is no JSON.
[[nodiscard]] inline failure prints_no_json()
{
    return prints("<html><body>404 page not found</body></html>\n");
}

/// It prints JSON that it never prints.
[[nodiscard]] inline failure prints_wrong_shape()
{
    return prints(R"([{"unexpected":{"name":7,"value":[true,null]}},"x",-1])");
}

/// It prints so many bytes of a JSON string.
[[nodiscard]] inline failure prints_much(std::size_t bytes = 100'000'000)
{
    return prints_changed(std::to_string(bytes) + " bytes", [bytes](std::string const&) {
        std::string text(std::max<std::size_t>(bytes, 2), 'x');
        text.front() = text.back() = '"';
        return text;
    });
}

/// Its output has bytes in it that are no UTF-8: in a string value of it, if there is one.
[[nodiscard]] inline failure prints_no_utf8()
{
    return prints_changed("no UTF-8", [](std::string out) {
        std::size_t at = 0;
        for (std::string_view const value : {":\"", ": \""}) {
            if (auto const found = out.find(value); found != std::string::npos) {
                at = found + value.size();
            }
        }
        return out.insert(at, "\xff\xc0\xaf");
    });
}

/// It prints arrays in one another, so many.
[[nodiscard]] inline failure prints_nested(std::size_t depth = 10'000)
{
    return prints_changed(std::to_string(depth) + " nested arrays",
                          [depth](std::string const&) { return std::string(depth, '[') + std::string(depth, ']'); });
}

/// Models `versioned_transport` around a transport that it borrows. The command of this number, counted from 1, fails; all others
/// are passed on as they are. For more than one failure, put one around another. May be shared by threads if the inner one may.
template <transport Inner>
class fault_overlay {
public:
    /// With `nth` 0 no command fails.
    fault_overlay(Inner& inner, int nth, failure how) : inner_(inner), nth_(nth), how_(std::move(how)) {}

    /// Throws what the failure and the inner transport throw.
    output run(command const& c, run_options const& options)
    {
        if (++count_ != nth_) {
            return inner_.run(c, options);
        }
        output answer;
        if (how_.on_host == effect::taken) {
            auto for_inner = options;
            if (how_.changes_out) {
                for_inner.on_output = {};
                if (options.on_line) {
                    for_inner.on_line = [](std::string_view) { return true; };
                }
            }
            answer = inner_.run(c, for_inner);
        }
        answer = how_.answer(c, std::move(answer), options);
        if (how_.changes_out) {
            pass_on(c, answer, options);
        }
        return answer;
    }

    /// The version that the inner transport tells; empty where it cannot.
    [[nodiscard]] std::string govc_version()
    {
        if constexpr (versioned_transport<Inner>) {
            return inner_.govc_version();
        } else {
            return {};
        }
    }

    /// How many commands came so far.
    [[nodiscard]] int count() const noexcept { return count_; }
    /// Whether the command that is to fail has come.
    [[nodiscard]] bool has_struck() const noexcept { return nth_ > 0 && count_ >= nth_; }

private:
    /// As a transport passes on what a command prints.
    static void pass_on(command const& c, output& answer, run_options const& options)
    {
        if (answer.out.size() > options.max_output) {
            throw error(error_kind::govc,
                        "govc " + detail::verb_of(c) + " printed more than " + std::to_string(options.max_output) + " bytes");
        }
        esxi::detail::show_output(answer, options);
    }

    Inner& inner_;
    int const nth_;
    failure const how_;
    std::atomic<int> count_{0};
};

} // namespace esxi::testing
