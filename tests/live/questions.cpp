// SPDX-License-Identifier: Apache-2.0
// A VM that waits for an answer: each operation that meets the question reports it, and goes on once it is answered.
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/live.hpp"

namespace {

std::string const text = "msg.uuid.altered: This virtual machine might have been moved or copied.";

struct fixture {
    test::directory files;
    std::string const held = files / "held"; ///< While there is such a file, taking a snapshot hangs.
    test::simulator host{{"--vms", "1", "--question", "web1=" + text, "--question", "asks=" + text, "--delay",
                          "CreateSnapshot_Task=60000,while=" + held}};
    test::tool tool{host};

    fixture() { host.must({"vm.create", "-on=false", "-c=1", "-m=512", "asks"}); }

    [[nodiscard]] test::finished run(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), {"--output", "json"});
        return tool.run(arguments);
    }
    /// By a command that hangs until its timeout.
    void is_reported_in_the_end_by(std::vector<std::string> const& arguments, std::string const& vm = "asks") const
    {
        expect_report(run_until_it_hangs([this](auto const& all) { return run(all); }, arguments), arguments, vm);
    }
    /// Runs the tool with a timeout that only the command that hangs exceeds: half a second, and more on a busy machine, where another
    /// command was late.
    template <class Run>
    static test::finished run_until_it_hangs(Run const& run_it, std::vector<std::string> const& arguments)
    {
        for (double timeout = 0.5;; timeout *= 2) {
            auto timed = arguments;
            timed.insert(timed.begin(), {"--timeout", std::to_string(timeout)});
            auto done = run_it(timed);
            if (done.err.find("waits for an answer") != std::string::npos || timeout > 30) {
                return done;
            }
        }
    }
    /// By one that is refused, or sees that the VM waits.
    void is_reported_by(std::vector<std::string> const& arguments, std::string const& vm = "asks") const
    {
        expect_report(run(arguments), arguments, vm);
    }
    static void expect_report(test::finished const& done, std::vector<std::string> const& arguments, std::string const& vm)
    {
        BOOST_TEST_CONTEXT(boost::json::serialize(boost::json::value_from(arguments)) << ": " << done.out << done.err)
        {
            BOOST_TEST(done.exit_code == 75);
            BOOST_REQUIRE(test::error_kind_of(done) == "conflict");
            auto const error = test::json_of(done.err).at("error").as_object();
            BOOST_TEST(error.at("message").as_string() ==
                       "VM `" + vm + "` waits for an answer: " + text + "; answer it on the host");
            BOOST_TEST(error.at("recoverable").as_bool());
            BOOST_TEST(error.at("retry_after").as_int64() == 60);
        }
    }
    void succeeds(std::vector<std::string> const& arguments, bool changed) const
    {
        auto const done = run(arguments);
        BOOST_TEST_CONTEXT(boost::json::serialize(boost::json::value_from(arguments)) << ": " << done.out << done.err)
        {
            BOOST_REQUIRE(done.exit_code == 0);
            BOOST_TEST(test::json_of(done.out).at("changed").as_bool() == changed);
        }
    }
    void answer(std::string const& vm) const { host.must({"vm.question", "-vm=" + vm, "-answer=1"}); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(questions, fixture)

BOOST_AUTO_TEST_CASE(that_come_with_the_power_on_of_an_adopted_vm)
{
    is_reported_in_the_end_by({"vm", "create", "asks"});
    is_reported_by({"vm", "create", "asks"}); // at once: it is seen to wait
    is_reported_by({"vm", "start", "asks"});
    BOOST_TEST(host.calls("PowerOnVM_Task") == 1);
    answer("asks");
    succeeds({"vm", "start", "asks"}, false);
    succeeds({"vm", "create", "asks"}, false);
}

BOOST_AUTO_TEST_CASE(that_come_with_the_first_power_on_of_an_import)
{
    std::vector<std::string> const create{"vm",    "create", "web1", "--ova", test::make_ova(host.files() / "small.ova"),
                                          "--cpu", "2"};
    is_reported_in_the_end_by(create, "web1");
    is_reported_by(create, "web1");
    answer("web1");
    succeeds(create, false);
    BOOST_TEST(host.calls("ImportVApp") == 1);
    BOOST_TEST(host.vms().size() == 3u);
    succeeds({"vm", "delete", "web1"}, true);
}

BOOST_AUTO_TEST_CASE(that_come_with_the_power_on_of_a_power_cycle)
{
    succeeds({"vm", "create", "asks", "--no-power-on"}, false);
    is_reported_in_the_end_by({"vm", "start", "asks"});
    answer("asks");
    std::vector<std::string> const reshape{"vm", "configure", "asks", "--cpu", "2", "--allow-power-cycle"};
    is_reported_in_the_end_by(reshape); // it asks at each power-on
    answer("asks");
    succeeds(reshape, false);
    BOOST_TEST(test::json_of(run({"vm", "show", "asks"}).out).at("vm").at("config").at("cpu").as_int64() == 2);
}

BOOST_AUTO_TEST_CASE(that_wait_while_something_else_is_wished)
{
    host.must({"snapshot.create", "-vm=asks", "-m=false", "s0"});
    is_reported_in_the_end_by({"vm", "start", "asks"});
    auto const before = host.vms();
    is_reported_by({"vm", "stop", "asks"});
    is_reported_by({"vm", "stop", "asks", "--graceful"});
    is_reported_by({"vm", "configure", "asks", "--cpu", "2", "--allow-power-cycle"});
    is_reported_by({"vm", "delete", "asks"});
    test::write_file(held, "");
    is_reported_in_the_end_by({"snapshot", "create", "asks", "s1"}); // which the host lets hang
    is_reported_by({"snapshot", "delete", "asks", "s0"});
    succeeds({"vm", "configure", "asks", "--cpu", "1"}, false);
    BOOST_TEST(host.vms() == before);
    succeeds({"vm", "stop", "ha-host_VM0"}, true); // nobody asks for that one
    answer("asks");
    succeeds({"snapshot", "delete", "asks", "s0"}, true);
    succeeds({"vm", "stop", "asks"}, true);
    succeeds({"vm", "delete", "asks"}, true);
}

BOOST_AUTO_TEST_CASE(are_safe_for_a_terminal_and_of_bounded_length)
{
    auto const long_text = "moved?\n\u009b31m\u202e" + std::string(50'000, 'x');
    test::simulator const hostile({"--vms", "0", "--question", "asks=" + long_text});
    test::tool const with(hostile);
    hostile.must({"vm.create", "-on=false", "-c=1", "-m=512", "asks"});
    for (int round = 0; round < 2; ++round) { // as it comes, and as it waits
        auto const done = run_until_it_hangs([&with](auto const& all) { return with.run(all); }, {"vm", "start", "asks"});
        BOOST_TEST(done.exit_code == 75);
        BOOST_TEST(done.err.find("error (conflict): VM `asks` waits for an answer: moved?\\n\\xc2\\x9b31m\\xe2\\x80\\xaexxx") !=
                       std::string::npos,
                   done.err);
        BOOST_TEST(done.err.find("xxx...; answer it on the host\nThis may pass") != std::string::npos, done.err);
        BOOST_TEST(done.err.size() < 800u);
    }
}

BOOST_AUTO_TEST_SUITE_END()
