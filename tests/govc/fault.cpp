// SPDX-License-Identifier: Apache-2.0
// What a failure is: each text of a real host, of govc and of the simulator, in each form in which govc prints it.
#include <esxi/govc/fault.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "support/known_failures.hpp"
#include "support/real_failures.hpp"

namespace {

using esxi::command;
using esxi::error_kind;
using esxi::govc::classify;
using esxi::govc::fault;
using namespace test;
using row = known_failure;

command const power{{"vm.power", "-json", "-on", "VirtualMachine:140"}};

void expect(fault const& found, row const& wanted)
{
    BOOST_TEST(esxi::to_string(found.kind) == esxi::to_string(wanted.kind));
    BOOST_TEST(found.login_refused == (wanted.set == login_refused));
    BOOST_TEST(found.session_lost == (wanted.set == session_lost));
    BOOST_TEST(found.tools_missing == (wanted.set == tools_missing));
    BOOST_TEST(found.existing_state == wanted.existing_state);
}

fault of(std::string err, command const& sent = power)
{
    return classify(sent, {1, {}, std::move(err)});
}

std::string method_fault(std::string const& text, std::string const& fields = "{}")
{
    return R"({"Fault":{"XMLName":{"Space":"http://schemas.xmlsoap.org/soap/envelope/","Local":"Fault"},"Code":"ServerFaultCode","String":)" +
           boost::json::serialize(text) + R"(,"Detail":{"Fault":)" + fields + "}}}\n";
}

std::string task_fault(std::string const& text, std::string const& fields = "{}")
{
    return R"({"fault":)" + fields + R"(,"localizedMessage":)" + boost::json::serialize(text) + R"(,"Description":null})" + "\n";
}

/// The command that said it, of a VM named by its moid.
command command_of(real_failure const& one)
{
    return one.command == "import.ova" ? command{{"import.ova", "-name=x", "-options=-", "/ovas/a.ova"}}
                                       : command{{std::string(one.command), "-json", "VirtualMachine:140"}};
}

/// Its lines.
std::string lines_of(real_failure const& one)
{
    std::string text(one.text);
    esxi::govc::detail::replace_all(text, " ~ ", "\n");
    return text;
}

/// As a task's fault whose lines stand in `faultMessage`, behind a frame that comes a dozen times.
std::string framed_fault(real_failure const& one)
{
    std::string messages;
    auto const add = [&messages](std::string_view line) {
        messages += (messages.empty() ? "" : ",") + std::string(R"({"key":"msg.x","message":)") +
                    boost::json::serialize(boost::json::string_view(line.data(), line.size())) + "}";
    };
    for (int i = 0; i < 12; ++i) {
        add("An error was received from the ESX host while powering on VM no such VM.");
    }
    auto const text = lines_of(one);
    for (std::size_t begin = 0; begin < text.size();) {
        auto const end = std::min(text.find('\n', begin), text.size());
        add(std::string_view(text).substr(begin, end - begin));
        begin = end + 1;
    }
    return R"({"fault":{"faultMessage":[)" + messages + R"(]},"localizedMessage":"Failed to start the virtual machine."})";
}

} // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(of_real_hosts_are_known_by_their_reason)
{
    BOOST_TEST(std::size(real_failures) >= 150u);
    for (auto const& one : real_failures) {
        auto const text = lines_of(one);
        auto const sent = command_of(one);
        BOOST_TEST_CONTEXT(one.text)
        {
            for (auto const& printed :
                 {"govc: " + text, "/usr/bin/govc: ServerFaultCode: " + text, task_fault(text), method_fault(text),
                  "govc: An error occurred while doing it: " + text + " (msg.vigor.take.error)",
                  "govc: Failed to start the virtual machine.\nModule 'Any' power on failed.\n" + text, framed_fault(one)}) {
                auto const found = of(printed, sent);
                BOOST_TEST(esxi::to_string(found.kind) == esxi::to_string(one.kind), printed);
                BOOST_TEST(found.advice.find(one.hint) != std::string::npos,
                           "`" << found.advice << "` does not say " << one.hint);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(of_the_descriptor_need_another_ova_whatever_its_lines_say)
{
    command const import{{"import.ova", "-name=x", "-options=-", "/ovas/a.ova"}};
    for (auto const* text :
         {"Line 12: Element 'DiskSection' expected.", "Line 34: Attribute 'fileRef' refers to a file that is busy.",
          "Line -1: The disk cannot be accessed", "a first line\n - Line 7: timeout", "Line 5: Unsupported element 'timeout'."}) {
        expect(of(std::string("govc: ") + text, import), {"", error_kind::config});
        BOOST_TEST(of(text, import).advice.find("descriptor") != std::string::npos, text);
    }
    for (auto const* text : {"Online 5: y", "Line: x", "Line x: y", "Line -: y", "Line 5", "line 5 : y"}) {
        expect(of(text, import), {"", error_kind::govc});
    }
}

BOOST_AUTO_TEST_CASE(of_a_govc_that_broke_down_show_no_stack)
{
    std::string const trace =
        "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0xdc45af]\n\ngoroutine 1 [running]:\n"
        "github.com/vmware/govmomi/govc/vm/snapshot.(*tree).write(0xc0000b0d00)\n\t/home/x/timeout.go:95 +0x42f\n";
    std::string const why = "panic: runtime error: invalid memory address or nil pointer dereference";
    for (auto const& before : {"", "a line before\n"}) {
        auto const found = of(before + why + "\n" + trace);
        expect(found, {"", error_kind::govc});
        BOOST_TEST(found.text == before + why);
        BOOST_TEST(found.advice.find("use another version") != std::string::npos);
    }
    expect(of("fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [select]:\nmain.main()\n"),
           {"", error_kind::govc});
    BOOST_TEST(of("goroutine 1 of a VM is unknown").text == "goroutine 1 of a VM is unknown");
}

BOOST_AUTO_TEST_CASE(as_text_are_known_by_their_words)
{
    for (auto const& rows : {failures_of_a_host, failures_of_govc}) {
        for (auto const& wanted : rows) {
            for (std::string const before :
                 {"govc: ", "/usr/local/bin/govc: ", "C:\\govc.exe: ", "govc: ServerFaultCode: ", ""}) {
                BOOST_TEST_CONTEXT(before << wanted.text)
                {
                    expect(of(before + wanted.text + "\n"), wanted);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(as_json_are_known_by_the_same_words)
{
    for (auto const& wanted : failures_of_a_host) {
        BOOST_TEST_CONTEXT(wanted.text)
        {
            expect(of(method_fault(wanted.text)), wanted);
            expect(of(task_fault(wanted.text)), wanted);
            expect(of("a warning\n" + task_fault(wanted.text)), wanted);
            BOOST_TEST(of(task_fault(wanted.text)).text == wanted.text);
            BOOST_TEST(of(method_fault(wanted.text)).text == wanted.text);
        }
    }
}

BOOST_AUTO_TEST_CASE(are_all_tried_of_which_there_is_a_rule)
{
    std::string tried;
    for (auto const& rows : {failures_of_a_host, failures_of_govc}) {
        for (auto const& wanted : rows) {
            tried += esxi::govc::detail::without_names(wanted.text, power) + "\n";
        }
    }
    for (auto const& one : real_failures) {
        tried += esxi::govc::detail::without_names(lines_of(one), power) + "\n";
    }
    for (std::span<esxi::govc::detail::fault_rule const> rules :
         {std::span<esxi::govc::detail::fault_rule const>(esxi::govc::detail::fault_rules),
          std::span<esxi::govc::detail::fault_rule const>(esxi::govc::detail::fallback_rules)}) {
        for (auto const& rule : rules) {
            // The text of that one is the library's own, for a govc that said nothing.
            BOOST_TEST((tried.find(rule.text) != std::string::npos || rule.text == "it was ended by signal"), rule.text);
        }
    }
}

BOOST_AUTO_TEST_CASE(can_have_several_lines_with_message_keys)
{
    expect(of("govc: An error occurred while taking a snapshot: Exceeded the maximum number of permitted snapshots. "
              "(msg.snapshot.vigor.take.error)\n"),
           {"", error_kind::config});
    expect(of("govc: Failed to power on. (msg.x)\nUnable to access file [ds] x.vmdk since it is locked (msg.y)\nThe reason last "
              "(msg.z)\n"),
           {"", error_kind::unavailable});
    expect(
        of(R"({"fault":{"faultMessage":[{"key":"msg.snapshot.error","message":"Exceeded the maximum number of permitted snapshots."}]},"localizedMessage":"An error occurred while taking a snapshot"})"),
        {"", error_kind::config});
}

BOOST_AUTO_TEST_CASE(as_fields_need_no_words)
{
    for (auto const* state : {"poweredOn", "poweredOff", "suspended"}) {
        auto const fields = std::string(R"({"requestedState":"poweredOff","existingState":")") + state + "\"}";
        expect(of(task_fault("*types.InvalidPowerState", fields)), {"", error_kind::conflict, none, state});
        expect(of(method_fault("", fields)), {"", error_kind::conflict, none, state});
    }
    // As govc v0.56 and the simulator print it of a VM that is gone.
    expect(of(method_fault("", R"({"obj":{"type":"VirtualMachine","value":"vm-99"}})")), {"", error_kind::absent});
    expect(of(method_fault("", R"({"obj":{"type":"VirtualMachineSnapshot","value":"1"}})")), {"", error_kind::absent});
    expect(of(method_fault("", R"({"Obj":{"Type":"VirtualMachine","Value":"vm-99"}})")), {"", error_kind::absent});
    expect(of(method_fault("The object 'vim.Datastore:ds' has already been deleted or has not been completely created",
                           R"({"obj":{"type":"Datastore","value":"ds"}})")),
           {"", error_kind::govc});
    expect(of(method_fault(
               "verboten",
               R"({"object":{"type":"Folder","value":"ha-folder-vm"},"privilegeId":"VirtualMachine.Inventory.Create"})")),
           {"", error_kind::auth});
}

BOOST_AUTO_TEST_CASE(are_read_as_govc_really_prints_them)
{
    expect(of(R"({
  "fault": {
    "requestedState": "poweredOff",
    "existingState": "poweredOff"
  },
  "localizedMessage": "*types.InvalidPowerState",
  "Description": null
}
)"),
           {"", error_kind::conflict, none, "poweredOff"});
    expect(of(R"({
  "Fault": {
    "XMLName": {
      "Space": "http://schemas.xmlsoap.org/soap/envelope/",
      "Local": "Fault"
    },
    "Code": "ServerFaultCode",
    "String": "Login failure",
    "Detail": {
      "Fault": {}
    }
  }
}
)"),
           {"", error_kind::auth, login_refused});
}

BOOST_AUTO_TEST_CASE(of_any_size_are_judged_in_time)
{
    for (std::string const part : {"[", "[ ", "[] ", "'", "\"", "' ", "{", "\n{", "a.vmdk ["}) {
        std::string text;
        while (text.size() < 1000000) {
            text += part;
        }
        expect(of(text), {"", error_kind::govc});
    }
}

BOOST_AUTO_TEST_CASE(without_words_show_their_fields)
{
    BOOST_TEST(of(method_fault("", R"({"obj":{"type":"VirtualMachine","value":"vm-99"}})")).text ==
               R"({"obj":{"type":"VirtualMachine","value":"vm-99"}})");
    BOOST_TEST(of(task_fault(" \n")).text == "{}");
    BOOST_TEST(of(R"({"fault":{"code":"x"}})").text == R"({"fault":{"code":"x"}})");
}

BOOST_AUTO_TEST_CASE(that_are_no_fault_are_text)
{
    for (std::string const text : {"{", "{}", "{\"fault\":7}", "{\"fault\":null}", "{\"Fault\":[]} x", "[1]"}) {
        expect(of(text), {"", error_kind::govc});
        BOOST_TEST(of(text).text == text);
    }
    BOOST_TEST(of(std::string(10000, '{')).text.size() == 10000u);
    expect(of(""), {"", error_kind::govc});
    expect(of("\xff\xfe"), {"", error_kind::govc});
    // Bytes that are no text do not hide what govc says.
    expect(of(std::string("\xff\xfe") + '\0' + " vm 'x' not found"), {"", error_kind::absent});
}

BOOST_AUTO_TEST_CASE(on_standard_output_count_where_there_is_nothing_else)
{
    expect(classify(power, {1, "govc: vm 'x' not found", " \n"}), {"", error_kind::absent});
    expect(classify(power, {1, "govc: vm 'x' not found", "other"}), {"", error_kind::govc});
}

BOOST_AUTO_TEST_CASE(keep_their_kind_whatever_a_vm_is_called)
{
    for (std::string const name :
         {"Login failure", "x' not found", "it's \"quoted\"", "vm 'a' not found", "NoPermission", "\"", "'", "a\\",
          "has a question pending: 'x'", "timeout", "./x", "EOF", "download(x): 404", "a 'import.ova' b's",
          "x 'snapshot.tree' no such vm",
          "The object 'vim.VirtualMachine:1' has already been deleted or has not been completely created", "web*",
          "\xd0\x92'\xd0\x9c"}) {
        auto const argument = esxi::govc::name_argument(name);
        command const info{{"snapshot.tree", "-json", "-vm=" + argument}};
        command const import{{"import.ova", "-name=" + esxi::govc::stored_name(name), "-options=-", "/ovas/Login failure.ova"}};
        command const snapshot{{"snapshot.create", "-json", "-vm=./vm", "--", esxi::govc::stored_name(name)}};
        BOOST_TEST_CONTEXT(name)
        {
            expect(of("govc: vm '" + argument + "' not found", info), {"", error_kind::absent});
            expect(of("govc: The name '" + name + "' already exists.", import), {"", error_kind::conflict});
            expect(of("govc: The name '" + esxi::govc::stored_name(name) + "' already exists.", import),
                   {"", error_kind::conflict});
            expect(of("govc: Unable to access file [Login failure] " + name + "/" + name + ".vmdk since it is locked", import),
                   {"", error_kind::unavailable});
            expect(of("govc: Insufficient disk space on datastore '" + std::string("NoPermission") + "'.", import),
                   {"", error_kind::config});
            expect(of("govc: open /ovas/Login failure.ova: no such file or directory", import), {"", error_kind::config});
            expect(of("govc: Cannot complete login due to an incorrect user name or password.", info),
                   {"", error_kind::auth, login_refused});
            expect(of("govc: snapshot " + boost::json::serialize(name) + " not found", snapshot), {"", error_kind::absent});
            expect(of("govc: " + boost::json::serialize(name) + " resolves to 2 snapshots", snapshot), {"", error_kind::config});
            expect(of("govc: no snapshots for this VM", snapshot), {"", error_kind::absent});
        }
    }
}

BOOST_AUTO_TEST_CASE(of_a_vm_named_by_moid_keep_their_kind_too)
{
    for (std::string const name : {"Login failure", "it's \"quoted\"", "NoPermission", "timeout", "x.vmx no such vm",
                                   "please specify.vmdk.x", "] x.iso"}) {
        expect(of("The name '" + name + "' already exists."), {"", error_kind::conflict});
        expect(of("Unable to access file [ds] " + name + "/" + name + ".vmdk since it is locked"), {"", error_kind::unavailable});
    }
}

BOOST_AUTO_TEST_CASE(at_the_end_of_data_depend_on_whose_data)
{
    command const local{{"import.ova", "-name=x", "-options=-", "/ovas/a.ova"}};
    command const remote{{"import.ova", "-name=x", "-options=-", "https://h/a.ova"}};
    expect(of("/usr/bin/govc: unexpected EOF", local), {"", error_kind::config});
    expect(of("govc: EOF", {{"import.spec", "-json", "/ovas/a.ova"}}), {"", error_kind::config});
    expect(of("govc: EOF", local), {"", error_kind::unavailable}); // an HTTP 500 of the host
    expect(of("govc: unexpected EOF", remote), {"", error_kind::unavailable});
    expect(of("govc: Post \"https://h/nfc/x/disk-0.vmdk\": unexpected EOF", local), {"", error_kind::unavailable});
    expect(of("govc: Post \"https://h/sdk\": EOF", local), {"", error_kind::unavailable});
    expect(of("govc: unexpected EOF", {{"vm.info", "-json", "./x"}}), {"", error_kind::unavailable}); // a broken session file
}

BOOST_AUTO_TEST_CASE(that_only_warn_do_not_count)
{
    command const import{{"import.ova", "-name=x", "-options=-", "https://h/a.ova"}};
    expect(of("Warning: Line 123: Unable to parse 'x' for attribute 'y'\ngovc: Post \"https://h/nfc/disk-0.vmdk\": EOF", import),
           {"", error_kind::unavailable});
    expect(of("Warning: Line 123: Missing child element 'x'", import), {"", error_kind::govc});
}

BOOST_AUTO_TEST_CASE(of_an_old_govc_say_so)
{
    for (auto const* text :
         {"govc: flag provided but not defined: -d", "Usage: govc <COMMAND> [COMMON OPTIONS] [PATH]...\n\ngovmomi is ...",
          "Usage of /usr/bin/govc-0.18:\n  about\n", "govc: command 'collect' not found, did you mean:\n  object.collect\n"}) {
        expect(of(text), {"", error_kind::config});
        BOOST_TEST(of(text).advice.find("use a newer one") != std::string::npos, text);
    }
    expect(of("The host reports a usage of 99 %"), {"", error_kind::govc});
}

BOOST_AUTO_TEST_CASE(give_advice_where_the_words_do_not)
{
    BOOST_TEST(of("govc: ServerFaultCode: Login failure").advice.find("locks an account") != std::string::npos);
    BOOST_TEST(of("x509: certificate signed by unknown authority").advice.find("ca_bundle") != std::string::npos);
    BOOST_TEST(of("x509: certificate has expired or is not yet valid: current time").advice.find("clock") != std::string::npos);
    BOOST_TEST(of("RestrictedVersion").advice.find("licence") != std::string::npos);
    BOOST_TEST(of("govc: vm 'x' not found").advice == "");
}

BOOST_AUTO_TEST_CASE(of_a_govc_that_took_all_the_memory_it_may)
{
    auto const ended = [](int exit_code, std::string err) { return classify(power, {exit_code, "", std::move(err)}); };
    for (std::string const line :
         {"fatal error: out of memory", "fatal error: runtime: out of memory", "fatal error: runtime: cannot allocate memory",
          "fatal error: out of memory allocating heap arena metadata",
          "runtime: out of memory: cannot allocate 4194304-byte block (1 in use)"}) {
        auto const found = ended(2, "a warning\n" + line + "\n\nruntime stack:\nruntime.throw({0x1175a96?, 0x4000000?})\n");
        expect(found, {"", error_kind::config});
        BOOST_TEST(found.text == line);
        BOOST_TEST(found.advice.find("memory_mb") != std::string::npos);
    }
    // As Go 1.26 ends if its garbage collector is given no memory.
    std::string const crash =
        "SIGSEGV: segmentation violation\nPC=0x436ebd m=2 sigcode=1 addr=0x0\n\ngoroutine 0 gp=0x11c2ad1d6b40 m=2 "
        "mp=0x11c2ad22c808 [idle]:\n";
    auto const collector = ended(2, crash + "runtime.(*spanQueue).tryDrain(0x11c200000400?, 0x43ed0f?, 0xad247d68?)\n");
    expect(collector, {"", error_kind::config});
    BOOST_TEST(collector.text.find("out of memory") != std::string::npos);
    BOOST_TEST(collector.advice.find("memory_mb") != std::string::npos);
    BOOST_TEST(ended(2, crash + "main.main()\n").advice.find("memory_mb") == std::string::npos);
    // The host's words, and another end of Go's.
    for (auto const& other : {ended(1, "govc: ServerFaultCode: fatal error: out of memory"),
                              ended(1, "fatal error: out of memory"), ended(2, "govc: the guest is out of memory"),
                              ended(2, "panic: runtime error: out of range"), ended(137, "fatal error: out of memory")}) {
        BOOST_TEST(other.advice.find("memory_mb") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(of_a_session_that_has_ended_though_it_names_a_privilege)
{
    esxi::output const said{
        1, "",
        R"({"Fault":{"Code":"ServerFaultCode","String":"The session is not authenticated.",)"
        R"("Detail":{"Fault":{"object":{"type":"Folder","value":"ha-folder-root"},"privilegeId":"System.View"}}}})"};
    auto const fault = esxi::govc::classify({{"vm.info", "-json", "./web1"}}, said);
    BOOST_TEST((fault.kind == esxi::error_kind::unavailable));
    BOOST_TEST(fault.session_lost);
}

BOOST_AUTO_TEST_SUITE_END()
