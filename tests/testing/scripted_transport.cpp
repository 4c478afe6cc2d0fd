// SPDX-License-Identifier: Apache-2.0
// A script: what is expected, how loosely, what comes of it, and what a miss says.
#include <esxi/testing/scripted_transport.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>

namespace {

using esxi::command;
using esxi::error_kind;
using esxi::output;
using esxi::testing::scripted_transport;

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

bool has(std::string const& text, std::string const& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(script)

BOOST_AUTO_TEST_CASE(answers_of_each_form)
{
    scripted_transport host;
    host.expect({{"about", "-json"}}).answer_json({{"about", {{"version", "8.0.2"}}}});
    host.expect("vm.ip").answer("10.0.0.1\n");
    host.expect("vm.destroy").fail("govc: no\n");
    host.expect("vm.destroy").fail("govc: no\n", 3);
    host.expect("vm.power");
    host.expect("vm.info").answer(output{1, "out", "err"});
    host.expect("vm.change").throw_error({error_kind::unavailable, "timed out", std::chrono::seconds(5)});
    BOOST_TEST((host.run({{"about", "-json"}}, {}) == output{0, "{\"about\":{\"version\":\"8.0.2\"}}\n", ""}));
    BOOST_TEST((host.run({{"vm.ip", "x"}}, {}) == output{0, "10.0.0.1\n", ""}));
    BOOST_TEST((host.run({{"vm.destroy", "x"}}, {}) == output{1, "", "govc: no\n"}));
    BOOST_TEST((host.run({{"vm.destroy", "x"}}, {}) == output{3, "", "govc: no\n"}));
    BOOST_TEST((host.run({{"vm.power"}}, {}) == output{}));
    BOOST_TEST((host.run({{"vm.info"}}, {}) == output{1, "out", "err"}));
    BOOST_CHECK_EXCEPTION(host.run({{"vm.change"}}, {}), esxi::error, [](auto const& e) {
        return e.kind() == error_kind::unavailable && e.what() == std::string("timed out") &&
               e.retry_after() == std::chrono::seconds(5);
    });
    BOOST_CHECK_NO_THROW(host.finish());
}

BOOST_AUTO_TEST_CASE(an_effect_sees_the_command_and_how_it_is_run)
{
    scripted_transport host;
    std::vector<std::string> seen;
    host.expect("vm.info")
        .call([&seen](command const& c, esxi::run_options const& options) {
            seen.push_back(c.argv.back() + c.input + options.connection.host);
            return output{0, std::to_string(seen.size()), ""};
        })
        .repeat();
    esxi::run_options options;
    options.connection.host = "esxi1";
    BOOST_TEST(host.run({{"vm.info", "a"}, "in"}, options).out == "1");
    BOOST_TEST(host.run({{"vm.info", "b"}}, options).out == "2");
    BOOST_TEST(seen == (std::vector<std::string>{"ainesxi1", "besxi1"}), boost::test_tools::per_element());
    // What it throws is the program's to see, whatever it is.
    host.expect("about").call([](auto const&, auto const&) -> output { throw std::runtime_error("mine"); });
    BOOST_CHECK_THROW(host.run({{"about"}}, {}), std::runtime_error);
    BOOST_CHECK_NO_THROW(host.finish());
}

BOOST_AUTO_TEST_CASE(some_arguments_in_any_order)
{
    scripted_transport host;
    host.expect("vm.power", "VirtualMachine:1", std::string("-on")).times(2);
    host.run({{"vm.power", "-json", "-on", "VirtualMachine:1"}, "whatever"}, {});
    auto const message = failure([&] { host.run({{"vm.power", "-json", "-off", "VirtualMachine:1"}}, {}); });
    BOOST_TEST(message == "the tape does not have this command next: govc vm.power -json -off VirtualMachine:1\n"
                          "  expected entry 2 of 2: govc vm.power -json -off VirtualMachine:1 -on\n"
                          "    argv[4] differs: expected \"-on\", got no more\n"
                          "  no other entry is nearer");
    host.run({{"vm.power", "VirtualMachine:1", "-on"}}, {});
    BOOST_TEST(failure([&] { host.finish(); }) == message);
}

BOOST_AUTO_TEST_CASE(a_subcommand_is_no_argument_and_no_pattern)
{
    scripted_transport host;
    host.expect("vm.info");
    BOOST_TEST(has(failure([&] { host.run({{"about", "vm.info"}}, {}); }),
                   "expected entry 1 of 1: govc vm.info ...\n    argv[0] differs: expected \"vm.info\", got \"about\""));
    BOOST_TEST(has(failure([&] { host.run({{"vm.infos"}}, {}); }), "argv[0] differs"));
    BOOST_TEST(has(failure([&] { host.run({}, {}); }), "argv[0] differs: expected \"vm.info\", got no more"));
    host.run({{"vm.info"}}, {});
}

BOOST_AUTO_TEST_CASE(exactly_is_exactly)
{
    scripted_transport host;
    host.expect({{"import.ova", "x"}, R"({"a":1,"b":2})"});
    BOOST_TEST(failure([&] { host.run({{"import.ova"}, R"({"a":1,"b":2})"}, {}); }) != "no failure");
    BOOST_TEST(failure([&] { host.run({{"import.ova", "x", "y"}, R"({"a":1,"b":2})"}, {}); }) != "no failure");
    BOOST_TEST(has(failure([&] { host.run({{"import.ova", "x"}, R"({"a":1})"}, {}); }), "standard input differs at byte 6"));
    host.run({{"import.ova", "x"}, R"({"b": 2, "a": 1})"}, {});
}

BOOST_AUTO_TEST_CASE(order_is_strict_and_misses_are_remembered)
{
    scripted_transport host;
    host.expect("vm.info", "a");
    host.expect("vm.info", "b");
    auto const first = failure([&] { host.run({{"vm.info", "b"}}, {}); });
    BOOST_TEST(has(first, "nearest, still to come, entry 2 of 2: govc vm.info b\n    nothing differs"));
    host.run({{"vm.info", "a"}}, {});
    host.run({{"vm.info", "b"}}, {});
    failure([&] { host.run({{"about"}}, {}); });
    BOOST_TEST(failure([&] { host.finish(); }) == first);
}

BOOST_AUTO_TEST_CASE(leftovers)
{
    scripted_transport host;
    host.expect("vm.info", "x y").times(2);
    host.expect({{"about"}}).repeat();
    host.run({{"vm.info", "x y"}}, {});
    BOOST_TEST(failure([&] { host.finish(); }) == "the tape has 2 entries left that no command asked for:\n"
                                                  "  entry 2: govc vm.info \"x y\" ...\n  entry 3: govc about");
    scripted_transport nothing;
    BOOST_CHECK_NO_THROW(nothing.finish());
    BOOST_TEST(has(failure([&] { nothing.run({{"about"}}, {}); }), "expected no more commands"));
}

BOOST_AUTO_TEST_CASE(how_often)
{
    scripted_transport host;
    host.expect("vm.info").answer("off").times(3);
    host.expect("vm.info").answer("on").repeat();
    host.expect("about");
    std::string all;
    for (int i = 0; i < 6; ++i) {
        all += host.run({{"vm.info"}}, {}).out + " ";
    }
    BOOST_TEST(all == "off off off on on on ");
    host.run({{"about"}}, {});
    BOOST_TEST(failure([&] { host.run({{"about"}}, {}); }) != "no failure");
}

BOOST_AUTO_TEST_CASE(more_may_be_expected_later)
{
    scripted_transport host;
    auto& first = host.expect("about").answer("1").repeat();
    BOOST_TEST(host.run({{"about"}}, {}).out == "1");
    for (int i = 0; i < 100; ++i) {
        host.expect("vm.info");
    }
    first.answer("2"); // still the one it was
    BOOST_TEST(host.run({{"about"}}, {}).out == "2");
    for (int i = 0; i < 100; ++i) {
        host.run({{"vm.info"}}, {});
    }
    BOOST_CHECK_NO_THROW(host.finish());
}

BOOST_AUTO_TEST_CASE(reads_in_any_order)
{
    scripted_transport host({.govc_version = "0.56.0", .reads_in_any_order = true});
    BOOST_TEST(host.govc_version() == "0.56.0");
    host.expect("about").answer("a");
    host.expect("vm.info").answer("off");
    host.expect("vm.power", "-on");
    host.expect("vm.info").answer("on");
    BOOST_TEST(host.run({{"vm.info"}}, {}).out == "off");
    BOOST_TEST(host.run({{"vm.info", "x"}}, {}).out == "off");
    host.run({{"vm.power", "-on"}}, {});
    BOOST_TEST(host.run({{"vm.info"}}, {}).out == "on");
    BOOST_CHECK_NO_THROW(host.finish());
}

BOOST_AUTO_TEST_CASE(bad_scripts)
{
    scripted_transport host;
    BOOST_TEST(has(failure([&] { host.expect("about").times(0); }, error_kind::config), "leave it out"));
    BOOST_TEST(has(failure([&] { host.expect("about").fail("no", 0); }, error_kind::config), "exit code 0"));
}

BOOST_AUTO_TEST_CASE(what_looks_like_a_placeholder_is_none)
{
    scripted_transport host;
    std::string const token = "esxi-import-0123456789abcdef0123456789abcdef";
    host.expect({{"vm.info", "{ova}", "{=x}", "{host}"}, R"({"a":"{token}"})"}).answer("{store} {=y}");
    host.expect("vm.change", "{token:1}", token);
    BOOST_TEST(has(failure([&] { host.run({{"vm.info", "{ova}", "{=x}", "esxi1"}}, {}); }),
                   "argv[3] differs: expected \"{host}\", got \"esxi1\""));
    BOOST_TEST(host.run({{"vm.info", "{ova}", "{=x}", "{host}"}, R"({"a":"{token}"})"}, {}).out == "{store} {=y}");
    BOOST_TEST(failure([&] { host.run({{"vm.change", "{token:1}", "esxi-import-ffffffffffffffffffffffffffffffff"}}, {}); }) !=
               "no failure");
    host.run({{"vm.change", token, "{token:1}"}}, {});
}

BOOST_AUTO_TEST_CASE(no_secret_is_in_a_message)
{
    scripted_transport host;
    host.expect("about");
    esxi::run_options options;
    options.connection.password = "correct horse";
    auto const message = failure([&] { host.run({{"vm.info", "-p=correct horse"}, "correct horse"}, options); });
    BOOST_TEST(!has(message, "horse"), message);
    BOOST_TEST(has(message, "<redacted>"), message);
    std::stop_source source;
    source.request_stop();
    options.stop = source.get_token();
    BOOST_TEST(!has(failure([&] { host.run({{"about", "correct horse"}}, options); }, error_kind::cancelled), "horse"));
}

BOOST_AUTO_TEST_CASE(a_stop_comes_first)
{
    std::stop_source source;
    source.request_stop();
    esxi::run_options options;
    options.stop = source.get_token();
    scripted_transport host;
    host.expect("about");
    host.expect("vm.ip").throw_error({error_kind::cancelled, "stopped in the middle"});
    BOOST_TEST(failure([&] { host.run({{"about"}}, options); }, error_kind::cancelled) ==
               "a stop was requested before govc about");
    host.run({{"about"}}, {});
    BOOST_TEST(failure([&] { host.run({{"vm.ip"}}, options); }, error_kind::cancelled) == "stopped in the middle");
    BOOST_CHECK_NO_THROW(host.finish());
}

BOOST_AUTO_TEST_CASE(lines_are_shown)
{
    scripted_transport host;
    host.expect("import.ova").answer("44%\r90%\nOK");
    std::vector<std::string> lines;
    esxi::run_options options;
    options.on_line = [&lines](std::string_view line) {
        lines.emplace_back(line);
        return true;
    };
    host.run({{"import.ova"}}, options);
    BOOST_TEST(lines == (std::vector<std::string>{"44%", "90%", "OK"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(several_threads)
{
    scripted_transport host;
    host.expect("about").times(400);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&host] {
            for (int k = 0; k < 100; ++k) {
                host.run({{"about"}}, {});
            }
        });
    }
    threads.clear();
    BOOST_CHECK_NO_THROW(host.finish());
}

BOOST_AUTO_TEST_CASE(an_operation_on_a_script)
{
    scripted_transport host;
    host.expect(esxi::govc::vm_info("./web1")).answer_json({{"virtualMachines", nullptr}});
    esxi::plain_context esxi1({{"host", "esxi1.example"}, {"password", "not needed"}});
    esxi::plain_context web1({{"name", "web1"}}, esxi1);
    esxi::plain_context snapshot({{"name", "before-upgrade"}}, web1);
    failure([&] { esxi::create_snapshot(host, snapshot); }, error_kind::absent);
    BOOST_CHECK_NO_THROW(host.finish());
}

BOOST_AUTO_TEST_SUITE_END()
