// SPDX-License-Identifier: Apache-2.0
// Runs that are killed at each of their commands in turn, and what later runs make of it.
#include <functional>
#include <string>

#include <esxi/ops/snapshot.hpp>
#include <esxi/ops/vm.hpp>

#include "ops/world.hpp"

namespace {

using namespace test;
using esxi::purpose;

/// A host with VMs that must be left alone, and one node.
struct stage : world {
    node* on = nullptr;
    std::string untouched;

    void others()
    {
        host.add("neighbour").power = "poweredOn";
        host.add("importing", somebodys_token).whole = false;
        untouched = state_of_others();
    }
    std::string state_of_others() const
    {
        std::string all;
        for (auto const& vm : host.vms) {
            if (vm.name != "web1") {
                all += vm.name + vm.moid + vm.power + vm.annotation + std::to_string(vm.cpu) + ";";
            }
        }
        return all;
    }
};

/// Kills `run` at each command, before, in the middle of and after it; then kills the next run of it likewise; the run after that
/// must succeed, and `check` must hold. One more changes nothing.
void survives(std::function<void(stage&)> const& prepare, operation run, std::function<void(stage&)> const& check,
              std::function<void(stage&)> const& in_between = {})
{
    constexpr killed_when ways[] = {killed_when::before, killed_when::half, killed_when::after};
    int deaths = 0;
    for (auto first : ways) {
        for (int n = 1;; ++n) {
            bool has_died = false;
            for (auto second : ways) {
                for (int m = 0;; ++m) { // 0: the second run is not killed
                    stage s;
                    s.others();
                    prepare(s);
                    has_died = s.dies(run, *s.on, n, first);
                    bool const again = m > 0 && s.dies(run, *s.on, m, second);
                    deaths += has_died + again;
                    BOOST_TEST_CONTEXT("killed at " << n << "/" << m << ", " << static_cast<int>(first) << "/"
                                                    << static_cast<int>(second) << ": " << events(s.host))
                    {
                        if (in_between) {
                            in_between(s);
                        }
                        BOOST_CHECK_NO_THROW(run(s.host, *s.on, s.options));
                        check(s);
                        BOOST_TEST(s.state_of_others() == s.untouched);
                        auto const once_more = run(s.host, *s.on, s.options);
                        BOOST_TEST(!once_more.changed);
                        BOOST_TEST(once_more.commands <= 1);
                    }
                    if ((m > 0 && !again) || !has_died) {
                        break;
                    }
                }
            }
            if (!has_died) {
                break;
            }
        }
    }
    BOOST_TEST(deaths > 9);
}

void is_imported(stage& s)
{
    long const named = std::count_if(s.host.vms.begin(), s.host.vms.end(), [](auto const& vm) { return vm.name == "web1"; });
    BOOST_REQUIRE(named == 1);
    auto const& vm = *s.host.find("web1");
    BOOST_TEST(vm.whole);
    BOOST_TEST(vm.cpu == 2);
    BOOST_TEST(vm.power == "poweredOn");
    BOOST_TEST(vm.annotation == "Imported by esxi from small.ova");
    BOOST_TEST(s.on->text("moid") == vm.moid);
    BOOST_TEST(s.on->text("instance_uuid") == vm.uuid);
    BOOST_TEST(s.on->text("ip") == "10.1.2.3");
    BOOST_TEST(!s.on->runtime_properties().at("adopted").as_bool());
    BOOST_TEST(!s.on->runtime_properties().contains("import"));
}

void to_import(stage& s)
{
    s.on = &s.ova({{"cpu", 2}, {"wait_for_ip", true}});
    s.host.before = [&s](esxi::command const& c) -> std::optional<esxi::output> {
        if (c.argv.front() == "vm.ip") {
            s.host.find("web1")->addresses = {"10.1.2.3"};
        }
        return std::nullopt;
    };
}

} // namespace

BOOST_AUTO_TEST_SUITE(kills)

BOOST_AUTO_TEST_CASE(of_an_import)
{
    survives(to_import, create_vm, is_imported);
}

