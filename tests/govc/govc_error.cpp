// SPDX-License-Identifier: Apache-2.0
// The exception for a failed command: its message word for word, and no secret anywhere in it.
#include <esxi/govc/fault.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using esxi::error_kind;
using esxi::govc::make_govc_error;
using esxi::govc::redactor;

std::string const password = R"(p@ss "w' $x\n%41&)"
                             "\xc3\xa9";

redactor const& hide()
{
    static redactor const made = [] {
        esxi::host_connection connection;
        connection.password = password;
        return redactor(connection);
    }();
    return made;
}

esxi::command const info{{"vm.info", "-json", "./x"}};

} // namespace

BOOST_AUTO_TEST_SUITE(govc_errors)

BOOST_AUTO_TEST_CASE(say_which_command_failed_how)
{
    auto const failed = make_govc_error(info, {1, "", " govc: vm './x' not found\n\n"}, {});
    BOOST_TEST(failed.what() == std::string("govc vm.info exited 1: govc: vm './x' not found"));
    BOOST_TEST(failed.returncode() == 1);
    BOOST_TEST((failed.kind() == error_kind::absent));
    BOOST_TEST(failed.argv() == info.argv, boost::test_tools::per_element());
    BOOST_TEST(failed.stderr_text() == " govc: vm './x' not found\n\n");
    BOOST_TEST(!failed.retry_after().has_value());
}

BOOST_AUTO_TEST_CASE(without_a_subcommand_or_without_words)
{
    BOOST_TEST(make_govc_error({{}}, {2, "", "x"}, {}).what() == std::string("govc <?> exited 2: x"));
    BOOST_TEST(make_govc_error(info, {137, "", ""}, {}).what() ==
               std::string("govc vm.info exited 137: it was ended by signal 9"));
    BOOST_TEST(make_govc_error(info, {1, "", ""}, {}).what() == std::string("govc vm.info exited 1: it said nothing"));
    // The progress of an import is nothing that it said.
    std::string const progress = "\r\033[K[23-11-26 08:27:31] Uploading disk1.vmdk... (44%, 250.8MiB/s)\r";
    BOOST_TEST(make_govc_error(info, {192, "", ""}, {}).what() ==
               std::string("govc vm.info exited 192: it was ended by signal 64"));
    for (int const code : {128, 193, 255}) { // no signals
        auto const error = make_govc_error(info, {code, "", ""}, {});
        BOOST_TEST(error.what() == "govc vm.info exited " + std::to_string(code) + ": it said nothing");
        BOOST_TEST((error.kind() == error_kind::govc));
    }
    BOOST_TEST(make_govc_error({{"import.ova"}}, {143, progress, ""}, {}).what() ==
               std::string("govc import.ova exited 143: it was ended by signal 15"));
}

BOOST_AUTO_TEST_CASE(of_a_fault_quote_its_text)
{
    auto const failed = make_govc_error(info,
                                        {1, "",
                                         "{\"Fault\":{\"Code\":\"ServerFaultCode\",\"String\":\"Permission to perform this "
                                         "operation was denied.\",\"Detail\":{}}}"},
                                        {});
    BOOST_TEST(failed.what() == std::string("govc vm.info exited 1: Permission to perform this operation was denied."));
    BOOST_TEST(failed.stderr_text().starts_with("{\"Fault\""));
    BOOST_TEST(
        make_govc_error(
            info,
            {1, "",
             R"({"Fault":{"Code":"ServerFaultCode","String":"","Detail":{"Fault":{"obj":{"type":"VirtualMachine","value":"140"}}}}})"},
            {})
            .what() == std::string(R"(govc vm.info exited 1: {"obj":{"type":"VirtualMachine","value":"140"}})"));
}

BOOST_AUTO_TEST_CASE(add_what_to_do)
{
    BOOST_TEST(make_govc_error(info, {1, "", "govc: ServerFaultCode: Login failure\n"}, {}).what() ==
               std::string("govc vm.info exited 1: govc: ServerFaultCode: Login failure (check user and password; it is not "
                           "tried again, because a host locks an account after a few wrong passwords)"));
}

