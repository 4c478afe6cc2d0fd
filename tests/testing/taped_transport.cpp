// SPDX-License-Identifier: Apache-2.0
// A tape in a file in each of its modes: what is asked for, what is refused, and what is in the file afterwards.
#include <esxi/testing/taped_transport.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "support/directory.hpp"

namespace {

using esxi::command;
using esxi::error_kind;
using esxi::output;
using esxi::testing::tape_mode;
using esxi::testing::taped_options;
using esxi::testing::taped_transport;

/// Stands for a govc: answers with what it was asked, and counts.
struct live_transport {
    int& sent;
    std::string version = "0.56.0";

    live_transport(live_transport const&) = delete;
    live_transport& operator=(live_transport const&) = delete;
    live_transport(int& count, int& made) : sent(count) { ++made; }

    output run(command const& c, esxi::run_options const&) const
    {
        ++sent;
        if (c.argv.front() == "vm.ip") {
            throw esxi::error(error_kind::unavailable, "timed out");
        }
        return {0, c.argv.back() + " " + std::to_string(sent) + "\n", ""};
    }
    [[nodiscard]] std::string govc_version() const { return version; }
};

std::string failure(std::function<void()> const& what, error_kind kind = error_kind::tape)
{
    try {
        what();
    } catch (esxi::error const& e) {
        BOOST_TEST(esxi::to_string(e.kind()) == esxi::to_string(kind), e.what());
        return e.what();
    }
    return "no failure";
}

bool has(std::string const& text, std::string const& part)
{
    return text.find(part) != std::string::npos;
}

struct fixture {
    test::directory where;
    std::string path = where / "tape.json";
    int sent = 0;
    int made = 0;

    [[nodiscard]] auto maker()
    {
        return [this] { return live_transport(sent, made); };
    }
    auto open(tape_mode mode, bool allow_changes = false)
    {
        taped_options options;
        options.mode = mode;
        options.allow_changes = allow_changes;
        return taped_transport(path, maker(), options);
    }
    /// Runs these commands, and finishes; what they answered.
    std::string run(tape_mode mode, std::vector<command> const& commands, bool allow_changes = false)
    {
        auto transport = open(mode, allow_changes);
        esxi::run_options options;
        options.connection.host = "esxi1";
        options.connection.password = "correct horse";
        std::string all;
        for (auto const& c : commands) {
            all += transport.run(c, options).out;
        }
        transport.finish();
        return all;
    }
    /// The commands on the tape, with their durations and repeats.
    [[nodiscard]] std::string on_tape() const
    {
        std::string all;
        for (auto const& entry : esxi::load_tape(path).entries) {
            all += (all.empty() ? "" : "; ") + entry.request.argv.front() + (entry.repeat ? "+" : "");
        }
        return all;
    }
};

command const about{{"about"}};
command const info{{"vm.info", "x"}};
command const power{{"vm.power", "x"}};

} // namespace

BOOST_FIXTURE_TEST_SUITE(taped, fixture)

BOOST_AUTO_TEST_CASE(none_needs_a_tape)
{
    BOOST_TEST(failure([&] { open(tape_mode::none); }) == "there is no tape `" + path + "`: ESXI_TAPE_MODE=once records it");
    BOOST_TEST(made == 0);
}

BOOST_AUTO_TEST_CASE(none_never_makes_the_other_transport)
{
    run(tape_mode::once, {about, info});
    made = sent = 0;
    BOOST_TEST(run(tape_mode::none, {about, info}) == "about 1\nx 2\n");
    failure([&] { run(tape_mode::none, {info}); });
    failure([&] { run(tape_mode::none, {about, power}, true); });
    BOOST_TEST(has(failure([&] { run(tape_mode::none, {about}); }), "1 entry left"));
    auto transport = open(tape_mode::none);
    BOOST_TEST(transport.govc_version() == "0.56.0");
    BOOST_TEST(!transport.records());
    BOOST_TEST(made == 0);
}

BOOST_AUTO_TEST_CASE(once_records_what_is_not_there)
{
    BOOST_TEST(run(tape_mode::once, {about, info}) == "about 1\nx 2\n");
    BOOST_TEST(made == 1);
    struct ::stat found{};
    ::stat(path.c_str(), &found);
    BOOST_TEST((found.st_mode & 0777u) == 0600u);
    auto const text = test::read_file(path);
    // And leaves alone what is.
    BOOST_TEST(run(tape_mode::once, {about, info}) == "about 1\nx 2\n");
    BOOST_TEST(has(failure([&] { run(tape_mode::once, {about, info, info}); }), "does not have this command next"));
    BOOST_TEST(made == 1);
    BOOST_TEST(test::read_file(path) == text);
    BOOST_TEST(esxi::load_tape(path).govc_version == "0.56.0");
}

BOOST_AUTO_TEST_CASE(once_of_no_commands_is_a_tape_too)
{
    run(tape_mode::once, {});
    BOOST_TEST(on_tape().empty());
    run(tape_mode::none, {});
}

