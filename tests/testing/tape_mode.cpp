// SPDX-License-Identifier: Apache-2.0
// The mode of a tape, and the variable that chooses it.
#include <esxi/testing/tape_mode.hpp>

#include <cstdlib>
#include <string>

#include <boost/test/unit_test.hpp>

namespace {

using esxi::testing::tape_mode;

std::string failure(std::string const& value)
{
    ::setenv("ESXI_TAPE_MODE", value.c_str(), 1);
    try {
        static_cast<void>(esxi::testing::tape_mode_of_environment());
    } catch (esxi::error const& e) {
        BOOST_TEST((e.kind() == esxi::error_kind::config));
        return e.what();
    }
    return "no failure";
}

struct fixture {
    fixture() { ::unsetenv("ESXI_TAPE_MODE"); }
    ~fixture() { ::unsetenv("ESXI_TAPE_MODE"); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(mode, fixture)

BOOST_AUTO_TEST_CASE(by_name)
{
    struct line {
        char const* name;
        tape_mode mode;
    };
    for (auto const& [name, mode] : {line{"none", tape_mode::none}, line{"once", tape_mode::once},
                                     line{"new_episodes", tape_mode::new_episodes}, line{"all", tape_mode::all}}) {
        BOOST_TEST((esxi::testing::read_tape_mode(name) == mode), name);
        ::setenv("ESXI_TAPE_MODE", name, 1);
        BOOST_TEST((esxi::testing::tape_mode_of_environment() == mode), name);
    }
}

BOOST_AUTO_TEST_CASE(none_unless_told_otherwise)
{
    BOOST_TEST((esxi::testing::tape_mode_of_environment() == tape_mode::none));
    ::setenv("ESXI_TAPE_MODE", "", 1);
    BOOST_TEST((esxi::testing::tape_mode_of_environment() == tape_mode::none));
}

BOOST_AUTO_TEST_CASE(a_name_that_is_none)
{
    BOOST_TEST(failure("ALL") == "ESXI_TAPE_MODE: a tape's mode is none, once, new_episodes or all, and not `ALL`");
    for (char const* name : {"new-episodes", "1", " all", "all ", "\x1b[1m", "\xff"}) {
        BOOST_TEST(failure(name).starts_with("ESXI_TAPE_MODE: "), name);
    }
    BOOST_TEST(failure("\x1b[1m").find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
