// SPDX-License-Identifier: Apache-2.0
// The command-line tool: one operation, or one look, on one host.
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/object.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/context/state_file.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/any.hpp>
#include <esxi/wiping_storage.hpp>

#include "password.hpp"
#include "patient_output.hpp"
#include "property_files.hpp"
#include "report.hpp"
#include "settings.hpp"
#include "tapes.hpp"
#include "transports.hpp"

namespace tool {

namespace {

namespace json = boost::json;

/// Turns Ctrl-C and a TERM into a request to stop; a second one ends the tool as usual. What is ignored, as by nohup, stays so.
class stop_on_signal {
public:
    stop_on_signal()
    {
        std::signal(SIGPIPE, SIG_IGN); // a reader that goes away does not end an operation in the middle
        sigemptyset(&signals_);
        for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
            struct sigaction now = {};
            if (sigaction(signal, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) {
                sigaddset(&signals_, signal);
            }
        }
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr); // inherited by every thread made from here on
        waiter_ = std::jthread([this](std::stop_token const& over) {
            // Wakes the wait below when all is over. To anybody else the signal means nothing.
            constexpr int wake = SIGURG;
            sigset_t waited_for = signals_;
            sigaddset(&waited_for, wake);
            pthread_sigmask(SIG_BLOCK, &waited_for, nullptr);
            std::stop_callback const at_the_end(over, [self = pthread_self()] { pthread_kill(self, wake); });
            while (!over.stop_requested()) {
                int const signal = sigwaitinfo(&waited_for, nullptr);
                if (signal == wake || signal < 0) {
                    continue;
                }
                if (source_.stop_requested()) {
                    pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
                    raise(signal);
                } else {
                    source_.request_stop();
                }
            }
        });
    }
    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

private:
    sigset_t signals_{};
    std::stop_source source_;
    std::jthread waiter_;
};

std::chrono::milliseconds milliseconds(double seconds)
{
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

json::object host_properties(settings const& s, std::stop_token const& stop)
{
    bool const replay = !s.replay.empty();
    if (s.host.empty() && !replay) {
        throw esxi::error(esxi::error_kind::config, "no host: give --host, or set ESXI_HOST");
    }
    if (char const* user = std::getenv("ESXI_USER"); s.user.empty() && user != nullptr && *user == '\0') {
        throw esxi::error(esxi::error_kind::config, "ESXI_USER is empty: name the user, or unset it for root");
    }
    json::object host(esxi::wiping_storage());
    host["host"] = s.host.empty() ? "replayed-host" : s.host;
    host["verify_tls"] = !s.insecure;
    // A replay needs no password, and a word that stands elsewhere would be redacted there.
    host["password"].emplace_string() = std::string_view(replay ? esxi::detail::random_hex_digits() : find_password(s, stop));
    if (!s.user.empty()) {
        host["user"] = s.user;
    }
    if (!s.ca_bundle.empty()) {
        host["ca_bundle"] = s.ca_bundle;
    }
    if (!s.thumbprint.empty()) {
        host["thumbprint"] = s.thumbprint;
    }
    return host;
}

json::object pairs(char const* option, std::vector<std::string> const& given)
{
    json::object map;
    for (auto const& pair : given) {
        auto const at = pair.find('=');
        if (at == std::string::npos || at == 0) {
            // Without what may be a secret: the whole of it, or what is behind the sign.
            throw esxi::error(esxi::error_kind::config,
                              std::string(option) + " is given something that is not of the form NAME=VALUE");
        }
        map[pair.substr(0, at)] = pair.substr(at + 1);
    }
    return map;
}

json::object vm_properties(settings const& s)
{
    json::object vm{{"name", s.vm}};
    auto const put = [&vm](char const* name, auto const& value) {
        if constexpr (requires { value.has_value(); }) {
            if (value) {
                vm[name] = *value;
            }
        } else {
            vm[name] = value;
        }
    };
    put("ova_url", s.ova);
    put("datastore", s.datastore);
    put("cpu", s.cpu);
    put("memory_mb", s.memory_mb);
    put("power_on", !s.no_power_on);
    put("wait_for_ip", s.wait_for_ip);
    put("ip_timeout", s.ip_timeout);
    put("ip_version", s.ip_version);
    put("network_map", pairs("--network", s.networks));
    put("disk_provisioning", s.disk_provisioning);
    put("ovf_properties", pairs("--property", s.ovf_properties));
    put("annotation", s.annotation);
    put("verify_manifest", s.verify_manifest);
    put("stop_mode", s.graceful ? "graceful" : "hard");
    put("stop_timeout", s.stop_timeout);
    put("allow_power_cycle", s.allow_power_cycle);
    put("delete_adopted", s.command == "vm delete"); // whoever names a VM here means that VM
    put("replace_abandoned_import", s.replace_abandoned_import);
    return vm;
}

json::object snapshot_properties(settings const& s)
{
    return {{"name", s.snapshot},
            {"description", s.description},
            {"memory", s.memory},
            {"quiesce", s.quiesce},
            {"remove_children", s.children}};
}

/// Each of them for its owner only, whatever the umask; those that are there stay as they are.
void make_directories(std::filesystem::path const& path)
{
    std::error_code failed;
    if (std::filesystem::is_directory(path, failed)) {
        return;
    }
    if (path.has_relative_path()) {
        make_directories(path.parent_path());
    }
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) { // another run may make it as well
        throw esxi::error(esxi::error_kind::config, "cannot make " + path.string() + ": " +
                                                        std::generic_category().message(errno) +
                                                        "; give --state FILE, or --no-state");
    }
}

std::filesystem::path state_path(settings const& s)
{
    if (!s.state.empty()) {
        return s.state;
    }
    std::filesystem::path directory;
    if (char const* state_home = std::getenv("XDG_STATE_HOME"); state_home != nullptr && *state_home == '/') {
        directory = state_home;
    } else if (char const* home = std::getenv("HOME"); home != nullptr && *home == '/') {
        directory = std::filesystem::path(home) / ".local" / "state";
    } else {
        throw esxi::error(esxi::error_kind::config, "HOME is not set: give --state FILE, or --no-state");
    }
    directory /= "esxi";
    if (!s.dry_run) {
        make_directories(directory);
    }
    return directory / "state.json";
}

using operation = esxi::operation_result (*)(esxi::any_transport&, esxi::plain_context&, esxi::operation_options const&);

operation find_operation(std::string const& command)
{
    static std::map<std::string, operation> const operations{
        {"host probe", esxi::probe_host},
        {"host facts", esxi::record_host_facts},
        {"vm create", esxi::create_vm},
        {"vm configure", esxi::configure_vm},
        {"vm start", esxi::start_vm},
        {"vm stop", esxi::stop_vm},
        {"vm delete", esxi::delete_vm},
        {"snapshot create", esxi::create_snapshot},
        {"snapshot delete", esxi::delete_snapshot},
    };
    auto const found = operations.find(command);
    return found == operations.end() ? nullptr : found->second;
}

/// The looks that are no operation of a node: `vm show`, `vm list`, `snapshot list`.
void look(settings const& s, chosen_transport& chosen, esxi::plain_context& host, std::stop_token const& stop)
{
    auto& transport = chosen.get();
    auto const timeout = milliseconds(s.timeout);
    esxi::govc_client client(transport, esxi::read_host_properties(host.properties()),
                             {timeout, stop, [&s](std::string_view text) { report_log(s, esxi::log_level::debug, text); }});
    auto const& clean = client.redact(); // whoever may write on the host may have written a secret there
    auto const named = [&clean](esxi::vm_state const& vm) {
        json::object row{{"name", clean(vm.name)}};
        for (auto& entry : esxi::to_json(vm)) {
            row[entry.key()] = entry.value();
        }
        return row;
    };
    std::vector<std::string> const columns{"name",           "moid", "power_state", "ip", "config.cpu", "config.memory_mb",
                                           "config.guest_id"};
    json::array rows;
    if (s.command == "vm list") {
        for (auto const& vm : esxi::look_up_all_vms(client)) {
            rows.push_back(named(vm));
        }
        chosen.finish();
        report_table(s, json::object{{"vms", rows}}, columns, rows);
    } else if (s.command == "vm show") {
        client.require_version();
        static_cast<void>(esxi::read_vm_properties({{"name", s.vm}}));
        auto const vm = esxi::find_vm_by_name(client, s.vm);
        if (!vm) {
            throw esxi::error(esxi::error_kind::absent, "the host has no VM `" + esxi::printable(s.vm) + "`");
        }
        auto row = named(*vm);
        row["annotation"] = clean(vm->annotation);
        if (!esxi::find_import_token(vm->annotation).empty()) {
            report_log(s, esxi::log_level::warning,
                       "VM " + esxi::in_quotes(vm->name) +
                           " is being imported, or was left half imported: it is no VM to work with yet");
        }
        rows.push_back(row);
        chosen.finish();
        report_table(s, json::object{{"vm", row}}, columns, rows);
    } else {
        client.require_version();
        static_cast<void>(esxi::read_vm_properties({{"name", s.vm}}));
        auto const tree = esxi::look_up_snapshots(client, s.vm).snapshots;
        std::function<void(std::vector<esxi::snapshot_state> const&, std::string const&)> add = [&](auto const& level,
                                                                                                    std::string const& parent) {
            for (auto const& snapshot : level) {
                rows.push_back(json::object{{"name", clean(snapshot.name)},
                                            {"moid", snapshot.moid},
                                            {"parent", parent.empty() ? json::value() : json::value(parent)},
                                            {"current", snapshot.current},
                                            {"created", snapshot.created},
                                            {"description", clean(snapshot.description)}});
                add(snapshot.children, snapshot.moid);
            }
        };
        add(tree, {});
        chosen.finish();
        report_table(s, json::object{{"snapshots", rows}}, {"name", "moid", "parent", "current", "created", "description"}, rows);
    }
}

void run(settings const& typed, std::stop_token const& stop)
{
    if (typed.command == "tape show") {
        show_tape(typed);
        return;
    }
    if (typed.command == "tape check") {
        check_tape(typed);
        return;
    }
    settings const s = with_property_files(typed);
    esxi::plain_context host(host_properties(s, stop));
    auto const connection = esxi::read_host_properties(host.properties());
    esxi::plain_context vm(vm_properties(s), host);
    esxi::plain_context snapshot(snapshot_properties(s), vm);
    bool const is_host = s.command.starts_with("host ");
    bool const is_vm = s.command.starts_with("vm ");
    auto& node = is_host ? host : is_vm ? vm : snapshot;
    node.stop_with(stop);
    progress_bar bar(s);
    node.on_log([&s, &bar](esxi::log_level level, std::string_view text) {
        bar.end();
        report_log(s, level, text);
    });

    // The tape is written when this ends, also where the operation failed.
    chosen_transport transport(s);
    auto const operate = find_operation(s.command);
    if (operate == nullptr) {
        look(s, transport, host, stop);
        transport.save();
        return;
    }

    auto const timeout = milliseconds(s.timeout);
    std::optional<esxi::state_file> states;
    std::optional<esxi::state_node> state;
    if (!s.no_state && (s.replay.empty() || !s.state.empty())) {
        std::vector<std::string> path{connection.host, is_host ? "host" : is_vm ? "vm" : "snapshot"};
        if (!is_host) {
            path.push_back(esxi::read_vm_properties({{"name", s.vm}}).name); // a bad name is a bad name, and no bad path
        }
        if (!is_host && !is_vm) {
            path.push_back(esxi::read_snapshot_properties({{"name", s.snapshot}}).name);
        }
        states.emplace(state_path(s));
        if (s.dry_run) {
            node.set_runtime_properties(states->read(path));
        } else {
            state.emplace(states->open(path, timeout, stop));
            node.keep_in(*state);
        }
    }
    if (!s.replay.empty()) {
        node.use_virtual_time();
    }

    esxi::operation_options options;
    options.dry_run = s.dry_run;
    options.command_timeout = timeout;
    options.import_timeout = milliseconds(s.import_timeout);
    options.on_progress = [&bar](esxi::import_progress const& progress) { bar.show(progress); };
    try {
        auto const result = operate(transport.get(), node, options);
        bar.end();
        if (state && s.command == "vm delete") { // with their VM, its snapshots are gone
            states->remove({connection.host, "snapshot", s.vm});
        }
        transport.finish();
        if (s.command == "host facts" && !s.json() && !s.dry_run) {
            report_result(s, result);
            json::array rows;
            for (auto const& entry : result.runtime.at("vms").as_object()) {
                json::object row{{"name", entry.key()}};
                for (auto const& fact : entry.value().as_object()) {
                    row[fact.key()] = fact.value();
                }
                rows.push_back(std::move(row));
            }
            report_table(s, nullptr, {"name", "moid", "power_state", "ip", "config.cpu", "config.memory_mb", "config.guest_id"},
                         rows);
        } else {
            report_result(s, result);
        }
        transport.save();
    } catch (...) {
        bar.end();
        throw;
    }
}

/// Throws where what was said is not out, as on a full disk.
void check_output(settings const& s, std::stop_token const& stop)
{
    if (!std::cout.flush()) {
        if (stop.stop_requested()) {
            throw esxi::error(esxi::error_kind::cancelled, "stopped while the output was written");
        }
        bool const may_have_changed = find_operation(s.command) != nullptr && !s.dry_run;
        throw esxi::error(esxi::error_kind::config,
                          (may_have_changed ? "it is done, but what came of it" : "what was asked for") +
                              std::string(" could not be written to standard output"));
    }
}

/// What `action` returns, or the exit code of what it throws, once that is reported.
template <class Action>
int reported(settings const& s, Action const& action)
{
    try {
        return action();
    } catch (esxi::error const& failed) {
        report_error(s, failed);
        return exit_code(failed);
    } catch (std::exception const& failed) {
        report_error(s, {esxi::error_kind::govc, failed.what()});
        return 1;
    }
}

} // namespace

} // namespace tool

int main(int argc, char** argv)
{
    // A file that is opened would else become the standard output that is not there, and what is said to that go into it.
    while (true) {
        int const opened = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (opened < 0 || opened > STDERR_FILENO) {
            ::close(opened);
            break;
        }
    }
    auto const [wished, over] = tool::parse_command_line(argc, argv);
    auto const& settings = wished;
    if (over) {
        return tool::reported(settings, [&] {
            tool::check_output(settings, {});
            return *over;
        });
    }
    tool::stop_on_signal const signals;
    auto const stop = signals.token();
    tool::patient_output const out(std::cout, STDOUT_FILENO, stop);
    tool::patient_output const err(std::cerr, STDERR_FILENO, stop);
    return tool::reported(settings, [&] {
        tool::run(settings, stop);
        tool::check_output(settings, stop);
        return 0;
    });
}
