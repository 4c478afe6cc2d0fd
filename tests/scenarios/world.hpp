// SPDX-License-Identifier: Apache-2.0
// What a scenario acts on: a transport, a host, an OVA, and nodes. The same scenario runs live, while it is recorded, and on its tape.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/any.hpp>

#include "support/operations.hpp"
#include "support/produced.hpp"

namespace test {

namespace json = boost::json;

/// One run of a scenario. `results` is what has to be the same live and on tape.
class world {
public:
    world(esxi::any_transport& transport, json::object host_properties, std::string ova)
        : transport_(transport), ova_(std::move(ova)), host_(std::move(host_properties))
    {
        set_up(host_);
    }

    [[nodiscard]] std::string const& ova() const { return ova_; }
    [[nodiscard]] esxi::plain_context& host() { return host_; }
    [[nodiscard]] std::vector<std::string> const& results() const { return results_; }
    [[nodiscard]] std::vector<std::string> const& log() const { return log_; }

    /// A new VM node of this host.
    esxi::plain_context& vm(json::object properties) { return set_up(nodes_.emplace_back(std::move(properties), host_)); }
    /// A new snapshot node of a VM.
    esxi::plain_context& snapshot(json::object properties, esxi::plain_context const& vm)
    {
        return set_up(nodes_.emplace_back(std::move(properties), vm));
    }

    using operation = esxi::operation_result (*)(esxi::any_transport&, esxi::plain_context&, esxi::operation_options const&);

    /// Called after each operation: with its node as it was before, its options, and its error's kind, `done` without one.
    using observer = std::function<void(operation, esxi::plain_context const&, esxi::operation_options const&, std::string_view)>;
    void after_each(observer see) { see_ = std::move(see); }

    /// Runs an operation that must succeed, with this outcome.
    esxi::operation_result must(operation run, esxi::plain_context& node, bool changed, int commands)
    {
        auto const before = node;
        auto result = run(transport_, node, options_);
        see_(run, before, options_, "done");
        BOOST_TEST_CONTEXT(result.operation << " of " << json::serialize(node.properties()) << ", plan "
                                            << json::serialize(esxi::to_json(result.steps)))
        {
            BOOST_TEST(result.changed == changed);
            BOOST_TEST(result.commands == commands);
        }
        results_.push_back(result.operation + (result.changed ? " changed " : " same ") + std::to_string(result.commands) + " " +
                           json::serialize(esxi::to_json(result.steps)) + " " + json::serialize(result.runtime));
        keep_produced("result", results_.back());
        return result;
    }

    /// Runs an operation that must fail with this kind; the message.
    std::string must_fail(operation run, esxi::plain_context& node, esxi::error_kind kind)
    {
        auto const before = node;
        try {
            run(transport_, node, options_);
        } catch (esxi::error const& failed) {
            see_(run, before, options_, esxi::to_string(failed.kind()));
            BOOST_TEST_CONTEXT(failed.what())
            {
                BOOST_TEST(esxi::to_string(failed.kind()) == esxi::to_string(kind));
            }
            results_.push_back(std::string(esxi::to_string(failed.kind())) + " " + failed.what());
            keep_produced("error", results_.back());
            return failed.what();
        }
        BOOST_ERROR("should have failed with " << esxi::to_string(kind) << ": " << json::serialize(node.properties()));
        return {};
    }

    [[nodiscard]] esxi::operation_options& options() { return options_; }
    [[nodiscard]] esxi::any_transport& transport() { return transport_; }

private:
    esxi::plain_context& set_up(esxi::plain_context& node)
    {
        node.use_virtual_time();
        node.on_log([this](esxi::log_level level, std::string_view text) {
            keep_produced("log", text);
            if (level >= esxi::log_level::warning) {
                log_.emplace_back(text);
            }
        });
        return node;
    }

    esxi::any_transport& transport_;
    observer see_ = [](auto&&...) {};
    std::string ova_;
    esxi::plain_context host_;
    std::deque<esxi::plain_context> nodes_;
    esxi::operation_options options_;
    std::vector<std::string> results_;
    std::vector<std::string> log_;
};

} // namespace test
