// SPDX-License-Identifier: Apache-2.0
// A VM that waits for an answer: whatever the host makes of what it is asked for meanwhile, the question is what is reported.
#include <esxi/ops/question.hpp>

#include <functional>
#include <string>
#include <vector>

#include "ops/world.hpp"

namespace {

using namespace test;
using esxi::error_kind;

struct fixture : world {
    fake_vm& web1 = host.add("web1");

    [[nodiscard]] static esxi::error timed_out() { return {error_kind::unavailable, "govc did not end within 120 s"}; }

    /// From now on the VM asks as soon as a command of that name comes, which then fails so.
    void asks_at(std::string verb, std::function<esxi::output()> fail,
                 std::string question = "msg.uuid.altered: moved or copied?")
    {
        host.before = [=, this](esxi::command const& c) -> std::optional<esxi::output> {
            if (c.argv.front() != verb) {
                return std::nullopt;
            }
            web1.question = question;
            return fail();
        };
    }
    void is_reported_by(operation run, node& on)
    {
        auto const message = must_fail(run, on, error_kind::conflict);
        BOOST_TEST(has(message, "VM `web1` waits for an answer: msg.uuid.altered: moved or copied?; answer it on the host"),
                   message);
        web1.question.clear();
    }
};

/// How a host lets one wait: it does not answer, refuses with the question, or with no more than the state it is in.
std::vector<std::function<esxi::output()>> const ways{
    []() -> esxi::output { throw fixture::timed_out(); },
    [] {
        return fake_host::failed("The operation cannot be allowed at the current time because the virtual machine has a question "
                                 "pending: 'msg.uuid.altered: moved or copied?'.");
    },
    [] { return fake_host::failed("The operation is not allowed in the current state."); },
    [] { return fake_host::failed("Another task is already in progress."); },
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(question, fixture)

BOOST_AUTO_TEST_CASE(that_comes_with_a_step)
{
    for (auto const& fail : ways) {
        asks_at("vm.power", fail);
        web1.power = "poweredOff";
        is_reported_by(start_vm, vm());
        is_reported_by(create_vm, vm());
        web1.power = "poweredOn";
        is_reported_by(stop_vm, vm());
        is_reported_by(stop_vm, vm({{"stop_mode", "graceful"}}));
        is_reported_by(configure_vm, vm({{"cpu", 2}, {"allow_power_cycle", true}}));
        asks_at("vm.change", fail);
        is_reported_by(configure_vm, vm({{"annotation", "other"}}));
        asks_at("vm.destroy", fail);
        is_reported_by(delete_vm, vm({{"delete_adopted", true}}));
        BOOST_TEST(host.find("web1") != nullptr);
        asks_at("snapshot.create", fail);
        is_reported_by(create_snapshot, snapshot({{"name", "s1"}}, vm()));
        host.before = {};
        auto& s1 = snapshot({{"name", "s1"}}, vm());
        must(create_snapshot, s1, true, 3);
        asks_at("snapshot.remove", fail);
        is_reported_by(delete_snapshot, s1);
        BOOST_TEST(s1.text("moid") == web1.snapshots.front().moid); // still ours to remove
        web1.snapshots.clear();
    }
}

BOOST_AUTO_TEST_CASE(that_keeps_a_guest_from_its_address)
{
    asks_at("object.collect", []() -> esxi::output { throw fixture::timed_out(); });
    is_reported_by(start_vm, vm({{"wait_for_ip", true}, {"ip_timeout", 5}}));
}

BOOST_AUTO_TEST_CASE(that_comes_with_the_first_power_on_of_an_import)
{
    host.vms.clear();
    host.before = [this](esxi::command const& c) -> std::optional<esxi::output> {
        if (c.argv.front() == "vm.power") {
            host.find("web1")->question = "moved or copied?";
            throw timed_out();
        }
        return std::nullopt;
    };
    auto& on = ova();
    BOOST_TEST(has(must_fail(create_vm, on, error_kind::conflict), "waits for an answer: moved or copied?"));
    BOOST_TEST(on.text("moid") == host.find("web1")->moid);
    BOOST_TEST(!on.runtime_properties().contains("import"));
    // Answered: what is left is done, and no more.
    host.before = {};
    host.find("web1")->question.clear();
    must(create_vm, on, true, 2);
    BOOST_TEST(host.find("web1")->power == "poweredOn");
}

BOOST_AUTO_TEST_CASE(that_waits_already)
{
    web1.power = "poweredOn"; // as a host shows a VM whose power-on has not ended
    auto const asks = [this] { web1.question = "msg.uuid.altered: moved or copied?"; };
    asks();
    is_reported_by(start_vm, vm());
    asks();
    is_reported_by(create_vm, vm());
    asks();
    is_reported_by(configure_vm, vm({{"cpu", 2}, {"allow_power_cycle", true}}));
    asks();
    is_reported_by(stop_vm, vm({{"stop_mode", "graceful"}}));
    BOOST_TEST(host.count("vm.info") == 4);
    BOOST_TEST(host.count("vm.power") == 0);
    asks();
    must(configure_vm, vm(), false, 1);  // nothing is to be done
    must(stop_vm, vm(), true, 2);        // where the host lets it be powered off, it is
    must(delete_vm, vm({{"delete_adopted", true}}), true, 2);
}

BOOST_AUTO_TEST_CASE(is_shown_as_one_line_of_bounded_length_without_secrets)
{
    asks_at("vm.power", ways.front(), "a\n\033[31m\u202e s3cret! " + std::string(80'000, 'x'));
    auto const message = must_fail(start_vm, vm(), error_kind::conflict);
    BOOST_TEST(has(message, "waits for an answer: a\\n\\x1b[31m\\xe2\\x80\\xae <redacted> xxx"), message);
    BOOST_TEST(has(message, "xxx...; answer it"), message);
    BOOST_TEST(message.size() < 500u);
    // It waits already; and the cut must not come before the redaction.
    web1.question = std::string(390, 'x') + "s3cret! and more";
    host.before = {};
    BOOST_TEST(!has(must_fail(start_vm, vm(), error_kind::conflict), "s3c"));
    // Nor one that a host words itself.
    web1.question.clear();
    asks_at("vm.power", [] { return fake_host::failed("has a question pending: '" + std::string(80'000, 'x') + "'"); }, "");
    BOOST_TEST(must_fail(start_vm, vm(), error_kind::conflict).size() < 500u);
}

BOOST_AUTO_TEST_CASE(is_not_made_up)
{
    // There is none, it is another VM's, or nobody can be asked: then what failed is reported.
    auto& other = host.add("other");
    other.question = "not mine";
    asks_at("vm.power", ways.front(), "");
    BOOST_TEST(has(must_fail(start_vm, vm(), error_kind::unavailable), "did not end within 120 s"));
    asks_at("snapshot.create", ways.front(), "");
    BOOST_TEST(has(must_fail(create_snapshot, snapshot({{"name", "s1"}}, vm()), error_kind::unavailable), "did not end within"));
    bool is_down = false;
    host.before = [this, &is_down](esxi::command const& c) -> std::optional<esxi::output> {
        if (c.argv.front() == "vm.power") {
            is_down = true;
            web1.question = "nobody hears it";
            throw timed_out();
        }
        return is_down ? std::optional(fake_host::failed("Post \"https://h/sdk\": dial tcp: connect: connection refused"))
                       : std::nullopt;
    };
    BOOST_TEST(has(must_fail(start_vm, vm(), error_kind::unavailable), "did not end within 120 s"));
    BOOST_TEST(host.events.back() == "vm.info");
    // After another kind of failure nobody looks for one.
    web1.question.clear();
    asks_at("vm.power", [] { return fake_host::failed("Permission to perform this operation was denied."); });
    must_fail(start_vm, vm(), error_kind::auth);
    BOOST_TEST(host.events.back() == "vm.power");
}

BOOST_AUTO_TEST_CASE(a_look_for_one_that_is_stopped_is_cancelled)
{
    bool hangs = false;
    host.before = [&hangs](esxi::command const& c) -> std::optional<esxi::output> {
        if (c.argv.front() == "vm.power") {
            hangs = true;
            throw timed_out();
        }
        if (hangs) {
            throw esxi::error(error_kind::cancelled, "govc vm.info was stopped");
        }
        return std::nullopt;
    };
    must_fail(start_vm, vm(), error_kind::cancelled);
}

BOOST_AUTO_TEST_SUITE_END()
