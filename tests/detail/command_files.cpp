// SPDX-License-Identifier: Apache-2.0
// The files of a command: whose they are, and that they go with it.
#include <esxi/detail/command_files.hpp>

#include <filesystem>

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include <support/directory.hpp>

using esxi::detail::command_files;

namespace {

std::size_t count(test::directory const& directory)
{
    auto const all = std::filesystem::directory_iterator(directory.path());
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(command_files_)

BOOST_AUTO_TEST_CASE(are_named_at_the_end_and_readable_by_nobody_else)
{
    test::directory const directory;
    esxi::command const c{{"vm.change", "-vm=x"}, "in", {{"guestinfo.a", std::string("one\n\0two\n", 9)}, {"guestinfo.b", ""}}};
    {
        command_files const files(c, directory.path().string());
        auto const& named = files.named();
        BOOST_TEST_REQUIRE(named.argv.size() == 4u);
        BOOST_TEST(named.argv[1] == "-vm=x");
        BOOST_TEST(named.input == "in");
        BOOST_TEST(named.files.empty());
        std::string const begin = "-f=guestinfo.a=" + directory.path().string() + "/";
        BOOST_TEST_REQUIRE(named.argv[2].starts_with(begin));
        auto const path = named.argv[2].substr(named.argv[2].rfind('=') + 1);
        BOOST_TEST(test::read_file(path) == std::string("one\n\0two\n", 9));
        struct ::stat found{};
        BOOST_TEST_REQUIRE(::stat(path.c_str(), &found) == 0);
        BOOST_TEST((found.st_mode & 07777u) == 0600u);
        BOOST_TEST(named.argv[3].starts_with("-f=guestinfo.b="));
        command_files const others(c, directory.path().string()); // at the same time
        BOOST_TEST(others.named().argv[2] != named.argv[2]);
        BOOST_TEST(count(directory) == 4u);
    }
    BOOST_TEST(count(directory) == 0u);
}

BOOST_AUTO_TEST_CASE(are_none_of_most_commands)
{
    esxi::command const c{{"about"}};
    command_files const files(c, "/nosuch");
    BOOST_TEST(&files.named() == &c);
}

BOOST_AUTO_TEST_CASE(that_cannot_be_written_are_an_error_that_tells_no_text)
{
    test::directory const directory;
    auto const failure = [&](esxi::command const& c, std::string const& where) {
        try {
            command_files const files(c, where);
        } catch (esxi::error const& failed) {
            BOOST_TEST(std::string(failed.what()).find("s3cret!") == std::string::npos);
            return std::string(esxi::to_string(failed.kind()));
        }
        return std::string("no failure");
    };
    BOOST_TEST(failure({{"x"}, {}, {{"k", "s3cret!"}}}, directory / "nosuch") == "unavailable");
    for (auto const& key : {std::string(), std::string("a=b"), std::string("a\0b", 3)}) {
        BOOST_TEST(failure({{"x"}, {}, {{"!", "s3cret!"}, {key, "s3cret!"}}}, directory.path().string()) == "config");
    }
    BOOST_TEST(count(directory) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
