// SPDX-License-Identifier: Apache-2.0
// Directories that others may write to, directories of the user's own that are called like ours, and a umask that lets everybody in.
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "support/live.hpp"
#include "support/script.hpp"

namespace {

namespace fs = std::filesystem;
using strings = std::vector<std::string>;

/// Where the private directory of a run of the tool was.
struct place_of {
    test::simulator const& host;
    test::directory files{};
    std::string const spy = test::script(files, "spy",
                                         "[ -z \"$GOVMOMI_HOME\" ] || echo $GOVMOMI_HOME >> " + files / "homes" + "\nexec " +
                                             test::bin("govc") + " \"$@\"");

    std::string operator()(std::string const& tmpdir, std::string const& runtime_dir, std::string const& said)
    {
        test::tool tool(host);
        tool.set("TMPDIR", tmpdir);
        tool.set("XDG_RUNTIME_DIR", runtime_dir);
        auto const done = tool.run({"-v", "--govc", spy, "--no-state", "vm", "list"});
        BOOST_TEST(done.exit_code == 0);
        BOOST_TEST(done.err.find(said) != std::string::npos, done.err);
        std::istringstream homes(test::read_file(files / "homes"));
        std::string home;
        std::getline(homes, home);
        fs::remove(files / "homes");
        return fs::path(home).parent_path().parent_path().string();
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(places)

BOOST_AUTO_TEST_CASE(a_directory_in_which_others_could_rename_ours_is_not_used)
{
    test::simulator const host({"--vms", "1"});
    place_of where{host};
    auto const& files = where.files;
    for (auto const* name : {"group", "open/mine", "sticky", "own"}) {
        fs::create_directories(files / name);
    }
    BOOST_REQUIRE(::chmod((files / "group").c_str(), 0770) == 0);
    BOOST_REQUIRE(::chmod((files / "open").c_str(), 0777) == 0);
    BOOST_REQUIRE(::chmod((files / "sticky").c_str(), 01777) == 0);
    BOOST_TEST(where(files / "own", "", "") == files / "own");
    BOOST_TEST(where(files / "sticky", "", "") == files / "sticky");
    BOOST_TEST(where(files / "group", files / "own", "") == files / "own");
    BOOST_TEST(where(files / "own", files / "group", "its group may write to `" + files / "group") == files / "own");
    BOOST_TEST(where(files / "group", "", "its group may write to `" + files / "group") == "/tmp");
    BOOST_TEST(where(files / "open/mine", "", "everybody may write to `" + files / "open") == "/tmp");
}

BOOST_AUTO_TEST_CASE(what_is_only_called_like_ours_stays_and_is_told)
{
    test::simulator const host({"--vms", "1"});
    test::tool tool(host);
    test::directory const place;
    auto const prefix = "esxi-" + std::to_string(::geteuid()) + "-";
    strings const names{prefix + "backup", prefix + "backup-of-vms", ".esxi-new-notes", ".esxi-new-abcdef"};
    for (auto const& name : names) {
        fs::create_directory(place / name);
        test::write_file(place / name + "/thesis", "x");
        BOOST_REQUIRE(::chmod((place / name).c_str(), 0700) == 0);
    }
    tool.set("TMPDIR", place.path().string());
    auto const done = tool.run({"-v", "--no-state", "vm", "list"});
    BOOST_TEST(done.exit_code == 0);
    for (auto const& name : names) {
        BOOST_TEST(test::read_file(place / name + "/thesis") == "x", name);
        bool const told = done.err.find("`" + place / name + "` is called like a private directory") != std::string::npos;
        BOOST_TEST(told == name.starts_with(prefix), done.err);
    }
    BOOST_TEST(tool.run({"--no-state", "vm", "list"}).err == "");
}

BOOST_AUTO_TEST_CASE(with_an_open_umask_nothing_of_ours_is_open)
{
    test::simulator const host({"--vms", "1"});
    test::tool tool(host);
    test::directory const place;
    tool.set("TMPDIR", place.path().string());
    auto const spy = test::script(place, "spy",
                                  "find " + place.path().string() + " -mindepth 1 -printf '%m %p\\n' >> " + place / "seen" +
                                      "\nexec " + test::bin("govc") + " \"$@\"");
    auto command = tool.command_line({"--govc", spy, "--record", tool.home() / "tape.json", "host", "facts"});
    command.insert(command.begin(), {"sh", "-c", "umask 000 && exec \"$0\" \"$@\""});
    BOOST_TEST(test::run_program(command, tool.environment()).exit_code == 0);

    std::size_t looked_at = 0;
    for (fs::recursive_directory_iterator next(tool.home().path()), end; next != end; ++next, ++looked_at) {
        struct ::stat found{};
        BOOST_TEST(::lstat(next->path().c_str(), &found) == 0);
        BOOST_TEST((found.st_mode & 077u) == 0u, next->path());
    }
    BOOST_TEST(looked_at >= 6u); // .local, state, esxi, the state and its lock, the tape
    std::istringstream seen(test::read_file(place / "seen"));
    std::size_t ours = 0;
    for (std::string line; std::getline(seen, line);) {
        if (line.find(place / "esxi-") != std::string::npos) {
            ++ours;
            BOOST_TEST(line.find("00 ") == 1u, line);
        }
    }
    BOOST_TEST(ours > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
