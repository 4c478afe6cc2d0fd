// SPDX-License-Identifier: Apache-2.0
// Private directories: made, locked, removed, and swept when their owner is gone.
#include <esxi/detail/private_directory.hpp>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "support/directory.hpp"

namespace {

namespace fs = std::filesystem;
using esxi::detail::private_directory;

unsigned mode(std::string const& path)
{
    struct ::stat found{};
    return ::lstat(path.c_str(), &found) == 0 ? found.st_mode & 07777u : 0u;
}

std::string prefix()
{
    return "esxi-" + std::to_string(::geteuid()) + "-";
}

std::size_t entries(test::directory const& directory)
{
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()));
}

std::string failure(std::string const& parent)
{
    try {
        private_directory const made(parent);
    } catch (esxi::error const& e) {
        BOOST_TEST((e.kind() == esxi::error_kind::config));
        return e.what();
    }
    return "made";
}

/// What a process that is killed leaves behind.
std::string leave_behind(std::string const& parent)
{
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    auto const pid = ::fork();
    if (pid == 0) {
        private_directory const made(parent);
        static_cast<void>(made.make_subdirectory("empty", 0500));
        static_cast<void>(::write(ends[1], made.path().data(), made.path().size()));
        ::_exit(0);
    }
    ::waitpid(pid, nullptr, 0);
    char path[4096];
    auto const length = ::read(ends[0], path, sizeof path);
    ::close(ends[0]);
    ::close(ends[1]);
    BOOST_REQUIRE(length > 0);
    return {path, static_cast<std::size_t>(length)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(private_directories)

BOOST_AUTO_TEST_CASE(is_for_its_owner_and_goes_with_it)
{
    test::directory const parent;
    auto const before = ::umask(0);
    std::string path;
    {
        private_directory const made(parent.path());
        path = made.path();
        BOOST_TEST(path.starts_with(parent / prefix()));
        BOOST_TEST(mode(path) == 0700u);
        auto const sub = made.make_subdirectory("sub");
        BOOST_TEST(sub == path + "/sub");
        BOOST_TEST(mode(sub) == 0700u);
        BOOST_TEST(mode(made.make_subdirectory("empty", 0500)) == 0500u);
        test::write_file(sub + "/file", "x");
        BOOST_CHECK_THROW(static_cast<void>(made.make_subdirectory("sub")), esxi::error);
    }
    ::umask(before);
    BOOST_TEST(entries(parent) == 0u);
}

BOOST_AUTO_TEST_CASE(is_for_its_owner_whatever_the_umask_and_the_parent_s_group_bit)
{
    test::directory const parent;
    BOOST_REQUIRE(::chmod(parent.path().c_str(), 02700) == 0); // hands its group and this bit down
    auto const before = ::umask(0777);
    private_directory const made(parent.path());
    auto const sub = made.make_subdirectory("sub");
    ::umask(before);
    BOOST_TEST(mode(made.path()) == 0700u);
    BOOST_TEST(mode(sub) == 0700u);
    auto const left = leave_behind(parent.path());
    private_directory::sweep(parent.path());
    BOOST_TEST(!fs::exists(left));
}

BOOST_AUTO_TEST_CASE(sweeps_what_a_dead_owner_left_and_nothing_else)
{
    test::directory const parent;
    private_directory const alive(parent.path());
    auto const left = leave_behind(parent.path());
    BOOST_TEST(fs::exists(left + "/empty"));

    // Each looks like one but for one thing, and holds something of the user's.
    auto const mark = "/" + fs::directory_iterator(alive.path())->path().filename().string();
    auto const marked = [&](std::string const& name, unsigned bits = 0700) {
        fs::create_directory(parent / name);
        fs::copy_file(alive.path() + mark, parent / name + mark);
        test::write_file(parent / name + "/thesis", "x");
        BOOST_REQUIRE(::chmod((parent / name).c_str(), bits) == 0);
        return name;
    };
    std::vector<std::string> kept{marked(prefix() + "backup"),
                                  marked(prefix() + "backup-of-vms"),
                                  marked(prefix() + "abcde"),
                                  marked(prefix() + "abc-ef"),
                                  marked(prefix() + "abcdefg"),
                                  marked(prefix()),
                                  marked("Esxi" + prefix().substr(4) + "abcdef"),
                                  marked("esxi-99999-abcdef"),
                                  marked(".esxi-new-abcdef")};
    BOOST_REQUIRE(::chmod((parent / kept.front()).c_str(), 0755) == 0);
    kept.push_back(marked(prefix() + "aaaaa1", 0750));
    kept.push_back(marked(prefix() + "aaaaa2", 01700));
    kept.push_back(marked(prefix() + "aaaaa3"));
    fs::remove(parent / kept.back() + mark);
    kept.push_back(marked(prefix() + "aaaaa4"));
    test::write_file(parent / kept.back() + mark, "something else");
    kept.push_back(marked(prefix() + "aaaaa5"));
    fs::remove(parent / kept.back() + mark);
    fs::create_symlink(alive.path() + mark, parent / kept.back() + mark);
    kept.push_back(marked(prefix() + "aaaaa6"));
    fs::remove(parent / kept.back() + mark);
    fs::create_directory(parent / kept.back() + mark);
    kept.push_back(marked(prefix() + "aaaaa7"));
    fs::remove(parent / kept.back() + mark);
    BOOST_REQUIRE(::mkfifo((parent / kept.back() + mark).c_str(), 0600) == 0);
    if (::geteuid() == 0) {
        kept.push_back(marked(prefix() + "aaaaa8"));
        BOOST_REQUIRE(::chown((parent / kept.back()).c_str(), 65534, 65534) == 0);
    }
    auto const target = parent / marked("target");
    fs::create_directory_symlink(target, parent / (prefix() + "linked"));
    test::write_file(parent / (prefix() + "afile1"), "x");

    std::string notes;
    private_directory const next(parent.path(), [&notes](std::string_view text) { notes.append(text).append("\n"); });
    BOOST_TEST(!fs::exists(left));
    BOOST_TEST(fs::exists(alive.path() + mark));
    for (auto const& name : kept) {
        BOOST_TEST(fs::exists(parent / name + "/thesis"), name);
        bool const told = notes.find("`" + parent / name +
                                     "` is called like a private directory of esxi, and is not removed: ") != std::string::npos;
        BOOST_TEST(told == name.starts_with(prefix()), name);
    }
    BOOST_TEST(fs::exists(target + "/thesis"));
    BOOST_TEST(fs::exists(parent / (prefix() + "afile1")));
    BOOST_TEST(notes.find(alive.path()) == std::string::npos); // one that is in use is nothing to tell of
}

BOOST_AUTO_TEST_CASE(a_sweep_that_was_killed_is_made_good)
{
    test::directory const parent;
    auto const left = leave_behind(parent.path());
    fs::remove(left + "/empty"); // so far it came
    private_directory::sweep(parent.path());
    BOOST_TEST(entries(parent) == 0u);
}

BOOST_AUTO_TEST_CASE(does_not_follow_links_in_what_it_sweeps)
{
    test::directory const parent;
    test::directory const elsewhere;
    test::write_file(elsewhere / "file", "x");
    auto const left = leave_behind(parent.path());
    fs::create_directory_symlink(elsewhere.path(), left + "/link");
    private_directory::sweep(parent.path());
    BOOST_TEST(entries(parent) == 0u);
    BOOST_TEST(fs::exists(elsewhere / "file"));
    private_directory::sweep(parent / "none");
}

BOOST_AUTO_TEST_CASE(a_child_by_fork_does_not_remove_its_parent_s)
{
    test::directory const parent;
    std::optional<private_directory> made;
    made.emplace(parent.path());
    auto const pid = ::fork();
    if (pid == 0) {
        made.reset();
        ::_exit(0);
    }
    ::waitpid(pid, nullptr, 0);
    BOOST_TEST(made->owned_by_this_process());
    BOOST_TEST(fs::exists(made->path()));
}

BOOST_AUTO_TEST_CASE(many_at_once_do_not_sweep_each_other)
{
    test::directory const parent;
    std::vector<int> lost(8);
    {
        std::vector<std::jthread> threads;
        threads.reserve(lost.size());
        for (auto& mine : lost) {
            threads.emplace_back([&] {
                for (int i = 0; i < 25; ++i) {
                    private_directory const made(parent.path());
                    mine += fs::exists(made.make_subdirectory("empty")) ? 0 : 1;
                }
            });
        }
    }
    BOOST_TEST((lost == std::vector<int>(8)));
    BOOST_TEST(entries(parent) == 0u);
}

BOOST_AUTO_TEST_CASE(refuses_a_parent_that_does_not_serve)
{
    test::directory const parent;
    BOOST_TEST(failure(parent / "none") ==
               "cannot make a private directory in `" + parent / "none" +
                   "`: No such file or directory; set TMPDIR to a directory of your own, below none that others may write to");
    test::write_file(parent / "file", "x");
    BOOST_TEST(failure(parent / "file").find("Not a directory") != std::string::npos);
    fs::create_directory(parent / "a:b");
    BOOST_TEST(failure(parent / "a:b").find("a colon is in its path") != std::string::npos);
    BOOST_TEST(failure("relative").find("in `relative`: it is not absolute") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(refuses_a_parent_in_which_others_could_rename_it)
{
    test::directory const parent;
    fs::create_directories(parent / "open/mine");
    auto const refusal = [&](unsigned bits, std::string const& in) {
        BOOST_REQUIRE(::chmod((parent / "open").c_str(), bits) == 0);
        return failure(parent / in);
    };
    for (std::string const in : {"open", "open/mine"}) {
        BOOST_TEST(refusal(0777, in).find("everybody may write to `" + parent / "open`") != std::string::npos);
        BOOST_TEST(refusal(0757, in).find("everybody may write to `") != std::string::npos);
        BOOST_TEST(refusal(0770, in).find("its group may write to `" + parent / "open`") != std::string::npos);
        BOOST_TEST(refusal(02775, in).find("its group may write to `") != std::string::npos);
        BOOST_TEST(refusal(01777, in) == "made"); // the sticky bit leaves a name to its owner
        BOOST_TEST(refusal(01770, in) == "made");
        BOOST_TEST(refusal(0755, in) == "made");
    }
    // What counts is where a link leads to, not where it stands: that is looked up once.
    fs::create_directory_symlink(parent / "open/mine", parent / "link");
    BOOST_TEST(refusal(0777, "link").find("everybody may write to `" + parent / "open`") != std::string::npos);
    fs::create_directory(parent / "closed");
    fs::create_directory_symlink(parent / "closed", parent / "open/link");
    BOOST_TEST(refusal(0777, "open/link") == "made");
    if (::geteuid() == 0) { // an owner may rename what is in it, sticky or not; only root can give a directory away
        BOOST_REQUIRE(::chown((parent / "open").c_str(), 65534, 65534) == 0);
        for (std::string const in : {"open", "open/mine"}) {
            BOOST_TEST(refusal(01755, in).find("open` belongs to another user (65534)") != std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(takes_the_usual_places_in_turn)
{
    test::directory const parent;
    auto const place = [] { return fs::path(private_directory().path()).parent_path().string(); };
    std::string const tmpdir = std::getenv("TMPDIR") == nullptr ? "" : std::getenv("TMPDIR");
    std::string const runtime = std::getenv("XDG_RUNTIME_DIR") == nullptr ? "" : std::getenv("XDG_RUNTIME_DIR");
    ::setenv("XDG_RUNTIME_DIR", (parent / "none").c_str(), 1);
    ::setenv("TMPDIR", parent.path().c_str(), 1);
    BOOST_TEST(place() == parent.path().string());
    fs::create_directory(parent / "run");
    ::setenv("XDG_RUNTIME_DIR", (parent / "run").c_str(), 1);
    BOOST_TEST(place() == parent / "run");
    BOOST_REQUIRE(::chmod((parent / "run").c_str(), 0770) == 0); // passed over, and told
    std::string notes;
    BOOST_TEST(fs::path(private_directory({}, [&notes](std::string_view text) { notes += text; }).path()).parent_path() ==
               parent.path());
    BOOST_TEST(notes ==
               "no private directory is made in `" + parent / "run" + "`: its group may write to `" + parent / "run" + "`");
    ::unsetenv("XDG_RUNTIME_DIR");
    ::setenv("TMPDIR", "relative", 1);
    BOOST_TEST(place() == "/tmp");
    tmpdir.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", tmpdir.c_str(), 1);
    runtime.empty() ? ::unsetenv("XDG_RUNTIME_DIR") : ::setenv("XDG_RUNTIME_DIR", runtime.c_str(), 1);
}

BOOST_AUTO_TEST_SUITE_END()
