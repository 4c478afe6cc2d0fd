// SPDX-License-Identifier: Apache-2.0
// Playing a tape: the order, what may repeat, what a miss says, and what stands in for the host, paths and tokens.
#include <esxi/transport/replay.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace {

using esxi::command;
using esxi::error_kind;
using esxi::output;

esxi::tape_entry entry(std::vector<std::string> argv, std::string out = {}, bool repeat = false)
{
    return {{std::move(argv)}, {0, std::move(out), {}}, {}, {}, repeat};
}

esxi::tape of(std::vector<esxi::tape_entry> entries)
{
    return {"0.56.0", "2026-01-02T03:04:05Z", std::move(entries), {}};
}

esxi::run_options for_host(std::string host)
{
    esxi::run_options options;
    options.connection.host = std::move(host);
    return options;
}

std::string failure(std::function<void()> const& what, error_kind kind = error_kind::tape)
{
    try {
        what();
    } catch (esxi::error const& e) {
        BOOST_TEST(esxi::to_string(e.kind()) == esxi::to_string(kind));
        return e.what();
    }
    return "no failure";
}

std::string const token = "esxi-import-0123456789abcdef0123456789abcdef";

} // namespace

BOOST_AUTO_TEST_SUITE(replay)

BOOST_AUTO_TEST_CASE(compares_files_by_their_keys)
{
    auto const tape = of({{{{"vm.change"}, {}, {{"guestinfo.a", "<redacted>"}}}, {0, "", ""}}});
    esxi::replay_transport good(tape);
    good.run({{"vm.change"}, {}, {{"guestinfo.a", "s3cret!"}}}, {});
    for (auto const& files : {std::map<std::string, std::string>{}, {{"guestinfo.b", "s3cret!"}}}) {
        esxi::replay_transport bad(tape);
        auto const said = failure([&] { bad.run({{"vm.change"}, {}, files}, {}); });
        BOOST_TEST(said.find("files differ: expected guestinfo.a, got " + (files.empty() ? "none" : files.begin()->first)) !=
                       std::string::npos,
                   said);
        BOOST_TEST(said.find("vm.change -f=guestinfo.a=<redacted>") != std::string::npos, said);
        BOOST_TEST(said.find("s3cret") == std::string::npos, said);
    }
}

BOOST_AUTO_TEST_CASE(answers_in_order)
{
    esxi::replay_transport replay(of({{{{"about", "-json"}}, {0, "{}\n", ""}}, {{{"x"}, "in"}, {3, "out", "err"}}}));
    BOOST_TEST(replay.govc_version() == "0.56.0");
    BOOST_TEST((replay.run({{"about", "-json"}}, {}) == output{0, "{}\n", ""}));
    BOOST_TEST((replay.run({{"x"}, "in"}, {}) == output{3, "out", "err"}));
    BOOST_CHECK_NO_THROW(replay.finish());
}

BOOST_AUTO_TEST_CASE(an_empty_tape_is_finished)
{
    esxi::replay_transport replay(of({}));
    BOOST_CHECK_NO_THROW(replay.finish());
    BOOST_TEST(failure([&] { replay.run({{"about"}}, {}); }) ==
               "the tape does not have this command next: govc about\n  expected no more commands: all 0 entries are answered");
}

BOOST_AUTO_TEST_CASE(order_is_strict)
{
    esxi::replay_transport replay(of({entry({"a"}), entry({"b"})}));
    BOOST_TEST(failure([&] { replay.run({{"b"}}, {}); }) == "the tape does not have this command next: govc b\n"
                                                            "  expected entry 1 of 2: govc a\n"
                                                            "    argv[0] differs: expected \"a\", got \"b\"\n"
                                                            "  nearest, still to come, entry 2 of 2: govc b\n"
                                                            "    nothing differs");
    replay.run({{"a"}}, {});
    BOOST_TEST(failure([&] {
                   replay.run({{"a"}}, {});
               }).find("nearest, answered already, entry 1 of 2: govc a\n    nothing differs") != std::string::npos);
    replay.run({{"b"}}, {});
    // The program went on, but a command did not match.
    BOOST_TEST(failure([&] { replay.finish(); }).starts_with("the tape does not have this command next: govc b\n"));
}

