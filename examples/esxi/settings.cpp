// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>
#include <string_view>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <esxi/detail/memory_limit.hpp>

#include "report.hpp"
#include "version.hpp"

namespace tool {

namespace {

/// What is wrong with a whole number; empty: nothing. (CLI11 takes 010 for 8.)
std::string is_decimal(std::string const& text)
{
    auto const digits = text.substr(text.starts_with('-') ? 1 : 0);
    bool const good = !digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos &&
                      (digits == "0" || !digits.starts_with('0')) && digits.size() < 19;
    return good ? std::string() : text + " is no whole number";
}

std::string is_timeout(std::string const& text)
{
    double seconds = 0;
    auto const* end = text.data() + text.size();
    auto const read = std::from_chars(text.data(), end, seconds);
    bool const good = read.ec == std::errc{} && read.ptr == end && seconds >= 0.1 && seconds <= 86400;
    return good ? std::string() : text + " is not a number from 0.1 to 86400";
}

std::string is_memory(std::string const& text)
{
    auto const wrong = is_decimal(text);
    auto const least = esxi::detail::least_memory_mb;
    auto const most = esxi::detail::most_memory_mb;
    bool const good = wrong.empty() && std::stoll(text) >= least && std::stoll(text) <= most;
    return good ? std::string() : text + " is not a number from " + std::to_string(least) + " to " + std::to_string(most);
}

CLI::App& add_command(CLI::App& parent, settings& s, std::string const& name, std::string const& description)
{
    auto* command = parent.add_subcommand(name, description);
    command->footer("The options that every command has, such as --host, --state, --output and --dry-run: esxi --help");
    auto const full = parent.get_name() + " " + name;
    command->callback([&s, full] { s.command = full; });
    return *command;
}

void add_vm(CLI::App& command, settings& s)
{
    command.add_option("NAME", s.vm, "The VM's name, taken literally")->required();
}

void add_snapshot(CLI::App& command, settings& s)
{
    command.add_option("VM", s.vm, "The VM's name, taken literally")->required();
    command.add_option("NAME", s.snapshot, "The snapshot's name")->required();
}

void add_shape(CLI::App& command, settings& s)
{
    command.add_option("--cpu", s.cpu, "CPUs")->check(is_decimal);
    command.add_option("--memory-mb", s.memory_mb, "Memory in MB, a multiple of 4")->check(is_decimal);
}

void add_wait(CLI::App& command, settings& s, std::string const& when)
{
    command.add_flag("--wait-for-ip", s.wait_for_ip, "Wait until the guest reports an address" + when);
    command.add_option("--ip-timeout", s.ip_timeout, "How long to wait for it [600]")->type_name("SECONDS")->check(is_decimal);
    command.add_option("--ip-version", s.ip_version, "Which addresses count: any, v4 or v6 [any]")->type_name("V");
}

void add_stop(CLI::App& command, settings& s)
{
    auto* graceful = command.add_flag("--graceful", s.graceful, "Ask the guest to shut down first");
    command.add_option("--stop-timeout", s.stop_timeout, "How long it may take [120]")
        ->type_name("SECONDS")
        ->check(is_decimal)
        ->needs(graceful);
}

void add_annotation(CLI::App& command, settings& s)
{
    command.add_option("--annotation", s.annotation, "The VM's notes")->type_name("T");
}

void add_replace(CLI::App& command, settings& s)
{
    command.add_flag("--replace-abandoned-import", s.replace_abandoned_import,
                     "Destroy what another run's import left under that name");
}

void add_vm_create(CLI::App& command, settings& s)
{
    add_vm(command, s);
    add_shape(command, s);
    command.add_option("--ova", s.ova, "The OVA to import if the VM does not exist")->type_name("PATH_OR_URL");
    command.add_option("--datastore", s.datastore, "Where to import to")->type_name("D");
    command.add_flag("--no-power-on", s.no_power_on, "Leave the VM powered off");
    add_wait(command, s, "");
    command.add_option("--network", s.networks, "Maps a network of the OVA to one of the host; repeatable")
        ->type_name("OVF=HOST")
        ->allow_extra_args(false);
    command.add_option("--disk-provisioning", s.disk_provisioning, "thin, thick, eagerZeroedThick, ...")->type_name("P");
    command.add_option("--property", s.ovf_properties, "Sets an OVF property; repeatable")
        ->type_name("K=V")
        ->allow_extra_args(false);
    command.add_option("--property-file", s.property_files, "Sets an OVF property to the text of a file; repeatable")
        ->type_name("K=FILE")
        ->allow_extra_args(false);
    add_annotation(command, s);
    command.add_flag("--verify-manifest", s.verify_manifest, "Check the sums in the OVA's manifest");
    add_replace(command, s);
}

/// As it is typed: `esxi vm create`.
std::string path_of(CLI::App const& command)
{
    auto const* parent = command.get_parent();
    return (parent == nullptr ? "" : path_of(*parent) + " ") + command.get_name();
}

/// An option of the command, or of those around it; null where there is none.
CLI::Option const* find_option(CLI::App const* command, std::string const& name)
{
    for (; command != nullptr; command = command->get_parent()) {
        if (auto const* option = command->get_option_no_throw(name)) {
            return option;
        }
    }
    return nullptr;
}

/// The words of the command line, each option apart from its value. CLI11 takes the next word for the value of `--state=`, and
/// `--dry-run` for that of `--state`: here an empty value is one, refused where it means nothing, and an option is no value.
std::vector<std::string> words_of(CLI::App const& app, int argc, char** argv)
{
    static std::set<std::string> const may_be_empty{"--annotation", "--datastore", "--description", "--disk-provisioning"};
    auto const* command = &app;
    std::vector<std::string> words;
    for (int i = 1; i < argc; ++i) {
        std::string const word = argv[i];
        if (word == "--") {
            words.insert(words.end(), argv + i, argv + argc);
            break;
        }
        auto const equals = word.find('=');
        auto const name = word.substr(0, equals);
        auto const* option = word.starts_with("--") ? find_option(command, name) : nullptr;
        words.push_back(option == nullptr ? word : name);
        if (option == nullptr) {
            auto const below = command->get_subcommands([&word](CLI::App const* one) { return one->get_name() == word; });
            command = below.empty() ? command : below.front();
            continue;
        }
        auto const refuse = [&](std::string_view why) {
            auto const help = path_of(*command);
            throw esxi::error(esxi::error_kind::config,
                              std::string(name).append(" ").append(why).append("; see ").append(help).append(" --help"));
        };
        if (option->get_items_expected_max() == 0) {
            if (equals != std::string::npos) {
                refuse("takes no value");
            }
            continue;
        }
        if (equals == std::string::npos) {
            std::string const next = ++i < argc ? argv[i] : "--";
            bool const is_an_option =
                next.size() > 1 && next[0] == '-' && (next[1] == '-' || std::isalpha(static_cast<unsigned char>(next[1])) != 0);
            if (is_an_option) {
                refuse("has no value; write " + name + "=VALUE where that begins with a dash");
            }
            words.push_back(next);
        } else {
            words.push_back(word.substr(equals + 1));
        }
        if (words.back().empty() && !may_be_empty.contains(name)) {
            refuse("is empty; give it a value, or leave it out");
        }
    }
    return words;
}

bool asks_for_json(int argc, char** argv)
{
    for (int i = 1; i < argc; ++i) {
        std::string const argument = argv[i];
        if (argument == "--output=json" || (argument == "--output" && i + 1 < argc && std::string(argv[i + 1]) == "json")) {
            return true;
        }
    }
    return false;
}

/// What was one too many: the names of options, without values, which may be passwords; else the arguments.
std::string extra_arguments(CLI::App const& app)
{
    std::string options;
    std::string all;
    for (auto const& argument : app.remaining(true)) {
        if (argument.starts_with('-')) {
            options += (options.empty() ? "" : ", ") + argument.substr(0, argument.find('='));
        }
        all += (all.empty() ? "" : ", ") + argument;
    }
    return options.empty() ? all : options;
}

/// The command that was read so far: where its arguments are wrong, its help tells what they are.
CLI::App const& read_so_far(CLI::App const& app)
{
    auto const below = app.get_subcommands();
    return below.empty() ? app : read_so_far(*below.front());
}

/// What is wrong where a command is missing, or is none of those there are; empty where it is something else that is missing.
std::string missing_command(CLI::App const& app)
{
    auto const* at = &read_so_far(app);
    auto const path = path_of(*at);
    auto const commands = at->get_subcommands([](CLI::App const*) { return true; });
    if (commands.empty()) {
        return {};
    }
    std::string names;
    for (auto const* command : commands) {
        names += (names.empty() ? "" : ", ") + command->get_name();
    }
    auto const rest = app.remaining(true);
    return (rest.empty() ? "a command is missing after `" + path + "`" : "`" + path + "` has no command `" + rest.front() + "`") +
           "; there are " + names;
}

} // namespace

parsed parse_command_line(int argc, char** argv)
{
    parsed result;
    auto& s = result.wished;
    CLI::App app{"Gives a standalone ESXi host, its VMs and their snapshots an idempotent lifecycle."};
    app.name("esxi");
    app.set_version_flag("--version", std::string("esxi ") + ESXI_TOOL_VERSION);
    app.fallthrough();
    app.require_subcommand(1);
    app.footer("The password is read from --password-file, else from ESXI_PASSWORD, else asked for at a terminal.\n"
               "Exit codes: 0 done, or nothing to do; 2 bad input; 3 login or permission; 4 not there; 75 worth another try; 130 "
               "stopped; 1 other failures.");

    app.add_option("--host", s.host, "The host: NAME_OR_ADDRESS[:PORT]")->envname("ESXI_HOST")->type_name("H");
    app.add_option("--user", s.user, "The user [root]")->envname("ESXI_USER")->type_name("U");
    app.add_option("--password-file", s.password_file, "A file with the password; a newline at its end does not count")
        ->type_name("F");
    auto* insecure = app.add_flag("--insecure", s.insecure, "Do not verify the host's certificate");
    auto* bundle = app.add_option("--ca-bundle", s.ca_bundle, "Certificates that the host's is verified with")->type_name("F");
    auto* thumbprint =
        app.add_option("--thumbprint", s.thumbprint, "The SHA-1 or SHA-256 sum of the host's certificate")->type_name("T");
    insecure->excludes(bundle)->excludes(thumbprint);
    bundle->excludes(thumbprint);
    app.add_option("--output", s.output, "text or json")->check(CLI::IsMember({"text", "json"}))->type_name("FORM");
    auto* state = app.add_option("--state", s.state, "Where runtime properties are kept [$XDG_STATE_HOME/esxi/state.json]")
                      ->type_name("FILE");
    app.add_flag("--no-state", s.no_state, "Keep none")->excludes(state);
    app.add_option("--govc", s.govc, "The govc to run")->type_name("PATH");
    app.add_option("--govc-memory-mb", s.govc_memory_mb, "How many MB of memory a govc may take [896]")
        ->type_name("MB")
        ->check(is_memory);
    app.add_option("--transport", s.transport, "subprocess, a govc for each command, or served, one for all [subprocess]")
        ->envname("ESXI_TRANSPORT")
        ->check(CLI::IsMember({"subprocess", "served"}))
        ->type_name("WHICH");
    auto* record = app.add_option("--record", s.record, "Write the govc commands and their answers to a tape")->type_name("TAPE");
    app.add_option("--replay", s.replay, "Answer from a tape; no host is asked")->type_name("TAPE")->excludes(record);
    app.add_option("--timeout", s.timeout, "Of each govc command [120]")->type_name("SECONDS")->check(is_timeout);
    app.add_option("--import-timeout", s.import_timeout, "How long an import may stand still [300]")
        ->type_name("SECONDS")
        ->check(is_timeout);
    app.add_flag("--dry-run", s.dry_run, "Say what would be done; only read");
    app.add_flag("-v,--verbose", s.verbose, "Show each govc command");

    auto& host = *app.add_subcommand("host", "The host itself")->require_subcommand(1);
    add_command(host, s, "probe", "Log in afresh, and say what the host is");
    add_command(host, s, "facts", "Say what the host is and what VMs it has");

    auto& vm = *app.add_subcommand("vm", "Virtual machines")->require_subcommand(1);
    add_vm_create(add_command(vm, s, "create", "Adopt the VM of that name, or import it from an OVA"), s);
    auto& configure = add_command(vm, s, "configure", "Give the VM other cpu, memory or notes");
    add_vm(configure, s);
    add_shape(configure, s);
    add_annotation(configure, s);
    configure.add_flag("--allow-power-cycle", s.allow_power_cycle, "Stop and start a running VM for it, if need be");
    add_stop(configure, s);
    add_wait(configure, s, ", after such a start");
    auto& start = add_command(vm, s, "start", "Power the VM on");
    add_vm(start, s);
    add_wait(start, s, "");
    auto& stop = add_command(vm, s, "stop", "Power the VM off");
    add_vm(stop, s);
    add_stop(stop, s);
    auto& destroy = add_command(vm, s, "delete", "Destroy the VM, whoever made it");
    add_vm(destroy, s);
    add_replace(destroy, s);
    add_vm(add_command(vm, s, "show", "Say what the host knows of the VM"), s);
    add_command(vm, s, "list", "List all VMs");

    auto& snapshot = *app.add_subcommand("snapshot", "Snapshots of a VM")->require_subcommand(1);
    auto& create = add_command(snapshot, s, "create", "Take a snapshot");
    add_snapshot(create, s);
    create.add_option("--description", s.description, "The snapshot's description")->type_name("T");
    create.add_flag("--memory", s.memory, "With the memory of a running VM");
    create.add_flag("--quiesce", s.quiesce, "With the guest's file systems at rest");
    auto& remove = add_command(snapshot, s, "delete", "Remove a snapshot");
    add_snapshot(remove, s);
    remove.add_flag("--children", s.children, "And those on top of it");
    add_command(snapshot, s, "list", "List the VM's snapshots")
        .add_option("VM", s.vm, "The VM's name, taken literally")
        ->required();

    auto& tape = *app.add_subcommand("tape", "Tapes of govc commands; no host is asked")->require_subcommand(1);
    add_command(tape, s, "show", "List what is on the tape").add_option("FILE", s.tape, "The tape")->required();
    add_command(tape, s, "check", "Say what is wrong with the tape").add_option("FILE", s.tape, "The tape")->required();

    auto const refuse = [&](std::string const& why) {
        s.output = asks_for_json(argc, argv) ? "json" : "text"; // nothing of the command line is taken over after an error
        report_error(s, {esxi::error_kind::config, why});
        result.exit_code = 2;
    };
    auto const help = [&app] { return "; see " + path_of(read_so_far(app)) + " --help"; };
    try {
        auto words = words_of(app, argc, argv);
        std::reverse(words.begin(), words.end()); // as CLI11 wishes them
        app.parse(std::move(words));
    } catch (CLI::Success const& asked) {
        result.exit_code = app.exit(asked);
    } catch (CLI::ExtrasError const&) {
        refuse("not expected here: " + extra_arguments(app) + help());
    } catch (CLI::RequiredError const& wrong) {
        auto const missing = missing_command(app);
        auto const extra = extra_arguments(app);
        refuse((!missing.empty()         ? missing
                : extra.starts_with('-') ? "not expected here: " + extra + "; a name that begins with a dash is given after --"
                                         : wrong.what()) +
               help());
    } catch (CLI::ParseError const& wrong) {
        refuse(wrong.what() + help());
    } catch (esxi::error const& wrong) {
        refuse(wrong.what());
    }
    return result;
}

} // namespace tool
