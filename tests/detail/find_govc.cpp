// SPDX-License-Identifier: Apache-2.0
// Which govc is taken, and what is said where there is none.
#include <esxi/detail/find_govc.hpp>

#include <filesystem>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "support/directory.hpp"

namespace {

namespace fs = std::filesystem;
using esxi::detail::find_govc;
using esxi::detail::govc_places;

struct places {
    test::directory directory;

    /// A govc in a folder of that name; its path.
    std::string make(std::string const& folder, unsigned mode = 0755)
    {
        fs::create_directory(directory.path() / folder);
        auto path = directory / folder + "/govc";
        test::write_file(path, "x");
        ::chmod(path.c_str(), mode);
        return path;
    }
    std::string failure(govc_places const& p) const
    {
        try {
            return find_govc(p);
        } catch (esxi::error const& e) {
            BOOST_TEST((e.kind() == esxi::error_kind::config));
            return e.what();
        }
    }
    static unsigned mode(std::string const& path)
    {
        struct ::stat found{};
        return ::stat(path.c_str(), &found) == 0 ? found.st_mode & 07777u : 0u;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(finding_govc, places)

BOOST_AUTO_TEST_CASE(takes_the_four_places_in_order)
{
    auto const option = make("option"), variable = make("variable"), beside = make("beside"), path = make("path");
    auto const search = "::relative:/nowhere:" + directory / "path" + ":" + directory / "option";
    BOOST_TEST(find_govc({option, variable, beside, search}) == option);
    BOOST_TEST(find_govc({"", variable, beside, search}) == variable);
    BOOST_TEST(find_govc({"", "", beside, search}) == beside);
    BOOST_TEST(find_govc({"", "", directory / "none/govc", search}) == path);
    BOOST_TEST(find_govc({"", "", "", search}) == path);
}

BOOST_AUTO_TEST_CASE(makes_a_path_absolute)
{
    auto const here = fs::current_path();
    make("sub");
    fs::current_path(directory.path());
    BOOST_TEST(find_govc({"sub/govc", "", "", ""}) == directory / "sub/govc");
    BOOST_TEST(find_govc({"", "./sub/govc", "", ""}).starts_with('/'));
    fs::current_path(here);
}

BOOST_AUTO_TEST_CASE(a_place_that_is_named_is_not_passed_over)
{
    auto const beside = make("beside");
    BOOST_TEST(failure({directory / "none", "", beside, ""}) ==
               "govc: `" + directory / "none" + "`, from the option, is not there; name a govc that is");
    BOOST_TEST(failure({"", directory / "none", beside, ""}) ==
               "govc: `" + directory / "none" + "`, from ESXI_GOVC, is not there; name a govc that is");
    BOOST_TEST(failure({directory.path(), "", beside, ""}) ==
               "govc: `" + directory.path().string() + "`, from the option, is a directory; name the program in it");
}

BOOST_AUTO_TEST_CASE(ours_is_made_executable_and_others_are_not)
{
    auto const beside = make("beside", 0600), other = make("other", 0644);
    BOOST_TEST(find_govc({"", "", beside, ""}) == beside);
    BOOST_TEST(mode(beside) == 0700u);
    auto const what_to_do = "cannot be executed; run `chmod u+x` on it, or name another";
    BOOST_TEST(failure({other, "", "", ""}) == "govc: `" + other + "`, from the option, " + what_to_do);
    BOOST_TEST(failure({"", other, "", ""}) == "govc: `" + other + "`, from ESXI_GOVC, " + what_to_do);
    BOOST_TEST(failure({"", "", "", directory / "other"}) == "govc: `" + other + "`, from PATH, " + what_to_do);
    BOOST_TEST(mode(other) == 0644u);
    auto const later = make("later");
    BOOST_TEST(find_govc({"", "", "", directory / "other" + ":" + directory / "later"}) == later);
    if (::geteuid() == 0) {
        auto const foreign = make("foreign", 0644);
        BOOST_REQUIRE(::chown(foreign.c_str(), 12345, 12345) == 0);
        BOOST_TEST(failure({"", "", foreign, ""}) == "govc: `" + foreign + "`, from beside the program, " + what_to_do);
        BOOST_TEST(mode(foreign) == 0644u);
    }
}

BOOST_AUTO_TEST_CASE(says_where_it_looked)
{
    auto const said = failure({"", "", directory / "govc", "/nowhere"});
    for (std::string const part : {"the option", "ESXI_GOVC", "beside the program", "PATH", "install govc"}) {
        BOOST_TEST(said.find(part) != std::string::npos);
    }
    BOOST_TEST(esxi::detail::govc_places_of("x").option == "x");
    BOOST_TEST(esxi::detail::govc_places_of("").beside == (fs::read_symlink("/proc/self/exe").parent_path() / "govc").string());
}

BOOST_AUTO_TEST_SUITE_END()
