// SPDX-License-Identifier: Apache-2.0
// The pages of docs/operations: their examples are run, each on the very commands that its page lists, as they were recorded.
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/govc/vm_info.hpp>
#include <esxi/transport/replay.hpp>

#include "pages.hpp"
#include "support/directory.hpp"
#include "support/simulator.hpp"

namespace {

// ---- The examples, as the pages quote them ---------------------------------------------------------------------------------

/// Whether the host can be reached; throws where it can and refuses the password.
bool is_reachable(esxi::transport auto& govc, esxi::plain_context& host)
{
    try {
        esxi::probe_host(govc, host);
        return true;
    } catch (esxi::error const& failed) {
        if (failed.kind() != esxi::error_kind::unavailable) {
            throw;
        }
        return false;
    }
}

/// The names of the VMs that run.
std::set<std::string> running_vms(esxi::transport auto& govc, esxi::plain_context& host)
{
    std::set<std::string> names;
    auto const facts = esxi::record_host_facts(govc, host);
    for (auto const& vm : facts.runtime.at("vms").as_object()) {
        if (vm.value().at("power_state") == "poweredOn") {
            names.insert(vm.key());
        }
    }
    return names;
}

/// Makes sure that web1 is there and runs; what it is called on the host.
std::string have_web1(esxi::transport auto& govc, esxi::plain_context& host, std::string const& ova)
{
    esxi::plain_context vm({{"name", "web1"},
                            {"ova_url", ova},
                            {"cpu", 2},
                            {"memory_mb", 1024},
                            {"ovf_properties", {{"hostname", "web1"}}},
                            {"network_map", {{"VM Network", "VM Network"}}}},
                           host);
    return esxi::create_vm(govc, vm).runtime.at("moid").as_string().c_str();
}

/// Makes web1 bigger, even if it has to be stopped for that; whether anything had to be done.
bool grow(esxi::transport auto& govc, esxi::plain_context& host)
{
    esxi::plain_context vm({{"name", "web1"}, {"cpu", 4}, {"memory_mb", 2048}, {"allow_power_cycle", true}}, host);
    return esxi::configure_vm(govc, vm).changed;
}

/// Powers web1 on, and says so.
void start(esxi::transport auto& govc, esxi::plain_context& host)
{
    esxi::plain_context vm({{"name", "web1"}}, host);
    vm.on_log([](esxi::log_level, std::string_view line) { std::clog << line << "\n"; });
    esxi::start_vm(govc, vm);
}

/// Asks the guest of a VM to shut down; after a minute the VM is powered off.
void shut_down(esxi::transport auto& govc, esxi::plain_context& host, std::string const& name)
{
    esxi::plain_context vm({{"name", name}, {"stop_mode", "graceful"}, {"stop_timeout", 60}}, host);
    vm.use_virtual_time(); // for a tape; a real guest takes real time
    esxi::stop_vm(govc, vm);
}

/// Destroys web1, whoever made it.
void destroy(esxi::transport auto& govc, esxi::plain_context& host)
{
    esxi::plain_context vm({{"name", "web1"}, {"delete_adopted", true}}, host);
    esxi::delete_vm(govc, vm);
}

/// Takes a snapshot unless there is one of that name; its id.
std::string protect(esxi::transport auto& govc, esxi::plain_context& vm)
{
    esxi::plain_context snapshot({{"name", "first"}, {"description", "as delivered"}}, vm);
    return esxi::create_snapshot(govc, snapshot).runtime.at("moid").as_string().c_str();
}

/// Removes the snapshot of that name; whether there was one.
bool unprotect(esxi::transport auto& govc, esxi::plain_context& vm)
{
    esxi::plain_context snapshot({{"name", "first"}}, vm);
    return esxi::delete_snapshot(govc, snapshot).changed;
}

/// Says in what the VM is not as wished.
void print_drift(esxi::transport auto& govc, esxi::plain_context& vm)
{
    for (auto const& difference : esxi::vm_drift(govc, vm)) {
        std::clog << difference.key() << ": " << difference.value() << "\n";
    }
}

// ---- What else is on the pages -----------------------------------------------------------------------------------------------

/// What the run of a block has to go by.
struct scene {
    esxi::replay_transport& govc;
    esxi::tape const& tape;
    std::string ova;
    esxi::plain_context host{boost::json::object{{"host", "esxi1.example"}, {"password", "not needed"}}};
    boost::json::object known{};
    std::set<std::string> recorded{};

