// SPDX-License-Identifier: Apache-2.0
// Each operation on the real govc and the simulator: each command fails, and each call to the host; then a second run converges.
// ESXI_SWEEP=full tries every way at every place; else the ways take turns.
#include <atomic>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/testing/fault_overlay.hpp>
#include <esxi/transport/any.hpp>

#include "support/live.hpp"

namespace {

namespace json = boost::json;
using esxi::error_kind;
using operation = esxi::operation_result (*)(esxi::any_transport&, esxi::plain_context&, esxi::operation_options const&);

constexpr operation probe_host = &esxi::probe_host<esxi::any_transport, esxi::plain_context>;
constexpr operation record_host_facts = &esxi::record_host_facts<esxi::any_transport, esxi::plain_context>;
constexpr operation create_vm = &esxi::create_vm<esxi::any_transport, esxi::plain_context>;
constexpr operation configure_vm = &esxi::configure_vm<esxi::any_transport, esxi::plain_context>;
constexpr operation start_vm = &esxi::start_vm<esxi::any_transport, esxi::plain_context>;
constexpr operation stop_vm = &esxi::stop_vm<esxi::any_transport, esxi::plain_context>;
constexpr operation delete_vm = &esxi::delete_vm<esxi::any_transport, esxi::plain_context>;
constexpr operation create_snapshot = &esxi::create_snapshot<esxi::any_transport, esxi::plain_context>;
constexpr operation delete_snapshot = &esxi::delete_snapshot<esxi::any_transport, esxi::plain_context>;

char const* const address = "10.0.0.42";

/// A VM as its test compares it.
std::string shape_of(esxi::vm_state const& vm)
{
    return vm.moid + " " + vm.name + " " + vm.power_state + " " + std::to_string(vm.cpu.value_or(0)) + " " +
           std::to_string(vm.memory_mb.value_or(0)) + " " + vm.annotation + ";";
}

/// What `attempt` returns, of three attempts: there is one fault.
template <class Attempt>
auto past_a_fault(Attempt const& attempt)
{
    for (int tries = 1;; ++tries) {
        try {
            return attempt();
        } catch (std::exception const&) {
            if (tries == 3) {
                throw;
            }
        }
    }
}

/// A simulator, the real govc, and the nodes of one case.
class stage {
public:
    explicit stage(std::vector<std::string> const& faults = {}) : host(options(faults))
    {
        options_.poll_interval = std::chrono::milliseconds(50);
    }

    test::simulator host;
    std::string ova = test::make_ova(host.files() / "small.ova");
    esxi::any_transport govc = test::real_govc();
    std::optional<esxi::plain_context> host_node, vm, snapshot;
    esxi::plain_context* on = nullptr; ///< Of these, the one that the operation is of.
    std::string bystanders;            ///< The other VMs, as they were.

    /// Takes away what an earlier case left, and makes new nodes.
    void begin(json::object vm_properties)
    {
        bystanders.clear();
        for (auto const& found : vms()) {
            if (found.name == "web1") {
                host.must({"vm.destroy", "VirtualMachine:" + found.moid});
            } else {
                bystanders += shape_of(found);
            }
        }
        snapshot.reset();
        vm.reset();
        host_node.emplace(host.host_properties());
        vm_properties.emplace("name", "web1");
        vm.emplace(std::move(vm_properties), *host_node);
        snapshot.emplace(json::object{{"name", "s1"}}, *vm);
        on = &*vm;
    }
    /// Runs what a case needs before or after its operation. How often govc looks at a task depends on how long that takes: a fault
    /// that is meant for the operation may strike here.
    esxi::operation_result must(operation what, esxi::plain_context& node)
    {
        return past_a_fault([&] { return what(govc, node, options_); });
    }
    void run(operation what, esxi::any_transport& through) { what(through, *on, options_); }
    void run(operation what) { run(what, govc); }

    /// What the host has, by a govc beside the library's.
    [[nodiscard]] std::vector<esxi::vm_state> vms() const
    {
        return esxi::govc::read_vm_info(past_a_fault([&] { return host.must({"vm.info", "-json", "*"}); }));
    }
    [[nodiscard]] std::vector<esxi::snapshot_state> snapshots_of_web1() const
    {
        return esxi::govc::read_snapshot_tree(
            past_a_fault([&] { return host.must({"snapshot.tree", "-json", "-i", "-vm", "web1"}); }));
    }

private:
    static std::vector<std::string> options(std::vector<std::string> const& faults)
    {
        std::vector<std::string> all{"--vms", "2", "--guest-ip", std::string("0=") + address};
        for (auto const& fault : faults) {
            all.insert(all.end(), {"--fault", fault});
        }
        return all;
    }

