// SPDX-License-Identifier: Apache-2.0
// One host in memory, as a transport: what the operations' commands do to it, and what it answers. A run can be killed at any of its
// commands.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <esxi/command.hpp>
#include <esxi/detail/base64.hpp>

#include <support/package.hpp>

namespace test {

namespace json = boost::json;

/// A command's arguments in one line.
inline std::string line_of(std::vector<std::string> const& argv)
{
    std::string line;
    for (auto const& argument : argv) {
        line += (line.empty() ? "" : " ") + argument;
    }
    return line;
}

/// What ends a run as SIGKILL would: no code of the library handles it, and nothing it does afterwards has any effect.
struct killed {};

/// When, of the command at which a run is killed.
enum class killed_when { before, half, after };

struct fake_snapshot {
    std::string moid, name;
};

struct fake_vm {
    std::string moid, name, uuid;
    std::string power = "poweredOff";
    std::string annotation{};
    std::string owner_mark{}; ///< `esxi.imported_by=...`
    std::int64_t cpu = 1, memory_mb = 512;
    bool whole = true; ///< All disks are there.
    bool tools = false, hot_add = false, is_template = false;
    std::string connection = "connected";
    std::string question{};
    std::vector<std::string> addresses{};
    std::string bridge{}; ///< An address of a card that only the guest has, which it names first.
    std::vector<fake_snapshot> snapshots{};
};

class fake_host {
public:
    std::list<fake_vm> vms;
    std::vector<std::string> events; ///< The commands' names, and `keep KEY...` for each persist of a `test::node`.
    std::vector<std::string> lines; ///< The commands in full.
    std::vector<std::string> inputs; ///< What the commands read.
    std::map<std::string, std::string> files; ///< What the last command that had any read from files.
    std::vector<std::string> datastores{"datastore1"};
    std::vector<std::string> networks{"VM Network"};
    json::object spec{{"DiskProvisioning", "flat"},
                      {"NetworkMapping", json::array{}}}; ///< What a foreign govc says of every OVA.
    std::string descriptor = test::descriptor({}, {}); ///< What ours says.
    json::array entries{}; ///< Likewise; none of a bare descriptor.
    /// Called before each command: may change the host, answer in its stead, or throw.
    std::function<std::optional<esxi::output>(esxi::command const&)> before{};
    int kill_at = 0; ///< Counts down; 0: never.
    killed_when when = killed_when::before;
    bool is_dead = false; ///< The run that is under way.

    fake_vm& add(std::string const& name, std::string const& annotation = "")
    {
        auto const number = std::to_string(++last_);
        return vms.emplace_back(fake_vm{"vm-" + number, name, "uuid-" + number, "poweredOff", annotation});
    }
    [[nodiscard]] fake_vm* find(std::string const& name)
    {
        auto const found = std::find_if(vms.begin(), vms.end(), [&](auto const& vm) { return vm.name == name; });
        return found == vms.end() ? nullptr : &*found;
    }
    [[nodiscard]] long count(std::string const& event) const { return std::count(events.begin(), events.end(), event); }

    esxi::output run(esxi::command const& c, esxi::run_options const& options)
    {
        if (is_dead) {
            throw killed{};
        }
        bool const last = kill_at == 1;
        kill_at -= kill_at > 0 ? 1 : 0;
        if (last && when == killed_when::before) {
            die();
        }
        events.push_back(c.argv.front());
        lines.push_back(line_of(c.argv));
        inputs.push_back(c.input);
        files = c.files.empty() ? files : c.files;
        if (before) {
            if (auto answer = before(c)) {
                return *answer;
            }
        }
        auto answer = act(c, options, last && when == killed_when::half);
        if (last) {
            die();
        }
        return answer;
    }

    [[nodiscard]] static esxi::output failed(std::string const& text) { return {1, "", "govc: " + text + "\n"}; }
    /// What a host answers to a power operation on a VM that is in that state already.
    [[nodiscard]] static esxi::output in_state(std::string const& existing)
    {
        return {1, "",
                R"({"fault":{"existingState":")" + existing +
                    R"("},"localizedMessage":"The attempted operation cannot be performed in the current state."})"};
    }
    [[nodiscard]] static esxi::output gone(std::string const& moid)
    {
        return failed("ServerFaultCode: The object 'vim.VirtualMachine:" + moid +
                      "' has already been deleted or has not been completely created");
    }