    /// A VM node that recorded the VM which the tape's first command finds.
    esxi::plain_context known_vm(boost::json::object properties, bool adopted, esxi::purpose why = esxi::purpose::engine)
    {
        auto const seen = esxi::govc::read_vm_info(tape.entries.front().answer.out).at(0);
        auto vm = noting(esxi::plain_context(std::move(properties), host));
        known = {{"moid", seen.moid}, {"instance_uuid", seen.instance_uuid}, {"name", seen.name}, {"adopted", adopted}};
        vm.set_runtime_properties(known);
        vm.run_for(why);
        return vm;
    }
    /// A context that notes which runtime properties are recorded.
    esxi::plain_context noting(esxi::plain_context node)
    {
        node.use_virtual_time();
        node.on_persist([this](boost::json::object const& runtime) {
            for (auto const& entry : runtime) {
                if (auto const* old = known.if_contains(entry.key()); old == nullptr || *old != entry.value()) {
                    recorded.insert(entry.key());
                }
            }
        });
        return node;
    }
};

using runs = std::vector<std::function<void(scene&)>>;

/// What sends the commands of each block of a page, in the page's order.
std::map<std::string, runs> const sends{
    {"probe_host", {[](scene& s) {
         s.host = s.noting(s.host);
         BOOST_TEST(is_reachable(s.govc, s.host));
     }}},
    {"record_host_facts", {[](scene& s) {
         s.host = s.noting(s.host);
         BOOST_TEST(running_vms(s.govc, s.host).size() == 2u);
     }}},
    {"noop_op", {}},
    {"create_vm",
     {[](scene& s) { BOOST_TEST(!have_web1(s.govc, s.host, s.ova).empty()); },
      [](scene& s) {
          auto vm = s.noting({{{"name", "web1"}, {"ova_url", s.ova}, {"wait_for_ip", true}, {"ip_timeout", 20}}, s.host});
          BOOST_TEST(esxi::create_vm(s.govc, vm).runtime.at("ip").as_string() == "10.1.2.3");
      },
      [](scene& s) {
          auto vm = s.noting({{{"name", "found"}, {"cpu", 2}, {"memory_mb", 1024}}, s.host});
          BOOST_TEST(esxi::create_vm(s.govc, vm).runtime.at("adopted").as_bool());
      },
      [](scene& s) {
          auto vm =
              s.noting({{{"name", "web1"}, {"ova_url", s.ova}, {"power_on", false}, {"replace_abandoned_import", true}}, s.host});
          BOOST_TEST(esxi::create_vm(s.govc, vm).changed);
      }}},
    {"configure_vm",
     {[](scene& s) { BOOST_TEST(grow(s.govc, s.host)); },
      [](scene& s) {
          auto vm = s.noting({{{"name", "web1"}, {"cpu", 1}, {"annotation", "smaller"}}, s.host});
          BOOST_TEST(esxi::configure_vm(s.govc, vm).changed);
      }}},
    {"start_vm", {[](scene& s) { start(s.govc, s.host); }}},
    {"stop_vm",
     {[](scene& s) {
          auto vm = s.noting({{{"name", "web1"}}, s.host});
          BOOST_TEST(esxi::stop_vm(s.govc, vm).changed);
      },
      [](scene& s) { shut_down(s.govc, s.host, "ha-host_VM0"); }, [](scene& s) { shut_down(s.govc, s.host, "bare"); }}},
    {"delete_vm",
     {[](scene& s) { destroy(s.govc, s.host); },
      [](scene& s) {
          auto vm = s.known_vm({{"name", "found"}, {"delete_adopted", true}}, true);
          BOOST_TEST(esxi::delete_vm(s.govc, vm).changed);
      }}},
    {"create_snapshot", {[](scene& s) {
         esxi::plain_context vm({{"name", "ha-host_VM0"}}, s.host);
         BOOST_TEST(!protect(s.govc, vm).empty());
     }}},
    {"delete_snapshot", {[](scene& s) {
         esxi::plain_context vm({{"name", "ha-host_VM0"}}, s.host);
         BOOST_TEST(unprotect(s.govc, vm));
     }}},
    {"looks",
     {[](scene& s) { BOOST_TEST(esxi::host_status(s.govc, s.host).contains("version")); },
      [](scene& s) {
          auto vm = s.known_vm({{"name", "found"}, {"cpu", 4}}, true, esxi::purpose::user);
          print_drift(s.govc, vm);
      },
      [](scene& s) {
          auto vm = s.known_vm({{"name", "found"}}, true);
          BOOST_TEST(esxi::pull_vm(s.govc, vm).runtime.contains("power_state"));
      },
      [](scene& s) {
          auto const tree = esxi::govc::read_vm_info(s.tape.entries.front().answer.out).at(0).snapshots;
          esxi::plain_context vm({{"name", "ha-host_VM0"}}, s.host);
          auto snapshot = s.noting({{{"name", "twin"}}, vm});
          snapshot.set_runtime_properties({{"moid", tree.at(0).moid}});
          BOOST_TEST(esxi::snapshot_status(s.govc, snapshot).at("vm_name").as_string() == "ha-host_VM0");
      }}},
};

std::string path_of(std::string const& page)
{
    return "docs/operations/" + page + ".md";
}

} // namespace

