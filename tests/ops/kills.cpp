// SPDX-License-Identifier: Apache-2.0
// Runs that are killed at each of their commands in turn, and what later runs make of it.
#include <functional>
#include <string>

#include "ops/situations.hpp"

namespace {

using namespace test;
using esxi::purpose;

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

} // namespace

BOOST_AUTO_TEST_SUITE(kills)

BOOST_AUTO_TEST_CASE(of_each_operation)
{
    for (auto const& each : situations()) {
        BOOST_TEST_CONTEXT(each.name)
        {
            survives(each.prepare, each.run, each.check);
        }
    }
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

BOOST_AUTO_TEST_CASE(of_an_adoption_that_an_engine_starts_over)
{
    survives(to_adopt, create_vm, is_adopted, [](stage& s) {
        s.on->run_for(purpose::rollback);
        stop_vm(s.host, *s.on, s.options);
        delete_vm(s.host, *s.on, s.options);
        BOOST_TEST(s.host.find("web1") != nullptr); // never ours to destroy
        s.on->run_for(purpose::engine);
    });
}

BOOST_AUTO_TEST_SUITE_END()
