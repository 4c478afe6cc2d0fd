// SPDX-License-Identifier: Apache-2.0
// A password with everything in it works, and stands nowhere: no argv, output, error, log, state file or tape, in no encoding.
// ctest: served
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <esxi/govc/redact.hpp>

#include "support/live.hpp"

namespace {

/// This process's own: the same case, over the other transport, may run beside it, and has its password in an argument on purpose.
std::string const password = "p@ss \"w' $x\\n%41&\xc3\xa9" + std::to_string(::getpid());

struct fixture {
    test::simulator host{{"--vms", "1"}, password};
    test::tool tool{host};
    std::atomic<int> looked = 0;
    std::atomic<bool> seen = false;
    esxi::govc::redactor known;
    std::string said; ///< All that the runs printed.

    fixture() { known.add_secret(password, "root"); }

    test::finished run(std::vector<std::string> arguments)
    {
        arguments.insert(arguments.begin(), "-v");
        auto done = tool.run(arguments);
        said += done.out + "\n" + done.err + "\n";
        return done;
    }
    /// Every file below a directory.
    void nothing_in(std::filesystem::path const& directory)
    {
        int files = 0;
        for (auto const& entry : std::filesystem::recursive_directory_iterator(directory)) {
            if (entry.is_regular_file()) {
                ++files;
                BOOST_TEST(!known.finds_secret(test::read_file(entry.path())), entry.path().string());
            }
        }
        BOOST_TEST(files > 0);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(secrets, fixture)

BOOST_AUTO_TEST_CASE(the_password_stands_nowhere)
{
    auto const ova = test::make_ova(host.files() / "small.ova", {"disk_kb=1024"});
    {
        // Whoever looks at the processes meanwhile sees no password either.
        std::jthread const watcher([&](std::stop_token stop) {
            while (!stop.stop_requested()) {
                std::error_code gone;
                for (auto const& entry : std::filesystem::directory_iterator("/proc", gone)) {
                    auto const line = test::read_file(entry.path() / "cmdline");
                    if (line.find(test::bin("")) != std::string::npos) {
                        ++looked;
                        seen = seen || known.finds_secret(line);
                    }
                }
            }
        });
        BOOST_TEST(run({"host", "probe"}).exit_code == 0);
        BOOST_TEST(run({"host", "facts"}).exit_code == 0);
        BOOST_TEST(run({"vm", "create", "web1", "--ova", ova, "--record", tool.home() / "create.json"}).exit_code == 0);
        BOOST_TEST(run({"--output", "json", "snapshot", "create", "web1", "s"}).exit_code == 0);
        BOOST_TEST(run({"vm", "show", "web1"}).exit_code == 0);
        BOOST_TEST(run({"vm", "stop", "web1", "--record", tool.home() / "stop.json"}).exit_code == 0);
    }
    BOOST_TEST(looked > 0);
    BOOST_TEST(!seen);

    // Where the caller puts it into other arguments, it is not passed on in what is said.
    BOOST_TEST(run({"vm", "start", password}).exit_code == 4);
    BOOST_TEST(run({"vm", "create", "web2", "--ova", "http://user:" + password + "@127.0.0.1:1/x.ova"}).exit_code != 0);
    tool.set("ESXI_HOST", "root:" + password + "@" + host.host());
    BOOST_TEST(run({"host", "probe"}).exit_code == 2);
    tool.set("ESXI_HOST", host.host());
    tool.set("ESXI_PASSWORD", password + "x");
    BOOST_TEST(run({"host", "probe"}).exit_code == 3);

    BOOST_TEST(!known.finds_secret(said), said);
    test::write_file(tool.home() / "said", said);
    nothing_in(tool.home().path());
}

BOOST_AUTO_TEST_CASE(from_a_file)
{
    tool.set("ESXI_PASSWORD", "");
    test::write_file(tool.home() / "password", password + "\n");
    BOOST_TEST(run({"--password-file", tool.home() / "password", "host", "probe"}).exit_code == 0);
    // As secrets are mounted: a link.
    std::filesystem::create_symlink("password", tool.home() / "link");
    BOOST_TEST(run({"--password-file", tool.home() / "link", "host", "probe"}).exit_code == 0);
    if (::geteuid() == 0) { // nobody else can give a file away
        std::filesystem::create_directory(tool.home() / "of_another");
        auto const foreign = test::foreign_file(tool.home() / "of_another/password", password);
        auto const refused = run({"--password-file", foreign, "host", "probe"});
        BOOST_TEST(refused.exit_code == 2);
        BOOST_TEST(refused.err.find("it belongs to another user") != std::string::npos);
    }
    auto const none = run({"host", "probe"});
    BOOST_TEST(none.exit_code == 2);
    BOOST_TEST(none.err.find("--password-file") != std::string::npos);
    test::write_file(tool.home() / "password", "\n");
    BOOST_TEST(run({"--password-file", tool.home() / "password", "host", "probe"}).exit_code == 2);
    BOOST_TEST(run({"--password-file", tool.home() / "none", "host", "probe"}).exit_code == 2);
    auto const endless = run({"--password-file", "/dev/zero", "host", "probe"});
    BOOST_TEST(endless.exit_code == 2);
    BOOST_TEST(endless.err.find("it is longer than 4096 bytes") != std::string::npos, endless.err);
}

BOOST_AUTO_TEST_CASE(a_secret_too_short_is_not_recorded)
{
    test::simulator const other({}, "short");
    test::tool const with(other);
    BOOST_TEST(with.run({"host", "probe"}).exit_code == 0);
    auto const refused = with.run({"--record", with.home() / "tape.json", "host", "probe"});
    BOOST_TEST(refused.exit_code == 2, refused.err);
    BOOST_TEST(!std::filesystem::exists(with.home() / "tape.json"));
}

// Whoever may write on the host may have written it into a name, an annotation or a description.
BOOST_AUTO_TEST_CASE(the_password_is_in_what_the_host_says)
{
    auto const word = "word " + password;
    host.must({"vm.create", "-on=false", "-c=1", "-m=32", word});
    host.must({"vm.change", "-vm=./ha-host_VM0", "-annotation=" + word});
    host.must({"snapshot.create", "-vm=./ha-host_VM0", "-m=false", "-d=" + word, "first"});
    for (std::string const output : {"text", "json"}) {
        for (auto const& looked_at : std::vector<std::vector<std::string>>{
                 {"vm", "list"}, {"vm", "show", "ha-host_VM0"}, {"snapshot", "list", "ha-host_VM0"}, {"host", "facts"}}) {
            std::vector<std::string> arguments{"--output", output};
            arguments.insert(arguments.end(), looked_at.begin(), looked_at.end());
            auto const done = run(arguments);
            BOOST_TEST(done.exit_code == 0, done.err);
            bool const is_shown = output == "json" || looked_at.at(1) != "show"; // of the table no annotation is a column
            BOOST_TEST((done.out.find("word <redacted>") != std::string::npos) == is_shown, done.out);
        }
    }
    BOOST_TEST(!known.finds_secret(said), said);
    nothing_in(tool.home().path());
}

BOOST_AUTO_TEST_SUITE_END()
