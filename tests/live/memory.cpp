// SPDX-License-Identifier: Apache-2.0
// No password, and no piece of one, is left in the memory of a program when transports, contexts and errors that knew it are gone.
// ctest: verify
#include <string>

#include <boost/test/unit_test.hpp>

#include "support/live.hpp"

namespace {

struct fixture {
    /// The number that the program printed after this word; -1 where it printed none.
    static int number(std::string const& said, std::string const& word)
    {
        auto const at = said.find("\n" + word + " ");
        return at == std::string::npos ? -1 : std::stoi(said.substr(at + word.size() + 2));
    }
    static std::string run(test::simulator const& host, char const* how)
    {
        test::directory const directory;
        test::write_file(directory / "password", host.password());
        auto const done = test::run_program({std::string(ESXI_TEST_PROGRAMS_DIR) + "/forget", how, host.host(), host.ca_file(),
                                             test::bin("govc"), directory / "password", directory / "tape.json"});
        BOOST_TEST(done.exit_code == 0, done.err);
        return "\n" + done.out;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(memory, fixture)

BOOST_AUTO_TEST_CASE(nothing_is_left_of_a_password)
{
    // Short ones stand inside of strings, long ones outside.
    for (char const* password : {"tr0ub4dor", "a-p4ssw0rd-of-more-than-fifteen-characters+&/"}) {
        test::simulator const host({"--vms", "1"}, password);
        for (char const* how : {"careful", "served"}) {
            auto const said = run(host, how);
            BOOST_TEST_CONTEXT(how << said)
            {
                BOOST_TEST(said.find("none") != std::string::npos); // the error, of a VM that is not there
                BOOST_TEST(number(said, "held") > 0);
                BOOST_TEST(number(said, "left") == 0);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_left_is_found)
{
    test::simulator const host({"--vms", "1"}, "a-p4ssw0rd-of-more-than-fifteen-characters+&/");
    auto const said = run(host, "careless");
    BOOST_TEST(number(said, "left") > 0, said);
}

BOOST_AUTO_TEST_SUITE_END()