private:
    void die()
    {
        is_dead = true;
        throw killed{};
    }

    using place = std::list<fake_vm>::iterator;

    /// The VM that an argument stands for: `./NAME` or `VirtualMachine:MOID`, perhaps behind `-vm=`.
    place at(std::string argument)
    {
        argument.erase(0, argument.starts_with("-vm=") ? 4 : 0);
        bool const by_name = argument.starts_with("./");
        auto const key = argument.substr(argument.find(by_name ? '/' : ':') + 1);
        return std::find_if(vms.begin(), vms.end(), [&](auto const& vm) { return (by_name ? vm.name : vm.moid) == key; });
    }

    [[nodiscard]] static json::object to_json(fake_vm const& vm)
    {
        json::object runtime{{"powerState", vm.power}, {"connectionState", vm.connection}};
        if (!vm.question.empty()) {
            runtime["question"] = {{"text", vm.question}};
        }
        json::value config{{"instanceUuid", vm.uuid},           {"annotation", vm.annotation},
                           {"template", vm.is_template},        {"cpuHotAddEnabled", vm.hot_add},
                           {"memoryHotAddEnabled", vm.hot_add}, {"hardware", {{"numCPU", vm.cpu}, {"memoryMB", vm.memory_mb}}}};
        if (auto const end = vm.owner_mark.find('='); end != std::string::npos) {
            json::object const setting{{"key", vm.owner_mark.substr(0, end)}, {"value", vm.owner_mark.substr(end + 1)}};
            config.as_object()["extraConfig"] = json::array{json::value(setting)};
        }
        return {{"self", {{"type", "VirtualMachine"}, {"value", vm.moid}}},
                {"name", vm.name},
                {"runtime", runtime},
                {"config", vm.connection == "connected" ? config : json::value()},
                {"snapshot", snapshots_of(vm)},
                {"guest", guest_of(vm)}};
    }
    [[nodiscard]] static json::value snapshots_of(fake_vm const& vm)
    {
        json::array tree;
        for (auto const& snapshot : vm.snapshots) {
            tree.push_back(json::object{{"snapshot", {{"type", "VirtualMachineSnapshot"}, {"value", snapshot.moid}}},
                                        {"name", snapshot.name}});
        }
        return tree.empty() ? json::value() : json::value{{"rootSnapshotList", tree}};
    }
    [[nodiscard]] static json::object guest_of(fake_vm const& vm)
    {
        json::object guest;
        if (vm.power != "poweredOn" || (vm.addresses.empty() && vm.bridge.empty())) {
            return guest;
        }
        json::array cards;
        if (!vm.bridge.empty()) {
            cards.push_back(json::object{{"ipAddress", json::array{json::value(vm.bridge)}}, {"deviceConfigId", -1}});
        }
        cards.push_back(json::object{{"network", "VM Network"},
                                     {"ipAddress", json::array(vm.addresses.begin(), vm.addresses.end())},
                                     {"deviceConfigId", 4000}});
        guest["ipAddress"] = vm.bridge.empty() ? vm.addresses.front() : vm.bridge;
        guest["net"] = cards;
        return guest;
    }

    esxi::output act(esxi::command const& c, esxi::run_options const& options, bool half)
    {
        auto const& verb = c.argv.front();
        auto const& last = c.argv.back();
        auto const has = [&c](char const* flag) { return std::find(c.argv.begin(), c.argv.end(), flag) != c.argv.end(); };
        auto const given = [&c](std::string const& flag) -> std::optional<std::string> {
            for (auto const& argument : c.argv) {
                if (argument.starts_with(flag + "=")) {
                    return argument.substr(flag.size() + 1);
                }
            }
            return std::nullopt;
        };
        if (verb == "about") {
            return {0, R"({"about":{"version":"8.0.2","build":"1","apiType":"HostAgent"}})", ""};
        }
        if (verb == "vm.info") {
            return info(last);
        }
        if (verb == "import.spec") {
            auto told = spec;
            if (has("-descriptor")) {
                told.emplace("DescriptorName", "demo.ovf");
                told.emplace("Descriptor", esxi::detail::to_base64(descriptor));
                told.emplace("Entries", entries);
            }
            return {0, json::serialize(told), ""};
        }
        if (verb == "import.ova" || verb == "import.ovf") {
            return import(*given("-name"), c.input, options, half);
        }
        if (verb == "object.collect" && has("m")) {
            auto const object = [](char const* type, std::string const& moid, char const* property, json::value const& value) {
                return json::serialize(
                           json::object{{"kind", "enter"},
                                        {"obj", {{"type", type}, {"value", moid}}},
                                        {"changeSet", json::array{{{"name", property}, {"op", "assign"}, {"val", value}}}}}) +
                       "\n";
            };
            auto text = object("ServiceInstance", "ServiceInstance", "content.about",
                               {{"version", "8.0.2"}, {"build", "1"}, {"apiType", "HostAgent"}}) +
                        object("Folder", "ha-folder-root", "name", "ha-folder-root");
            auto const asked_for = [&c](char const* type) {
                return c.input.find(std::string("<type>") + type + "<") != std::string::npos;
            };
            for (auto const& name : asked_for("Datastore") ? datastores : std::vector<std::string>()) {
                text += object("Datastore", name, "name", json::value(name));
            }
            for (auto const& name : asked_for("Network") ? networks : std::vector<std::string>()) {
                text += object("Network", "HaNetwork-" + name, "name", json::value(name));
            }
            for (auto const& vm : vms) {
                text +=
                    asked_for("VirtualMachine") ? object("VirtualMachine", vm.moid, "name", json::value(vm.name)) : std::string();
            }
            return {0, text, ""};
        }
        auto const vm = at(verb == "object.collect"                               ? c.argv.at(2)
                           : verb.starts_with("snapshot.") || verb == "vm.change" ? c.argv.at(2)
                                                                                  : last);
        if (vm == vms.end()) {
            auto const& named = verb.starts_with("snapshot.") ? c.argv.at(2) : last;
            return gone(named.substr(named.find(':') + 1));
        }
        if (verb == "object.collect") {
            auto const guest = guest_of(*vm);
            json::array properties{json::object{{"name", "runtime.powerState"}, {"op", "assign"}, {"val", vm->power}}};
            for (char const* key : {"ipAddress", "net"}) {
                properties.push_back(json::object{{"name", std::string("guest.") + key},
                                                  {"op", "assign"},
                                                  {"val", guest.contains(key) ? guest.at(key) : json::value()}});
            }
            return {0, json::serialize(properties), ""};
        }
        if (verb == "vm.change") {
            auto const cpu = given("-c");
            auto const memory = given("-m");
            if ((cpu || memory) && vm->power != "poweredOff" && !vm->hot_add) {
                return failed("CPU hot plug is not supported for this virtual machine.");
            }
            vm->cpu = cpu ? std::stol(*cpu) : vm->cpu;
            vm->memory_mb = memory ? std::stol(*memory) : vm->memory_mb;
            vm->annotation = given("-annotation").value_or(vm->annotation);
            vm->owner_mark = given("-e").value_or(vm->owner_mark);
            return {};
        }
        if (verb == "vm.power") {
            if (has("-s") && !vm->tools) {
                return failed("Cannot complete operation because VMware Tools is not running in this virtual machine.");
            }
            std::string const wished = has("-on") ? "poweredOn" : "poweredOff";
            if (vm->power == wished) {
                return in_state(wished);
            }
            vm->power = wished;
            return {};
        }
        if (verb == "vm.destroy") {
            vms.erase(vm);
            return {};
        }
        if (verb == "snapshot.create") {
            vm->snapshots.push_back({"snapshot-" + std::to_string(++last_), last});
            return {};
        }
        if (verb == "snapshot.remove") {
            return std::erase_if(vm->snapshots, [&last](auto const& s) { return s.moid == last; }) == 0
                       ? failed("snapshot \"" + last + "\" not found")
                       : esxi::output{};
        }
        return failed("command '" + verb + "' not found");
    }

    esxi::output info(std::string const& target)
    {
        json::array found;
        for (auto const& vm : vms) {
            if (target == "./" + vm.name || target == "VirtualMachine:" + vm.moid) {
                found.push_back(to_json(vm));
            }
        }
        if (found.empty() && target.starts_with("VirtualMachine:")) {
            return gone(target.substr(15));
        }
        return {0, json::serialize(json::object{{"virtualMachines", found.empty() ? json::value() : json::value(found)}}), ""};
    }

    esxi::output import(std::string const& name, std::string const& input, esxi::run_options const& options, bool half)
    {
        if (find(name) != nullptr) {
            return failed("The name '" + name + "' already exists.");
        }
        add(name, std::string(json::parse(input).at("Annotation").as_string())).whole = !half;
        if (options.on_line) {
            options.on_line("[23-11-26 08:27:31] Uploading disk1.vmdk... (44%, 250.8MiB/s)");
        }
        return {};
    }

    int last_ = 0;
};

} // namespace test