BOOST_AUTO_TEST_SUITE(operations)

BOOST_AUTO_TEST_CASE(commands_on_a_page_are_those_that_are_sent)
{
    test::directory const files;
    auto const ova = test::make_ova(files / "small.ova");
    std::size_t count = 0;
    for (auto const& [page, run] : sends) {
        auto const text = test::read_source(path_of(page));
        auto const blocks = test::command_blocks(path_of(page));
        BOOST_TEST_REQUIRE(blocks.size() == run.size(), page);
        for (std::size_t i = 0; i < blocks.size(); ++i, ++count) {
            BOOST_TEST_CONTEXT(page << ", block " << i + 1)
            {
                auto const tape = test::part_of_tape(blocks[i]);
                esxi::replay_transport govc(tape, {.paths = {{"ova", ova}}});
                scene s{govc, tape, ova};
                run[i](s);
                govc.finish();
                for (auto const& key : s.recorded) {
                    BOOST_TEST(text.find("`" + key + "`") != std::string::npos, key << " is recorded, and not on the page");
                }
            }
        }
    }
    BOOST_TEST(count >= 15u);
}

BOOST_AUTO_TEST_CASE(a_command_that_was_not_recorded_is_found_out)
{
    auto block = test::command_blocks(path_of("stop_vm")).at(0);
    block.commands.at(1).emplace_back("-force");
    BOOST_CHECK_THROW(static_cast<void>(test::part_of_tape(block)), std::runtime_error);
    block = test::command_blocks(path_of("stop_vm")).at(0);
    block.commands.push_back(block.commands.at(1)); // each is on the tape, and they do not follow one another
    BOOST_CHECK_THROW(static_cast<void>(test::part_of_tape(block)), std::runtime_error);
    BOOST_CHECK_THROW(static_cast<void>(test::command_blocks(path_of("no_such_operation"))), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(noop_op_sends_nothing)
{
    BOOST_TEST(test::command_blocks(path_of("noop_op")).empty());
    esxi::replay_transport nothing{esxi::tape{}};
    esxi::plain_context host({{"host", "esxi1.example"}, {"password", "not needed"}});
    host.set_runtime_properties({{"version", "8.0.2"}});
    BOOST_TEST(esxi::noop_op(nothing, host).runtime.contains("version"));
}

BOOST_AUTO_TEST_CASE(every_property_is_on_the_page_of_some_operation)
{
    std::string all = test::read_source("docs/operations.md");
    for (auto const& entry : sends) {
        all += test::read_source(path_of(entry.first));
    }
    auto const look_for = [&all](auto const& names) {
        for (auto const name : names) {
            BOOST_TEST(all.find("`" + std::string(name) + "`") != std::string::npos, name);
        }
    };
    look_for(esxi::host_property_names);
    look_for(esxi::vm_property_names);
    look_for(esxi::snapshot_property_names);
}

BOOST_AUTO_TEST_SUITE_END()
