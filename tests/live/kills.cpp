// SPDX-License-Identifier: Apache-2.0
// The tool, and a C++ program, killed with SIGKILL at the start, in the middle and at the end of each govc command of each operation:
// no govc is left running, the next run ends with what was wished for, whole and once, nothing of anybody else's is touched, and no
// temporary file is left. With ESXI_SWEEP=one the tool is killed once in each operation, in the middle of the command that matters most;
// with ESXI_SWEEP=full the run after the kill is killed as well, at each of its commands in turn.
// ctest: sweep
#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>
#include <boost/test/unit_test.hpp>

#include "support/live.hpp"

namespace {

namespace json = boost::json;

/// An operation as a person types it, and as a program asks for it.
struct wish {
    std::vector<std::string> command;
    std::string operation;
    json::object vm{}; ///< Properties but for the name.
    json::object snapshot{}; ///< The same.
    int main_command = 2; ///< The number of the command that matters most.
};

/// What the host has, by name: all VMs of that name, each as JSON.
using inventory = std::map<std::string, std::vector<json::object>>;

/// One simulated host with VMs of others on it, and one who works on the VM `web1` there and is killed again and again.
class stage {
public:
    enum class who { tool, program };

    explicit stage(who subject) : subject_(subject)
    {
        for (std::vector<std::string> const& name : {std::vector<std::string>{"web*"}, {"WEB1"}, {"web11"}, {"importing"}}) {
            host_.must({"vm.create", "-on=false", "-c=1", "-m=512", "--", name.front()});
        }
        host_.must({"vm.change", "-vm=./importing", "-annotation=esxi-import-ffffffffffffffffffffffffffffffff"});
        host_.must({"vm.power", "-on", "./web11"});
        host_.must({"snapshot.create", "-vm=./web11", "-m=false", "s1"});
        others_ = look();
        BOOST_REQUIRE(others_.size() == 5u);
        std::filesystem::copy_file(std::string(ESXI_TEST_PROGRAMS_DIR) + "/killing_govc", killer_ / "govc");
    }

    [[nodiscard]] test::simulator const& host() const { return host_; }
    [[nodiscard]] std::string const& ova() const { return ova_; }
    [[nodiscard]] int kills() const { return kills_; }
    [[nodiscard]] int late_kills() const { return late_kills_; } ///< Meant for the middle of a govc that had ended by then.
    [[nodiscard]] json::object const& runtime() const { return runtime_; } ///< After the last run that ended.

    /// The VMs named web1.
    [[nodiscard]] std::vector<json::object> own() const
    {
        auto all = look();
        return all.contains("web1") ? all.at("web1") : std::vector<json::object>{};
    }

    void must(wish const& wished, bool changed)
    {
        auto const done = run(wished, test::bin("govc"));
        BOOST_TEST_INFO(done.out + done.err);
        BOOST_REQUIRE(done.exit_code == 0);
        auto const result = test::json_of(done.out);
        BOOST_TEST(result.at("changed").as_bool() == changed);
        runtime_ = result.at("runtime").as_object();
    }

