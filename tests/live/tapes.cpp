// SPDX-License-Identifier: Apache-2.0
// The tool on tapes themselves, and a unit test's tape that is recorded with a real govc.
#include <string>
#include <vector>

#include <boost/algorithm/string/erase.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/testing/taped_transport.hpp>
#include <esxi/transport/subprocess.hpp>

#include "support/live.hpp"

namespace {

struct fixture {
    test::directory files;

    /// Runs the tool, which asks no host.
    [[nodiscard]] test::finished run(std::vector<std::string> arguments,
                                     std::map<std::string, std::string> environment = {}) const
    {
        arguments.insert(arguments.begin(), test::bin("esxi"));
        environment.emplace("HOME", files / "");
        return test::run_program(arguments, environment);
    }
    std::string write(std::string const& name, std::string const& commands) const
    {
        test::write_file(files / name,
                         R"({"format":1,"govc":"0.56.0","recorded":"2026-01-02T03:04:05Z","host":"{host}","commands":[)" +
                             commands + "]}");
        return files / name;
    }
};

std::string const three = R"({"argv":["about","-json"],"exit_code":0,"stdout":"abc","duration_ms":7,"repeat":true},
                            {"argv":["vm.destroy","a b\u001b[1m\u202e"],"throws":{"kind":"unavailable","message":"timed out"}},
                            {"argv":["ls","{ova}"],"exit_code":3,"stderr":"https://<redacted>@h"})";

using esxi::testing::tape_mode;

