// SPDX-License-Identifier: Apache-2.0
// What is found on a tape.
#include <esxi/testing/check_tape.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/testing/scripted_transport.hpp>
#include <esxi/testing/taped_transport.hpp>

#include "support/directory.hpp"

namespace {

using esxi::testing::check_tape_text;

/// The findings, in a line each.
std::string shown(std::vector<esxi::testing::tape_finding> const& findings)
{
    std::string all;
    for (auto const& found : findings) {
        all += std::to_string(found.entry) + (found.wrong ? " error: " : " note: ") + found.what + "\n";
    }
    return all;
}

/// What is found on a tape with these commands.
std::string found(std::string const& commands, std::vector<std::string> const& secrets = {})
{
    return shown(
        check_tape_text(R"({"format":1,"govc":"","recorded":"","host":"{host}","commands":[)" + commands + "]}", secrets));
}

} // namespace

BOOST_AUTO_TEST_SUITE(check_tape)

BOOST_AUTO_TEST_CASE(nothing)
{
    BOOST_TEST(found("").empty());
    BOOST_TEST(found(R"({"argv":["about","-json"],"exit_code":0,"stdout":"{host} {host_name} {token:1} {=x} {}"})").empty());
}

BOOST_AUTO_TEST_CASE(placeholders)
{
    BOOST_TEST(found(R"({"argv":["find","{token} {ova}"],"exit_code":0},
                        {"argv":["ls"],"exit_code":0,"stdout":{"a":"{ova} {host:3}{dir:1}"}},
                        {"argv":["ls"],"stdin":"{token}","throws":{"kind":"config","message":"{store_2}"}})") ==
               "1 error: placeholder {token} stands for nothing\n"
               "2 error: placeholder {dir:1} stands for nothing\n"
               "2 error: placeholder {host:3} stands for nothing\n"
               "3 error: placeholder {token} stands for nothing\n"
               "0 note: a replay must say what {ova} stands for, in `paths`\n"
               "0 note: a replay must say what {store_2} stands for, in `paths`\n");
}

BOOST_AUTO_TEST_CASE(secrets)
{
    BOOST_TEST(found(R"({"argv":["ls","https://root:pw@esxi1/"],"exit_code":1,"stderr":"Post https://u:p@h/sdk"})") ==
               "1 error: a URL with user or password is in `argv`\n1 error: a URL with user or password is in `stderr`\n");
    BOOST_TEST(found(R"({"argv":["ls","https://<redacted>@esxi1/ a@b"],"exit_code":0,"stdout":{"u":"https://h/a"}})").empty());
    auto const with = R"({"argv":["ls","a=correct horse"],"stdin":"{\"x\":\"correct\\u0020horse\"}","exit_code":0,
                          "stdout_base64":"Y29ycmVjdCBob3JzZQ=="})";
    BOOST_TEST(found(with).empty());
    BOOST_TEST(found(with, {"correct horse"}) ==
               "1 error: a secret is in `argv`\n1 error: a secret is in `stdin`\n1 error: a secret is in `stdout`\n");
}

BOOST_AUTO_TEST_CASE(changes)
{
    BOOST_TEST(found(R"({"argv":["vm.info","x"],"exit_code":0},{"argv":["vm.destroy","x"],"exit_code":0},
                        {"argv":["vm.inof","x"],"exit_code":0})") ==
               "2 note: `vm.destroy` changes the host\n"
               "3 note: `vm.inof` is no command that esxi knows: it may change the host\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_tape)
{
    BOOST_TEST(found(R"({"argv":[],"exit_code":0},{"argv":["about"],"exit_code":0},{"argv":["about"]},5,
                        {"argv":["ls"],"throws":{"kind":"x","message":""}}, {"argv":["ls"],"exit_code":0,"Stdout":""})")
                   .starts_with("1 error: has an empty `argv`\n"
                                "3 error: has no `exit_code`\n"
                                "4 error: is not an object\n"
                                "5 error: `throws` has a `kind` that is none: x\n"
                                "6 error: has an unknown key `Stdout`"));
    for (std::string const text : {"", "x", "[]", "{}", "5", R"({"format":1})", R"({"format":2,"commands":[]})",
                                   R"({"format":1,"govc":"","recorded":"","host":"esxi1","commands":[]})",
                                   R"({"format":1,"govc":"","recorded":"","host":"{host}","commands":{}})"}) {
        auto const all = check_tape_text(text);
        BOOST_TEST(all.size() == 1u, text);
        BOOST_TEST(all.at(0).wrong);
        BOOST_TEST(all.at(0).entry == 0u);
        BOOST_TEST(all.at(0).what.starts_with("tape "), all.at(0).what);
    }
    BOOST_TEST(shown(check_tape_text(std::string(100000, '['))).starts_with("0 error: tape is not JSON"));
}

BOOST_AUTO_TEST_CASE(the_tapes_that_are_here)
{
    int seen = 0;
    for (char const* folder : {"/tests/tapes", "/examples/tapes"}) {
        for (auto const& file : std::filesystem::directory_iterator(ESXI_SOURCE_DIR + std::string(folder))) {
            auto const all = check_tape_text(test::read_file(file.path().string()));
            for (auto const& one : all) {
                BOOST_TEST(!one.wrong, file.path() << ": " << shown({one}));
            }
            ++seen;
        }
    }
    BOOST_TEST(seen > 20);
}

BOOST_AUTO_TEST_SUITE_END()