    /// Kills the operation at each of its commands in turn, until it is not reached any more; `prepare` comes before each,
    /// `check` after a run that was not killed, and `clear` at the end.
    void sweep(wish const& wished, std::function<void()> const& prepare, std::function<void()> const& check,
               std::function<void()> const& clear)
    {
        bool const is_full = test::extent_of_sweep() == test::sweep_extent::full;
        if (test::extent_of_sweep() == test::sweep_extent::one) {
            kill_once(wished, prepare, check, clear);
            return;
        }
        for (std::string const when : {"start", "middle", "end"}) {
            bool is_reached = true;
            for (int number = 1; is_reached; ++number) {
                bool is_reached_again = is_full;
                for (int again = 0; again == 0 || (is_reached && is_reached_again); ++again) { // 0: the second run is not killed
                    int late_before = 0, tries = 0;
                    do { // a middle that has become an end is tried again
                        BOOST_TEST_CONTEXT(wished.operation << " killed at the " << when << " of command " << number << ", then "
                                                            << again)
                        {
                            BOOST_REQUIRE(++tries <= 10);
                            late_before = late_kills_;
                            prepare();
                            is_reached = dies(wished, number, when);
                            is_reached_again = is_full && (again == 0 || dies(wished, again, when));
                            converges(wished, check);
                            clear();
                            std::filesystem::remove(work_ / "state.json");
                        }
                    } while (late_kills_ > late_before);
                }
            }
        }
    }

private:
    /// In the middle of its main command.
    void kill_once(wish const& wished, std::function<void()> const& prepare, std::function<void()> const& check,
                   std::function<void()> const& clear)
    {
        for (int tries = 1; kills_ == late_kills_ && tries <= 10; ++tries) {
            prepare();
            BOOST_TEST(dies(wished, wished.main_command, "middle"));
            converges(wished, check);
            clear();
            std::filesystem::remove(work_ / "state.json");
        }
    }

    void converges(wish const& wished, std::function<void()> const& check)
    {
        auto const done = run(wished, test::bin("govc"));
        BOOST_TEST(done.exit_code == 0, done.err);
        runtime_ = runtime_of(done);
        check();
        others_are_untouched();
        nothing_is_left_over();
        auto const once_more = run(wished, test::bin("govc"));
        BOOST_TEST(once_more.exit_code == 0, once_more.err);
        BOOST_TEST(!test::json_of(once_more.out)["changed"].as_bool());
    }

    static json::object runtime_of(test::finished const& done)
    {
        auto const result = test::json_of(done.out);
        auto const* runtime = result.if_contains("runtime");
        return runtime != nullptr && runtime->is_object() ? runtime->get_object() : json::object{};
    }

    test::finished run(wish const& wished, std::string const& govc)
    {
        std::map<std::string, std::string> environment{
            {"HOME", work_ / ""}, {"TMPDIR", temporary_.path().string()}, {"ESXI_GOVC", govc}};
        if (subject_ == who::tool) {
            std::vector<std::string> argv{test::bin("esxi"), "--ca-bundle",       host_.ca_file(), "--output", "json",
                                          "--state",         work_ / "state.json"};
            argv.insert(argv.end(), wished.command.begin(), wished.command.end());
            environment.insert({{"ESXI_HOST", host_.host()}, {"ESXI_PASSWORD", host_.password()}});
            return test::run_program(argv, environment);
        }
        auto named = [](json::object properties, char const* name) {
            properties["name"] = name;
            return properties;
        };
        test::write_file(killer_ / "password.json", json::serialize(json::object{{"operation", wished.operation},
                                                                                 {"why", "engine"},
                                                                                 {"state", work_ / "state.json"},
                                                                                 {"host", host_.host_properties()},
                                                                                 {"vm", named(wished.vm, "web1")},
                                                                                 {"snapshot", named(wished.snapshot, "s1")}}));
        return test::run_program({std::string(ESXI_TEST_PROGRAMS_DIR) + "/operate", killer_ / "password.json"}, environment);
    }

    /// Runs it to be killed at that command; false where it does not come to that one. A second later at most, no govc of it runs.
    bool dies(wish const& wished, int number, std::string const& when)
    {
        test::write_file(killer_ / "plan", test::bin("govc") + "\n" + (host_.files() / "calls") + "\n" + when + "\n" +
                                               std::to_string(number) + "\n");
        std::filesystem::remove(killer_ / "count");
        std::filesystem::remove(killer_ / "killed");
        auto const done = run(wished, killer_ / "govc");
        auto const killed = test::read_file(killer_ / "killed");
        // At the end of its last command it may have been quicker than the kill.
        BOOST_TEST((done.exit_code == 128 + SIGKILL || done.exit_code == 0), done.err);
        BOOST_TEST((!killed.empty() || done.exit_code == 0));
        kills_ += done.exit_code == 0 ? 0 : 1;
        BOOST_TEST(test::eventually([this] { return govcs() == 0; }, std::chrono::seconds(1)), "a govc is left running");
        bool const is_reached = test::read_file(killer_ / "count").size() >= static_cast<std::size_t>(number);
        late_kills_ += when == "middle" && is_reached && (killed != "running\n" || done.exit_code == 0) ? 1 : 0;
        return is_reached;
    }

