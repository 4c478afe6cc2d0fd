// SPDX-License-Identifier: Apache-2.0
// Private directories: made, locked, removed, and swept when their owner is gone.
#include <esxi/detail/private_directory.hpp>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
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

BOOST_AUTO_TEST_CASE(sweeps_what_a_dead_owner_left_and_nothing_else)
{
    test::directory const parent;
    private_directory const alive(parent.path());
    auto const left = leave_behind(parent.path());
    BOOST_TEST(fs::exists(left + "/empty"));
    fs::create_directory(parent / ".esxi-new-abcdef"); // killed before it was locked
    auto const others = {"esxi-", "esxi-x-abc", "esxi-99999-abcdef", "other", ".esxi-newer"};
    for (auto const* name : others) {
        fs::create_directory(parent / name);
    }
    auto const target = parent / "target";
    fs::create_directory(target);
    test::write_file(target + "/file", "x");
    fs::create_directory_symlink(target, parent / (prefix() + "link"));
    test::write_file(parent / (prefix() + "file"), "x");

    private_directory const next(parent.path());
    BOOST_TEST(!fs::exists(left));
    BOOST_TEST(!fs::exists(parent / ".esxi-new-abcdef"));
    BOOST_TEST(fs::exists(alive.path()));
    for (auto const* name : others) {
        BOOST_TEST(fs::exists(parent / name));
    }
    BOOST_TEST(fs::exists(target + "/file"));
    BOOST_TEST(fs::exists(parent / (prefix() + "file")));
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
    BOOST_TEST(failure(parent / "none") == "cannot make a private directory in `" + parent / "none" +
                                               "`: No such file or directory; set TMPDIR to a directory of your own");
    test::write_file(parent / "file", "x");
    BOOST_TEST(failure(parent / "file").find("Not a directory") != std::string::npos);
    fs::create_directory(parent / "a:b");
    BOOST_TEST(failure(parent / "a:b").find("Operation not permitted") != std::string::npos);
    fs::create_directory(parent / "open");
    ::chmod((parent / "open").c_str(), 0777);
    BOOST_TEST(failure(parent / "open").find("Operation not permitted") != std::string::npos);
    ::chmod((parent / "open").c_str(), 01777);
    BOOST_TEST(failure(parent / "open") == "made");
    BOOST_TEST(failure("relative").find("cannot make") == 0u);
    if (::geteuid() == 0) { // its owner may rename what is in it, sticky or not; nobody else can give a directory away
        BOOST_REQUIRE(::chown((parent / "open").c_str(), 65534, 65534) == 0);
        BOOST_TEST(failure(parent / "open").find("Operation not permitted") != std::string::npos);
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
    ::unsetenv("XDG_RUNTIME_DIR");
    ::setenv("TMPDIR", "relative", 1);
    BOOST_TEST(place() == "/tmp");
    tmpdir.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", tmpdir.c_str(), 1);
    runtime.empty() ? ::unsetenv("XDG_RUNTIME_DIR") : ::setenv("XDG_RUNTIME_DIR", runtime.c_str(), 1);
}

BOOST_AUTO_TEST_SUITE_END()