BOOST_AUTO_TEST_CASE(of_an_import_that_an_engine_starts_over)
{
    // An engine that resumes sends stop and delete first.
    survives(
        [](stage& s) {
            to_import(s);
            s.on->run_for(purpose::engine);
        },
        create_vm, is_imported,
        [](stage& s) {
            s.on->run_for(purpose::rollback);
            stop_vm(s.host, *s.on, s.options);
            delete_vm(s.host, *s.on, s.options);
            BOOST_TEST(s.host.find("web1") == nullptr);
            BOOST_TEST(s.on->runtime_properties().empty());
            s.on->run_for(purpose::engine);
        });
}

BOOST_AUTO_TEST_CASE(of_an_adoption)
{
    auto const prepare = [](stage& s) {
        s.host.add("web1");
        s.on = &s.vm({{"cpu", 2}});
        s.on->run_for(purpose::engine);
    };
    auto const check = [](stage& s) {
        BOOST_TEST(s.host.find("web1")->cpu == 2);
        BOOST_TEST(s.host.find("web1")->power == "poweredOn");
        BOOST_TEST(s.on->runtime_properties().at("adopted").as_bool());
    };
    survives(prepare, create_vm, check);
    survives(prepare, create_vm, check, [](stage& s) {
        s.on->run_for(purpose::rollback);
        stop_vm(s.host, *s.on, s.options);
        delete_vm(s.host, *s.on, s.options);
        BOOST_TEST(s.host.find("web1") != nullptr); // never ours to destroy
        s.on->run_for(purpose::engine);
    });
}

BOOST_AUTO_TEST_CASE(of_a_power_cycle)
{
    for (bool const graceful : {false, true}) {
        survives(
            [graceful](stage& s) {
                auto& vm = s.host.add("web1");
                vm.power = "poweredOn";
                vm.tools = true;
                s.on = &s.vm({{"power_on", false}, {"allow_power_cycle", true}, {"stop_mode", graceful ? "graceful" : "hard"}});
                create_vm(s.host, *s.on, s.options);
                auto properties = s.on->properties();
                properties["cpu"] = 2;
                s.on->set_properties(properties);
            },
            configure_vm,
            [](stage& s) {
                BOOST_TEST(s.host.find("web1")->cpu == 2);
                BOOST_TEST(s.host.find("web1")->power == "poweredOn");
                BOOST_TEST(!s.on->runtime_properties().contains("power_cycle"));
            });
    }
}

BOOST_AUTO_TEST_CASE(of_start_stop_and_delete)
{
    auto const imported = [](stage& s) {
        s.on = &s.ova();
        create_vm(s.host, *s.on, s.options);
    };
    survives(
        [&](stage& s) {
            imported(s);
            stop_vm(s.host, *s.on, s.options);
        },
        start_vm, [](stage& s) { BOOST_TEST(s.host.find("web1")->power == "poweredOn"); });
    survives(imported, stop_vm, [](stage& s) { BOOST_TEST(s.host.find("web1")->power == "poweredOff"); });
    for (auto why : {purpose::user, purpose::engine}) {
        survives(
            [&](stage& s) {
                imported(s);
                s.on->run_for(why);
            },
            delete_vm,
            [](stage& s) {
                BOOST_TEST(s.host.find("web1") == nullptr);
                BOOST_TEST(s.on->runtime_properties().empty());
            });
    }
}

BOOST_AUTO_TEST_CASE(of_snapshots)
{
    auto const prepare = [](stage& s) {
        s.host.add("web1");
        s.on = &s.snapshot({{"name", "s1"}}, s.vm());
    };
    survives(prepare, create_snapshot, [](stage& s) {
        BOOST_REQUIRE(s.host.find("web1")->snapshots.size() == 1u);
        BOOST_TEST(s.on->text("moid") == s.host.find("web1")->snapshots.front().moid);
    });
    survives(
        [&](stage& s) {
            prepare(s);
            s.host.find("web1")->snapshots.push_back({"snapshot-0", "other"});
            create_snapshot(s.host, *s.on, s.options);
        },
        delete_snapshot,
        [](stage& s) {
            BOOST_TEST(s.host.find("web1")->snapshots.size() == 1u);
            BOOST_TEST(s.on->runtime_properties().empty());
        });
}

BOOST_AUTO_TEST_SUITE_END()