    /// How many processes there are that were given this host to speak to.
    [[nodiscard]] int govcs() const
    {
        int count = 0;
        std::error_code gone;
        for (auto const& entry : std::filesystem::directory_iterator("/proc", gone)) {
            auto const name = entry.path().filename().string();
            if (std::isdigit(static_cast<unsigned char>(name.front())) != 0) {
                count += test::read_file(entry.path() / "environ").find("GOVC_URL=" + host_.host()) != std::string::npos ? 1 : 0;
            }
        }
        return count;
    }

    [[nodiscard]] inventory look() const
    {
        std::string const text = host_.must({"object.collect", "-json", "-type", "m", "/", "name", "runtime.powerState",
                                             "config.instanceUuid", "config.annotation", "config.hardware", "snapshot"});
        inventory all;
        json::stream_parser parser;
        for (std::size_t at = 0; at < text.size();) {
            at += parser.write_some(text.data() + at, text.size() - at);
            if (parser.done()) {
                auto const document = parser.release();
                parser.reset();
                json::object vm{{"moid", document.at("obj").at("value")}};
                for (auto const& change : document.at("changeSet").as_array()) {
                    auto const* value = change.as_object().if_contains("val");
                    vm[change.at("name").as_string()] = value != nullptr ? *value : json::value();
                }
                all[std::string(vm.at("name").as_string())].push_back(vm);
                at = std::min(text.find_first_not_of(" \n", at), text.size());
            }
        }
        return all;
    }

    void others_are_untouched() const
    {
        auto all = look();
        all.erase("web1");
        BOOST_TEST((all == others_));
    }

    /// No private directory, no half-written state, nothing in the lock file.
    void nothing_is_left_over() const
    {
        for (auto const& entry : std::filesystem::directory_iterator(temporary_.path())) {
            BOOST_ERROR(entry.path() << " is left over");
        }
        for (auto const& entry : std::filesystem::directory_iterator(work_.path())) {
            auto const name = entry.path().filename();
            BOOST_TEST((name == "state.json" || name == "state.json.lock"), name << " is left over");
        }
        BOOST_TEST(std::filesystem::file_size(work_ / "state.json.lock") == 0u);
    }

    who const subject_;
    test::simulator host_{{"--vms", "1", "--delay", "upload=300", "--guest-ip", "20=10.0.0.42"}};
    std::string const ova_ = test::make_ova(host_.files() / "small.ova");
    test::directory work_, temporary_, killer_;
    inventory others_;
    json::object runtime_;
    int kills_ = 0, late_kills_ = 0;
};

/// The operations, each with how to come to where it begins, and what must be there after it.
struct play : stage {
    using stage::stage;

