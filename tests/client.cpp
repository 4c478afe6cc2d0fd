// SPDX-License-Identifier: Apache-2.0
// Sending commands to one host: counting, reading, and what becomes of failures.
#include <esxi/client.hpp>

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/testing/scripted_transport.hpp>

#include "model/refusal.hpp"

namespace {

using namespace std::chrono_literals;
using esxi::error_kind;
using esxi::testing::scripted_transport;
using test::has;

esxi::host_connection connection()
{
    esxi::host_connection c;
    c.host = "esxi1";
    c.password = "s3cret!";
    return c;
}

/// The failure of an attempt that must end in a `govc_error`.
template <class Attempt>
esxi::govc_error failure(Attempt&& attempt)
{
    try {
        attempt();
    } catch (esxi::govc_error const& failed) {
        return failed;
    }
    BOOST_ERROR("should have failed");
    return {error_kind::tape, "", 0, {}, ""};
}

std::string size_of(std::string_view text)
{
    return std::to_string(text.size());
}
std::string unreadable(std::string_view)
{
    throw esxi::error(error_kind::govc, "its output cannot be read: it holds s3cret!");
}

struct versioned {
    std::string version;
    int asked = 0;
    esxi::output run(esxi::command const&, esxi::run_options const&) { return {}; }
    std::string govc_version()
    {
        ++asked;
        return version;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(client)

BOOST_AUTO_TEST_CASE(counts_commands_and_not_polls)
{
    scripted_transport transport;
    transport.expect({{"about"}});
    transport.expect({{"import.ova", "x"}});
    transport.expect({{"vm.info", "y"}}).answer("abc");
    transport.expect({{"vm.ip", "z"}}).answer("ab");
    transport.expect({{"fails"}}).fail("no");
    esxi::govc_client client(transport, connection());
    BOOST_TEST(client.count() == 0);
    client.run({{"about"}});
    BOOST_TEST(client.count() == 1);
    client.run({{"import.ova", "x"}}, 5s, [](std::string_view) { return true; });
    BOOST_TEST(client.count() == 2);
    BOOST_TEST(client.read({{"vm.info", "y"}}, size_of) == "3");
    BOOST_TEST(client.count() == 3);
    BOOST_TEST(client.poll({{"vm.ip", "z"}}, 7s, size_of) == "2");
    BOOST_TEST(client.count() == 3);
    failure([&] { client.run({{"fails"}}); });
    BOOST_TEST(client.count() == 4);
    BOOST_CHECK_NO_THROW(transport.finish());
}

BOOST_AUTO_TEST_CASE(how_commands_are_run)
{
    std::vector<esxi::run_options> seen;
    auto const note = [&seen](esxi::command const&, esxi::run_options const& options) {
        seen.push_back(options);
        return esxi::output{};
    };
    scripted_transport transport;
    for (char const* subcommand : {"a", "b", "c", "d"}) {
        transport.expect({{subcommand}}).call(note);
    }
    std::stop_source source;
    esxi::govc_client client(transport, connection(), {3s, source.get_token(), {}});
    client.run({{"a"}});
    client.run({{"b"}}, 5s, [](std::string_view line) { return line == "progress"; });
    client.poll({{"c"}}, 7s, size_of);
    source.request_stop();
    for (auto const& options : seen) {
        BOOST_TEST((options.connection == connection()));
        BOOST_TEST(options.stop.stop_requested());
    }
    BOOST_TEST((seen[0].timeout == 3s));
    BOOST_TEST((seen[1].timeout == 5s));
    BOOST_TEST((seen[2].timeout == 7s));
    BOOST_TEST(seen[0].max_output == esxi::longest_answer);
    BOOST_TEST(seen[1].max_output == esxi::longest_output);
    BOOST_TEST(seen[2].max_output == esxi::longest_answer);
    BOOST_TEST(!seen[0].on_line);
    BOOST_TEST(seen[1].on_line("progress"));
    BOOST_TEST(!seen[1].on_line("other"));
    BOOST_TEST(client.connection().host == "esxi1");

    esxi::govc_client(transport, connection()).run({{"d"}});
    BOOST_TEST((seen[3].timeout == 120s));
}

BOOST_AUTO_TEST_CASE(a_server_that_says_credentials_back)
{
    // `Basic` of ova:0pen sesame, and the password by itself; told in an error, and later.
    std::string const said = "govc: 401 no entry for Basic b3ZhOjBwZW4gc2VzYW1l, 0pen+sesame\n";
    std::vector<esxi::command> const commands{{{"import.ova", "http://ova:0pen%20sesame@h/a.ova"}}, {{"about"}}};
    scripted_transport transport;
    for (auto const& command : commands) {
        transport.expect(command).fail(said);
    }
    esxi::govc_client client(transport, connection());
    for (auto const& command : commands) {
        auto const failed = failure([&] { client.run(command); });
        BOOST_TEST(failed.stderr_text() == "govc: 401 no entry for Basic <redacted>, <redacted>\n");
        BOOST_TEST(std::string(failed.what()).find("b3Zh") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_failed_command)
{
    scripted_transport transport;
    transport.expect({{"vm.power", "-on", "VirtualMachine:vm-1", "s3cret!"}}).fail("govc: vm 's3cret!' not found\n");
    transport.expect(esxi::command{}).fail("", 7);
    esxi::govc_client client(transport, connection());
    auto const failed = failure([&] { client.run({{"vm.power", "-on", "VirtualMachine:vm-1", "s3cret!"}}); });
    BOOST_TEST(failed.returncode() == 1);
    BOOST_TEST((failed.kind() == error_kind::absent));
    BOOST_TEST(!failed.recoverable());
    BOOST_TEST(failed.argv() == (std::vector<std::string>{"vm.power", "-on", "VirtualMachine:vm-1", "<redacted>"}),
               boost::test_tools::per_element());
    BOOST_TEST(failed.stderr_text() == "govc: vm '<redacted>' not found\n");
    BOOST_TEST(failed.what() == "govc vm.power exited 1: govc: vm '<redacted>' not found");
    BOOST_TEST(has(failure([&] { client.run({}); }).what(), "govc <?> exited 7: "));
}

BOOST_AUTO_TEST_CASE(output_that_cannot_be_read)
{
    scripted_transport transport;
    transport.expect({{"about", "s3cret!"}}).answer({0, "x", "warning: s3cret!"});
    transport.expect({{"about"}}).answer("x");
    esxi::govc_client client(transport, connection());
    auto const failed = failure([&] { client.read({{"about", "s3cret!"}}, unreadable); });
    BOOST_TEST(failed.returncode() == 0);
    BOOST_TEST((failed.kind() == error_kind::govc));
    BOOST_TEST(failed.recoverable());
    BOOST_TEST(failed.what() == "govc about: its output cannot be read: it holds <redacted>");
    BOOST_TEST(failed.argv().back() == "<redacted>");
    BOOST_TEST(failed.stderr_text() == "warning: <redacted>");
    BOOST_TEST(failure([&] { client.poll({{"about"}}, 1s, unreadable); }).returncode() == 0);
}

BOOST_AUTO_TEST_CASE(what_a_transport_throws_passes)
{
    scripted_transport transport;
    transport.expect({{"about"}}).throw_error({error_kind::cancelled, "stopped"});
    esxi::govc_client client(transport, connection());
    BOOST_CHECK_EXCEPTION(client.read({{"about"}}, size_of), esxi::error, [](auto const& e) {
        return e.kind() == error_kind::cancelled && dynamic_cast<esxi::govc_error const*>(&e) == nullptr;
    });
}

/// Prints in pieces, and then fails or not.
struct printing_transport {
    std::vector<std::string> pieces;
    esxi::output rest{};
    std::size_t passed_on = 0;
    esxi::output run(esxi::command const&, esxi::run_options const& options)
    {
        for (auto const& piece : pieces) {
            options.on_output(piece);
            ++passed_on;
        }
        return rest;
    }
};

/// Joins what it is given; `!` cannot be read.
struct joining_reader {
    std::string all;
    void write(std::string_view piece)
    {
        if (has(std::string(piece), "!")) {
            throw esxi::error(error_kind::govc, "its output cannot be read: s3cret!");
        }
        all += piece;
    }
    std::string finish()
    {
        if (all.empty()) {
            throw esxi::error(error_kind::govc, "its output cannot be read: it is empty");
        }
        return all;
    }
};

BOOST_AUTO_TEST_CASE(a_stream_is_read_as_it_arrives)
{
    printing_transport transport{{"a", "b"}, {0, "c", ""}}; // the rest as from a transport that passes nothing on
    esxi::govc_client client(transport, connection());
    BOOST_TEST(client.read_stream({{"object.collect"}}, joining_reader()) == "abc");
    BOOST_TEST(client.count() == 1);

    transport = {{"a", "!", "b"}};
    auto failed = failure([&] { client.read_stream({{"object.collect"}}, joining_reader()); });
    BOOST_TEST(failed.what() == std::string("govc object.collect: its output cannot be read: <redacted>"));
    BOOST_TEST(transport.passed_on == 1u); // it was ended there

    transport = {{}};
    failed = failure([&] { client.read_stream({{"object.collect"}}, joining_reader()); });
    BOOST_TEST(failed.what() == std::string("govc object.collect: its output cannot be read: it is empty"));

    // What it printed before it failed is no news then.
    transport = {{"a"}, {1, "", "govc: no route to host"}};
    failed = failure([&] { client.read_stream({{"object.collect"}}, joining_reader()); });
    BOOST_TEST((failed.kind() == error_kind::unavailable));
}

BOOST_AUTO_TEST_CASE(the_trace)
{
    std::vector<std::string> traced;
    scripted_transport transport;
    transport.expect("vm.change");
    transport.expect("vm.ip");
    esxi::govc_client client(transport, connection(), {1s, {}, [&traced](std::string_view line) { traced.emplace_back(line); }});
    client.run({{"vm.change", "-annotation=s3cret!\n", "https://u:p@h/x"}});
    client.poll({{"vm.ip"}}, 1s, size_of);
    BOOST_TEST(traced ==
                   (std::vector<std::string>{"govc vm.change -annotation=<redacted>\\n https://<redacted>@h/x", "govc vm.ip"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(versions)
{
    for (char const* good : {"0.46.0", "0.46", "0.56.0", "1.0.0", ""}) {
        versioned transport{good};
        esxi::govc_client client(transport, connection());
        client.require_version();
        BOOST_TEST(client.count() == 0);
        BOOST_TEST(transport.asked == 1);
    }
    for (char const* bad : {"0.45.1", "0.31.0", "0.18.0", "0.0.0", "unreadable"}) {
        versioned transport{bad};
        esxi::govc_client client(transport, connection());
        auto const message = test::refusal([&] {
            client.require_version();
            return 0;
        });
        BOOST_TEST(has(message, std::string("govc ") + bad + " is too old"), message);
        BOOST_TEST(has(message, "v0.46"), message);
    }
    // Who cannot say is believed.
    printing_transport silent{};
    esxi::govc_client(silent, connection()).require_version();
}

BOOST_AUTO_TEST_SUITE_END()