BOOST_AUTO_TEST_CASE(all_records_anew)
{
    run(tape_mode::once, {about, info});
    BOOST_TEST(run(tape_mode::all, {info}) == "x 3\n");
    BOOST_TEST(on_tape() == "vm.info");
    BOOST_TEST(made == 2);
    // A tape that cannot be read is no hindrance.
    std::ofstream(path) << "no tape";
    run(tape_mode::all, {about});
    BOOST_TEST(on_tape() == "about");
}

BOOST_AUTO_TEST_CASE(new_episodes_go_where_they_were_sent)
{
    run(tape_mode::once, {about, info});
    made = sent = 0;
    BOOST_TEST(run(tape_mode::new_episodes, {about, {{"find", "y"}}, info, {{"ls", "z"}}}) == "about 1\ny 1\nx 2\nz 2\n");
    BOOST_TEST(made == 1);
    BOOST_TEST(on_tape() == "about; find; vm.info; ls");
    BOOST_TEST(run(tape_mode::none, {about, {{"find", "y"}}, info, {{"ls", "z"}}}) == "about 1\ny 1\nx 2\nz 2\n");
}

BOOST_AUTO_TEST_CASE(new_episodes_of_nothing_new_write_nothing)
{
    run(tape_mode::once, {about, info});
    auto const text = test::read_file(path) + "\n"; // as an editor leaves it
    std::ofstream(path) << text;
    made = 0;
    run(tape_mode::new_episodes, {about, info});
    BOOST_TEST(test::read_file(path) == text);
    BOOST_TEST(made == 0);
    // What the program no longer sends is left, and nothing is written either.
    BOOST_TEST(has(failure([&] { run(tape_mode::new_episodes, {about, {{"find"}}}); }), "1 entry left"));
    BOOST_TEST(test::read_file(path) == text);
}

BOOST_AUTO_TEST_CASE(new_episodes_without_a_tape_record_all)
{
    run(tape_mode::new_episodes, {about});
    BOOST_TEST(on_tape() == "about");
}

BOOST_AUTO_TEST_CASE(new_episodes_leave_the_others_as_they_are)
{
    esxi::tape t{"0.50.0", "2026-01-02T03:04:05Z", {}, {}};
    t.entries.push_back({about, {0, "{\"a\":\"{=host} {host}\"}\n", ""}, {}, std::chrono::milliseconds(17), false});
    t.entries.push_back({info, {0, "off", ""}, {}, std::chrono::milliseconds(18), true});
    t.entries.push_back({info, {0, "off", ""}, {}, std::chrono::milliseconds(19), true}); // by hand
    t.entries.push_back({{{"vm.ip", "x"}}, {}, esxi::error(error_kind::unavailable, "no answer", std::chrono::seconds(5)), {}});
    t.entries.back().duration = std::chrono::milliseconds(20);
    std::ofstream(path) << esxi::to_text(t);
    auto transport = open(tape_mode::new_episodes);
    esxi::run_options options;
    options.connection.host = "esxi1";
    BOOST_TEST(transport.run(about, options).out == "{\"a\":\"{host} esxi1\"}\n");
    transport.run(info, options);
    transport.run(info, options);
    failure([&] { transport.run({{"vm.ip", "x"}}, options); }, error_kind::unavailable);
    transport.run({{"find"}}, options);
    transport.finish();
    auto const now = esxi::load_tape(path);
    BOOST_TEST(on_tape() == "about; vm.info+; vm.ip; find");
    BOOST_TEST((now.entries[0].answer == t.entries[0].answer));
    BOOST_TEST((now.entries[0].duration == std::chrono::milliseconds(17)));
    BOOST_TEST((now.entries[1].duration == std::chrono::milliseconds(18)));
    BOOST_TEST((now.entries[2].thrown->retry_after() == std::chrono::seconds(5)));
    BOOST_TEST((now.entries[2].duration == std::chrono::milliseconds(20)));
    BOOST_TEST(now.govc_version == "0.56.0");
}

BOOST_AUTO_TEST_CASE(new_episodes_share_the_tokens)
{
    std::string const first = "esxi-import-0123456789abcdef0123456789abcdef";
    std::string const second = "esxi-import-ffffffffffffffffffffffffffffffff";
    run(tape_mode::once, {{{"find", first}}});
    run(tape_mode::new_episodes, {{{"find", second}}, {{"ls", second}}, {{"ls", first}}});
    auto const now = esxi::load_tape(path);
    BOOST_TEST(now.entries.at(0).request.argv.back() == "{token:1}");
    BOOST_TEST(now.entries.at(1).request.argv.back() == "{token:1}");
    BOOST_TEST(now.entries.at(2).request.argv.back() == "{token:2}");
}