    wish const import{{"vm", "create", "web1", "--ova", ova(), "--cpu", "2", "--memory-mb", "1024", "--wait-for-ip"},
                      "create_vm",
                      {{"ova_url", ova()}, {"cpu", 2}, {"memory_mb", 1024}, {"wait_for_ip", true}},
                      {},
                      3};
    wish const adopt{{"vm", "create", "web1", "--cpu", "2"}, "create_vm", {{"cpu", 2}}};
    wish const take{{"vm", "create", "web1", "--no-power-on"}, "create_vm", {{"power_on", false}}};
    wish const cycle{{"vm", "configure", "web1", "--cpu", "2", "--allow-power-cycle"},
                     "configure_vm",
                     {{"cpu", 2}, {"allow_power_cycle", true}}};
    wish const start{{"vm", "start", "web1"}, "start_vm"};
    wish const stop{{"vm", "stop", "web1"}, "stop_vm", {{"stop_adopted", true}}};
    wish const shut_down{{"vm", "stop", "web1", "--graceful"}, "stop_vm", {{"stop_mode", "graceful"}, {"stop_adopted", true}}};
    wish const remove{{"vm", "delete", "web1"}, "delete_vm", {{"delete_adopted", true}}};
    wish const snapshot{{"snapshot", "create", "web1", "s1"}, "create_snapshot"};
    wish const no_snapshot{{"snapshot", "delete", "web1", "s1"}, "delete_snapshot"};
    wish const probe{{"host", "probe"}, "probe_host", {}, {}, 1};
    wish const facts{{"host", "facts"}, "record_host_facts"};

    /// A VM that somebody made, and that this node has taken over.
    void somebodys(char const* on)
    {
        host().must({"vm.create", std::string("-on=") + on, "-c=1", "-m=512", "web1"});
        moid_ = text(own().front(), "moid");
    }
    void taken(char const* on)
    {
        somebodys(on);
        must(take, false);
    }
    void no_more() { host().must({"vm.destroy", "./web1"}); }

    [[nodiscard]] static std::string text(json::object const& vm, char const* key)
    {
        auto const* value = vm.if_contains(key);
        return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
    }

    /// There is one VM, and it is like this.
    void is(char const* power_state, int cpu, bool the_same = true)
    {
        auto const vms = own();
        BOOST_REQUIRE(vms.size() == 1u);
        auto const& vm = vms.front();
        BOOST_TEST(text(vm, "runtime.powerState") == power_state);
        BOOST_TEST(vm.at("config.hardware").at("numCPU").to_number<int>() == cpu);
        BOOST_TEST((!the_same || text(vm, "moid") == moid_));
        BOOST_TEST(!runtime().contains("import"));
        BOOST_TEST(!runtime().contains("power_cycle"));
    }

    void import_is_whole()
    {
        is("poweredOn", 2, false);
        auto const vm = own().front();
        BOOST_TEST(text(vm, "config.annotation") == "Imported by esxi from small.ova");
        auto const& hardware = vm.at("config.hardware").as_object();
        BOOST_TEST(hardware.at("memoryMB").to_number<int>() == 1024);
        std::size_t disks = 0;
        for (auto const& device : hardware.at("device").as_array()) {
            disks += device.as_object().contains("capacityInKB") ? 1 : 0;
        }
        BOOST_TEST(disks == 1u);
        BOOST_TEST(text(runtime(), "moid") == text(vm, "moid"));
        BOOST_TEST(text(runtime(), "instance_uuid") == text(vm, "config.instanceUuid"));
        BOOST_TEST(text(runtime(), "ip") == "10.0.0.42");
        BOOST_TEST(!runtime().at("adopted").as_bool());
    }

