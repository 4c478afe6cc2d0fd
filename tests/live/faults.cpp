// SPDX-License-Identifier: Apache-2.0
// Each operation on the real govc and the simulator: each command fails, and each call to the host; then a second run converges.
// ESXI_SWEEP=one tries one fault of a command and one of a call in each operation, ESXI_SWEEP=full every way at every place; else the
// ways take turns.
// ctest: sweep
#include <algorithm>
#include <atomic>
#include <filesystem>
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

#include <boost/algorithm/string/join.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/testing/fault_overlay.hpp>
#include <esxi/transport/any.hpp>

#include "support/live.hpp"
#include "support/ways.hpp"

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

/// A simulator, the real govc, and the nodes of one case.
class stage {
public:
    /// With a rule of --fault it takes effect while there is a `while_armed`.
    explicit stage(std::string const& fault = {}) : host(options(fault, armed_))
    {
        options_.poll_interval = std::chrono::milliseconds(50);
    }

    /// While it lives, the calls to the host may fail.
    class while_armed {
    public:
        explicit while_armed(stage const& s) : file_(s.armed_) { test::write_file(file_, ""); }
        ~while_armed() { std::filesystem::remove(file_); }
        while_armed(while_armed const&) = delete;
        while_armed& operator=(while_armed const&) = delete;

    private:
        std::string const file_;
    };

private:
    test::directory files_;
    std::string const armed_ = files_ / "armed";

public:
    test::simulator host;
    std::string ova = test::make_ova(host.files() / "small.ova");
    esxi::any_transport govc = test::real_govc();
    std::optional<esxi::plain_context> host_node, vm, snapshot;
    esxi::plain_context* on = nullptr; ///< Of these, the one that the operation is of.
    std::string bystanders; ///< The other VMs, as they were.

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
    esxi::operation_result run(operation what, esxi::any_transport& through) { return what(through, *on, options_); }
    esxi::operation_result run(operation what) { return run(what, govc); }
    void run_on(esxi::plain_context& node, operation what) { what(govc, node, options_); }

    /// What the host was asked for, one method each.
    [[nodiscard]] std::vector<std::string> calls() const
    {
        std::istringstream lines(test::read_file(host.files() / "calls"));
        std::vector<std::string> all;
        for (std::string line; std::getline(lines, line);) {
            all.push_back(line);
        }
        return all;
    }
    /// Whether the fault made a call fail.
    [[nodiscard]] bool has_struck() const
    {
        auto const all = calls();
        return std::any_of(all.begin(), all.end(), [](auto const& call) { return call.starts_with('!'); });
    }

