// SPDX-License-Identifier: Apache-2.0
// Files that are replaced as a whole, and which are left alone.
#include <esxi/detail/atomic_file.hpp>

#include <filesystem>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "support/directory.hpp"

namespace {

namespace fs = std::filesystem;

std::string failure(std::string const& path)
{
    try {
        esxi::detail::write_private_file(path, "new");
    } catch (esxi::error const& e) {
        BOOST_TEST((e.kind() == esxi::error_kind::config));
        return e.what();
    }
    return "written";
}

unsigned mode(std::string const& path)
{
    struct ::stat found{};
    BOOST_REQUIRE(::lstat(path.c_str(), &found) == 0);
    return found.st_mode & 07777u;
}

bool only(test::directory const& directory, std::string const& name)
{
    for (auto const& entry : fs::directory_iterator(directory.path())) {
        if (entry.path().filename() != name) {
            return false;
        }
    }
    return true;
}

} // namespace

BOOST_AUTO_TEST_SUITE(atomic_file)

BOOST_AUTO_TEST_CASE(writes_a_new_file_for_its_owner_only)
{
    test::directory const directory;
    auto const path = directory / "file";
    auto const before = ::umask(0);
    esxi::detail::write_private_file(path, std::string("a\0b", 3));
    ::umask(before);
    BOOST_TEST(test::read_file(path) == std::string("a\0b", 3));
    BOOST_TEST(mode(path) == 0600u);
    BOOST_TEST(only(directory, "file"));
}

BOOST_AUTO_TEST_CASE(a_umask_does_not_take_the_owner_s_right)
{
    test::directory const directory;
    auto const before = ::umask(0777);
    esxi::detail::write_private_file(directory / "file", "x");
    ::umask(before);
    BOOST_TEST(mode(directory / "file") == 0600u);
}

BOOST_AUTO_TEST_CASE(replaces_an_old_file_and_its_mode)
{
    test::directory const directory;
    auto const path = directory / "file";
    test::write_file(path, "a much longer old content");
    fs::permissions(path, fs::perms(0644));
    fs::create_hard_link(path, directory.path() / "old");
    esxi::detail::write_private_file(path, "new");
    BOOST_TEST(test::read_file(path) == "new");
    BOOST_TEST(mode(path) == 0600u);
    // Who has the old one open goes on with it.
    BOOST_TEST(test::read_file(directory / "old") == "a much longer old content");
}

BOOST_AUTO_TEST_CASE(writes_into_the_working_directory)
{
    test::directory const directory;
    auto const before = fs::current_path();
    fs::current_path(directory.path());
    esxi::detail::write_private_file("file", "x");
    fs::current_path(before);
    BOOST_TEST(test::read_file(directory / "file") == "x");
}

BOOST_AUTO_TEST_CASE(refuses_a_symbolic_link)
{
    test::directory const directory;
    test::write_file(directory / "target", "old");
    fs::create_symlink("target", directory.path() / "link");
    fs::create_symlink("nothing", directory.path() / "dangling");
    BOOST_TEST(failure(directory / "link") == "cannot write `" + directory / "link" + "`: it is a symbolic link");
    BOOST_TEST(failure(directory / "dangling").find("it is a symbolic link") != std::string::npos);
    BOOST_TEST(test::read_file(directory / "target") == "old");
    BOOST_TEST(!fs::exists(directory.path() / "nothing"));
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_file)
{
    test::directory const directory;
    fs::create_directory(directory.path() / "folder");
    BOOST_TEST(failure(directory / "folder").find("it is not a regular file") != std::string::npos);
    BOOST_TEST(failure(directory / "folder/").find("it names no file") != std::string::npos);
    BOOST_TEST(failure(directory / "..").find("it names no file") != std::string::npos);
    BOOST_TEST(failure("").find("it names no file") != std::string::npos);
    BOOST_TEST(failure(directory / "nowhere/file").find("No such file") != std::string::npos);
    BOOST_REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
    BOOST_TEST(failure(directory / "pipe").find("it is not a regular file") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(refuses_a_file_of_another_user)
{
    test::directory const directory;
    auto const path = test::foreign_file(directory / "file", "old");
    auto const before = test::read_file(path);
    BOOST_TEST(failure(path).find("it belongs to another user") != std::string::npos);
    BOOST_TEST(test::read_file(path) == before);
}

BOOST_AUTO_TEST_CASE(leaves_nothing_behind_when_it_fails)
{
    test::directory const directory;
    auto const path = directory / std::string(300, 'x');
    BOOST_TEST(failure(path).find("File name too long") != std::string::npos);
    BOOST_TEST(fs::is_empty(directory.path()));
}

BOOST_AUTO_TEST_SUITE_END()