BOOST_AUTO_TEST_CASE(a_miss_says_where_the_commands_differ)
{
    auto t =
        of({entry({"about"}), entry({"vm.info", "-json", "./web"}), entry({"vm.power", "-json", "-on", "VirtualMachine:1"})});
    t.source = "tests/x.json";
    esxi::replay_transport replay(std::move(t));
    replay.run({{"about"}}, {});
    BOOST_TEST(failure([&] { replay.run({{"vm.info", "-json", "./d b"}}, {}); }) ==
               "tape `tests/x.json` does not have this command next: govc vm.info -json \"./d b\"\n"
               "  expected entry 2 of 3: govc vm.info -json ./web\n"
               "    argv[2] differs: expected \"./web\", got \"./d b\"\n"
               "  no other entry is nearer");
    auto const shorter = failure([&] { replay.run({{"vm.info", "-json"}}, {}); });
    BOOST_TEST(shorter.find("argv[2] differs: expected \"./web\", got no more\n") != std::string::npos, shorter);
    auto const other = failure([&] { replay.run({{"vm.power", "-json", "-off", "VirtualMachine:1", ""}}, {}); });
    BOOST_TEST(other.find("argv[0] differs: expected \"vm.info\", got \"vm.power\"\n") != std::string::npos, other);
    BOOST_TEST(other.find("nearest, still to come, entry 3 of 3: govc vm.power -json -on VirtualMachine:1\n    argv[2] differs: "
                          "expected \"-on\"") != std::string::npos,
               other);
    auto const longer = failure([&] { replay.run({{"vm.info", "-json", "./web", "more"}}, {}); });
    BOOST_TEST(longer.find("argv[3] differs: expected no more, got \"more\"\n") != std::string::npos, longer);
    BOOST_TEST(failure([&] { replay.run({{std::string(5000, 'x')}}, {}); }).size() < 1000u);
}

