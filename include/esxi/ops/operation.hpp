// SPDX-License-Identifier: Apache-2.0
// What all operations share: the run of one.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <boost/json/object.hpp>

#include <esxi/client.hpp>
#include <esxi/concepts/context.hpp>
#include <esxi/model/host_properties.hpp>
#include <esxi/operations.hpp>
#include <esxi/plan/action.hpp>

namespace esxi {

namespace detail {

/// The run of one operation: its policies, its client and its result so far.
template <transport Transport, context Context>
class operation_run {
public:
    operation_run(std::string name, Transport& transport, Context& context, operation_options const& options)
        : context_(context),
          options_(options),
          client_(transport, read_host_properties(context.host_properties()),
                  {options.command_timeout, context.stop_token(),
                   [&context](std::string_view text) { context.log(log_level::debug, text); }})
    {
        result_.operation = std::move(name);
    }

    [[nodiscard]] Context& context() { return context_; }
    [[nodiscard]] govc_client<Transport>& client() { return client_; }
    [[nodiscard]] operation_options const& options() const { return options_; }

    void log(log_level level, std::string const& text) { context_.log(level, clean(text)); }

    /// A text of the host's, such as a name, without secrets: whoever may write there may have written one.
    [[nodiscard]] std::string clean(std::string_view text) const { return client_.redact()(text); }

    /// Persists what was learned, as far as it is news; what is null is forgotten. In a dry run, nothing.
    void persist(boost::json::object learned)
    {
        boost::json::object const known = context_.runtime_properties();
        boost::json::object news;
        for (auto& entry : learned) {
            auto const* old = known.if_contains(entry.key());
            if (old == nullptr ? !entry.value().is_null() : *old != entry.value()) {
                news.emplace(entry.key(), std::move(entry.value()));
            }
        }
        if (!news.empty() && !options_.dry_run) {
            context_.persist(news);
        }
    }

    /// Carries the plan out: `apply` is called with each step. In a dry run, with none.
    template <class Apply>
    void carry_out(plan const& steps, Apply&& apply)
    {
        for (auto const& step : steps) {
            result_.steps.push_back(redacted(step, client_.redact()));
        }
        if (options_.dry_run) {
            return;
        }
        for (auto const& step : steps) {
            log(log_level::info, describe(step));
            result_.changed = result_.changed || changes_host(step);
            std::visit(apply, step);
        }
    }

    /// Does what the operation consists of, and tells what came of it. What is thrown says no secret, wherever it was thrown.
    template <class Steps>
    [[nodiscard]] operation_result perform(Steps&& steps)
    {
        try {
            steps();
        } catch (govc_error const&) {
            throw; // redacted by the client
        } catch (error const& failed) {
            throw error(failed.kind(), clean(failed.what()), failed.retry_after());
        }
        result_.commands = client_.count();
        result_.runtime = context_.runtime_properties();
        return std::move(result_);
    }

private:
    Context& context_;
    operation_options options_;
    govc_client<Transport> client_;
    operation_result result_;
};

/// Says, and records, that an update of the deployment keeps this, though the engine had it stopped or deleted. The record of it stays,
/// so that what the engine makes anew is what was there.
template <class Run>
void keep_in_update(Run& run, std::string const& what)
{
    run.log(log_level::warning, what + " is neither stopped nor removed in an update of its deployment: it is kept as it is");
    run.persist({{"kept_in_update", true}});
}

} // namespace detail

} // namespace esxi
