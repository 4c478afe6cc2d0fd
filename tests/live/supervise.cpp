// SPDX-License-Identifier: Apache-2.0
// examples/supervise.cpp keeps VMs running and ends when it is told to.
// ctest: verify
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/live.hpp"

namespace {

struct supervised {
    explicit supervised(std::vector<std::string> const& options) : host(options)
    {
        host.must({"vm.change", "-vm", "ha-host_VM0", "-name", names[0]});
        host.must({"vm.change", "-vm", "ha-host_VM1", "-name", names[1]});
        std::filesystem::copy_file(test::bin("govc"), own_govc);
    }

    test::program start(std::vector<std::string> vms, std::string const& password = test::simulator::default_password) const
    {
        vms.insert(vms.begin(), std::string(ESXI_EXAMPLES_DIR) + "/supervise");
        return test::program(vms, {{"HOME", home / ""},
                                   {"ESXI_HOST", host.host()},
                                   {"ESXI_PASSWORD", password},
                                   {"ESXI_CA_BUNDLE", host.ca_file()},
                                   {"ESXI_GOVC", own_govc},
                                   {"INTERVAL_MS", "100"}});
    }

    void power_off(std::string const& name) const { host.must({"vm.power", "-off", "-force", name}); }

    bool runs(std::string const& name) const
    {
        return host.must({"object.collect", "-s", "vm/" + name, "runtime.powerState"}).starts_with("poweredOn");
    }

    /// How many govc of this test's there are.
    int govcs() const
    {
        int count = 0;
        for (auto const& entry : std::filesystem::directory_iterator("/proc")) {
            std::error_code gone;
            count += std::filesystem::read_symlink(entry.path() / "exe", gone) == own_govc ? 1 : 0;
        }
        return count;
    }

    std::vector<std::string> const names{"web1", "web2"};
    test::simulator host;
    test::directory home;
    std::string const own_govc = home / "govc"; // a copy, which no other test runs
};

auto const at_once = std::chrono::seconds(20); // for a machine that is busy; the commands it interrupts would take a minute

} // namespace

BOOST_AUTO_TEST_SUITE(supervise)

BOOST_AUTO_TEST_CASE(starts_what_was_powered_off_behind_its_back)
{
    supervised const it({"--vms", "2"});
    auto program = it.start(it.names);
    for (auto const& off : {std::vector{it.names[0]}, std::vector{it.names[1]}, it.names}) {
        for (auto const& name : off) {
            it.power_off(name);
        }
        for (auto const& name : off) {
            BOOST_TEST(test::eventually([&] { return it.runs(name); }, std::chrono::seconds(60)), name);
        }
        for ([[maybe_unused]] auto const& name : off) {
            BOOST_TEST(program.read_line().ends_with(": was off, started"));
        }
    }
    BOOST_TEST(it.host.calls("PowerOnVM_Task") == 4);

    program.signal(SIGTERM);
    auto const done = program.wait(at_once);
    BOOST_TEST(done.exit_code == 0);
    BOOST_TEST(done.out == "ended, 2 of 2 supervised\n");
    BOOST_TEST(done.err == "");
    BOOST_TEST(it.govcs() == 0);
}

BOOST_AUTO_TEST_CASE(ends_in_the_middle_of_a_command)
{
    for (int const signal : {SIGTERM, SIGINT}) {
        supervised const it({"--vms", "2", "--delay", "PowerOnVM_Task=60000"});
        it.power_off(it.names[0]);
        auto program = it.start(it.names);
        BOOST_TEST(test::eventually([&] { return it.host.calls("PowerOnVM_Task") == 1; }, std::chrono::seconds(60)));
        BOOST_TEST(it.govcs() > 0);

        program.signal(signal);
        auto const done = program.wait(at_once);
        BOOST_TEST(done.exit_code == 0);
        BOOST_TEST(done.out == "ended, 2 of 2 supervised\n");
        BOOST_TEST(it.govcs() == 0);
    }
}

BOOST_AUTO_TEST_CASE(gives_up_what_only_a_person_can_help)
{
    supervised const it({"--vms", "2"});
    auto program = it.start({it.names[0], "none"});
    BOOST_TEST(program.read_line() == "none: given up");
    it.power_off(it.names[0]); // still supervised
    BOOST_TEST(program.read_line() == it.names[0] + ": was off, started");
    program.signal(SIGTERM);
    auto const one = program.wait(at_once);
    BOOST_TEST(one.exit_code == 0);
    BOOST_TEST(one.out == "ended, 1 of 2 supervised\n");
    BOOST_TEST(one.err.find("none: ") != std::string::npos);

    auto const none = it.start(it.names, "a wrong password").wait();
    BOOST_TEST(none.exit_code == 1);
    BOOST_TEST(none.out.ends_with("ended, 0 of 2 supervised\n"));
}

BOOST_AUTO_TEST_SUITE_END()