    void an_import()
    {
        sweep(import, [] {}, [this] { import_is_whole(); }, [this] { must(remove, true); });
    }
    void an_adoption()
    {
        sweep(adopt, [this] { somebodys("false"); }, [this] { is("poweredOn", 2); }, [this] { no_more(); });
    }
    void a_power_cycle()
    {
        sweep(cycle, [this] { taken("true"); }, [this] { is("poweredOn", 2); }, [this] { no_more(); });
    }
    void a_start()
    {
        sweep(start, [this] { taken("false"); }, [this] { is("poweredOn", 1); }, [this] { no_more(); });
    }
    void a_stop()
    {
        sweep(stop, [this] { taken("true"); }, [this] { is("poweredOff", 1); }, [this] { no_more(); });
    }
    void a_graceful_stop()
    {
        sweep(shut_down, [this] { taken("true"); }, [this] { is("poweredOff", 1); }, [this] { no_more(); });
    }
    void a_delete()
    {
        sweep(
            remove, [this] { taken("true"); },
            [this] {
                BOOST_TEST(own().empty());
                BOOST_TEST(runtime().empty());
            },
            [] {});
    }
    void a_snapshot()
    {
        sweep(snapshot, [this] { somebodys("true"); }, [this] { has_snapshots(1); }, [this] { no_more(); });
    }
    void its_removal()
    {
        sweep(
            no_snapshot,
            [this] {
                somebodys("true");
                host().must({"snapshot.create", "-vm=./web1", "-m=false", "s1x"});
                must(snapshot, true);
            },
            [this] { has_snapshots(0); }, [this] { no_more(); });
    }
    void the_looks()
    {
        if (test::extent_of_sweep() != test::sweep_extent::one) {
            sweep(probe, [] {}, [this] { BOOST_TEST(text(runtime(), "api_type") == "HostAgent"); }, [] {});
        }
        sweep(facts, [] {}, [this] { BOOST_TEST(runtime().at("vms").as_object().size() == 5u); }, [] {});
    }

    /// So many named s1; one by another name, where there was one, is as it was.
    void has_snapshots(int count)
    {
        auto const tree = host().must({"snapshot.tree", "-vm=./web1"});
        std::istringstream lines(tree);
        int found = 0, others = 0;
        for (std::string line; std::getline(lines, line);) {
            auto const name = line.substr(0, line.find_last_not_of(' ') + 1);
            found += name.ends_with("s1") ? 1 : 0;
            others += name.ends_with("s1x") ? 1 : 0;
        }
        BOOST_TEST_INFO(tree);
        BOOST_TEST(found == count);
        BOOST_TEST(others == (count == 0 ? 1 : 0));
    }

    /// Says how many there were, and that there were enough.
    void at_least(int floor) const
    {
        floor = test::extent_of_sweep() == test::sweep_extent::one ? 1 : floor;
        std::cout << kills() << " kills, " << late_kills() << " meant for the middle came later and were tried again"
                  << std::endl;
        BOOST_TEST(kills() >= floor);
    }

private:
    std::string moid_;
};

struct of_the_tool : play {
    of_the_tool() : play(who::tool) {}
};
struct of_a_program : play {
    of_a_program() : play(who::program) {}
};
using both = std::tuple<of_the_tool, of_a_program>;

/// Kills at one operation, which is `what` of the play.
template <class Killed>
void kill_at(void (play::*what)(), int least)
{
    if (std::is_same_v<Killed, of_a_program> && test::extent_of_sweep() == test::sweep_extent::one) {
        return; // the tool's has been killed
    }
    Killed killed;
    (killed.*what)();
    killed.at_least(least);
}

} // namespace

BOOST_AUTO_TEST_SUITE(kills)

BOOST_AUTO_TEST_CASE_TEMPLATE(at_an_import, Killed, both)
{
    kill_at<Killed>(&play::an_import, 24);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(at_an_adoption, Killed, both)
{
    kill_at<Killed>(&play::an_adoption, 12);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(at_a_power_cycle, Killed, both)
{
    kill_at<Killed>(&play::a_power_cycle, 15);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(at_a_start, Killed, both)
{
    kill_at<Killed>(&play::a_start, 9);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(at_a_stop, Killed, both)
{
    kill_at<Killed>(&play::a_stop, 9);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(at_a_graceful_stop, Killed, both)
{
    kill_at<Killed>(&play::a_graceful_stop, 15);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(at_a_delete, Killed, both)
{
    kill_at<Killed>(&play::a_delete, 9);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(at_the_making_of_a_snapshot, Killed, both)
{
    kill_at<Killed>(&play::a_snapshot, 12);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(at_the_removal_of_a_snapshot, Killed, both)
{
    kill_at<Killed>(&play::its_removal, 9);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(at_a_look, Killed, both)
{
    kill_at<Killed>(&play::the_looks, 9);
}

BOOST_AUTO_TEST_SUITE_END()
