// SPDX-License-Identifier: Apache-2.0
// What people paste, and what their editors add to it: right, or refused before any login.
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/live.hpp"

BOOST_AUTO_TEST_SUITE(pasted)

BOOST_AUTO_TEST_CASE(password_files)
{
    test::simulator const host;
    test::tool tool(host);
    tool.set("ESXI_PASSWORD", "");
    auto const& right = host.password();
    auto const file = tool.home() / "password";
    auto const probe = [&](std::string const& content) {
        test::write_file(file, content);
        return tool.run({"--password-file", file, "host", "probe"});
    };
    for (auto const& content :
         {right, right + "\n", right + "\r\n", right + "\n\n", right + "\r\n\r\n", "\xef\xbb\xbf" + right + "\r\n"}) {
        BOOST_TEST(probe(content).exit_code == 0, content);
    }
    auto const before = host.calls("Login");
    for (auto const& [content, reason] :
         {std::pair<std::string, std::string>{"root:" + right + "\n", "the user's name and a colon before"},
          {"\"" + right + "\"\n", "quotation marks around"},
          {"\u201c" + right + "\u201d", "quotation marks around"},
          {right + "\nanother\n", "more than one line"},
          {"\n" + right, "more than one line"},
          {std::string("\xff\xfep\0w\0", 6), "save it as UTF-8"},
          {std::string("p\0w\0", 4), "save it as UTF-8"},
          {"\r\n\r\n", "is empty"},
          {"\xef\xbb\xbf", "is empty"}}) {
        auto const refused = probe(content);
        BOOST_TEST(refused.exit_code == 2, content);
        BOOST_TEST(refused.err.find(reason) != std::string::npos, refused.err);
        BOOST_TEST(refused.err.find(right) == std::string::npos, refused.err);
    }
    BOOST_TEST(host.calls("Login") == before);
    // In the variable there is nobody who could have put quotation marks around it; an end of line a shell's `$(...)` can leave.
    tool.set("ESXI_PASSWORD", right + "\r");
    BOOST_TEST(tool.run({"host", "probe"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(what_is_to_be_trusted)
{
    test::simulator const host;
    test::tool const tool(host);
    for (auto const& thumbprint : {"sha256 Fingerprint=" + host.thumbprint(), "SHA1 Fingerprint=" + host.thumbprint_sha1() + "\n",
                                   host.host() + " " + host.thumbprint()}) {
        BOOST_TEST(tool.run_bare({"host", "probe", "--thumbprint", thumbprint}).exit_code == 0, thumbprint);
    }
    auto const pem = test::read_file(host.ca_file());
    std::string pasted = "subject=CN = esxi1\r\n";
    for (char c : pem) {
        pasted += c == '\n' ? "\r\n   " : std::string(1, c);
    }
    test::write_file(tool.home() / "pasted.pem", pasted + "-- end of mail --\r\n");
    BOOST_TEST(tool.run_bare({"host", "probe", "--ca-bundle", tool.home() / "pasted.pem"}).exit_code == 0);
    auto const before = host.calls("Login");
    test::write_file(tool.home() / "cut.pem", pem.substr(0, pem.size() / 2));
    BOOST_TEST(tool.run_bare({"host", "probe", "--ca-bundle", tool.home() / "cut.pem"}).exit_code == 2);
    auto const url = tool.run({"--host", "https://" + host.host() + "/ui/", "host", "probe"});
    BOOST_TEST(url.exit_code == 2);
    BOOST_TEST(url.err.find("credentials: write " + host.host()) != std::string::npos, url.err);
    BOOST_TEST(host.calls("Login") == before);
}

BOOST_AUTO_TEST_SUITE_END()
