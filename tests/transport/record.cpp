// SPDX-License-Identifier: Apache-2.0
// Recording: what stands on the tape, and what is refused.
#include <esxi/transport/record.hpp>

#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/detail/tape_reader.hpp>
#include <esxi/transport/replay.hpp>

#include "model/refusal.hpp"
#include "support/directory.hpp"

namespace {

using esxi::error_kind;

/// Answers as it is told, in order.
struct answering_transport {
    std::deque<std::function<esxi::output(esxi::run_options const&)>> answers;
    esxi::output run(esxi::command const&, esxi::run_options const& options)
    {
        auto const answer = answers.front();
        answers.pop_front();
        return answer(options);
    }
    void will_answer(esxi::output const& answer)
    {
        answers.emplace_back([answer](auto const&) { return answer; });
    }
};

esxi::run_options for_host(std::string const& host, std::string const& password = "hunter22")
{
    esxi::run_options options;
    options.connection.host = host;
    options.connection.password = password;
    return options;
}

struct stage {
    answering_transport inner;
    esxi::record_transport<answering_transport> recorder{inner, {.paths = {{"ova", "/srv/a.ova"}}, .secrets = {"licence-key"}}};

    std::vector<esxi::tape_entry> entries() { return recorder.recorded().entries; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(record, stage)

BOOST_AUTO_TEST_CASE(a_command_and_its_answer_come_back_from_the_file)
{
    test::directory const directory;
    auto const path = directory / "tape.json";
    inner.will_answer({3, "{\"at\":\"esxi1\"}\n", "hunter22 licence-key\n"});
    auto const answer = recorder.run({{"import.ova", "/srv/a.ova"}, "text"}, for_host("esxi1"));
    BOOST_TEST(answer.err == "hunter22 licence-key\n"); // what is passed on is as it was
    recorder.save(path);

    auto const tape = esxi::load_tape(path);
    BOOST_TEST_REQUIRE(tape.entries.size() == 1u);
    auto const& entry = tape.entries.front();
    BOOST_TEST((entry.request == esxi::command{{"import.ova", "{ova}"}, "text"}));
    BOOST_TEST(entry.answer.exit_code == 3);
    BOOST_TEST(entry.answer.out == "{\"at\":\"{host}\"}\n");
    BOOST_TEST(entry.answer.err == "<redacted> <redacted>\n");
    using std::filesystem::perms;
    BOOST_TEST(((std::filesystem::status(path).permissions() & perms::all) == (perms::owner_read | perms::owner_write)));
}

BOOST_AUTO_TEST_CASE(what_a_guest_is_told_is_not_recorded)
{
    test::directory const directory;
    auto const path = directory / "tape.json";
    inner.will_answer({0, R"([{"key":"guestinfo.ovfEnv","value":"abc-def"},{"key":"x","value":"abc"}])", ""});
    esxi::command const sent{{"vm.change"}, {}, {{"guestinfo.ovfEnv", "abc-def"}, {"guestinfo.b", ""}}};
    BOOST_TEST(recorder.run(sent, for_host("esxi1")).out.find("abc-def") != std::string::npos); // passed on as it was
    recorder.save(path);

    BOOST_TEST(test::read_file(path).find("abc-def") == std::string::npos);
    auto const tape = esxi::load_tape(path);
    BOOST_TEST((tape.entries.at(0).request ==
                esxi::command{{"vm.change"}, {}, {{"guestinfo.ovfEnv", "<redacted>"}, {"guestinfo.b", "<redacted>"}}}));
    BOOST_TEST(tape.entries.at(0).answer.out == R"([{"key":"guestinfo.ovfEnv","value":"<redacted>"},{"key":"x","value":"abc"}])"
                                                "\n");
    esxi::replay_transport replay(tape);
    replay.run({{"vm.change"}, {}, {{"guestinfo.ovfEnv", "another"}, {"guestinfo.b", "text"}}}, for_host("esxi1"));
    replay.finish();
}

BOOST_AUTO_TEST_CASE(output_that_goes_to_a_sink_is_recorded_too)
{
    inner.answers.emplace_back([](esxi::run_options const& options) {
        options.on_output("at esx");
        options.on_output("i1, ");
        return esxi::output{0, "rest", ""};
    });
    auto options = for_host("esxi1");
    std::string seen;
    options.on_output = [&seen](std::string_view piece) { seen += piece; };
    BOOST_TEST(recorder.run({{"object.collect"}}, options).out == "rest");
    BOOST_TEST(seen == "at esxi1, ");
    BOOST_TEST(entries().front().answer.out == "at {host}, rest");
}

BOOST_AUTO_TEST_CASE(credentials_of_a_url_are_not_recorded_where_a_server_says_them_back)
{
    inner.will_answer({1, "0pen sesame", "Basic b3ZhOjBwZW4gc2VzYW1l"});
    recorder.run({{"import.ova", "http://ova:0pen%20sesame@h/a.ova"}}, for_host("esxi1"));
    BOOST_TEST(entries().front().request.argv[1] == "http://<redacted>@h/a.ova");
    BOOST_TEST(entries().front().answer.out == "<redacted>");
    BOOST_TEST(entries().front().answer.err == "Basic <redacted>");
    test::directory const directory;
    recorder.save(directory / "tape.json");
    // What was sent is compared in the same form.
    esxi::replay_transport player(esxi::load_tape(directory / "tape.json"));
    BOOST_TEST(player.run({{"import.ova", "http://ova:0pen%20sesame@h/a.ova"}}, for_host("esxi1")).out == "<redacted>");
}

BOOST_AUTO_TEST_CASE(what_was_thrown_is_recorded_and_thrown)
{
    inner.answers.emplace_back([](auto const&) -> esxi::output {
        throw esxi::error(error_kind::unavailable, "hunter22 took too long", std::chrono::seconds(5));
    });
    BOOST_CHECK_EXCEPTION(recorder.run({{"vm.ip"}}, for_host("esxi1")), esxi::error,
                          [](auto const& e) { return e.kind() == error_kind::unavailable; });
    BOOST_TEST_REQUIRE(entries().front().thrown.has_value());
    BOOST_TEST(entries().front().thrown->what() == std::string("<redacted> took too long"));
    BOOST_TEST((entries().front().thrown->retry_after() == std::chrono::seconds(5)));
}

BOOST_AUTO_TEST_CASE(a_poll_that_saw_no_change_is_one_entry)
{
    for (auto const* answer : {"none", "none", "10.1.2.3", "10.1.2.3"}) {
        inner.will_answer({0, answer, ""});
        recorder.run({{"vm.ip", "./web1"}}, for_host("esxi1"));
    }
    BOOST_TEST_REQUIRE(entries().size() == 2u);
    BOOST_TEST(entries()[0].repeat);
    BOOST_TEST(entries()[1].answer.out == "10.1.2.3");
}

BOOST_AUTO_TEST_CASE(a_tape_that_could_not_be_read_again_is_not_written)
{
    test::directory const directory;
    auto const path = directory / "tape.json";
    inner.will_answer({0, "caf\xe9\n", ""});
    recorder.run({{"vm.info", "./web1"}}, for_host("esxi1"));
    recorder.save(path);
    BOOST_TEST(esxi::load_tape(path).entries.at(0).answer.out == "caf\xe9\n");
    std::filesystem::remove(path);

    inner.will_answer({});
    recorder.run({{"vm.info", "./caf\xe9"}}, for_host("esxi1"));
    BOOST_CHECK_EXCEPTION(recorder.save(path), esxi::error, [](auto const& e) {
        return e.kind() == error_kind::tape && std::string(e.what()).ends_with("is not written: a command in it is no UTF-8");
    });
    BOOST_TEST(!std::filesystem::exists(path));
}

BOOST_AUTO_TEST_CASE(nothing_is_run_that_could_not_be_recorded)
{
    auto const said = [this](esxi::run_options const& options) {
        return test::refusal([&] { return recorder.run({{"about"}}, options); });
    };
    BOOST_TEST(said(for_host("esxi1", "short")).find("too short to be told from other text") != std::string::npos);
    inner.will_answer({});
    recorder.run({{"about"}}, for_host("esxi1"));
    BOOST_TEST(said(for_host("esxi2")).find("a tape is of one host") != std::string::npos);
    BOOST_TEST(entries().size() == 1u);
    BOOST_TEST(test::refusal([this] { return esxi::record_transport(inner, {.secrets = {"abc"}}); }).find("too short") !=
               std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
