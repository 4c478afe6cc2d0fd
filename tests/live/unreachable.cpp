// SPDX-License-Identifier: Apache-2.0
// Hosts that refuse, reset, or never answer: recoverable, within the timeout, and no govc left running.
// ctest: served
#include <chrono>
#include <string>

#include <boost/test/unit_test.hpp>

#include "support/live.hpp"

namespace {

/// A server that does with each connection what a line of Python says.
class peer {
public:
    explicit peer(std::string const& deed)
        : program_({"python3", "-uc",
                    "import socket, struct, time\n"
                    "s = socket.create_server(('127.0.0.1', 0))\n"
                    "print(s.getsockname()[1])\n"
                    "held = []\n"
                    "while True:\n"
                    "    c, _ = s.accept()\n"
                    "    " +
                        deed + "\n"}),
          host_("127.0.0.1:" + program_.read_line())
    {
    }
    [[nodiscard]] std::string const& host() const { return host_; }

private:
    test::program program_;
    std::string host_;
};

struct fixture {
    test::simulator host{{"--vms", "0"}};
    test::tool tool{host};

    /// Each command is unavailable, and says so before long.
    void is_unavailable(std::string const& at)
    {
        for (char const* command : {"probe", "facts"}) {
            auto const begun = std::chrono::steady_clock::now();
            auto const done = tool.run({"--output", "json", "--host", at, "--timeout", "1", "host", command});
            BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(60)));
            BOOST_TEST(done.exit_code == 75, done.err);
            BOOST_TEST(test::error_kind_of(done) == "unavailable");
            BOOST_TEST(test::json_of(done.err).at("error").at("recoverable").as_bool());
        }
        BOOST_TEST(test::processes_of(test::bin("govc")) == 0);
    }
};

} // namespace

// ctest: serial (it counts the processes that run govc)
BOOST_FIXTURE_TEST_SUITE(unreachable, fixture)

BOOST_AUTO_TEST_CASE(refused)
{
    is_unavailable("127.0.0.1:1");
}

BOOST_AUTO_TEST_CASE(reset)
{
    peer const resets("c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); c.close()");
    is_unavailable(resets.host());
}

BOOST_AUTO_TEST_CASE(closed_at_once)
{
    peer const closes("c.close()");
    is_unavailable(closes.host());
}

BOOST_AUTO_TEST_CASE(never_answers)
{
    peer const silent("held.append(c)");
    is_unavailable(silent.host());
}

BOOST_AUTO_TEST_CASE(no_such_host)
{
    is_unavailable("no-such-host.invalid");
}

BOOST_AUTO_TEST_CASE(in_the_middle)
{
    test::simulator const shaky({"--vms", "1", "--fault", "RetrieveProperties=HostCommunication,as=reset,skip=2,max=20",
                                 "--fault", "RetrievePropertiesEx=HostCommunication,as=reset,skip=2,max=20"});
    test::tool const with(shaky);
    auto const done = with.run({"--output", "json", "vm", "stop", "ha-host_VM0"});
    BOOST_TEST(done.exit_code == 75, done.err);
    BOOST_TEST(test::error_kind_of(done) == "unavailable");
}

BOOST_AUTO_TEST_CASE(an_overloaded_host)
{
    test::simulator const busy({"--vms", "1", "--fault", "Login=HostCommunication,as=http503,max=1"});
    test::tool const with(busy);
    auto const done = with.run({"--output", "json", "host", "probe"});
    BOOST_TEST(done.exit_code == 75, done.err);
    BOOST_TEST(with.run({"host", "probe"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(another_api_type_is_a_warning)
{
    test::simulator const vcenter({"--api-type", "VirtualCenter"});
    test::tool const with(vcenter);
    auto const done = with.run({"host", "probe"});
    BOOST_TEST(done.exit_code == 0);
    BOOST_TEST(done.err.find("VirtualCenter") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
