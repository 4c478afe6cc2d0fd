// SPDX-License-Identifier: Apache-2.0
// A fake host, nodes on it, and runs of operations by one process after another.
#pragma once

#include <chrono>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>

#include "ops/fake_host.hpp"

namespace test {

/// A plain context that notes when something is persisted, dies with the run, and is run by processes made up.
class node : public esxi::plain_context {
public:
    node(json::object properties, esxi::plain_context const& depends_on, fake_host& host)
        : plain_context(std::move(properties), depends_on), host_(host)
    {
        use_virtual_time();
        on_log([this](esxi::log_level level, std::string_view text) {
            if (level >= esxi::log_level::warning) {
                warnings.emplace_back(text);
            }
        });
    }

    void persist(json::object const& changes)
    {
        if (host_.is_dead) {
            throw killed{};
        }
        std::string event = "keep";
        for (auto const& change : changes) {
            event += " " + std::string(change.value().is_null() ? "no " : "") + std::string(change.key());
        }
        host_.events.push_back(event);
        plain_context::persist(changes);
    }
    [[nodiscard]] esxi::process_identity process() { return {machine, pid, 1}; }
    [[nodiscard]] bool is_running(esxi::process_identity const& p) { return running.contains(p.pid); }
    [[nodiscard]] std::string owner() const { return imports_as; }
    [[nodiscard]] std::string other_holder(std::string_view, std::string_view) const
    {
        return runtime_properties().contains("moid") ? holder_after : holder_before;
    }
    [[nodiscard]] std::string random_token()
    {
        static int count = 0;
        auto digits = std::to_string(++count);
        return std::string(32 - digits.size(), '0') + digits;
    }

    std::string text(char const* key) const
    {
        auto const* value = runtime_properties().if_contains(key);
        return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
    }

    std::string imports_as;    ///< What it marks its imports with.
    std::string holder_before; ///< Which other node has recorded whatever VM it is about to adopt.
    std::string holder_after;  ///< The same, once this one has recorded it.
    std::string machine = "here";
    std::int64_t pid = 1;
    std::set<std::int64_t> running{};
    std::vector<std::string> warnings;

private:
    fake_host& host_;
};

using operation = esxi::operation_result (*)(fake_host&, node&, esxi::operation_options const&);

struct world {
    fake_host host;
    esxi::plain_context host_node{{{"host", "esxi1"}, {"password", "s3cret!"}}};
    std::deque<node> nodes;
    esxi::operation_options options{};

    node& vm(json::object properties = {})
    {
        properties.emplace("name", "web1");
        return nodes.emplace_back(std::move(properties), host_node, host);
    }
    /// One that can be imported.
    node& ova(json::object properties = {})
    {
        properties.emplace("ova_url", "https://h/small.ova");
        return vm(std::move(properties));
    }
    node& snapshot(json::object properties, node const& of) { return nodes.emplace_back(std::move(properties), of, host); }

    /// Runs an operation that must succeed, with this outcome.
    esxi::operation_result must(operation run, node& on, bool changed, int commands)
    {
        auto result = run(host, on, options);
        BOOST_TEST_CONTEXT(result.operation << ", plan " << json::serialize(esxi::to_json(result.steps)))
        {
            BOOST_TEST(result.changed == changed);
            BOOST_TEST(result.commands == commands);
        }
        return result;
    }

    /// Runs an operation that must fail with this kind; the message.
    std::string must_fail(operation run, node& on, esxi::error_kind kind)
    {
        try {
            run(host, on, options);
        } catch (esxi::error const& failed) {
            BOOST_TEST_CONTEXT(failed.what())
            {
                BOOST_TEST(to_string(failed.kind()) == to_string(kind));
            }
            return failed.what();
        }
        BOOST_ERROR("should have failed with " << to_string(kind));
        return {};
    }

    /// Runs an operation of a process that is killed at its command number `at`; false where it ended before.
    bool dies(operation run, node& on, int at, killed_when when)
    {
        host.kill_at = at;
        host.when = when;
        bool died = false;
        try {
            run(host, on, options);
        } catch (killed const&) {
            died = true;
        }
        host.kill_at = 0;
        host.is_dead = false;
        ++on.pid; // what runs next is another process
        return died;
    }
};

inline auto const create_vm = &esxi::create_vm<fake_host, node>;
inline auto const configure_vm = &esxi::configure_vm<fake_host, node>;
inline auto const start_vm = &esxi::start_vm<fake_host, node>;
inline auto const stop_vm = &esxi::stop_vm<fake_host, node>;
inline auto const delete_vm = &esxi::delete_vm<fake_host, node>;
inline auto const create_snapshot = &esxi::create_snapshot<fake_host, node>;
inline auto const delete_snapshot = &esxi::delete_snapshot<fake_host, node>;

inline bool has(std::string const& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

/// A token that no run of these tests makes.
inline std::string const somebodys_token = "esxi-import-ffffffffffffffffffffffffffffffff";

inline std::string events(fake_host const& host)
{
    std::string all;
    for (auto const& event : host.events) {
        all += (all.empty() ? "" : "; ") + event;
    }
    return all;
}

} // namespace test
