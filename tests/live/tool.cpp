// SPDX-License-Identifier: Apache-2.0
// The command-line tool: what it takes, what it prints, what it keeps, how it ends.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "support/live.hpp"
#include "support/script.hpp"

namespace {

struct fixture {
    test::simulator host{{"--vms", "2"}};
    test::tool tool{host};
    std::string ova = test::make_ova(host.files() / "small.ova");

    [[nodiscard]] boost::json::object result(std::vector<std::string> arguments, int exit_code = 0) const
    {
        arguments.insert(arguments.begin(), {"--output", "json"});
        auto const done = tool.run(arguments);
        BOOST_TEST(done.exit_code == exit_code, done.err);
        BOOST_TEST(done.err.empty(), done.err);
        return test::json_of(done.out);
    }
};

/// Whether a process has still to take a signal that it was sent as a whole.
bool is_pending(pid_t pid, int signal)
{
    constexpr std::string_view name = "\nShdPnd:";
    auto const status = test::read_file("/proc/" + std::to_string(pid) + "/status");
    auto const at = status.find(name);
    return at != std::string::npos && test::is_alive(pid) &&
           (std::stoull(status.substr(at + name.size()), nullptr, 16) >> (signal - 1) & 1U) != 0;
}

/// What the expression's group is in each of its matches.
std::vector<std::string> all_of(std::string const& text, std::string const& expression)
{
    std::regex const what(expression);
    std::vector<std::string> found;
    for (std::sregex_iterator at(text.begin(), text.end(), what), end; at != end; ++at) {
        found.push_back(at->str(1));
    }
    return found;
}

/// One command as its help tells of it.
struct command_help {
    std::vector<std::string> words;      ///< `vm`, `create`, and something for each argument that it needs.
    std::vector<std::string> own_values; ///< Its options that take a value.
};

std::vector<std::string> options_with_a_value(std::string const& help)
{
    return all_of(help, "\n  (--[a-z-]+) (?!Excludes:|Needs:)[^ ]");
}

std::vector<command_help> every_command(test::tool const& tool)
{
    auto const below = [&tool](std::vector<std::string> words) {
        words.push_back("--help");
        auto const help = tool.run_bare(words).out;
        return all_of(help.substr(std::min(help.size(), help.find("Subcommands:"))), "\n  ([a-z]+) ");
    };
    std::vector<command_help> found;
    for (auto const& group : below({})) {
        for (auto const& command : below({group})) {
            auto const help = tool.run_bare({group, command, "--help"}).out;
            std::vector<std::string> words{group, command};
            words.resize(2 + all_of(help, "\n  ([A-Z]+) TEXT REQUIRED").size(), "ha-host_VM0");
            found.push_back({words, options_with_a_value(help)});
        }
    }
    return found;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(tool, fixture)

BOOST_AUTO_TEST_CASE(results_as_json)
{
    auto const created =
        result({"vm", "create", "web1", "--ova", ova, "--property", "hostname=a=b", "--network", "VM Network=VM Network"});
    BOOST_TEST(created.at("operation").as_string() == "create_vm");
    BOOST_TEST(created.at("changed").as_bool());
    BOOST_TEST(created.at("commands").as_int64() == 6);
    BOOST_TEST(created.at("runtime").at("name").as_string() == "web1");
    BOOST_TEST(result({"vm", "list"}).at("vms").as_array().size() == 3u);
    BOOST_TEST(result({"vm", "show", "web1"}).at("vm").at("power_state").as_string() == "poweredOn");
    BOOST_TEST(result({"snapshot", "list", "web1"}).at("snapshots").as_array().empty());
    BOOST_TEST(result({"host", "facts"}).at("runtime").at("vms").as_object().size() == 3u);
}

BOOST_AUTO_TEST_CASE(each_operation_twice_and_the_second_time_nothing_is_done)
{
    struct line {
        std::vector<std::string> command;
        std::string operation;
        std::int64_t first, second; ///< commands
    };
    std::vector<line> const table{
        {{"host", "probe"}, "probe_host", 1, 1},
        {{"host", "facts"}, "record_host_facts", 1, 1},
        {{"vm", "create", "web1", "--ova", ova, "--cpu", "2", "--memory-mb", "1024"}, "create_vm", 6, 1},
        {{"vm", "configure", "web1", "--cpu", "4", "--allow-power-cycle"}, "configure_vm", 4, 1},
        {{"snapshot", "create", "web1", "s"}, "create_snapshot", 3, 1},
        {{"snapshot", "delete", "web1", "s"}, "delete_snapshot", 2, 1},
        {{"vm", "stop", "web1"}, "stop_vm", 2, 1},
        {{"vm", "configure", "web1", "--memory-mb", "2048"}, "configure_vm", 2, 1},
        {{"vm", "start", "web1"}, "start_vm", 2, 1},
        {{"vm", "delete", "web1"}, "delete_vm", 2, 1},
        {{"vm", "create", "web2", "--ova", ova, "--no-power-on"}, "create_vm", 5, 1},
    };
    for (auto const& [command, operation, first, second] : table) {
        BOOST_TEST_CONTEXT(boost::json::serialize(boost::json::value_from(command)))
        {
            auto const once = result(command);
            BOOST_TEST(once.at("operation").as_string() == operation);
            BOOST_TEST(once.at("changed").as_bool() == (command.front() != "host"));
            BOOST_TEST(once.at("commands").as_int64() == first);
            auto const before = host.vms();
            auto const again = result(command);
            BOOST_TEST(again.at("changed").as_bool() == false);
            BOOST_TEST(again.at("commands").as_int64() == second);
            BOOST_TEST(again.at("runtime") == once.at("runtime"));
            BOOST_TEST(host.vms() == before);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_new_vm_has_its_shape_before_its_first_power_on)
{
    BOOST_TEST(tool.run({"vm", "create", "web1", "--ova", ova, "--cpu", "2", "--memory-mb", "1024"}).exit_code == 0);
    auto const calls = test::read_file(host.files() / "calls");
    auto const reshaped = calls.rfind("ReconfigVM_Task");
    BOOST_TEST(reshaped != std::string::npos);
    BOOST_TEST(calls.find("PowerOnVM_Task") > reshaped);
    auto const vm = result({"vm", "show", "web1"}).at("vm").as_object();
    BOOST_TEST(vm.at("config").at("cpu").as_int64() == 2);
    BOOST_TEST(vm.at("config").at("memory_mb").as_int64() == 1024);
}

BOOST_AUTO_TEST_CASE(a_dry_run_says_the_plan_and_keeps_nothing)
{
    auto const dry = result({"--dry-run", "vm", "create", "web1", "--ova", ova, "--cpu", "2", "--wait-for-ip"});
    std::string actions;
    for (auto const& step : dry.at("plan").as_array()) {
        actions += std::string(step.at("action").as_string()) + " ";
    }
    BOOST_TEST(actions == "import power_on wait_for_ip ");
    BOOST_TEST(dry.at("changed").as_bool() == false);
    BOOST_TEST(host.vms().size() == 2u);
    BOOST_TEST(!std::filesystem::exists(tool.home().path() / ".local"));
    BOOST_TEST(result({"--dry-run", "vm", "start", "ha-host_VM0"}).at("plan").as_array().empty());
    BOOST_TEST(host.calls("PowerOnVM_Task") == 0);
    auto const text = tool.run({"--dry-run", "vm", "delete", "ha-host_VM0"});
    BOOST_TEST(text.out.starts_with("would destroy vm=ha-host_VM0"), text.out);
}

BOOST_AUTO_TEST_CASE(a_dry_run_of_each_command_changes_nothing)
{
    auto const before = host.vms();
    for (auto const& command :
         std::vector<std::vector<std::string>>{{"host", "probe"},
                                               {"host", "facts"},
                                               {"vm", "create", "ha-host_VM0"},
                                               {"vm", "configure", "ha-host_VM0", "--cpu", "2", "--allow-power-cycle"},
                                               {"vm", "start", "ha-host_VM0"},
                                               {"vm", "stop", "ha-host_VM0", "--graceful"},
                                               {"vm", "delete", "ha-host_VM0"},
                                               {"vm", "show", "ha-host_VM0"},
                                               {"vm", "list"},
                                               {"snapshot", "create", "ha-host_VM0", "s"},
                                               {"snapshot", "delete", "ha-host_VM0", "s"},
                                               {"snapshot", "list", "ha-host_VM0"}}) {
        for (char const* form : {"text", "json"}) {
            auto arguments = command;
            arguments.insert(arguments.begin(), {"--dry-run", "--output", form});
            auto const done = tool.run(arguments);
            BOOST_TEST(done.exit_code == 0, boost::json::serialize(boost::json::value_from(command)) << done.err);
        }
    }
    BOOST_TEST(host.vms() == before);
    BOOST_TEST(!std::filesystem::exists(tool.home().path() / ".local"));
}

BOOST_AUTO_TEST_CASE(waits_stops_and_notes_are_options_of_each_command_that_has_them)
{
    auto const plan = [this](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "--dry-run");
        return boost::json::serialize(result(arguments).at("plan"));
    };
    std::string const vm = "ha-host_VM0";
    BOOST_TEST(plan({"vm", "configure", vm, "--cpu", "2", "--allow-power-cycle", "--graceful", "--stop-timeout", "5",
                     "--wait-for-ip", "--ip-timeout", "9", "--annotation", "new"}) ==
               R"([{"action":"shut_down","vm":"ha-host_VM0","timeout":5},)"
               R"({"action":"change","vm":"ha-host_VM0","cpu":2,"annotation":"new"},)"
               R"({"action":"power_on","vm":"ha-host_VM0"},{"action":"wait_for_ip","vm":"ha-host_VM0","timeout":9}])");
    BOOST_TEST(result({"vm", "configure", vm, "--annotation", "new"}).at("changed").as_bool());
    BOOST_TEST(result({"vm", "show", vm}).at("vm").at("annotation").as_string() == "new");
    std::string const waits = R"([{"action":"wait_for_ip","vm":"ha-host_VM0","timeout":7}])";
    BOOST_TEST(plan({"vm", "start", vm, "--wait-for-ip", "--ip-timeout", "7"}) == waits);
    host.must({"vm.change", "-vm", vm, "-e", "SET.guest.ipAddress=10.1.2.3"});
    BOOST_TEST(plan({"vm", "start", vm, "--wait-for-ip"}) == "[]");
    for (char const* command : {"start", "create"}) {
        BOOST_TEST(plan({"vm", command, vm, "--wait-for-ip", "--ip-timeout", "7", "--ip-version", "v6"}).find("wait_for_ip") !=
                   std::string::npos);
    }
    auto const refused = tool.run({"vm", "start", vm, "--ip-version", "v5"});
    BOOST_TEST(refused.exit_code == 2);
    BOOST_TEST(refused.err.starts_with("error (config): --ip-version of VM `ha-host_VM0` is \"v5\""), refused.err);
}

BOOST_AUTO_TEST_CASE(how_long_an_import_may_stand_still)
{
    test::simulator const slow({"--vms", "0", "--delay", "ImportVApp=60000"});
    test::tool const with(slow);
    auto const late = with.run({"--import-timeout", "0.5", "vm", "create", "web1", "--ova", ova});
    BOOST_TEST(late.exit_code == 75);
    BOOST_TEST(late.err.find("made no progress for 0.5 s") != std::string::npos, late.err);
    BOOST_TEST(tool.run({"--import-timeout", "soon", "vm", "list"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_it_at_once)
{
    test::simulator const slow({"--vms", "1", "--delay", "Logout=60000"});
    test::tool const with(slow);
    // It ends by itself once its logout has had 1.8 s, in which a busy machine may not come to send both.
    int exit_code = 0;
    for (int left = 10; left > 0 && exit_code == 0; --left) {
        auto const before = slow.calls("Logout");
        auto program = with.start({"vm", "stop", "ha-host_VM0"});
        BOOST_REQUIRE(test::eventually([&] { return slow.calls("Logout") > before; }));
        for (int i = 0; i < 2; ++i) {
            program.signal(SIGINT);
            BOOST_TEST(test::eventually([&] { return !is_pending(program.pid(), SIGINT); })); // or the two would be one
        }
        exit_code = program.wait().exit_code;
    }
    BOOST_TEST(exit_code == 128 + SIGINT);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_is_known_before_anything_is_changed)
{
    BOOST_TEST(tool.run({"--record", tool.home() / "no/such/tape.json", "vm", "stop", "ha-host_VM0"}).exit_code == 2);
    BOOST_TEST(tool.run({"--record", tool.home().path().string(), "vm", "stop", "ha-host_VM0"}).exit_code == 2);
    std::filesystem::create_symlink("elsewhere.json", tool.home() / "link.json");
    auto const linked = tool.run({"--record", tool.home() / "link.json", "vm", "stop", "ha-host_VM0"});
    BOOST_TEST(linked.exit_code == 2);
    BOOST_TEST(linked.err.find("it is a symbolic link") != std::string::npos, linked.err);
    auto const foreign = test::foreign_file(tool.home() / "foreign.json", "");
    BOOST_TEST(tool.run({"--record", foreign, "vm", "stop", "ha-host_VM0"}).exit_code == 2);
    BOOST_TEST(tool.run({"--state", tool.home() / "no/such/state.json", "vm", "stop", "ha-host_VM0"}).exit_code == 2);
    BOOST_TEST(host.calls("PowerOffVM_Task") == 0);
}

BOOST_AUTO_TEST_CASE(a_result_that_could_not_be_written_is_an_error_that_says_whether_anything_was_done)
{
    auto const in_shell = [this](std::string const& script, std::vector<std::string> const& arguments) {
        auto line = tool.command_line(arguments);
        line.insert(line.begin(), {"/bin/sh", "-c", script, "sh"});
        return test::run_program(line, tool.environment());
    };
    struct lost {
        std::vector<std::string> command;
        std::string said;
    };
    for (char const* script : {"exec \"$@\" >/dev/full", "exec \"$@\" >&-", "exec \"$@\" >&- <&-"}) {
        for (auto const& [command, said] :
             std::vector<lost>{{{"--help"}, "error (config): what was asked for could not"},
                               {{"--version"}, "error (config): what was asked for could not"},
                               {{"vm", "list"}, "error (config): what was asked for could not"},
                               {{"--dry-run", "vm", "stop", "ha-host_VM0"}, "error (config): what was asked for could not"},
                               {{"vm", "start", "ha-host_VM0"}, "error (config): it is done, but what came of it could not"}}) {
            auto const done = in_shell(script, command);
            BOOST_TEST_CONTEXT(script << " " << command.front() << ": " << done.err)
            {
                BOOST_TEST(done.exit_code == 2);
                BOOST_TEST(done.err.starts_with(said));
            }
        }
    }
    BOOST_TEST(in_shell("exec \"$@\" 2>&-", {"vm", "start", "none"}).exit_code == 4);

    // On a full disk, which a limit stands for, the tape is lost and the result is not.
    std::string const full = "trap '' XFSZ; ulimit -f 8; exec \"$@\"";
    auto const recorded = in_shell(full, {"--no-state", "--record", tool.home() / "t.json", "vm", "stop", "ha-host_VM0"});
    BOOST_TEST(recorded.exit_code == 2);
    BOOST_TEST(recorded.out.starts_with("changed (stop_vm"), recorded.out);
    BOOST_TEST(recorded.err.find("error (config): cannot write `" + tool.home() / "t.json" + "`: ") != std::string::npos,
               recorded.err);
    std::string const state = tool.home() / "full.json";
    test::write_file(state, R"({"esxi_state":1,"nodes":{"other":{"vm":{"x":{"name":")" + std::string(5000, 'x') + R"("}}}}})");
    auto const kept = in_shell(full, {"--state", state, "vm", "start", "ha-host_VM0"});
    BOOST_TEST(kept.exit_code == 2);
    BOOST_TEST(kept.err.find("error (config): cannot write `" + state + "`: ") != std::string::npos, kept.err);
    BOOST_TEST(test::read_file(state).find(std::string(5000, 'x')) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_no_govc_is_refused)
{
    for (char const* program : {"/bin/true", "/bin/echo"}) {
        auto const refused = tool.run({"--govc", program, "snapshot", "delete", "ha-host_VM0", "s"});
        BOOST_TEST(refused.exit_code == 2, refused.err);
        BOOST_TEST(refused.err.find("no govc") != std::string::npos, refused.err);
    }
}

BOOST_AUTO_TEST_CASE(names_like_those_of_a_replay)
{
    host.must({"vm.create", "-on=false", "-c=1", "-m=512", "replayed-db"});
    BOOST_TEST(tool.run({"--no-state", "--record", tool.home() / "t.json", "vm", "start", "replayed-db"}).exit_code == 0);
    tool.set("ESXI_HOST", "");
    BOOST_TEST(tool.run_bare({"--replay", tool.home() / "t.json", "vm", "start", "replayed-db"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(options_stand_where_they_like)
{
    BOOST_TEST(tool.run({"vm", "stop", "ha-host_VM0", "--output", "json", "--no-state"}).out.starts_with("{"));
    BOOST_TEST(tool.run({"--output=json", "vm", "--no-state", "stop", "ha-host_VM0"}).out.starts_with("{"));
    host.must({"vm.create", "-on=false", "-c=1", "-m=512", "--", "-dash"});
    BOOST_TEST(result({"vm", "start", "--", "-dash"}).at("changed").as_bool());
    BOOST_TEST(result({"vm", "show", "--", "-dash"}).at("vm").at("power_state").as_string() == "poweredOn");
    BOOST_TEST(result({"snapshot", "create", "--", "-dash", "--children"}).at("changed").as_bool());
}

BOOST_AUTO_TEST_CASE(no_option_takes_the_next_one_for_its_value)
{
    std::vector<std::string> const texts{"--annotation", "--datastore", "--description", "--disk-provisioning"};
    auto const before = host.vms();
    auto const commands = every_command(tool);
    auto const common = options_with_a_value(tool.run_bare({"--help"}).out);
    BOOST_TEST(commands.size() >= 14u);
    BOOST_TEST(common.size() >= 10u);
    std::size_t texts_seen = 0;
    for (auto const& [command, own] : commands) {
        auto options = common;
        options.insert(options.end(), own.begin(), own.end());
        for (auto const& option : options) {
            auto const run = [&](std::vector<std::string> const& form) {
                auto arguments = command;
                arguments.insert(arguments.end(), form.begin(), form.end());
                return tool.run_bare(arguments);
            };
            BOOST_TEST_CONTEXT(command[0] << " " << command[1] << " " << option)
            {
                for (auto const& form : std::vector<std::vector<std::string>>{{option, "--dry-run"}, {option}}) {
                    auto const refused = run(form);
                    BOOST_TEST(refused.exit_code == 2);
                    BOOST_TEST(refused.err.find(option + " has no value; write " + option + "=VALUE") != std::string::npos,
                               refused.err);
                }
                bool const text = std::find(texts.begin(), texts.end(), option) != texts.end();
                texts_seen += text ? 1 : 0;
                for (auto const& form :
                     std::vector<std::vector<std::string>>{{option + "=", "--dry-run"}, {option, "", "--dry-run"}}) {
                    if (text) {
                        auto with = form;
                        with.insert(with.end(), {"--ca-bundle", host.ca_file()});
                        auto const done = run(with);
                        BOOST_TEST(done.exit_code == 0, done.err);
                        BOOST_TEST((done.out.starts_with("would ") || done.out == "nothing to do\n"), done.out);
                    } else {
                        auto const refused = run(form);
                        BOOST_TEST(refused.exit_code == 2);
                        BOOST_TEST(refused.err.find(option + " is empty") != std::string::npos, refused.err);
                    }
                }
            }
        }
    }
    BOOST_TEST(texts_seen >= texts.size());
    BOOST_TEST(host.vms() == before);
    BOOST_TEST(!std::filesystem::exists("--dry-run"));
}

BOOST_AUTO_TEST_CASE(a_value_may_begin_with_a_dash_where_it_is_written_so)
{
    BOOST_TEST(tool.run({"snapshot", "create", "ha-host_VM0", "s1", "--description=--memory"}).exit_code == 0);
    BOOST_TEST(tool.run({"snapshot", "create", "ha-host_VM0", "s2", "--description", "- a=b"}).exit_code == 0);
    auto const snapshots = result({"snapshot", "list", "ha-host_VM0"}).at("snapshots").as_array();
    BOOST_TEST(snapshots.at(0).at("description").as_string() == "--memory");
    BOOST_TEST(snapshots.at(1).at("description").as_string() == "- a=b");
    BOOST_TEST(tool.run({"--dry-run=no", "vm", "delete", "ha-host_VM0"}).exit_code == 2);
    BOOST_TEST(host.vms().size() == 2u);
}

BOOST_AUTO_TEST_CASE(usage_errors)
{
    for (auto const& arguments : std::vector<std::vector<std::string>>{{},
                                                                       {"vm"},
                                                                       {"vm", "explode", "x"},
                                                                       {"vm", "stop"},
                                                                       {"vm", "stop", "a", "b"},
                                                                       {"--no-such-option", "vm", "list"},
                                                                       {"--output", "xml", "vm", "list"},
                                                                       {"vm", "create", "x", "--cpu", "two"},
                                                                       {"--password", "x", "vm", "list"},
                                                                       {"--timeout", "-1", "vm", "list"},
                                                                       {"--record", "a", "--replay", "b", "vm", "list"}}) {
        auto const wrong = tool.run(arguments);
        BOOST_TEST(wrong.exit_code == 2, boost::json::serialize(boost::json::value_from(arguments)));
        BOOST_TEST(wrong.out.empty());
        BOOST_TEST(!wrong.err.empty());
    }
    auto const dash = tool.run({"vm", "show", "-dash"});
    BOOST_TEST(dash.exit_code == 2);
    BOOST_TEST(dash.err.find("not expected here: -dash; a name that begins with a dash is given after --") != std::string::npos,
               dash.err);
    auto const unknown = tool.run({"vm", "start", "--no-such=s3cret"});
    BOOST_TEST(unknown.exit_code == 2);
    BOOST_TEST(unknown.err.find("not expected here: --no-such;") != std::string::npos, unknown.err);
    for (auto const& arguments : std::vector<std::vector<std::string>>{{"vm", "start", "a", "--ip-timeout", "abc"},
                                                                       {"vm", "stop", "a", "--graceful", "--stop-timeout", "abc"},
                                                                       {"vm", "create", "a", "--cpu", "abc"}}) {
        auto const wrong = tool.run(arguments);
        BOOST_TEST(wrong.exit_code == 2);
        BOOST_TEST(wrong.err.find(": abc is no whole number") != std::string::npos, wrong.err);
    }
    std::vector<std::pair<std::vector<std::string>, std::string>> const helps{
        {{"vm"}, "esxi vm"},
        {{"vm", "explode"}, "esxi vm"},
        {{"vm", "start"}, "esxi vm start"},
        {{"vm", "list", "a"}, "esxi vm list"},
        {{"vm", "create", "a", "--cpu=x"}, "esxi vm create"},
        {{"snapshot", "list", "a", "--cpu"}, "esxi snapshot list"},
        {{"vm", "stop", "a", "--state", "-v"}, "esxi vm stop"}};
    for (auto const& [arguments, path] : helps) {
        auto const wrong = tool.run(arguments);
        BOOST_TEST(wrong.err.ends_with("; see " + path + " --help\n"), wrong.err);
    }
    BOOST_TEST(tool.run({"vm", "create", "--help"}).out.find("such as --host, --state, --output and --dry-run: esxi --help") !=
               std::string::npos);
    auto const as_json = tool.run({"--output", "json", "vm", "explode"});
    BOOST_TEST(test::error_kind_of(as_json) == "config");
    BOOST_TEST(tool.run({"--help"}).exit_code == 0);
    BOOST_TEST(tool.run({"vm", "create", "--help"}).out.find("--replace-abandoned-import") != std::string::npos);
    BOOST_TEST(tool.run({"--version"}).out.starts_with("esxi "));
}

BOOST_AUTO_TEST_CASE(bad_input_is_refused_before_the_first_command)
{
    std::string const long_name(81, 'x');
    std::string const bare = test::make_ova(host.files() / "bare.ova", {"manifest=none"});
    std::vector<std::pair<std::vector<std::string>, std::string>> const bad{
        {{"vm", "start", ""}, "name"},
        {{"vm", "start", long_name}, "name"},
        {{"vm", "start", "a\nb"}, "name"},
        {{"vm", "start", "."}, "name"},
        {{"vm", "start", ".."}, "name"},
        {{"vm", "configure", "a", "--cpu", "0"}, "cpu"},
        {{"vm", "configure", "a", "--cpu", "-1"}, "cpu"},
        {{"vm", "configure", "a", "--memory-mb", "1023"}, "memory_mb"},
        {{"vm", "create", "a", "--ova", ova, "--ip-timeout", "-1"}, "ip_timeout"},
        {{"vm", "stop", "a", "--graceful", "--stop-timeout", "-1"}, "stop_timeout"},
        {{"vm", "create", "a", "--ova", host.files() / "none.ova"}, "ova_url"},
        {{"vm", "create", "a", "--ova", "http://"}, "ova_url"},
        {{"vm", "create", "a", "--ova", bare, "--verify-manifest"},
         "it holds no .mf file, the manifest that verify_manifest needs"},
        {{"vm", "create", "a", "--ova", ova, "--disk-provisioning", "fat"}, "disk_provisioning"},
        {{"vm", "create", "a", "--ova", ova, "--property", "no-value"}, "--property"},
        {{"vm", "show", ""}, "name"},
        {{"snapshot", "create", "a", ""}, "name"},
        {{"snapshot", "list", ".."}, "name"},
        {{"--host", "root:secret@esxi1", "vm", "list"}, "host"},
        {{"--host", "esxi1/sdk", "vm", "list"}, "host"},
        {{"--host", "https://esxi1", "vm", "list"}, "host"},
        {{"--user", "/etc/passwd", "vm", "list"}, "user"},
    };
    for (auto const& [arguments, property] : bad) {
        auto own = arguments;
        own.insert(own.begin(), {"--output", "json"});
        auto const refused = tool.run(own);
        BOOST_TEST_CONTEXT(boost::json::serialize(boost::json::value_from(arguments)) << ": " << refused.err)
        {
            BOOST_TEST(refused.exit_code == 2);
            BOOST_TEST(test::error_kind_of(refused) == "config");
            BOOST_TEST(refused.err.find(property) != std::string::npos);
            BOOST_TEST(refused.err.find("secret") == std::string::npos);
        }
    }
    auto const nobody = tool.run({"--user", "", "vm", "list"});
    BOOST_TEST(nobody.exit_code == 2);
    BOOST_TEST(nobody.err.find("--user is empty") != std::string::npos, nobody.err);
    auto environment = tool.environment();
    environment["ESXI_USER"] = "";
    for (auto const& command : std::vector<std::vector<std::string>>{{"host", "probe"}, {"vm", "list"}}) {
        auto const unnamed = test::run_program(tool.command_line(command), environment);
        BOOST_TEST(unnamed.exit_code == 2);
        BOOST_TEST(unnamed.err.find("ESXI_USER is empty") != std::string::npos, unnamed.err);
    }
    auto const thumbprint = tool.run_bare({"--thumbprint", "AA:BB", "vm", "list"});
    BOOST_TEST(thumbprint.exit_code == 2);
    BOOST_TEST(thumbprint.err.find("thumbprint") != std::string::npos);
    BOOST_TEST(host.calls("Login") == 0);
}

BOOST_AUTO_TEST_CASE(what_another_runs_import_left_is_deleted_where_that_is_said)
{
    host.must({"vm.create", "-on=false", "-c=1", "-m=32", "half"});
    host.must({"vm.change", "-vm=./half", "-annotation=esxi-import-ffffffffffffffffffffffffffffffff"});
    auto const shown = tool.run({"vm", "show", "half"});
    BOOST_TEST(shown.exit_code == 0);
    BOOST_TEST(shown.err.find("half imported") != std::string::npos, shown.err);
    auto const refused = tool.run({"--no-state", "vm", "delete", "half"});
    BOOST_TEST(refused.exit_code == 75);
    BOOST_TEST(refused.err.find("create or delete it with --replace-abandoned-import") != std::string::npos, refused.err);
    BOOST_TEST(tool.run({"--no-state", "vm", "delete", "half", "--replace-abandoned-import"}).exit_code == 0);
    BOOST_TEST(host.vms().size() == 2u);
}

BOOST_AUTO_TEST_CASE(exit_codes)
{
    BOOST_TEST(tool.run({"vm", "start", "none"}).exit_code == 4);
    BOOST_TEST(tool.run({"vm", "show", "none"}).exit_code == 4);
    BOOST_TEST(tool.run({"snapshot", "list", "none"}).exit_code == 4);
    BOOST_TEST(tool.run({"vm", "stop", "none"}).exit_code == 0);
    BOOST_TEST(tool.run({"vm", "delete", "none"}).exit_code == 0);
    BOOST_TEST(tool.run({"vm", "create", "none"}).exit_code == 2);
    BOOST_TEST(tool.run({"vm", "configure", "ha-host_VM0", "--cpu", "2"}).exit_code == 2);
    BOOST_TEST(tool.run({"--govc", "/no/such/govc", "vm", "list"}).exit_code == 2);
    BOOST_TEST(tool.run({"--replay", "/no/such/tape", "vm", "list"}).exit_code == 1);
}

BOOST_AUTO_TEST_CASE(which_govc)
{
    test::write_file(tool.home() / "govc", "#!/bin/sh\necho 'govc: never' >&2\nexit 1\n");
    auto const refused = tool.run({"--govc", tool.home() / "govc", "vm", "list"});
    BOOST_TEST(refused.exit_code == 2);
    BOOST_TEST(refused.err.find("cannot be executed") != std::string::npos, refused.err);
    std::filesystem::permissions(tool.home() / "govc", std::filesystem::perms::owner_all);
    BOOST_TEST(tool.run({"--govc", tool.home() / "govc", "vm", "list"}).err.find("never") != std::string::npos);
    tool.set("ESXI_GOVC", tool.home() / "govc");
    BOOST_TEST(tool.run({"vm", "list"}).err.find("never") != std::string::npos);
    BOOST_TEST(tool.run({"--govc", test::bin("govc"), "vm", "list"}).exit_code == 0);
    // An operation on a VM asks a govc that is not ours how old it is.
    tool.set("ESXI_GOVC", "");
    auto const old = tool.run({"--govc", test::bin("govc-0.18"), "vm", "stop", "ha-host_VM0"});
    BOOST_TEST(old.exit_code == 2);
    BOOST_TEST(old.err.find("too old") != std::string::npos, old.err);
}

BOOST_AUTO_TEST_CASE(state_is_kept_by_host_and_node)
{
    BOOST_TEST(tool.run({"vm", "create", "web1", "--ova", ova}).exit_code == 0);
    auto const path = tool.home().path() / ".local" / "state" / "esxi" / "state.json";
    struct stat status = {};
    BOOST_REQUIRE(::stat(path.c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777) == 0600u);
    auto const nodes = test::json_of(test::read_file(path)).at("nodes").as_object();
    BOOST_TEST(nodes.at(host.host()).at("vm").at("web1").at("adopted").as_bool() == false);
    // What is ours is destroyed; with the state gone it would be somebody's.
    BOOST_TEST(tool.run({"vm", "delete", "web1"}).exit_code == 0);
    BOOST_TEST(test::read_file(path).find("web1") == std::string::npos);

    // XDG's place, and one of the caller's.
    tool.set("XDG_STATE_HOME", tool.home() / "xdg");
    BOOST_TEST(tool.run({"host", "probe"}).exit_code == 0);
    BOOST_TEST(std::filesystem::exists(tool.home().path() / "xdg" / "esxi" / "state.json"));
    BOOST_TEST(tool.run({"host", "probe", "--state", tool.home() / "mine.json"}).exit_code == 0);
    BOOST_TEST(std::filesystem::exists(tool.home().path() / "mine.json"));

    // A file that is not ours is left as it is.
    test::write_file(tool.home() / "other.json", "{}");
    BOOST_TEST(tool.run({"host", "probe", "--state", tool.home() / "other.json"}).exit_code == 2);
    BOOST_TEST(test::read_file(tool.home() / "other.json") == "{}");
}

BOOST_AUTO_TEST_CASE(a_recorded_run_is_replayed_without_host_and_password)
{
    BOOST_TEST(tool.run({"--record", tool.home() / "tape.json", "host", "facts"}).exit_code == 0);
    auto const live = result({"host", "facts"});
    tool.set("ESXI_HOST", "");
    tool.set("ESXI_PASSWORD", "");
    tool.set("PATH", "/usr/bin:/bin");
    auto const replayed = tool.run_bare({"--output", "json", "--replay", tool.home() / "tape.json", "host", "facts"});
    BOOST_TEST(replayed.exit_code == 0, replayed.err);
    BOOST_TEST(test::json_of(replayed.out) == live);
    auto const other = tool.run_bare({"--output", "json", "--replay", tool.home() / "tape.json", "host", "probe"});
    BOOST_TEST(other.exit_code == 1);
    BOOST_TEST(test::error_kind_of(other) == "tape");
}

BOOST_AUTO_TEST_CASE(no_address_by_the_deadline_and_the_next_run_goes_on)
{
    std::vector<std::string> const create{"--output", "json",          "vm",           "create", "web1", "--ova",
                                          ova,        "--wait-for-ip", "--ip-timeout", "1"};
    auto const late = tool.run(create);
    BOOST_TEST(late.exit_code == 75, late.err);
    BOOST_TEST(test::error_kind_of(late) == "unavailable");
    BOOST_TEST(host.vms().size() == 3u);
    host.must({"vm.change", "-vm", "web1", "-e", "SET.guest.ipAddress=10.1.2.3"});
    auto const done = tool.run(create);
    BOOST_TEST(done.exit_code == 0, done.err);
    BOOST_TEST(test::json_of(done.out).at("changed").as_bool() == false);
    BOOST_TEST(test::json_of(done.out).at("runtime").at("ip").as_string() == "10.1.2.3");
    BOOST_TEST(host.calls("ImportVApp") == 1);
    BOOST_TEST(host.calls("PowerOnVM_Task") == 1);
}

BOOST_AUTO_TEST_CASE(a_stop_during_the_wait_for_an_address)
{
    auto program = tool.start({"--output", "json", "vm", "create", "web1", "--ova", ova, "--wait-for-ip"});
    BOOST_REQUIRE(test::eventually([&] { return host.calls("PowerOnVM_Task") == 1; }));
    program.signal(SIGINT);
    auto const done = program.wait();
    BOOST_TEST(done.exit_code == 130);
    BOOST_TEST(test::error_kind_of(done) == "cancelled");
    BOOST_TEST(test::processes_with(ova) == 0);
    auto const next = result({"vm", "create", "web1", "--ova", ova});
    BOOST_TEST(next.at("changed").as_bool() == false);
    BOOST_TEST(next.at("runtime").at("adopted").as_bool() == false);
}

BOOST_AUTO_TEST_CASE(text_is_for_people)
{
    auto const created = tool.run({"vm", "create", "web1", "--ova", ova});
    BOOST_TEST(created.out.starts_with("changed (create_vm, 6 commands)"), created.out);
    BOOST_TEST(created.err.find("Uploading") != std::string::npos, created.err);
    BOOST_TEST((created.out + created.err).find('\033') == std::string::npos);
    auto const again = tool.run({"vm", "create", "web1", "--ova", ova});
    BOOST_TEST(again.out.starts_with("nothing changed (create_vm, 1 command)"), again.out);
    auto const table = tool.run({"vm", "list"}).out;
    BOOST_TEST(table.starts_with("NAME "), table);
    BOOST_TEST(std::count(table.begin(), table.end(), '\n') == 4);
    auto const failed = tool.run({"vm", "start", "none"});
    BOOST_TEST(failed.err.starts_with("error (absent): "), failed.err);
    BOOST_TEST(tool.run({"-v", "vm", "show", "web1"}).err.find("$ govc vm.info") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