    /// What the host has, by a govc beside the library's.
    [[nodiscard]] std::vector<esxi::vm_state> vms() const
    {
        return esxi::govc::read_vm_info(host.must({"vm.info", "-json", "*"}));
    }
    [[nodiscard]] std::vector<esxi::snapshot_state> snapshots_of_web1() const
    {
        return esxi::govc::read_vm_info(host.must({"vm.info", "-json", "web1"})).at(0).snapshots;
    }

private:
    static std::vector<std::string> options(std::string const& fault, std::string const& armed)
    {
        // Three VMs: half of what is printed of two is all of one, and cannot be told from that.
        std::vector<std::string> all{"--vms", "3", "--guest-ip", std::string("0=") + address};
        if (!fault.empty()) {
            all.insert(all.end(), {"--fault", fault + ",while=" + armed});
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
    s.run_on(*s.vm, create_vm);
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
             s.run_on(*s.snapshot, create_snapshot);
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
    void add(std::string const& what, bool has_struck, std::string const& outcome, std::string const& wrong)
    {
        std::lock_guard const lock(mutex_);
        ++cases_;
        struck_ += has_struck ? 1 : 0;
        ++outcomes_[has_struck ? outcome : "not struck"];
        if (!has_struck) {
            std::cout << "not struck: " << what << "\n";
        }
        if (!wrong.empty()) {
            wrong_.push_back(what + ": " + outcome + ";" + wrong);
        }
    }
    /// `percent`: of the faults, how many must have struck.
    void report(std::string const& of, int least, int percent)
    {
        std::cout << cases_ << " " << of << ": struck " << struck_;
        for (auto const& [outcome, count] : outcomes_) {
            std::cout << ", " << outcome << " " << count;
        }
        std::cout << std::endl;
        for (auto const& wrong : wrong_) {
            BOOST_ERROR(wrong);
        }
        BOOST_TEST(cases_ >= least);
        BOOST_TEST(struck_ * 100 >= cases_ * percent);
        // Faults that nobody notices would try nothing; a few can all be of that kind.
        BOOST_TEST((test::extent_of_sweep() == test::sweep_extent::one || outcomes_["done"] < cases_ * 2 / 3));
    }

private:
    std::mutex mutex_;
    int cases_ = 0, struck_ = 0;
    std::map<std::string, int> outcomes_;
    std::vector<std::string> wrong_;
};

/// What an operation with a fault in it may come to: kinds of errors, and `done`.
using expectation = std::set<std::string>;

/// One fault in an operation.
struct trial {
    std::string description;
    std::function<void()> run; ///< The operation, while the fault may strike.
    std::function<bool()> has_struck;
    std::function<expectation()> expected; ///< Known after it has struck.
};

/// Runs the operation with the fault, and once more if it failed. Where the fault does not strike, this is no case unless it `counts`.
bool fail_and_converge(stage& s, subject const& what, trial const& with_fault, bool counts, tally& all)
{
    auto const password = s.host.password();
    std::string wrong, said, outcome = "done";
    s.on->on_persist([&](json::object const& runtime) { wrong += what_is_inconsistent(runtime, password); });
    try {
        with_fault.run();
    } catch (esxi::error const& failed) {
        outcome = to_string(failed.kind());
        said = failed.what();
        auto const* printed = dynamic_cast<esxi::govc_error const*>(&failed);
        if (said.find(password) != std::string::npos ||
            (printed != nullptr && printed->stderr_text().find(password) != std::string::npos)) {
            wrong += " a password;";
        }
    }
    bool const has_struck = with_fault.has_struck();
    if (!has_struck && !counts && outcome == "done") {
        return false;
    }
    auto const expected = has_struck ? with_fault.expected() : expectation{"done"};
    if (!expected.contains(outcome)) {
        wrong += " " + said + ", where " + boost::algorithm::join(expected, " or ") + " is expected;";
    }
    if (outcome != "done") {
        try {
            s.run(what.run);
        } catch (esxi::error const& again) {
            wrong += " again: " + std::string(again.what()) + ";";
        }
    }
    wrong += what_is_wrong(s, what);
    try {
        if (s.run(what.run).changed) {
            wrong += " not done;";
        }
    } catch (esxi::error const& failed) {
        wrong += " at last: " + std::string(failed.what()) + ";";
    }
    all.add(with_fault.description, has_struck, outcome, wrong);
    return true;
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

/// Notes what is run through it.
struct listener {
    esxi::any_transport& inner;
    std::vector<std::vector<std::string>> heard{};

    esxi::output run(esxi::command const& c, esxi::run_options const& options)
    {
        heard.push_back(c.argv);
        return inner.run(c, options);
    }
    std::string govc_version() { return inner.govc_version(); }
};

/// A command of an operation.
struct place {
    subject const* in;
    std::string of; ///< The operation's name.
    int nth;
};

std::vector<place> places_of(subject const& what, stage& s)
{
    what.prepare(s);
    listener hearing{s.govc};
    esxi::any_transport through(hearing);
    auto const of = s.run(what.run, through).operation;
    std::vector<place> places;
    for (std::size_t i = 0; i < hearing.heard.size(); ++i) {
        // One look at what goes on is like another, and how many there are depends on time.
        if (i == 0 || hearing.heard[i] != hearing.heard[i - 1]) {
            places.push_back({&what, of, static_cast<int>(i) + 1});
        }
    }
    return places;
}

/// Ways that mean the same, which take turns: texts.
class alike {
public:
    explicit alike(test::way first) : ways_{std::move(first)} {}

    bool take(test::way const& another)
    {
        auto const& first = ways_.front();
        bool const is_same = !another.said.text.empty() && another.kind == first.kind && another.said.set == first.said.set &&
                             !first.said.text.empty() && another.how.on_host == first.how.on_host;
        if (is_same) {
            ways_.push_back(another);
        }
        return is_same;
    }
    test::way const& next() { return ways_[turn_++ % ways_.size()]; }

private:
    std::vector<test::way> ways_;
    std::size_t turn_ = 0;
};

/// The ways of the sweep with a fake host, but for what would be a lie here: that something is gone, or on.
std::vector<alike> command_faults()
{
    std::vector<alike> all;
    for (auto const& way : test::all_ways(test::simulator::default_password)) {
        bool const is_lie = way.kind == error_kind::absent || !way.said.existing_state.empty();
        if (!is_lie && std::none_of(all.begin(), all.end(), [&way](alike& one) { return one.take(way); })) {
            all.emplace_back(way);
        }
    }
    all.emplace_back(test::way{esxi::testing::prints_much(100'000'000), error_kind::govc});
    return all;
}

void fail_command(place const& at, test::way const& way, stage& s, tally& all)
{
    at.in->prepare(s);
    esxi::command sent;
    bool is_the_same = false;
    auto noted = way.how;
    noted.answer = [&](esxi::command const& c, esxi::output const& real, esxi::run_options const& options) {
        sent = c;
        auto given = way.how.answer(c, real, options);
        is_the_same = way.is_output && esxi::govc::detail::stripped(given.out) == esxi::govc::detail::stripped(real.out);
        return given;
    };
    esxi::testing::fault_overlay failing(s.govc, at.nth, noted);
    esxi::any_transport through(failing);
    auto const expected = [&] {
        auto const kind = is_the_same ? std::nullopt : test::expected_kind(at.of, sent, at.nth, way);
        return expectation{kind ? std::string(to_string(*kind)) : "done"};
    };
    fail_and_converge(s, *at.in,
                      {at.in->name + ", command " + std::to_string(at.nth) + ", " + way.how.name,
                       [&] { s.run(at.in->run, through); }, [&] { return failing.has_struck(); }, expected},
                      true, all);
}

// ---- Calls that fail -----------------------------------------------------------------------------------------------------

/// The methods that an operation calls, each with how often it does.
std::map<std::string, int> calls_in(subject const& what)
{
    stage s;
    what.prepare(s);
    auto const before = s.calls().size();
    s.run(what.run);
    auto const all = s.calls();
    std::map<std::string, int> counts;
    for (auto i = before; i < all.size(); ++i) {
        ++counts[all[i]];
    }
    return counts;
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

/// A way in which a call of a method fails, and what the operation may then come to.
struct failing_call {
    std::string method;
    std::string text; ///< As --fault takes it, after METHOD= and before its numbers.
    std::string form;
    std::set<std::string> outcomes;
};

/// `place`: the number of the call among those of its method in the operation, from 0.
void fail_call(subject const& what, failing_call const& call, int place, tally& all)
{
    for (int tries_left = 4; tries_left >= 0; --tries_left) {
        auto const rule = call.method + "=" + call.text + ",skip=" + std::to_string(place) + ",max=1" + call.form;
        stage s(rule);
        what.prepare(s);
        int const before = s.host.calls(call.method);
        auto const run = [&] {
            stage::while_armed const armed(s);
            s.run(what.run);
        };
        auto const expected = [&call] { return call.outcomes; };
        if (fail_and_converge(s, what, {what.name + ", " + rule, run, [&] { return s.has_struck(); }, expected}, tries_left == 0,
                              all)) {
            return;
        }
        // How often govc looks at a task depends on time. The last look of this run is the next one to fail.
        place = std::max(s.host.calls(call.method) - before - 1, 0);
    }
}

/// What an operation may come to where a call of this method fails so.
std::set<std::string> outcomes_of(subject const& what, std::string const& method, error_kind kind)
{
    std::set<std::string> outcomes{"done", std::string(to_string(kind))};
    if (method.starts_with("RetrieveProperties")) { // of some lookups govc does not tell why they failed
        outcomes.emplace("unavailable");
    }
    if (what.name == "delete" && method == "PowerOffVM_Task") { // govc tells only that the VM, being on, cannot be destroyed
        outcomes.emplace("conflict");
    }
    return outcomes;
}

/// The method that an operation is about: the one that is tried if only one is.
std::string telling_call(subject const& what)
{
    static std::map<std::string, std::string> const calls{
        {"probe", "Login"},
        {"facts", "RetrieveServiceContent"},
        {"import", "ImportVApp"},
        {"adoption", "ReconfigVM_Task"},
        {"power cycle", "ReconfigVM_Task"},
        {"start", "PowerOnVM_Task"},
        {"stop", "PowerOffVM_Task"},
        {"graceful stop", "ShutdownGuest"},
        {"delete", "Destroy_Task"},
        {"snapshot", "CreateSnapshot_Task"},
        {"delete of a snapshot", "RemoveSnapshot_Task"},
    };
    return calls.at(what.name);
}

/// Each call of one operation fails once, in its turn or in every way.
void sweep_calls(std::vector<std::string> const& names, std::size_t least)
{
    tally all;
    jobs_of_stages jobs;
    auto const ways = call_faults();
    auto const every = subjects();
    auto const extent = test::extent_of_sweep();
    std::size_t turn = 0;
    for (auto const& what : every) {
        if (std::find(names.begin(), names.end(), what.name) == names.end()) {
            continue;
        }
        bool is_tried = false;
        for (auto const& [method, count] : calls_in(what)) {
            std::set<int> const places{0, count - 1};
            for (int place : places) {
                if (extent == test::sweep_extent::one && (is_tried || method != telling_call(what))) {
                    continue;
                }
                is_tried = true;
                std::vector<call_fault> chosen = ways;
                if (extent != test::sweep_extent::full) {
                    chosen = {ways[turn++ % ways.size()]};
                }
                for (auto const& way : chosen) {
                    bool const has_task = method.ends_with("_Task") || method == "ImportVApp";
                    std::vector<std::string> forms{""};
                    if (has_task && way.text[0] != ',') {
                        forms = {",as=fault", ",as=task"};
                    }
                    for (auto const& form : forms) {
                        failing_call const call{method, way.text, form, outcomes_of(what, method, way.kind)};
                        jobs.emplace_back(
                            [&all, &what, call, place](std::optional<stage>&) { fail_call(what, call, place, all); });
                    }
                }
            }
        }
    }
    in_parallel(jobs);
    std::string title = "faults of calls, in";
    for (auto const& name : names) {
        title += " " + name + ",";
    }
    title.pop_back();
    all.report(title, extent == test::sweep_extent::one ? static_cast<int>(names.size()) : static_cast<int>(least), 95);
}

} // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(of_each_command)
{
    auto const every = subjects();
    std::vector<std::vector<place>> places(every.size());
    jobs_of_stages undisturbed;
    for (std::size_t i = 0; i < every.size(); ++i) {
        undisturbed.emplace_back(
            [&, i](std::optional<stage>& own) { places[i] = places_of(every[i], own ? *own : own.emplace()); });
    }
    in_parallel(undisturbed);

    tally all;
    jobs_of_stages jobs;
    auto ways = command_faults();
    std::size_t turn = 0;
    auto const extent = test::extent_of_sweep();
    std::size_t const at_each = extent == test::sweep_extent::full ? ways.size() : extent == test::sweep_extent::one ? 1 : 3;
    for (auto const& of_one : places) {
        for (auto const& at : of_one) {
            if (extent == test::sweep_extent::one && &at != &of_one.back()) {
                continue;
            }
            for (std::size_t k = 0; k < at_each; ++k) {
                jobs.emplace_back([&at, &all, &way = ways[turn++ % ways.size()].next()](std::optional<stage>& own) {
                    fail_command(at, way, own ? *own : own.emplace(), all);
                });
            }
        }
    }
    in_parallel(jobs);
    all.report("faults of commands", extent == test::sweep_extent::one ? static_cast<int>(every.size()) : 80, 100);
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