BOOST_AUTO_TEST_CASE(standard_input_is_compared)
{
    auto const t = of({{{{"import.ova"}, "{\"a\":1,\"b\":{\"c\":\"{host}\"}}\n"}, {}}, {{{"x"}, "text"}, {}}});
    esxi::replay_transport replay(t);
    auto const json = failure([&] { replay.run({{"import.ova"}, R"({"a":2,"b":{"c":"esxi1"}})"}, for_host("esxi1")); });
    BOOST_TEST(json.find("\n    standard input differs at byte 5: expected ...\"1,\\\"b\\\"") != std::string::npos, json);
    // Layout and the order of keys are no difference.
    replay.run({{"import.ova"}, R"({ "b": {"c": "esxi1"}, "a": 1 })"}, for_host("esxi1"));
    auto const text = failure([&] { replay.run({{"y"}, "text "}, {}); });
    BOOST_TEST(
        text.find(
            "argv[0] differs: expected \"x\", got \"y\"; standard input differs at byte 4: expected ...\"\", got ...\" \"") !=
            std::string::npos,
        text);
    BOOST_TEST(failure([&] { replay.run({{"x"}}, {}); }).find("standard input differs at byte 0: expected \"text\", got \"\"") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_last_one_may_repeat)
{
    esxi::replay_transport replay(of({entry({"poll"}, "off", true), entry({"poll"}, "on", true), entry({"x"})}));
    // Each answer is given at least once; then the last one for as long as it is asked for.
    BOOST_TEST(replay.run({{"poll"}}, {}).out == "off");
    BOOST_TEST(replay.run({{"poll"}}, {}).out == "on");
    BOOST_TEST(replay.run({{"poll"}}, {}).out == "on");
    BOOST_TEST(replay.run({{"poll"}}, {}).out == "on");
    replay.run({{"x"}}, {});
    BOOST_TEST(failure([&] { replay.run({{"poll"}}, {}); }) != "no failure");
    BOOST_TEST(failure([&] { replay.run({{"x"}}, {}); }) != "no failure");
}

BOOST_AUTO_TEST_CASE(what_repeats_needs_to_be_asked_for_once)
{
    esxi::replay_transport replay(of({entry({"poll"}, "off", true)}));
    BOOST_TEST(failure([&] { replay.finish(); }) == "the tape has 1 entry left that no command asked for:\n  entry 1: govc poll");
    replay.run({{"poll"}}, {});
    BOOST_CHECK_NO_THROW(replay.finish());
}

BOOST_AUTO_TEST_CASE(leftovers)
{
    auto t = of({entry({"a"}), entry({"b", "c d"}), entry({"e"})});
    t.source = "x.json";
    esxi::replay_transport replay(t);
    replay.run({{"a"}}, {});
    BOOST_TEST(failure([&] { replay.finish(); }) ==
               "tape `x.json` has 2 entries left that no command asked for:\n  entry 2: govc b \"c d\"\n  entry 3: govc e");
    esxi::replay_transport many(of(std::vector<esxi::tape_entry>(25, entry({"a"}))));
    BOOST_TEST(failure([&] { many.finish(); }).ends_with("\n  entry 20: govc a\n  and 5 more"));
}

BOOST_AUTO_TEST_CASE(host_and_paths_are_those_of_the_replay)
{
    auto const t =
        of({entry({"import.spec", "{dir}/x.ova", "{=host}"}, "{\"url\":\"https://{host}/sdk\",\"{host}\":\"{=host}\"}\n"),
            entry({"y"}, "{host_name} {dir}")});
    esxi::replay_transport replay(t, {.paths = {{"dir", "/new \"place\""}}});
    BOOST_TEST(replay.run({{"import.spec", "/new \"place\"/x.ova", "{host}"}}, for_host("esxi9:443")).out ==
               "{\"url\":\"https://esxi9:443/sdk\",\"esxi9:443\":\"{host}\"}\n");
    BOOST_TEST(replay.run({{"y"}}, for_host("esxi9:443")).out == "esxi9 /new \"place\"");
    replay.finish();
}

BOOST_AUTO_TEST_CASE(no_host_is_needed)
{
    esxi::replay_transport replay(of({entry({"a"}, "{host}")}));
    BOOST_TEST(replay.run({{"a"}}, {}).out == "esxi.invalid");
}

BOOST_AUTO_TEST_CASE(placeholders_that_stand_for_nothing)
{
    BOOST_TEST(failure([] { esxi::replay_transport(of({entry({"a"}), entry({"b"}, "{\"a\":\"{store}\"}\n")})); }) ==
               "tape, entry 2: placeholder {store} stands for nothing: give it in `paths`, or write {=store} where the text "
               "itself is meant");
    BOOST_TEST(failure([] { esxi::replay_transport(of({entry({"a", "{store}"})})); }).starts_with("tape, entry 1: "));
    BOOST_TEST(failure([] {
                   esxi::replay_transport(of({{{{"a"}}, {}, esxi::error(error_kind::auth, "{store}")}}));
               }).starts_with("tape, entry 1: "));
    BOOST_TEST(failure([] { esxi::replay_transport(of({}), {.paths = {{"Host", "/x"}}}); }, error_kind::config) != "no failure");
}

BOOST_AUTO_TEST_CASE(a_token_of_the_program_is_bound_when_it_is_seen)
{
    auto const t = of({{{{"import.ova", "-options=-"}, "{\"Annotation\":\"{token:1}\"}\n"}, {}},
                       entry({"vm.info"}, "{\"annotation\":\"{token:1}\"}\n"),
                       entry({"check", "{token:1}"})});
    esxi::replay_transport replay(t);
    replay.run({{"import.ova", "-options=-"}, "{\"Annotation\":\"" + token + "\"}"}, {});
    BOOST_TEST(replay.run({{"vm.info"}}, {}).out == "{\"annotation\":\"" + token + "\"}\n");
    // Another token is another argument.
    auto const other = failure([&] { replay.run({{"check", "esxi-import-ffffffffffffffffffffffffffffffff"}}, {}); });
    BOOST_TEST(other.find("argv[1] differs: expected \"" + token + "\", got \"esxi-import-ffff") != std::string::npos, other);
    replay.run({{"check", token}}, {});
}

BOOST_AUTO_TEST_CASE(a_miss_binds_nothing)
{
    esxi::replay_transport replay(of({entry({"a", "{token:1}"}, "{token:1}")}));
    failure([&] { replay.run({{"b", "esxi-import-ffffffffffffffffffffffffffffffff"}}, {}); });
    BOOST_TEST(replay.run({{"a", token}}, {}).out == token);
}

BOOST_AUTO_TEST_CASE(a_token_that_an_answer_has_first)
{
    auto const t = of({entry({"vm.info"}, "{token:1}"), entry({"a", "{token:2}", "{token:1}"})});
    auto const made_up = "esxi-import-00000000000000000000000000000001";
    esxi::replay_transport replay(t);
    BOOST_TEST(replay.run({{"vm.info"}}, {}).out == made_up);
    replay.run({{"a", token, made_up}}, {});
    // Or it is one that the program knows from an earlier run.
    esxi::replay_transport later(t, {.tokens = {token}});
    BOOST_TEST(later.run({{"vm.info"}}, {}).out == token);
    later.run({{"a", made_up, token}}, {});
}

BOOST_AUTO_TEST_CASE(what_was_thrown_is_thrown_again)
{
    esxi::replay_transport replay(of(
        {{{{"a"}}, {}, esxi::error(error_kind::unavailable, "no answer from {host}", std::chrono::seconds(5))}, entry({"b"})}));
    try {
        replay.run({{"a"}}, for_host("esxi1"));
        BOOST_ERROR("nothing thrown");
    } catch (esxi::error const& e) {
        BOOST_TEST((e.kind() == error_kind::unavailable));
        BOOST_TEST(e.what() == std::string("no answer from esxi1"));
        BOOST_TEST((e.retry_after() == std::chrono::seconds(5)));
    }
    replay.run({{"b"}}, {});
    replay.finish();
}

BOOST_AUTO_TEST_CASE(a_stop_comes_first)
{
    std::stop_source source;
    source.request_stop();
    auto options = for_host("esxi1");
    options.stop = source.get_token();
    esxi::replay_transport replay(of({entry({"a"}), {{{"b"}}, {}, esxi::error(error_kind::cancelled, "stopped")}}));
    BOOST_TEST(failure([&] { replay.run({{"a"}}, options); }, error_kind::cancelled) == "a stop was requested before govc a");
    BOOST_TEST(failure([&] { replay.run({{"b"}}, options); }, error_kind::cancelled) == "a stop was requested before govc b");
    replay.run({{"a"}}, {});
    // An entry that was stopped when it was recorded is answered by that.
    failure([&] { replay.run({{"b"}}, options); }, error_kind::cancelled);
    replay.finish();
}

BOOST_AUTO_TEST_CASE(lines_are_shown)
{
    esxi::replay_transport replay(of({entry({"import.ova"}, "\r\033[K[x] 44%\r\033[K[x] 90%\r\n\nOK {host}")}));
    auto options = for_host("esxi1");
    std::vector<std::string> lines;
    options.on_line = [&lines](std::string_view line) {
        lines.emplace_back(line);
        return true;
    };
    replay.run({{"import.ova"}}, options);
    BOOST_TEST(lines == (std::vector<std::string>{"\033[K[x] 44%", "\033[K[x] 90%", "OK esxi1"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(output_goes_to_a_sink)
{
    esxi::replay_transport replay(of({entry({"object.collect"}, "{\"obj\":\"{host}\"}\n")}));
    auto options = for_host("esxi1");
    std::string seen;
    options.on_output = [&seen](std::string_view piece) { seen += piece; };
    BOOST_TEST(replay.run({{"object.collect"}}, options).out == "");
    BOOST_TEST(seen == "{\"obj\":\"esxi1\"}\n");
}

BOOST_AUTO_TEST_CASE(what_a_sink_throws_reaches_the_caller)
{
    esxi::replay_transport replay(of({entry({"a"}, "line\n"), entry({"b"})}));
    auto options = for_host("esxi1");
    options.on_line = [](std::string_view) -> bool { throw std::runtime_error("enough"); };
    BOOST_CHECK_THROW(replay.run({{"a"}}, options), std::runtime_error);
    replay.run({{"b"}}, {});
    replay.finish();
}

BOOST_AUTO_TEST_CASE(a_secret_of_the_replay_is_not_in_messages)
{
    esxi::replay_transport replay(of({entry({"a"})}), {.secrets = {"hunter22"}});
    auto options = for_host("esxi1");
    options.connection.password = "correct horse";
    auto const message = failure([&] { replay.run({{"b", "x=correct horse", "hunter22"}, "correct horse"}, options); });
    BOOST_TEST(message.find("correct horse") == std::string::npos, message);
    BOOST_TEST(message.find("hunter22") == std::string::npos, message);
}

BOOST_AUTO_TEST_CASE(threads_are_answered_one_after_another)
{
    esxi::replay_transport replay(of({entry({"poll"}, "{host}", true)}));
    auto const ask = [&replay](std::string const& host) {
        for (int i = 0; i < 200; ++i) {
            if (replay.run({{"poll"}}, for_host(host)).out != host) {
                return;
            }
        }
    };
    {
        std::jthread const first([&] { ask("esxi1"); });
        std::jthread const second([&] { ask("esxi2"); });
    }
    BOOST_CHECK_NO_THROW(replay.finish());
}

// ---- Reads in any order --------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_come_in_any_order_between_two_changes)
{
    auto const t = of({entry({"about"}, "a"), entry({"vm.info", "x"}, "off"), entry({"vm.power", "x"}),
                       entry({"vm.info", "x"}, "on"), entry({"vm.power", "y"}), entry({"vm.ip"}, "i")});
    esxi::replay_transport replay(t, {.reads_in_any_order = true});
    BOOST_TEST(replay.run({{"vm.info", "x"}}, {}).out == "off");
    BOOST_TEST(replay.run({{"about"}}, {}).out == "a");
    BOOST_TEST(replay.run({{"vm.info", "x"}}, {}).out == "off");
    replay.run({{"vm.power", "x"}}, {});
    // What was read before the change says nothing of after it.
    BOOST_TEST(replay.run({{"vm.info", "x"}}, {}).out == "on");
    BOOST_TEST(replay.run({{"vm.info", "x"}}, {}).out == "on");
    replay.run({{"vm.power", "y"}}, {});
    // A read that nobody asks for is none that is left.
    BOOST_CHECK_NO_THROW(replay.finish());

    esxi::replay_transport strict(t);
    BOOST_TEST(failure([&] { strict.run({{"vm.info", "x"}}, {}); }) != "no failure");
}

BOOST_AUTO_TEST_CASE(answers_to_the_same_read_come_in_their_order)
{
    auto const t = of({entry({"vm.info"}, "1"), entry({"about"}, "a"), entry({"vm.info"}, "2"), entry({"vm.info"}, "3")});
    esxi::replay_transport replay(t, {.reads_in_any_order = true});
    std::string all;
    for (int i = 0; i < 5; ++i) {
        all += replay.run({{"vm.info"}}, {}).out;
    }
    BOOST_TEST(all == "12333");
    BOOST_TEST(replay.run({{"about"}}, {}).out == "a");
}

BOOST_AUTO_TEST_CASE(changes_keep_their_order)
{
    auto const t = of({entry({"about"}), entry({"vm.power", "x"}), entry({"vm.info"}), entry({"vm.destroy", "x"}, "", true)});
    esxi::replay_transport replay(t, {.reads_in_any_order = true});
    auto const early = failure([&] { replay.run({{"vm.destroy", "x"}}, {}); });
    BOOST_TEST(early.find("\n  expected entry 2 of 4: govc vm.power x\n") != std::string::npos, early);
    replay.run({{"vm.power", "x"}}, {});
    BOOST_TEST(failure([&] { replay.run({{"vm.power", "x"}}, {}); }) != "no failure");
    replay.run({{"vm.destroy", "x"}}, {});
    replay.run({{"vm.destroy", "x"}}, {});
    auto const late = failure([&] { replay.run({{"vm.power", "x"}}, {}); });
    BOOST_TEST(late.find("expected no more commands") != std::string::npos, late);

    esxi::replay_transport left(t, {.reads_in_any_order = true});
    BOOST_TEST(failure([&] { left.finish(); }) == "the tape has 2 entries left that no command asked for:\n"
                                                  "  entry 2: govc vm.power x\n  entry 4: govc vm.destroy x");
}

BOOST_AUTO_TEST_CASE(a_missed_read_says_where_it_was_looked_for)
{
    auto const t = of(
        {entry({"about"}), entry({"vm.power", "x"}), entry({"vm.info", "x"}), entry({"vm.ip", "x"}), entry({"vm.destroy", "x"})});
    esxi::replay_transport replay(t, {.reads_in_any_order = true});
    BOOST_TEST(failure([&] { replay.run({{"vm.info", "x"}}, {}); }) ==
               "the tape does not have this read here: govc vm.info x\n"
               "  here are entries 1 to 1 of 5, before the next change\n"
               "  nearest, after the next change, entry 3 of 5: govc vm.info x\n    nothing differs");
    replay.run({{"vm.power", "x"}}, {});
    BOOST_TEST(failure([&] { replay.run({{"vm.info", "y"}}, {}); }) ==
               "the tape does not have this read here: govc vm.info y\n"
               "  here are entries 3 to 4 of 5, after the last change, before the next change\n"
               "  nearest, entry 3 of 5: govc vm.info x\n    argv[1] differs: expected \"x\", got \"y\"");
    BOOST_TEST(failure([&] {
                   replay.run({{"about"}}, {});
               }).find("nearest, before the last change, entry 1 of 5: govc about\n") != std::string::npos);
    replay.run({{"vm.destroy", "x"}}, {});
    BOOST_TEST(failure([&] { replay.run({{"about"}}, {}); }).find("\n  here are no reads, after the last change\n") !=
               std::string::npos);
    esxi::replay_transport empty(of({}), {.reads_in_any_order = true});
    BOOST_TEST(failure([&] { empty.run({{"about"}}, {}); }) ==
               "the tape does not have this read here: govc about\n  here are no reads");
}

BOOST_AUTO_TEST_CASE(reads_in_any_order_after_a_stop)
{
    std::stop_source source;
    source.request_stop();
    auto options = for_host("esxi1");
    options.stop = source.get_token();
    esxi::replay_transport replay(of({entry({"about"}), {{{"vm.ip"}}, {}, esxi::error(error_kind::cancelled, "stopped")}}),
                                  {.reads_in_any_order = true});
    BOOST_TEST(failure([&] { replay.run({{"vm.ip"}}, options); }, error_kind::cancelled) ==
               "a stop was requested before govc vm.ip");
    failure([&] { replay.run({{"about"}}, options); }, error_kind::cancelled);
    BOOST_CHECK_NO_THROW(replay.finish());
}

BOOST_AUTO_TEST_CASE(whether_there_is_an_answer)
{
    esxi::replay_transport replay(of({entry({"a", "{host}", "{token:1}"}, "", true), entry({"b"})}));
    auto const options = for_host("esxi1");
    command const first{{"a", "esxi1", token}};
    BOOST_TEST(replay.answers(first, options));
    BOOST_TEST(!replay.answers({{"b"}}, options));
    BOOST_TEST(!replay.answers({{"a", "esxi2", token}}, options));
    // The question alone changes nothing: the token is not bound, no command has missed, and the first entry is the next one still.
    BOOST_TEST(replay.answers({{"a", "esxi1", "esxi-import-ffffffffffffffffffffffffffffffff"}}, options));
    replay.run(first, options);
    BOOST_TEST(replay.answers(first, options));
    BOOST_TEST(replay.answers({{"b"}}, options));
    replay.run({{"b"}}, options);
    BOOST_TEST(!replay.answers({{"b"}}, options));
    BOOST_CHECK_NO_THROW(replay.finish());
}

BOOST_AUTO_TEST_SUITE_END()