BOOST_AUTO_TEST_CASE(quote_400_characters_not_bytes)
{
    std::string const start = "govc vm.info exited 1: ";
    std::string umlauts;
    for (int i = 0; i < 401; ++i) {
        umlauts += "\xc3\xa9";
    }
    BOOST_TEST(make_govc_error(info, {1, "", umlauts}, {}).what() == start + umlauts.substr(0, 800));
    BOOST_TEST(make_govc_error(info, {1, "", umlauts.substr(0, 800)}, {}).what() == start + umlauts.substr(0, 800));
    BOOST_TEST(make_govc_error(info, {1, "", std::string(500, 'x')}, {}).what() == start + std::string(400, 'x'));
    std::string replaced; // what is no UTF-8 could not be passed on as JSON
    for (int i = 0; i < 400; ++i) {
        replaced += "\xef\xbf\xbd";
    }
    BOOST_TEST(make_govc_error(info, {1, "", std::string(500, '\xff')}, {}).what() == start + replaced);
    BOOST_TEST(make_govc_error(info, {1, "", std::string(399, 'x') + "\xf0\x9f\x98\x80y"}, {}).what() ==
               start + std::string(399, 'x') + "\xf0\x9f\x98\x80");
}

BOOST_AUTO_TEST_CASE(tell_the_reason_behind_however_many_frames)
{
    std::string text = "govc: ";
    for (int i = 0; i < 40; ++i) {
        text += "A frame with the number " + std::to_string(i) + "\n" + "A frame that comes again\n";
    }
    std::string const start = "govc vm.info exited 1: ";
    std::string_view const reason = "Object type requires hosted I/O";
    std::string const said = make_govc_error(info, {1, "", text + std::string(reason)}, {}).what();
    BOOST_TEST(said.starts_with(start + std::string(reason) + "\ngovc: A frame with the number 0\nA frame that comes again\n"),
               said);
    BOOST_TEST(said.find("comes again", said.find("comes again") + 1) == std::string::npos);
    BOOST_TEST(said.ends_with("check or convert it with vmkfstools)"), said);
}

BOOST_AUTO_TEST_CASE(of_a_govc_that_broke_down_hold_its_first_line)
{
    std::string const why = "panic: runtime error: invalid memory address or nil pointer dereference";
    auto const failed = make_govc_error(
        info, {2, "", why + "\n[signal SIGSEGV: segmentation violation]\n\ngoroutine 1 [running]:\nmain.main()\n"}, {});
    BOOST_TEST(failed.what() ==
               "govc vm.info exited 2: " + why + " (govc itself broke down, which is a defect of it; use another version)");
    BOOST_TEST(failed.stderr_text() == why);
    BOOST_TEST((failed.kind() == error_kind::govc));
}

BOOST_AUTO_TEST_CASE(hold_no_secret)
{
    auto const json = boost::json::serialize(boost::json::string_view(password));
    esxi::command const sent{{password, "-x=" + password, "https://root:other@h/a.ova"}};
    auto const failed = make_govc_error(
        sent, {1, "", "govc: " + password + " " + json + " https://root:" + password + "@h/ " + password.substr(0, 8)}, hide());
    BOOST_TEST(failed.what() ==
               "govc <redacted> exited 1: govc: <redacted> \"<redacted>\" https://<redacted>@h/ " + password.substr(0, 8));
    BOOST_TEST(failed.argv() == (std::vector<std::string>{"<redacted>", "-x=<redacted>", "https://<redacted>@h/a.ova"}),
               boost::test_tools::per_element());
    BOOST_TEST(!hide().finds_secret(failed.stderr_text()));
    BOOST_TEST(failed.stderr_text().find("x\\n") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(are_redacted_before_they_are_cut)
{
    auto const failed = make_govc_error(info, {1, "", std::string(395, 'x') + password}, hide());
    BOOST_TEST(failed.what() == "govc vm.info exited 1: " + std::string(395, 'x') + "<reda");
}

BOOST_AUTO_TEST_CASE(of_a_fault_as_json_hold_no_secret)
{
    auto const text =
        "{\"Fault\":{\"Code\":\"x\",\"String\":" + boost::json::serialize(boost::json::string_view("bad " + password)) + "}}";
    auto const failed = make_govc_error(info, {1, "", text}, hide());
    BOOST_TEST(failed.what() == std::string("govc vm.info exited 1: bad <redacted>"));
    BOOST_TEST(failed.stderr_text() == "{\"Fault\":{\"Code\":\"x\",\"String\":\"bad <redacted>\"}}");
}

BOOST_AUTO_TEST_CASE(of_a_conflict_say_when_to_come_again)
{
    BOOST_TEST(make_govc_error(info, {1, "", "Another task is already in progress."}, {}).retry_after().value().count() == 15);
    BOOST_TEST(!make_govc_error(info, {1, "", "503 Service Unavailable"}, {}).retry_after().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
