// SPDX-License-Identifier: Apache-2.0
// The tool at a terminal: the password is asked for and not shown, an import has a bar, and colours are for terminals only.
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <vector>

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "support/live.hpp"

namespace {

/// The tool with a terminal of its own for all three of its standard streams.
class terminal {
public:
    terminal(test::tool const& tool, std::vector<std::string> const& arguments)
    {
        auto const argv = tool.command_line(arguments);
        std::vector<char*> pointers;
        for (auto const& argument : argv) {
            pointers.push_back(const_cast<char*>(argument.c_str()));
        }
        pointers.push_back(nullptr);
        pid_ = ::forkpty(&descriptor_, nullptr, nullptr, nullptr);
        if (pid_ == 0) {
            ::clearenv();
            for (auto const& [name, value] : tool.environment()) {
                ::setenv(name.c_str(), value.c_str(), 1);
            }
            ::execv(pointers.front(), pointers.data());
            ::_exit(127);
        }
        BOOST_REQUIRE_MESSAGE(pid_ > 0, "no terminal can be had here (is /dev/pts mounted?): " << std::strerror(errno));
    }
    terminal(terminal const&) = delete;
    terminal& operator=(terminal const&) = delete;
    ~terminal()
    {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(descriptor_);
    }

    void type(std::string const& text)
    {
        BOOST_REQUIRE(::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    /// Reads until the text has been shown, or the tool has ended.
    bool shows(std::string const& text)
    {
        char buffer[4096];
        while (shown_.find(text) == std::string::npos) {
            auto const got = ::read(descriptor_, buffer, sizeof buffer);
            if (got <= 0) {
                return false;
            }
            shown_.append(buffer, static_cast<std::size_t>(got));
        }
        return true;
    }
    /// Reads to the end; the exit code.
    int wait()
    {
        shows("\x01 never");
        int status = 0;
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    [[nodiscard]] std::string const& shown() const { return shown_; }

private:
    pid_t pid_ = -1;
    int descriptor_ = -1;
    std::string shown_;
};

struct fixture {
    test::simulator host{{"--vms", "1", "--delay", "upload=500"}};
    test::tool tool{host};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(terminals, fixture)

BOOST_AUTO_TEST_CASE(the_password_is_asked_for_and_not_shown)
{
    tool.set("ESXI_PASSWORD", "");
    terminal at(tool, {"--no-state", "host", "probe"});
    BOOST_REQUIRE(at.shows("Password for " + host.host() + ": "));
    at.type(host.password() + "\n");
    BOOST_TEST(at.wait() == 0);
    BOOST_TEST(at.shown().find("HostAgent") != std::string::npos, at.shown());
    BOOST_TEST(at.shown().find(host.password()) == std::string::npos, at.shown());
}

BOOST_AUTO_TEST_CASE(ctrl_c_while_it_is_asked_for)
{
    tool.set("ESXI_PASSWORD", "");
    terminal at(tool, {"--no-state", "host", "probe"});
    BOOST_REQUIRE(at.shows("Password for "));
    at.type("half a pass\x03");
    BOOST_TEST(at.wait() == 130);
    BOOST_TEST(at.shown().find("half") == std::string::npos);
    BOOST_TEST(host.calls("Login") == 0);
}

BOOST_AUTO_TEST_CASE(an_import_has_a_bar_and_results_have_colours)
{
    auto const ova = test::make_ova(host.files() / "small.ova", {"disk_kb=4096"});
    terminal at(tool, {"--no-state", "vm", "create", "web1", "--ova", ova});
    BOOST_TEST(at.wait() == 0);
    BOOST_TEST(at.shown().find("\r\033[KUploading demo-disk1.vmdk [") != std::string::npos, at.shown());
    BOOST_TEST(at.shown().find("##########] 100%") != std::string::npos, at.shown());
    BOOST_TEST(at.shown().find("\033[33mchanged\033[0m") != std::string::npos, at.shown());
}

BOOST_AUTO_TEST_CASE(cells_are_cut_at_a_terminal_only)
{
    std::string const text(200, 'd');
    BOOST_TEST(tool.run({"snapshot", "create", "ha-host_VM0", "s", "--description", text}).exit_code == 0);
    terminal at(tool, {"--no-state", "snapshot", "list", "ha-host_VM0"});
    BOOST_TEST(at.wait() == 0);
    BOOST_TEST(at.shown().find(" " + text.substr(0, 77) + "...") != std::string::npos, at.shown());
    auto const piped = tool.run({"snapshot", "list", "ha-host_VM0"});
    BOOST_TEST(piped.out.find(" " + text + "\n") != std::string::npos, piped.out);
}

BOOST_AUTO_TEST_CASE(no_colour_where_none_is_wished)
{
    tool.set("NO_COLOR", "1");
    terminal at(tool, {"--no-state", "vm", "start", "none"});
    BOOST_TEST(at.wait() == 4);
    BOOST_TEST(at.shown().find("error (absent)") != std::string::npos, at.shown());
    BOOST_TEST(at.shown().find('\033') == std::string::npos, at.shown());
}

BOOST_AUTO_TEST_SUITE_END()
