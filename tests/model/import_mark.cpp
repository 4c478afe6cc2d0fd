// SPDX-License-Identifier: Apache-2.0
// The mark of an import, on the VM and in the runtime properties.
#include <esxi/model/import_mark.hpp>

#include <string>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(import_mark)

BOOST_AUTO_TEST_CASE(tokens_in_annotations)
{
    std::string const token = "esxi-import-0123456789abcdef0123456789abcdef";
    for (auto const& annotation : {token, "before " + token, token + "\nafter", "esxi-import-" + token,
                                   "esxi-import-xyz " + token, token + "0", token + " " + token}) {
        BOOST_TEST(esxi::find_import_token(annotation) == token);
    }
    for (auto const& annotation : {std::string(), std::string("esxi-import-"), token.substr(0, token.size() - 1),
                                   "esxi-import-0123456789ABCDEF0123456789ABCDEF" + std::string(), "Esxi" + token.substr(4),
                                   std::string("Imported by esxi from x.ova")}) {
        BOOST_TEST(esxi::find_import_token(annotation).empty(), annotation);
    }
}

BOOST_AUTO_TEST_CASE(there_and_back)
{
    esxi::import_mark const mark{"t", "m", 12, 34, 56};
    boost::json::value const json = to_json(mark);
    BOOST_TEST((json == boost::json::parse(R"({"token":"t","machine":"m","pid":12,"pid_started":34,"started":56})")));
    auto const read = esxi::read_import_mark(&json);
    BOOST_TEST(read.token == "t");
    BOOST_TEST(read.machine == "m");
    BOOST_TEST(read.pid == 12);
    BOOST_TEST(read.pid_started == 34);
    BOOST_TEST(read.started == 56);
}

BOOST_AUTO_TEST_CASE(what_is_none)
{
    BOOST_TEST(esxi::read_import_mark(nullptr).token.empty());
    for (char const* text : {"null", "1", "\"esxi-import-\"", "[]", "{}",
                             R"({"token": 1, "machine": [], "pid": "1", "pid_started": 1.5, "started": null})"}) {
        auto const value = boost::json::parse(text);
        auto const mark = esxi::read_import_mark(&value);
        BOOST_TEST(mark.token.empty());
        BOOST_TEST(mark.machine.empty());
        BOOST_TEST(mark.pid == 0);
        BOOST_TEST(mark.pid_started == 0);
        BOOST_TEST(mark.started == 0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