    esxi::operation_options options_;
};

/// One operation where it has work to do.
struct subject {
    std::string name;
    std::function<void(stage&)> prepare;
    operation run;
    std::string shape; ///< Of web1 at the end, its moid left out; empty: there is none.
    std::string snapshot{}; ///< The snapshot of web1 at the end.
    std::set<std::string> runtime{}; ///< What is known of the node at the end.
};

std::string const imported_by = "Imported by esxi from small.ova";
std::set<std::string> const of_a_vm{"moid", "instance_uuid", "name", "adopted", "power_state"};
std::set<std::string> const of_a_running_vm{"moid", "instance_uuid", "name", "adopted", "power_state", "ip"};

void import_it(stage& s, json::object properties = {}, bool is_on = true)
{
    properties.emplace("ova_url", s.ova);
    properties.emplace("power_on", is_on);
    s.begin(std::move(properties));
    s.must(create_vm, *s.vm);
}

std::vector<subject> subjects()
{
    auto const web1 = [](char const* power, int cpu, int memory, std::string const& annotation = imported_by) {
        return "web1 " + std::string(power) + " " + std::to_string(cpu) + " " + std::to_string(memory) + " " + annotation + ";";
    };
    std::string const on = "poweredOn";
    return {
        {"probe",
         [](stage& s) {
             s.begin({});
             s.on = &*s.host_node;
         },
         probe_host,
         "",
         "",
         {"version", "build", "api_type"}},
        {"facts",
         [](stage& s) {
             s.begin({});
             s.on = &*s.host_node;
         },
         record_host_facts,
         "",
         "",
         {"version", "build", "api_type", "vms"}},
        {"import", [](stage& s) { s.begin({{"ova_url", s.ova}, {"cpu", 2}, {"memory_mb", 1024}, {"wait_for_ip", true}}); },
         create_vm, web1("poweredOn", 2, 1024), "", of_a_running_vm},
        {"adoption",
         [](stage& s) {
             s.begin({{"cpu", 2}});
             s.host.must({"vm.create", "-on=false", "-c=1", "-m=512", "-annotation=found", "web1"});
         },
         create_vm, web1("poweredOn", 2, 512, "found"), "", of_a_vm},
        {"power cycle",
         [](stage& s) {
             import_it(s);
             s.vm->set_properties({{"name", "web1"}, {"cpu", 4}, {"allow_power_cycle", true}});
         },
         configure_vm, web1("poweredOn", 4, 512), "", of_a_vm},
        {"start", [](stage& s) { import_it(s, {}, false); }, start_vm, web1("poweredOn", 1, 512), "", of_a_vm},
        {"stop", [](stage& s) { import_it(s); }, stop_vm, web1("poweredOff", 1, 512), "", of_a_vm},
        {"graceful stop", [](stage& s) { import_it(s, {{"stop_mode", "graceful"}}); }, stop_vm, web1("poweredOff", 1, 512), "",
         of_a_vm},
        {"delete", [](stage& s) { import_it(s); }, delete_vm, ""},
        {"snapshot",
         [](stage& s) {
             import_it(s, {}, false);
             s.on = &*s.snapshot;
         },
         create_snapshot,
         web1("poweredOff", 1, 512),
         "s1",
         {"moid", "name", "vm_name"}},
        {"delete of a snapshot",
         [](stage& s) {
             import_it(s, {}, false);
             s.on = &*s.snapshot;
             s.must(create_snapshot, *s.snapshot);
         },
         delete_snapshot, web1("poweredOff", 1, 512)},
    };
}

/// What is wrong with what there is after an operation that succeeded; empty: nothing.
std::string what_is_wrong(stage& s, subject const& what)
{
    std::string found, others, moid;
    for (auto const& vm : s.vms()) {
        if (vm.name == "web1") {
            found += shape_of(vm).substr(vm.moid.size() + 1);
            moid = vm.moid;
        } else {
            others += shape_of(vm);
        }
    }
    std::string wrong;
    if (found != what.shape) {
        wrong += " web1 is `" + found + "`;";
    }
    if (others != s.bystanders) {
        wrong += " others are `" + others + "`;";
    }
    std::set<std::string> keys;
    for (auto const& entry : s.on->runtime_properties()) {
        keys.emplace(entry.key());
    }
    if (what.runtime.contains("ip") ? keys != what.runtime : (keys.erase("ip"), keys != what.runtime)) {
        wrong += " known is " + json::serialize(s.on->runtime_properties()) + ";";
    }
    if (keys.contains("instance_uuid") && s.on->runtime_properties().at("moid") != json::value(moid)) {
        wrong += " the moid is another one;";
    }
    if (!what.shape.empty() && s.on == &*s.snapshot) {
        std::string names;
        for (auto const& snapshot : s.snapshots_of_web1()) {
            names += snapshot.name + (snapshot.children.empty() ? "" : " and more");
        }
        if (names != what.snapshot) {
            wrong += " snapshots are `" + names + "`;";
        }
    }
    return wrong;
}

/// What is wrong with what is persisted.
std::string what_is_inconsistent(json::object const& runtime, std::string const& password)
{
    std::string wrong;
    auto const has = [&runtime](char const* key) { return runtime.contains(key); };
    auto const record = esxi::read_vm_record(runtime);
    if (!has("vm_name") && (has("moid") != has("instance_uuid") || has("moid") != has("adopted"))) {
        wrong += " half of a VM is known;";
    }
    if (has("import") && (record.import.token.empty() || esxi::find_import_token(record.import.token) != record.import.token)) {
        wrong += " an import without a token;";
    }
    if (json::serialize(runtime).find(password) != std::string::npos) {
        wrong += " a password;";
    }
    return wrong.empty() ? "" : " persisted:" + wrong + " " + json::serialize(runtime);
}

/// What came of all cases of a sweep.
class tally {
public:
    void add(std::string const& what, std::string const& outcome, std::string const& wrong)
    {
        std::lock_guard const lock(mutex_);
        ++cases_;
        ++outcomes_[outcome];
        if (!wrong.empty()) {
            wrong_.push_back(what + ": " + outcome + ";" + wrong);
        }
    }
    void report(std::string const& of, int least)
    {
        std::cout << cases_ << " " << of;
        for (auto const& [outcome, count] : outcomes_) {
            std::cout << ", " << outcome << " " << count;
        }
        std::cout << "\n";
        for (auto const& wrong : wrong_) {
            BOOST_ERROR(wrong);
        }
        BOOST_TEST(cases_ >= least);
        // Faults that nobody notices would try nothing.
        BOOST_TEST(outcomes_["done"] < cases_ * 2 / 3);
    }

private:
    std::mutex mutex_;
    int cases_ = 0;
    std::map<std::string, int> outcomes_;
    std::vector<std::string> wrong_;
};

/// Runs the operation through a transport, and once more if it failed. `kinds`: those that it may fail with.
void fail_and_converge(stage& s, subject const& what, esxi::any_transport& through, std::set<error_kind> const& kinds,
                       std::string const& description, tally& all)
{
    auto const password = s.host.password();
    std::string wrong, outcome = "done";
    s.on->on_persist([&](json::object const& runtime) { wrong += what_is_inconsistent(runtime, password); });
    try {
        s.run(what.run, through);
    } catch (esxi::error const& failed) {
        outcome = to_string(failed.kind());
        if (!kinds.contains(failed.kind())) {
            wrong += " " + std::string(failed.what()) + ";";
        }
        auto const* said = dynamic_cast<esxi::govc_error const*>(&failed);
        if (std::string(failed.what()).find(password) != std::string::npos ||
            (said != nullptr && said->stderr_text().find(password) != std::string::npos)) {
            wrong += " a password;";
        }
        try {
            s.run(what.run);
        } catch (esxi::error const& again) {
            wrong += " again: " + std::string(again.what()) + ";";
        }
    }
    wrong += what_is_wrong(s, what);
    try {
        // A fault that did not strike in the operation may strike here.
        auto const once_more = outcome == "done" ? s.must(what.run, *s.on) : what.run(s.govc, *s.on, {});
        if (once_more.changed) {
            wrong += " not done;";
        }
    } catch (esxi::error const& failed) {
        wrong += " at last: " + std::string(failed.what()) + ";";
    }
    all.add(description, outcome, wrong);
}

bool is_full()
{
    char const* const wish = std::getenv("ESXI_SWEEP");
    return wish != nullptr && std::string(wish) == "full";
}

using jobs_of_stages = std::vector<std::function<void(std::optional<stage>&)>>;

/// Does the jobs, several at once. Each worker has a stage of its own where it wants one.
void in_parallel(jobs_of_stages const& jobs)
{
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::string failed;
    {
        std::vector<std::jthread> workers;
        for (unsigned i = 0; i < std::max(2U, std::thread::hardware_concurrency()); ++i) {
            workers.emplace_back([&] {
                std::optional<stage> own;
                for (std::size_t job = next++; job < jobs.size(); job = next++) {
                    try {
                        jobs[job](own);
                    } catch (std::exception const& e) {
                        std::lock_guard const lock(mutex);
                        failed += std::string(e.what()) + "\n";
                        own.reset();
                    }
                }
            });
        }
    }
    BOOST_TEST(failed.empty(), failed);
}

// ---- Commands that fail --------------------------------------------------------------------------------------------------

struct command_fault {
    esxi::testing::failure how;
    std::set<error_kind> kinds;
};

std::vector<command_fault> command_faults()
{
    using namespace esxi::testing;
    std::string const refused = "govc: Post \"https://h/sdk\": dial tcp 10.0.0.1:443: connect: connection refused\n";
    // A VM that disappears between two looks is a conflict.
    return {
        {times_out(), {error_kind::unavailable}},
        {killed_by(9, effect::taken), {error_kind::unavailable}},
        {cut_to(0.5), {error_kind::govc}},
        {exits(1, refused, effect::taken), {error_kind::unavailable}},
        {killed_by(9), {error_kind::unavailable}},
        {prints_no_json(), {error_kind::govc}},
        {times_out(effect::taken), {error_kind::unavailable}},
        {stopped(effect::taken), {error_kind::cancelled}},
        {exits(1, "govc: A general system error occurred: x\n", effect::taken), {error_kind::govc}},
        {prints_no_utf8(), {error_kind::govc}},
        {stopped(), {error_kind::cancelled}},
        {exits(1, refused), {error_kind::unavailable}},
        {prints_wrong_shape(), {error_kind::govc}},
    };
}

// ---- Calls that fail -----------------------------------------------------------------------------------------------------

/// A method that an operation calls: how often before it, and in it.
struct calls_made {
    std::string method;
    int before = 0, within = 0;
};

std::vector<std::string> calls_of(stage const& s)
{
    std::istringstream lines(test::read_file(s.host.files() / "calls"));
    std::vector<std::string> all;
    for (std::string line; std::getline(lines, line);) {
        all.push_back(line);
    }
    return all;
}

std::vector<calls_made> calls_in(subject const& what)
{
    stage s;
    what.prepare(s);
    auto const before = calls_of(s);
    s.run(what.run);
    auto const all = calls_of(s);
    std::vector<calls_made> found;
    for (auto i = before.size(); i < all.size(); ++i) {
        auto const same = [&](auto const& seen) { return seen.method == all[i]; };
        auto at = std::find_if(found.begin(), found.end(), same);
        if (at == found.end()) {
            auto const earlier = std::count(before.begin(), before.end(), all[i]);
            at = found.insert(found.end(), {all[i], static_cast<int>(earlier), 0});
        }
        ++at->within;
    }
    return found;
}

struct call_fault {
    std::string text; ///< As --fault takes it, after METHOD=.
    error_kind kind;
};

std::vector<call_fault> call_faults()
{
    return {
        {"NotAuthenticated", error_kind::unavailable}, {",as=reset", error_kind::unavailable},
        {"InvalidState", error_kind::conflict},        {"InsufficientResourcesFault", error_kind::unavailable},
        {",as=http500", error_kind::unavailable},      {"TaskInProgress", error_kind::conflict},
        {",as=http503", error_kind::unavailable},      {"HostCommunication", error_kind::unavailable},
    };
}

/// How often govc looks at a task depends on how long that takes: now and then the fault strikes while the stage is being prepared,
/// and another stage is taken.
void prepare_before_the_fault(std::optional<stage>& s, std::string const& rule, subject const& what)
{
    for (int attempts_left = 4;; --attempts_left) {
        s.emplace(std::vector<std::string>{rule});
        try {
            what.prepare(*s);
            return;
        } catch (std::exception const&) {
            if (attempts_left == 0) {
                throw;
            }
        }
    }
}

/// Each call of one operation fails once, in its turn or in every way.
void sweep_calls(std::vector<std::string> const& names, std::size_t least)
{
    tally all;
    jobs_of_stages jobs;
    auto const ways = call_faults();
    auto const every = subjects();
    std::size_t turn = 0;
    for (auto const& what : every) {
        if (std::find(names.begin(), names.end(), what.name) == names.end()) {
            continue;
        }
        for (auto const& made : calls_in(what)) {
            std::set<int> const places{0, made.within - 1};
            for (int place : places) {
                std::vector<call_fault> chosen = ways;
                if (!is_full()) {
                    chosen = {ways[turn++ % ways.size()]};
                }
                for (auto const& way : chosen) {
                    bool const has_task = made.method.ends_with("_Task") || made.method == "ImportVApp";
                    std::vector<std::string> forms{""};
                    if (has_task && way.text[0] != ',') {
                        forms = {",as=fault", ",as=task"};
                    }
                    for (auto const& form : forms) {
                        auto const rule =
                            made.method + "=" + way.text + ",skip=" + std::to_string(made.before + place) + ",max=1" + form;
                        jobs.emplace_back([&all, &what, rule, way](std::optional<stage>&) {
                            std::optional<stage> prepared;
                            prepare_before_the_fault(prepared, rule, what);
                            auto& s = *prepared;
                            // Of some lookups govc does not tell why they failed.
                            std::set const kinds{way.kind,
                                                 rule.starts_with("RetrieveProperties") ? error_kind::unavailable : way.kind};
                            fail_and_converge(s, what, s.govc, kinds, what.name + ", " + rule, all);
                        });
                    }
                }
            }
        }
    }
    in_parallel(jobs);
    std::string title = "calls failed, of";
    for (auto const& name : names) {
        title += " " + name + ",";
    }
    title.pop_back();
    all.report(title, static_cast<int>(least));
}

} // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(of_each_command)
{
    auto const ways = command_faults();
    auto const every = subjects();
    std::vector<int> commands(every.size());
    jobs_of_stages undisturbed;
    for (std::size_t i = 0; i < every.size(); ++i) {
        undisturbed.emplace_back([&, i](std::optional<stage>& own) {
            auto& s = own ? *own : own.emplace();
            every[i].prepare(s);
            esxi::testing::fault_overlay counting(s.govc, 0, ways.front().how);
            esxi::any_transport through(counting);
            s.run(every[i].run, through);
            commands[i] = counting.count();
        });
    }
    in_parallel(undisturbed);

    tally all;
    jobs_of_stages jobs;
    std::size_t turn = 0;
    std::size_t const at_each = is_full() ? ways.size() : 3;
    for (std::size_t i = 0; i < every.size(); ++i) {
        for (int nth = 1; nth <= commands[i]; ++nth) {
            for (std::size_t k = 0; k < at_each; ++k) {
                jobs.emplace_back([&, i, nth, &way = ways[turn++ % ways.size()]](std::optional<stage>& own) {
                    auto& s = own ? *own : own.emplace();
                    every[i].prepare(s);
                    esxi::testing::fault_overlay failing(s.govc, nth, way.how);
                    esxi::any_transport through(failing);
                    fail_and_converge(s, every[i], through, way.kinds,
                                      every[i].name + ", command " + std::to_string(nth) + ", " + way.how.name, all);
                });
            }
        }
    }
    in_parallel(jobs);
    all.report("commands failed", 80);
}

BOOST_AUTO_TEST_CASE(of_each_call_of_looks)
{
    sweep_calls({"probe", "facts"}, 8);
}

BOOST_AUTO_TEST_CASE(of_each_call_of_an_import)
{
    sweep_calls({"import"}, 15);
}

BOOST_AUTO_TEST_CASE(of_each_call_on_a_vm)
{
    sweep_calls({"adoption", "power cycle", "start", "stop", "graceful stop", "delete"}, 30);
}

BOOST_AUTO_TEST_CASE(of_each_call_of_snapshots)
{
    sweep_calls({"snapshot", "delete of a snapshot"}, 10);
}

BOOST_AUTO_TEST_SUITE_END()