/// Runs this on a tape in the mode; what it returns.
template <class Act>
auto on_tape(std::string const& path, tape_mode mode, bool allow_changes, Act const& act)
{
    esxi::testing::taped_options options;
    options.mode = mode;
    options.allow_changes = allow_changes;
    esxi::testing::taped_transport transport(path, [] { return test::real_govc(test::bin("govc")); }, options);
    auto result = act(transport);
    transport.finish();
    return result;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(tapes, fixture)

BOOST_AUTO_TEST_CASE(a_tape_is_shown)
{
    auto const done = run({"tape", "show", write("t.json", three)});
    BOOST_TEST(done.exit_code == 0, done.err);
    BOOST_TEST(done.out == "govc 0.56.0, recorded 2026-01-02T03:04:05Z, 3 entries\n"
                           "ENTRY  EXIT                MS  BYTES  COMMAND\n"
                           "1      0, repeats          7   3      about -json\n"
                           "2      throws unavailable  0   0      vm.destroy \"a b\\u001b[1m\\xe2\\x80\\xae\"\n"
                           "3      3                   0   20     ls {ova}\n");
    auto const json = test::json_of(run({"--output", "json", "tape", "show", files / "t.json"}).out).at("tape");
    BOOST_TEST(json.at("govc").as_string() == "0.56.0");
    auto const& entries = json.at("entries").as_array();
    BOOST_TEST(entries.size() == 3u);
    BOOST_TEST(entries.at(0).at("repeat").as_bool());
    BOOST_TEST(entries.at(0).at("duration_ms").as_int64() == 7);
    BOOST_TEST(entries.at(1).at("argv").at(1).as_string() == "a b\x1b[1m\u202e");
    BOOST_TEST(entries.at(1).at("throws").at("kind").as_string() == "unavailable");
    BOOST_TEST(entries.at(2).at("exit_code").as_int64() == 3);
    BOOST_TEST(entries.at(2).at("bytes").as_int64() == 20);
}

BOOST_AUTO_TEST_CASE(commands_and_findings_are_whole)
{
    std::string const words(2000, 'w');
    auto const done = run({"tape", "show", write("t.json", R"({"argv":["ls",")" + words + R"(","\u00e4"],"exit_code":0})")});
    BOOST_TEST(done.exit_code == 0);
    BOOST_TEST(done.out.find("  ls " + words + " \u00e4\n") != std::string::npos, done.out);
    auto const bad =
        run({"tape", "check", write("t.json", R"({"argv":["ls"],"exit_code":0,")" + std::string(90, 'x') + R"(":1})")});
    BOOST_TEST(bad.exit_code == 1);
    BOOST_TEST(bad.out.find("; known are ") != std::string::npos, bad.out);
    BOOST_TEST(bad.out.find("...") == std::string::npos, bad.out);
}

BOOST_AUTO_TEST_CASE(an_empty_tape_is_shown)
{
    auto const done = run({"tape", "show", write("t.json", "")});
    BOOST_TEST(done.out.find("0 entries\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_good_tape_is_checked)
{
    auto const done = run({"tape", "check", write("t.json", three)});
    BOOST_TEST(done.exit_code == 0, done.err);
    BOOST_TEST(done.out == "ENTRY  LEVEL  FINDING\n"
                           "2      note   `vm.destroy` changes the host\n"
                           "-      note   a replay must say what {ova} stands for, in `paths`\n"
                           "good, with 2 notes\n");
    BOOST_TEST(run({"tape", "check", write("e.json", "")}).out == "good, with 0 notes\n");
    auto const json = run({"--output", "json", "tape", "check", files / "t.json"});
    BOOST_TEST(
        json.out ==
        "{\"findings\":[{\"entry\":2,\"level\":\"note\",\"finding\":\"`vm.destroy` changes the host\"},{\"entry\":null,\"level\":"
        "\"note\",\"finding\":\"a replay must say what {ova} stands for, in `paths`\"}]}\n");
}

BOOST_AUTO_TEST_CASE(a_bad_tape_is_checked)
{
    auto const bad =
        write("t.json", R"({"argv":["ls","https://u:p@h/"],"exit_code":0},{"argv":["ls","{token}\u001b[2J"],"exit_code":0})");
    auto const done = run({"tape", "check", bad});
    BOOST_TEST(done.exit_code == 1);
    BOOST_TEST(done.out == "ENTRY  LEVEL  FINDING\n"
                           "1      error  a URL with user or password is in `argv`\n"
                           "2      error  placeholder {token} stands for nothing\n");
    BOOST_TEST(done.err.find("error (tape): tape `" + bad + "` has 2 errors") != std::string::npos, done.err);
    auto const json = run({"--output", "json", "tape", "check", bad});
    BOOST_TEST(json.exit_code == 1);
    BOOST_TEST(test::json_of(json.out).at("findings").as_array().size() == 2u);
    BOOST_TEST(test::json_of(json.err).at("error").at("kind").as_string() == "tape");
    // What is in the file does not act on the terminal.
    auto const hostile = run({"tape", "check", write("h.json", R"({"argv":["\u001b[2J\u202e"],"exit_code":0},{"x\u001b":1})")});
    BOOST_TEST(hostile.exit_code == 1);
    BOOST_TEST((hostile.out + hostile.err).find('\x1b') == std::string::npos, hostile.out);
    BOOST_TEST((hostile.out + hostile.err).find("\u202e") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_password_that_is_at_hand_is_looked_for)
{
    // Of that name, since what tests produced is looked through for passwords.
    auto const tape = write("password.json", R"({"argv":["ls","correct horse"],"exit_code":0})");
    BOOST_TEST(run({"tape", "check", tape}).exit_code == 0);
    auto const done = run({"tape", "check", tape}, {{"ESXI_PASSWORD", "correct horse"}});
    BOOST_TEST(done.exit_code == 1);
    BOOST_TEST(done.out.find("a secret is in `argv`") != std::string::npos, done.out);
    BOOST_TEST((done.out + done.err).find("correct horse") == std::string::npos);
    test::write_file(files / "password", "correct horse\n");
    BOOST_TEST(run({"tape", "check", tape, "--password-file", files / "password"}).exit_code == 1);
    BOOST_TEST(run({"tape", "check", tape, "--password-file", files / "none"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(what_is_no_tape)
{
    for (char const* command : {"show", "check"}) {
        BOOST_TEST(run({"tape", command, "/no/such/tape"}).exit_code == 1);
        BOOST_TEST(run({"tape", command, files / ""}).exit_code == 1);
        BOOST_TEST(run({"tape", command}).exit_code == 2);
        BOOST_TEST(run({"tape", command, "a", "b"}).exit_code == 2);
        for (char const* content : {"", "{}", "\xff\xfe", "[[[["}) {
            test::write_file(files / "bad", content);
            auto const done = run({"tape", command, files / "bad"});
            BOOST_TEST(done.exit_code == 1, command << " " << content);
            BOOST_TEST(done.err.starts_with("error (tape): tape `"), done.err);
        }
    }
    BOOST_TEST(run({"tape"}).exit_code == 2);
    BOOST_TEST(run({"tape", "play", "x"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(what_the_tool_records_is_good)
{
    test::simulator const host({"--vms", "1"});
    test::tool const tool(host);
    BOOST_TEST(tool.run({"--no-state", "--record", files / "t.json", "vm", "stop", "ha-host_VM0"}).exit_code == 0);
    auto const done = run({"tape", "check", files / "t.json"}, {{"ESXI_PASSWORD", host.password()}});
    BOOST_TEST(done.exit_code == 0, done.out);
    BOOST_TEST(done.out.find("`vm.power` changes the host") != std::string::npos, done.out);
}

// ---- A unit test's tape, recorded with a real govc -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(modes_on_a_real_host)
{
    test::simulator const host({"--vms", "1"});
    auto const tape = files / "t.json";
    auto const properties = host.host_properties();
    auto const probe = [&](auto& transport) {
        esxi::plain_context node(properties);
        return esxi::record_host_facts(transport, node).runtime;
    };
    auto const stop = [&](auto& transport) {
        esxi::plain_context node(properties);
        auto const facts = esxi::record_host_facts(transport, node).runtime;
        esxi::plain_context vm({{"name", "ha-host_VM0"}}, node);
        esxi::stop_vm(transport, vm);
        return facts;
    };

    auto const live = on_tape(tape, tape_mode::once, false, probe);
    BOOST_TEST(on_tape(tape, tape_mode::none, false, probe) == live);
    BOOST_TEST(test::read_file(tape).find(host.password()) == std::string::npos);

    // More than is on it: a change, which has to be allowed.
    auto const before = test::read_file(tape);
    BOOST_CHECK_EXCEPTION(on_tape(tape, tape_mode::new_episodes, false, stop), esxi::error,
                          [](auto const& e) { return e.kind() == esxi::error_kind::config; });
    BOOST_TEST(host.calls("PowerOffVM_Task") == 0);
    BOOST_TEST(test::read_file(tape) == before);
    on_tape(tape, tape_mode::new_episodes, true, stop);
    BOOST_TEST(host.calls("PowerOffVM_Task") == 1);
    BOOST_TEST(on_tape(tape, tape_mode::none, false, stop) == live);
    BOOST_TEST(host.calls("PowerOffVM_Task") == 1);
}

BOOST_AUTO_TEST_CASE(what_only_reads_changes_nothing)
{
    test::simulator const host({"--vms", "1"});
    auto govc = test::real_govc(test::bin("govc"));
    esxi::run_options options;
    options.connection = esxi::read_host_properties(host.host_properties());
    auto const before = host.vms();
    for (auto const& argv : std::vector<std::vector<std::string>>{{"about"},
                                                                  {"about.cert"},
                                                                  {"collect", "-s", "-", "content.about.version"},
                                                                  {"datastore.info"},
                                                                  {"datastore.ls"},
                                                                  {"find", "/"},
                                                                  {"ls"},
                                                                  {"object.collect", "-s", "-", "content.about.version"},
                                                                  {"session.ls"},
                                                                  {"snapshot.tree", "-vm", "ha-host_VM0"},
                                                                  {"tree"},
                                                                  {"version"},
                                                                  {"vm.info", "*"}}) {
        BOOST_TEST(!esxi::govc::changes_host({argv}), argv.front());
        auto const answer = govc.run({argv}, options);
        BOOST_TEST(answer.err.find("not found") == std::string::npos, argv.front() << answer.err);
    }
    BOOST_TEST(host.vms() == before);
    auto calls = test::read_file(host.files() / "calls");
    boost::algorithm::erase_all(calls, "SearchDatastore_Task"); // a look
    BOOST_TEST(calls.find("_Task") == std::string::npos, calls);
}

BOOST_AUTO_TEST_SUITE_END()
