// SPDX-License-Identifier: Apache-2.0
// 64 threads and 16 processes at once on one host, on the same VMs: nothing but done, nothing to do, or another try may help; and
// after that every VM converges.
// ctest: whole, verify
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/context/state_file.hpp>
#include <esxi/esxi.hpp>

#include "support/counting_govc.hpp"
#include "support/live.hpp"

namespace {

namespace json = boost::json;

constexpr int thread_count = 64;
constexpr int process_count = 16;
constexpr int name_count = 8;
constexpr std::chrono::seconds patience{20};

std::string name_of(int i)
{
    return "stress " + std::to_string(i);
}

std::chrono::seconds wished_time()
{
    char const* const text = std::getenv("ESXI_STRESS_SECONDS");
    return std::chrono::seconds(text != nullptr && *text != '\0' ? std::stoi(text) : 10);
}

enum class deed { create, configure, start, stop, remove, snapshot, remove_snapshot, facts, probe };
constexpr char const* deed_names[] = {"create",   "configure",       "start", "stop", "delete",
                                      "snapshot", "delete snapshot", "facts", "probe"};
constexpr int deed_count = static_cast<int>(std::size(deed_names));

/// Chosen at random; a create and what it needs more often than the rest.
struct choice {
    deed what;
    int name;
    int variant;
};
choice choose(std::mt19937& random)
{
    auto const below = [&random](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    int const dice = below(deed_count + 3);
    return {static_cast<deed>(dice < deed_count ? dice : 0), below(name_count), below(2)};
}

/// What came of it all: how often each thing ended how, and what must not be.
class tally {
public:
    void count(deed what, std::string const& outcome)
    {
        std::lock_guard const lock(mutex_);
        ++counts_[{static_cast<int>(what), outcome}];
    }
    /// Absent is no failure of what needs a VM that somebody just deleted; anything else that no other try helps is one.
    void count_failure(deed what, std::string const& kind, bool recoverable, std::string const& text)
    {
        bool const needs_the_vm = what == deed::configure || what == deed::start || what == deed::snapshot;
        count(what, kind);
        std::lock_guard const lock(mutex_);
        if (!recoverable && !(kind == "absent" && needs_the_vm)) {
            wrong_.push_back(std::string(deed_names[static_cast<int>(what)]) + ": " + kind + ": " + text);
        }
        if (kind == "govc") { // recoverable since nobody knows better; each is worth a look
            ++unknown_[text.substr(0, 300)];
        }
    }
    /// What a thread ended with that is no outcome at all.
    void count_crash(std::string const& text)
    {
        std::lock_guard const lock(mutex_);
        wrong_.push_back("a thread ended: " + text);
    }
    /// Whether so much was done that it shows something: each deed at least once, and a hundred operations.
    [[nodiscard]] bool enough()
    {
        std::lock_guard const lock(mutex_);
        int all = 0;
        std::set<int> done;
        for (auto const& [what, count] : counts_) {
            all += count;
            bool const changes_something = what.first < static_cast<int>(deed::facts);
            if (what.second.ends_with("done") || (!changes_something && what.second.ends_with("nothing to do"))) {
                done.insert(what.first);
            }
        }
        return all >= 100 && done.size() == static_cast<std::size_t>(deed_count);
    }
    [[nodiscard]] std::vector<std::string> const& wrong() const { return wrong_; }
    void print() const
    {
        int all = 0;
        for (auto const& [what, count] : counts_) {
            std::cout << deed_names[what.first] << ": " << what.second << ": " << count << "\n";
            all += count;
        }
        std::cout << all << " operations\n";
        for (auto const& [text, count] : unknown_) {
            std::cout << "unknown to us, " << count << " times: " << text << "\n";
        }
    }

private:
    std::mutex mutex_;
    std::map<std::pair<int, std::string>, int> counts_;
    std::vector<std::string> wrong_;
    std::map<std::string, int> unknown_;
};

struct stress {
    test::simulator host{{"--vms", "3", "--delay", "upload=30"}};
    test::tool tool{host};
    std::string ova = test::make_ova(host.files() / "small.ova", {"disk_kb=64"});
    test::counting_govc counted;
    esxi::any_transport govc = test::real_govc(counted.path);
    esxi::state_file states{host.files() / "state.json"};
    tally results;

    [[nodiscard]] json::object vm_properties(int name, int variant) const
    {
        return {{"name", name_of(name)},          {"ova_url", ova},           {"cpu", 1 + variant},
                {"memory_mb", 32 + 32 * variant}, {"power_on", variant == 0}, {"allow_power_cycle", true},
                {"delete_adopted", true}};
    }

    /// For the time that is wished, and then until enough was done; a slow machine has five minutes more for that.
    [[nodiscard]] bool goes_on()
    {
        auto const now = std::chrono::steady_clock::now();
        return now < end || (now < end + std::chrono::minutes(5) && !results.enough());
    }
    /// An exception that nobody expects is a finding, and not the end of the program.
    template <class Life>
    void live(Life const& life)
    {
        try {
            life();
        } catch (std::exception const& failed) {
            results.count_crash(failed.what());
        }
    }

    /// One thread's life; all threads share one transport. Every second one shares the state file of the processes, the others know
    /// what they learned themselves. Snapshots are all in that file: a host lets two of one name be taken, and only who shares what
    /// was learned is kept from it.
    void run_thread(unsigned seed)
    {
        std::mt19937 random(seed);
        esxi::plain_context node(host.host_properties());
        std::map<int, json::object> learned;
        esxi::operation_options options;
        options.poll_interval = std::chrono::milliseconds(100);
        while (goes_on()) {
            auto const [what, name, variant] = choose(random);
            esxi::plain_context vm(vm_properties(name, variant), node);
            auto const snapshot_name = "s" + std::to_string(variant);
            esxi::plain_context snapshot({{"name", snapshot_name}}, vm);
            bool const of_snapshot = what == deed::snapshot || what == deed::remove_snapshot;
            bool const of_host = what == deed::facts || what == deed::probe;
            std::optional<esxi::state_node> kept;
            try {
                if (of_snapshot) {
                    kept.emplace(states.open({host.host(), "snapshot", name_of(name), snapshot_name}, patience));
                    snapshot.keep_in(*kept);
                } else if (!of_host && seed % 2 == 0) {
                    kept.emplace(states.open({host.host(), "vm", name_of(name)}, patience));
                    vm.keep_in(*kept);
                } else {
                    vm.set_runtime_properties(learned[name]);
                }
                results.count(what, perform(what, node, vm, snapshot, options).changed ? "done" : "nothing to do");
            } catch (esxi::error const& failed) {
                results.count_failure(what, std::string(esxi::to_string(failed.kind())), failed.recoverable(), failed.what());
            }
            if (!kept) {
                learned[name] = vm.runtime_properties();
            }
        }
        // What it began and could not finish is its own next run's.
        for (auto& [name, runtime] : learned) {
            if (runtime.contains("import")) {
                std::lock_guard const lock(unfinished_mutex);
                unfinished.emplace_back(name, runtime);
            }
        }
    }

    esxi::operation_result perform(deed what, esxi::plain_context& node, esxi::plain_context& vm, esxi::plain_context& snapshot,
                                   esxi::operation_options const& options)
    {
        switch (what) {
        case deed::create: return esxi::create_vm(govc, vm, options);
        case deed::configure: return esxi::configure_vm(govc, vm, options);
        case deed::start: return esxi::start_vm(govc, vm, options);
        case deed::stop: return esxi::stop_vm(govc, vm, options);
        case deed::remove: return esxi::delete_vm(govc, vm, options);
        case deed::snapshot: return esxi::create_snapshot(govc, snapshot, options);
        case deed::remove_snapshot: return esxi::delete_snapshot(govc, snapshot, options);
        case deed::facts: return esxi::record_host_facts(govc, node, options);
        case deed::probe: break;
        }
        return esxi::probe_host(govc, node, options);
    }

    /// The tool, one process after the other, on the state file that all of them share.
    void run_processes(unsigned seed)
    {
        std::mt19937 random(seed);
        while (goes_on()) {
            auto const [what, name, variant] = choose(random);
            auto const done = tool.run(command_line(what, name_of(name), variant));
            if (done.exit_code == 0) {
                auto const said = test::json_of(done.out);
                results.count(what, said.at("changed").as_bool() ? "tool done" : "tool nothing to do");
                continue;
            }
            auto const said = test::json_of(done.err);
            auto const* failure = said.if_contains("error");
            if (failure == nullptr) { // a crash, or words where JSON should be
                results.count_failure(what, "exit " + std::to_string(done.exit_code), false, done.err);
                continue;
            }
            results.count_failure(what, std::string(failure->at("kind").as_string()), failure->at("recoverable").as_bool(),
                                  std::string(failure->at("message").as_string()));
        }
    }

    [[nodiscard]] std::vector<std::string> command_line(deed what, std::string const& vm, int variant) const
    {
        std::vector<std::string> argv{"--output", "json", "--state", host.files() / "state.json"};
        auto const add = [&argv](std::vector<std::string> const& more) { argv.insert(argv.end(), more.begin(), more.end()); };
        auto const cpu = std::to_string(1 + variant);
        auto const snapshot = "s" + std::to_string(variant);
        switch (what) {
        case deed::create: add({"vm", "create", vm, "--ova", ova, "--cpu", cpu}); break;
        case deed::configure: add({"vm", "configure", vm, "--cpu", cpu, "--allow-power-cycle"}); break;
        case deed::start: add({"vm", "start", vm}); break;
        case deed::stop: add({"vm", "stop", vm}); break;
        case deed::remove: add({"vm", "delete", vm}); break;
        case deed::snapshot: add({"snapshot", "create", vm, snapshot}); break;
        case deed::remove_snapshot: add({"snapshot", "delete", vm, snapshot}); break;
        case deed::facts: add({"host", "facts"}); break;
        case deed::probe: add({"host", "probe"}); break;
        }
        return argv;
    }

    /// moid -> what the real govc says of those VMs that are ours, or of those that are not.
    [[nodiscard]] std::map<std::string, std::string> vms(bool ours) const
    {
        auto all = host.vms();
        std::erase_if(all, [ours](auto const& vm) { return (vm.second.find("\"stress ") != std::string::npos) != ours; });
        return all;
    }

    std::chrono::steady_clock::time_point end;
    std::mutex unfinished_mutex;
    std::vector<std::pair<int, json::object>> unfinished;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(live_stress, stress)

BOOST_AUTO_TEST_CASE(threads_and_processes_at_once)
{
    auto const bystanders = vms(false);
    BOOST_TEST(bystanders.size() == 3u);
    end = std::chrono::steady_clock::now() + wished_time();
    {
        std::vector<std::jthread> all;
        for (unsigned i = 0; i < thread_count; ++i) {
            all.emplace_back([this, i] { live([&] { run_thread(i); }); });
        }
        for (unsigned i = 0; i < process_count; ++i) {
            all.emplace_back([this, i] { live([&] { run_processes(1000 + i); }); });
        }
    }
    results.print();
    for (auto const& wrong : results.wrong()) {
        BOOST_ERROR(wrong);
    }
    BOOST_TEST(results.enough());
    BOOST_TEST(counted.seen().most <= 4); // of the threads' commands
    BOOST_TEST(counted.seen().most > 1);
    BOOST_TEST(test::govcs_of(host) == 0);
    BOOST_TEST((vms(false) == bystanders));

    // Quiet now. What a thread left half done is its own next run's; then each name is made once more, and deleted.
    std::cout << vms(true).size() << " VMs are left, " << unfinished.size() << " imports unfinished\n";
    esxi::plain_context node(host.host_properties());
    for (auto const& [name, runtime] : unfinished) {
        esxi::plain_context vm(vm_properties(name, 0), node);
        vm.set_runtime_properties(runtime);
        BOOST_CHECK_NO_THROW(esxi::create_vm(govc, vm));
    }
    for (int i = 0; i < name_count; ++i) {
        esxi::plain_context vm(vm_properties(i, 0), node);
        BOOST_CHECK_NO_THROW(esxi::create_vm(govc, vm));
        BOOST_TEST(!esxi::create_vm(govc, vm).changed);
        auto const by_tool = tool.run(command_line(deed::create, name_of(i), 0));
        BOOST_TEST(by_tool.exit_code == 0, by_tool.err);
    }
    auto const made = vms(true);
    BOOST_TEST(made.size() == static_cast<std::size_t>(name_count));
    for (auto const& [moid, vm] : made) {
        BOOST_TEST(vm.find("esxi-import-") == std::string::npos, vm);
        BOOST_TEST(vm.find("poweredOn") != std::string::npos, vm);
        BOOST_TEST(host.must({"object.collect", "-json", moid, "config.hardware.device"}).find("capacityInKB") !=
                       std::string::npos,
                   moid);
    }
    for (int i = 0; i < name_count; ++i) {
        auto const deleted = tool.run(command_line(deed::remove, name_of(i), 0));
        BOOST_TEST(deleted.exit_code == 0, deleted.err);
        esxi::plain_context vm(vm_properties(i, 0), node);
        BOOST_TEST(!esxi::delete_vm(govc, vm).changed);
    }
    BOOST_TEST(vms(true).empty());
    BOOST_TEST((vms(false) == bystanders));
    BOOST_TEST(test::govcs_of(host) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