BOOST_AUTO_TEST_CASE(changes_are_refused_unless_allowed)
{
    for (auto mode : {tape_mode::once, tape_mode::new_episodes, tape_mode::all}) {
        auto transport = open(mode);
        esxi::run_options options;
        options.connection.password = "correct horse";
        transport.run(about, options);
        auto const refused = failure([&] { transport.run({{"vm.destroy", "correct horse"}}, options); }, error_kind::config);
        BOOST_TEST(refused ==
                   "not sent, for a tape is being recorded and this may change the host: govc vm.destroy <redacted>; set "
                   "allow_changes where that is meant");
        transport.run(info, options);
        // Also where the program goes on.
        BOOST_TEST(failure([&] { transport.finish(); }, error_kind::config) == refused);
        BOOST_TEST(!std::filesystem::exists(path));
    }
    BOOST_TEST(sent == 6);
    run(tape_mode::once, {about, power}, true);
    BOOST_TEST(on_tape() == "about; vm.power");
    // What is on the tape is not sent.
    BOOST_TEST(run(tape_mode::new_episodes, {about, power, info}) == "about 7\nx 8\nx 9\n");
    failure([&] { run(tape_mode::new_episodes, {about, power, info, power}); }, error_kind::config);
    BOOST_TEST(on_tape() == "about; vm.power; vm.info");
}

BOOST_AUTO_TEST_CASE(a_run_that_does_not_finish_leaves_no_trace)
{
    run(tape_mode::once, {about});
    auto const text = test::read_file(path);
    for (auto mode : {tape_mode::all, tape_mode::new_episodes}) {
        auto transport = open(mode);
        transport.run(info, {});
    }
    BOOST_TEST(test::read_file(path) == text);
}

BOOST_AUTO_TEST_CASE(what_could_not_be_written_is_known_first)
{
    auto const refused = [&](std::string const& to, tape_mode mode = tape_mode::once) {
        path = to;
        return failure([&] { open(mode); }, error_kind::config);
    };
    BOOST_TEST(has(refused(where / "no/such/tape.json"), "cannot write `"));
    BOOST_TEST(has(refused(where / "", tape_mode::all), "it names no file"));
    std::filesystem::create_directory(where / "directory");
    BOOST_TEST(has(refused(where / "directory", tape_mode::all), "it is not a regular file"));
    std::filesystem::create_symlink(where / "x", where / "link");
    BOOST_TEST(has(refused(where / "link", tape_mode::all), "it is a symbolic link"));
    BOOST_TEST(made == 0);
}

BOOST_AUTO_TEST_CASE(a_tape_that_is_none)
{
    std::ofstream(path) << "{}";
    for (auto mode : {tape_mode::none, tape_mode::once, tape_mode::new_episodes}) {
        BOOST_TEST(has(failure([&] { open(mode); }), "tape `" + path + "` has no `format`"));
    }
    path = where / "";
    failure([&] { open(tape_mode::none); });
}

BOOST_AUTO_TEST_CASE(a_secret_is_not_written)
{
    taped_options options;
    options.mode = tape_mode::once;
    options.secrets = {"hunter22"};
    taped_transport transport(path, maker(), options);
    BOOST_TEST(transport.records());
    transport.run({{"find", "hunter22"}}, {});
    transport.finish();
    BOOST_TEST(!has(test::read_file(path), "hunter22"));
    options.secrets = {"short"};
    path += "x";
    failure([&] { taped_transport(path, maker(), options); }, error_kind::config);
}

BOOST_AUTO_TEST_CASE(paths_and_reads_in_any_order)
{
    taped_options options;
    options.mode = tape_mode::once;
    options.paths = {{"ova", "/a/x.ova"}};
    {
        taped_transport transport(path, maker(), options);
        transport.run({{"import.spec", "/a/x.ova"}}, {});
        transport.run(about, {});
        transport.finish();
    }
    BOOST_TEST(has(test::read_file(path), "{ova}"));
    options.paths = {{"ova", "/b/y.ova"}};
    options.reads_in_any_order = true;
    taped_transport transport(path, maker(), options);
    BOOST_TEST(transport.run(about, {}).out == "about 2\n");
    BOOST_TEST(transport.run({{"import.spec", "/b/y.ova"}}, {}).out == "/b/y.ova 1\n");
    transport.finish();
}

BOOST_AUTO_TEST_CASE(a_transport_without_a_version)
{
    struct plain {
        output run(command const&, esxi::run_options const&) { return {}; }
    };
    taped_options options;
    options.mode = tape_mode::once;
    taped_transport transport(path, [] { return plain(); }, options);
    BOOST_TEST(transport.govc_version().empty());
    transport.run(about, {});
    transport.finish();
    BOOST_TEST(on_tape() == "about");
}

BOOST_AUTO_TEST_CASE(what_makes_a_transport)
{
    using esxi::testing::makes_transport;
    auto const lend = [](live_transport& t) { return [&t]() -> live_transport& { return t; }; };
    static_assert(makes_transport<decltype(maker())>);
    static_assert(!makes_transport<decltype(lend(std::declval<live_transport&>()))>); // nobody would own it
    static_assert(!makes_transport<int>);
    static_assert(!makes_transport<live_transport>);
    static_assert(esxi::versioned_transport<taped_transport<decltype(maker())>>);
}

BOOST_AUTO_TEST_SUITE_END()
