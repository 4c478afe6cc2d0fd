// SPDX-License-Identifier: Apache-2.0
// The transport over a govc that serves: with shell scripts where govc stands, so this is about processes and documents. What the
// real one does is in tests/live/served.cpp and vendor/govc.
#include <esxi/transport/served.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <sstream>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "support/directory.hpp"
#include "support/script.hpp"
#include "transport/govc_stage.hpp"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// A script that notes each of its runs, and a transport that takes it for govc. As `serve` it greets, and then answers each
/// command, whose id is in $id, as the test says.
struct govc : test::govc_stage<esxi::served_transport> {
    std::ptrdiff_t const descriptors = test::open_descriptors();

    ~govc()
    {
        transport.reset();
        BOOST_TEST(test::open_descriptors() == descriptors);
        BOOST_TEST(::waitpid(-1, nullptr, WNOHANG) == -1); // neither a child nor a zombie
    }

    void is(std::string const& as_server, std::string const& as_process, std::string const& greeting = "{\"serve\":1}")
    {
        transport.reset();
        auto const path = test::script(directory, "govc",
                                       "log_in() { mkdir -p $GOVMOMI_HOME/sessions; echo '{}' > $GOVMOMI_HOME/sessions/x; }\n"
                                       "say() { printf '%s\\n' \"$*\"; }\n"
                                       "echo \"$*\" >> " +
                                           directory / "runs" + "\nif [ \"$1\" = serve ]; then\necho $$ > " + directory / "pid" +
                                           "\nlog_in\nsay '" + greeting + "'\nwhile read -r line; do\necho \"$line\" >> " +
                                           directory / "documents" + "\nid=${line#*:}; id=${id%%,*}; id=${id%\\}}\n" + as_server +
                                           "\n:\ndone\nelse\n:\n" + as_process + "\nfi\n");
        fs::create_directories(directory.path() / "private");
        transport = std::make_unique<esxi::served_transport>(esxi::served_options{path, directory / "private"});
    }

    [[nodiscard]] int count(std::string const& file, std::string const& text) const
    {
        std::istringstream lines(test::read_file(directory / file));
        int found = 0;
        for (std::string line; std::getline(lines, line);) {
            found += line.find(text) != std::string::npos ? 1 : 0;
        }
        return found;
    }
};

// "hello\n", and the end.
constexpr char const* answers = R"(say "{\"id\":$id,\"out\":\"aGVsbG8K\"}"; say "{\"id\":$id,\"exit\":0}")";

} // namespace

BOOST_FIXTURE_TEST_SUITE(served, govc)

BOOST_AUTO_TEST_CASE(one_server_runs_one_command_after_another)
{
    is(answers, "echo as a process");
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST((run({"about"}) == esxi::output{0, "hello\n", ""}));
    }
    BOOST_TEST(count("runs", "serve") == 1);
    BOOST_TEST(count("documents", "about") == 5);
    BOOST_TEST(count("documents", "\"login\":true") == 1); // the first: there was no session
    BOOST_TEST(transport->serves());
}

BOOST_AUTO_TEST_CASE(it_logs_out_at_the_server_at_its_end)
{
    test::in_time(
        test::for_logouts,
        [&] {
            fs::remove(directory / "documents");
            fs::remove(directory / "runs");
            is(answers, "echo as a process");
            run({"about"});
        },
        [&] { transport.reset(); },
        [&] {
            BOOST_TEST(count("documents", "session.logout") == 1);
            BOOST_TEST(count("runs", "session.logout") == 0);
            BOOST_TEST(fs::is_empty(directory.path() / "private"));
        });
}

BOOST_AUTO_TEST_CASE(a_govc_that_does_not_serve_is_run_for_each_command)
{
    for (char const* greeting :
         {"Usage: govc <COMMAND>", "", "{\"serve\":2}", "{\"id\":1,\"exit\":0}", "[]", "{\"serve\":1} x"}) {
        fs::remove(directory / "runs");
        is("exit", "log_in; cat; echo \"$*\"", greeting);
        BOOST_TEST(run({"about"}).out == "about\n");
        BOOST_TEST((transport->run({{"import.ova"}, "in "}, options()).out == "in import.ova\n"));
        BOOST_TEST(!transport->serves());
        BOOST_TEST(count("runs", "serve") == 1);
    }
    is("", "log_in; echo $1");
    test::script(directory, "govc", "[ $1 != serve ] && mkdir -p $GOVMOMI_HOME/sessions && echo as a process");
    BOOST_TEST(run({"about"}).out == "as a process\n");
}

BOOST_AUTO_TEST_CASE(a_server_that_is_killed_at_its_start_is_started_again_by_the_next_command)
{
    is(answers, "log_in; echo as a process");
    auto const serving = test::read_file(directory / "govc");
    for (std::string const end : {"kill -9 $$", "kill $$", "echo 'fatal error: out of memory' >&2; exit 2"}) {
        is(answers, "log_in; echo as a process");
        fs::remove(directory / "runs");
        test::script(directory, "govc",
                     "if [ $1 = serve ]; then " + end +
                         "; fi\nmkdir -p $GOVMOMI_HOME/sessions; echo '{}' > $GOVMOMI_HOME/sessions/x; echo as a process");
        BOOST_TEST(run({"about"}).out == "as a process\n"); // nothing was sent yet: a process does it
        BOOST_TEST(transport->serves());
        test::script(directory, "govc", serving.substr(serving.find('\n') + 1));
        BOOST_TEST(run({"about"}).out == "hello\n");
        BOOST_TEST(count("runs", "serve") == 1);
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_runs_out_of_memory_answers_as_a_process_would)
{
    is("echo 'runtime: out of memory: cannot allocate 4-byte block' >&2; echo 'fatal error: out of memory' >&2; exit 2", "");
    BOOST_TEST((run({"vm.info"}) ==
                esxi::output{2, "", "runtime: out of memory: cannot allocate 4-byte block\nfatal error: out of memory\n"}));
    BOOST_TEST(transport->serves());
    is("echo 'panic: oops' >&2; exit 2", "");
    BOOST_TEST(failure({"vm.info"}, options(), esxi::error_kind::unavailable) ==
               "govc vm.info broke off: it ended with exit code 2");
}

BOOST_AUTO_TEST_CASE(what_a_server_cannot_do_a_process_does)
{
    is("say \"{\\\"id\\\":$id,\\\"alone\\\":true}\"", "log_in; cat; echo $1");
    BOOST_TEST(run({"ls"}).out == "ls\n");
    BOOST_TEST(count("documents", "\"ls\"") == 1);
    BOOST_TEST(run({"about", "-persist-session=false"}).out == "about\n");
    BOOST_TEST(run({"version"}).out == "version\n");
    BOOST_TEST(run({"vm.info", "\xff"}).out == "vm.info\n");
    BOOST_TEST((transport->run({{"import.ova"}, "\xff"}, options()).out == "\xffimport.ova\n"));
    BOOST_TEST(count("documents", "") == 1);
    BOOST_TEST(transport->serves());
}

BOOST_AUTO_TEST_CASE(gives_what_was_printed_as_it_is)
{
    // "\0\xff" and "e"; then more than a pipe holds, in many documents.
    is(R"(say "{\"id\":$id,\"out\":\"AP8=\"}"; say "{\"id\":$id,\"err\":\"ZQ==\"}"; say "{\"id\":$id,\"exit\":77}")", "");
    BOOST_TEST((run({"about"}) == esxi::output{77, std::string("\0\xff", 2), "e"}));
    is(R"(big=$(head -c 49152 /dev/zero | base64 -w 0)
for i in 1 2 3 4 5 6 7 8; do say "{\"id\":$id,\"out\":\"$big\"}"; done; say "{\"id\":$id,\"exit\":0}")",
       "");
    BOOST_TEST(run({"about"}).out.size() == 8u * 49152);
}

BOOST_AUTO_TEST_CASE(passes_on_lines_and_pieces_as_they_come)
{
    auto const go = directory / "go";
    is(R"(say "{\"id\":$id,\"out\":\"b25lCg==\"}"; while ! [ -e )" + go +
           R"( ]; do sleep 0.01; done; say "{\"id\":$id,\"out\":\"dHdv\"}"; say "{\"id\":$id,\"exit\":0}")",
       "");
    auto o = options();
    std::vector<std::string> lines;
    o.on_line = [&](std::string_view line) {
        lines.emplace_back(line);
        test::write_file(go, ""); // or it would wait for ever
        return true;
    };
    BOOST_TEST(run({"import.ova"}, o).out == "one\ntwo");
    BOOST_TEST((lines == std::vector<std::string>{"one", "two"}));
    fs::remove(go);
    o.on_line = {};
    std::string seen;
    o.on_output = [&](std::string_view piece) {
        seen += piece;
        test::write_file(go, "");
    };
    BOOST_TEST(run({"object.collect"}, o).out == "");
    BOOST_TEST(seen == "one\ntwo");
}

BOOST_AUTO_TEST_CASE(a_command_that_is_cancelled_leaves_the_server_where_it_hears)
{
    is(R"(case $line in *cancel*) say "{\"id\":$id,\"exit\":1}";; *about*) say "{\"id\":$id,\"exit\":0}";; esac)", "");
    auto const begins = [&] {
        run({"about"});
        fs::remove(directory / "runs");
        fs::remove(directory / "documents");
    };
    auto const it_is_still_there = [&] {
        BOOST_TEST(count("documents", "cancel") == count("documents", "vm.ip")); // which may have come too late to be sent
        BOOST_TEST((run({"about"}) == esxi::output{0, "", ""}));
        BOOST_TEST(count("runs", "serve") == 0);
    };
    test::in_time(
        200ms + test::for_a_cancel, begins,
        [&] {
            auto o = options();
            o.timeout = 200ms;
            BOOST_TEST(failure({"vm.ip"}, o, esxi::error_kind::unavailable) == "govc vm.ip did not end within 0.2 s");
        },
        it_is_still_there);
    test::in_time(
        test::for_a_cancel, begins,
        [&] {
            std::stop_source stop;
            auto o = options();
            o.stop = stop.get_token();
            std::jthread const later([&] {
                test::eventually([&] { return count("documents", "vm.ip") == 1; });
                stop.request_stop();
            });
            BOOST_TEST(failure({"vm.ip"}, o, esxi::error_kind::cancelled) == "govc vm.ip was stopped");
            BOOST_TEST(count("documents", "vm.ip") == 1);
        },
        it_is_still_there);
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_hear_is_ended)
{
    // Neither the cancelling, nor a TERM, nor the end of its input.
    is("trap '' TERM; case $line in *about*) " + std::string(answers) + ";; *) sleep 1000 & sleep 1000;; esac", "");
    run({"about"});
    auto o = options();
    o.timeout = 200ms;
    auto const begun = std::chrono::steady_clock::now();
    failure({"vm.ip"}, o, esxi::error_kind::unavailable);
    BOOST_TEST((std::chrono::steady_clock::now() - begun < 60s));
    BOOST_TEST(run({"about"}).out == "hello\n");
    BOOST_TEST(count("runs", "serve") == 2);
}

BOOST_AUTO_TEST_CASE(a_server_that_breaks_down_is_unavailable_and_the_next_command_starts_another)
{
    struct {
        char const* body;
        char const* words;
    } const cases[] = {{"kill -9 $$", "govc vm.info broke off: it was ended by signal 9"},
                       {"exit 3", "govc vm.info broke off: it ended with exit code 3"},
                       {"say hello", "govc vm.info broke off: it said what makes no sense"},
                       {R"(say "{\"id\":77,\"exit\":0}")", "govc vm.info broke off: it said what makes no sense"},
                       {R"(say "{\"serve\":1}")", "govc vm.info broke off: it said what makes no sense"},
                       {R"(say "{\"id\":$id,\"out\":\"!\"}")", "govc vm.info broke off: it said what makes no sense"},
                       {"head -c 100000 /dev/zero >&2; exit 2", "govc vm.info broke off: it ended with exit code 2"},
                       {R"(printf '{"id'; exit 0)", "govc vm.info broke off: it ended with exit code 0"}};
    for (auto const& [body, words] : cases) {
        fs::remove(directory / "runs");
        is("case $line in *vm.info*) " + std::string(body) + ";; *) " + answers + ";; esac", "");
        BOOST_TEST(failure({"vm.info"}, options(), esxi::error_kind::unavailable) == words);
        BOOST_TEST(run({"about"}).out == "hello\n");
        BOOST_TEST(count("runs", "serve") == 2);
    }
}

BOOST_AUTO_TEST_CASE(a_server_that_broke_down_while_idle_is_replaced_unnoticed)
{
    is(std::string(answers) + "; echo $$ > " + directory / "pid", "");
    run({"about"});
    BOOST_TEST(test::eventually([&] { return !test::read_file(directory / "pid").empty(); }));
    auto const pid = static_cast<pid_t>(std::stol(test::read_file(directory / "pid")));
    ::kill(pid, SIGKILL);
    BOOST_TEST(test::eventually([pid] { return !test::is_alive(pid); }));
    BOOST_TEST(run({"about"}).out == "hello\n");
    BOOST_TEST(count("runs", "serve") == 2);
}

BOOST_AUTO_TEST_CASE(a_server_that_never_greets_does_not_hold_up_a_command_for_ever)
{
    is("", "echo as a process", "");
    test::script(directory, "govc", "sleep 1000");
    auto o = options();
    o.timeout = 300ms;
    failure({"about"}, o, esxi::error_kind::unavailable);
    std::stop_source stop;
    o.timeout = 120s;
    o.stop = stop.get_token();
    std::jthread const later([&] {
        std::this_thread::sleep_for(100ms);
        stop.request_stop();
    });
    failure({"about"}, o, esxi::error_kind::cancelled);
    BOOST_TEST(transport->serves());
}

BOOST_AUTO_TEST_CASE(too_much_output_ends_a_command)
{
    is("case $line in *about*) " + std::string(answers) +
           R"(;; *) yes "{\"id\":$id,\"out\":\"aGVsbG8KaGVsbG8KaGVsbG8KaGVsbG8K\"}";; esac)",
       "");
    run({"about"});
    auto o = options();
    o.max_output = 10'000;
    BOOST_TEST(failure({"object.collect"}, o, esxi::error_kind::govc) ==
               "govc object.collect printed more than 10000 bytes, and was ended");
    BOOST_TEST(run({"about"}).out == "hello\n");
}

BOOST_AUTO_TEST_CASE(a_line_without_end_is_not_kept_for_ever)
{
    is("case $line in *about*) " + std::string(answers) + ";; *) yes x | tr -d '\\n';; esac", "");
    run({"about"});
    BOOST_TEST(failure({"object.collect"}, options(), esxi::error_kind::unavailable) ==
               "govc object.collect broke off: it said what makes no sense");
    BOOST_TEST(run({"about"}).out == "hello\n");
}

BOOST_AUTO_TEST_CASE(inherits_no_more_than_it_needs)
{
    std::vector<int> careless; // a program's descriptors without close-on-exec
    for (int i = 0; i < 300; ++i) {
        careless.push_back(::fcntl(0, F_DUPFD, 100 + i));
        BOOST_REQUIRE(careless.back() >= 0);
    }
    // What the server has it passes on to what it starts; 3 is that of ls itself.
    is(R"(say "{\"id\":$id,\"out\":\"$(ls /proc/self/fd | tr '\n' ' ' | base64 -w 0)\"}"; say "{\"id\":$id,\"exit\":0}")", "");
    auto const seen = run({"about"}).out;
    BOOST_TEST(transport->serves());
    BOOST_TEST(seen == "0 1 2 3 ");
    for (int descriptor : careless) {
        BOOST_TEST(::close(descriptor) == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_long_command_reaches_a_server_that_answers_meanwhile)
{
    // It prints while it reads: neither may wait for the other.
    is(R"(big=$(head -c 49152 /dev/zero | base64 -w 0); for i in 1 2 3 4; do say "{\"id\":$id,\"out\":\"$big\"}"; done
say "{\"id\":$id,\"exit\":0}")",
       "");
    esxi::command const c{{"import.ova"}, std::string(2 << 20, 'x')};
    BOOST_TEST(transport->run(c, options()).out.size() == 4u * 49152);
    BOOST_TEST(fs::file_size(directory / "documents") > 2u << 20);
}

BOOST_AUTO_TEST_CASE(connections_have_servers_of_their_own)
{
    is(R"(say "{\"id\":$id,\"out\":\"$(printf '%s %s' "$GOVC_PASSWORD" "$GOVMOMI_HOME" | base64 -w 0)\"}"; say "{\"id\":$id,\"exit\":0}")",
       "");
    auto const one = run({"about"}, options("first")).out;
    auto const other = run({"about"}, options("second")).out;
    BOOST_TEST(one.starts_with("first "));
    BOOST_TEST(other.starts_with("second "));
    BOOST_TEST(one.substr(6) != other.substr(7));
    BOOST_TEST(run({"about"}, options("first")).out == one);
    BOOST_TEST(count("runs", "serve") == 2);
    BOOST_TEST(count("documents", "first") + count("documents", "second") == 0); // no secret in a document
}

BOOST_AUTO_TEST_CASE(as_many_servers_as_commands_at_once)
{
    is("while [ -e " + directory / "wait" + " ]; do sleep 0.01; done; " + answers, "");
    run({"about"});
    std::atomic<int> fine = 0;
    for (int round = 1; round <= 2; ++round) {
        test::write_file(directory / "wait", "");
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] { fine += run({"about"}).out == "hello\n" ? 1 : 0; });
        }
        BOOST_TEST(test::eventually([&] { return count("documents", "about") == 1 + 4 * round; }));
        fs::remove(directory / "wait");
    }
    BOOST_TEST(fine == 8);
    BOOST_TEST(count("runs", "serve") == 4);
}

BOOST_AUTO_TEST_CASE(a_refused_login_is_not_tried_again)
{
    is(R"(say "{\"id\":$id,\"err\":\"$(printf 'govc: ServerFaultCode: Cannot complete login due to an incorrect user name or password.' | base64 -w 0)\"}"; say "{\"id\":$id,\"exit\":1}")",
       "echo as a process");
    auto const o = options("refused here, and so in the whole process");
    BOOST_TEST(run({"about"}, o).exit_code == 1);
    BOOST_TEST(run({"vm.info"}, o).exit_code == 1);
    BOOST_TEST(count("documents", "") == 1);
    transport.reset();
    BOOST_TEST(count("documents", "logout") + count("runs", "logout") == 0);
}

BOOST_AUTO_TEST_CASE(a_child_by_fork_has_no_part_in_a_server)
{
    is(answers, "echo as a process");
    run({"about"});
    auto const pid = ::fork();
    if (pid == 0) {
        bool const fine = run({"about"}).out == "hello\n" && count("runs", "serve") == 2; // one of its own
        transport.reset();
        ::_exit(fine ? 0 : 1);
    }
    int status = -1;
    ::waitpid(pid, &status, 0);
    BOOST_TEST(status == 0);
    BOOST_TEST(run({"about"}).out == "hello\n");
    BOOST_TEST(count("runs", "serve") == 2);
}

BOOST_AUTO_TEST_CASE(a_child_by_fork_does_not_keep_a_server_alive)
{
    is(answers, "");
    int held[2];
    BOOST_REQUIRE(::pipe(held) == 0);
    auto const owner = ::fork();
    if (owner == 0) { // uses the transport, leaves a child that lives on, and is killed
        run({"about"});
        if (::fork() == 0) {
            ::close(held[1]);
            char c = 0;
            ::_exit(static_cast<int>(::read(held[0], &c, 1)));
        }
        ::kill(::getpid(), SIGKILL);
    }
    ::waitpid(owner, nullptr, 0);
    auto const server = test::read_file(directory / "pid");
    ::close(held[0]);
    BOOST_TEST(test::eventually([&] { return !test::is_alive(std::stoi(server)); }));
    ::close(held[1]);
    is(answers, ""); // and the next transport sweeps what the killed one left
    auto const left = fs::directory_iterator(directory.path() / "private");
    BOOST_TEST(std::distance(fs::begin(left), fs::end(left)) == 1);
}

BOOST_AUTO_TEST_CASE(a_server_goes_on_when_the_thread_that_started_it_ends)
{
    is(answers, "");
    std::jthread([&] { run({"about"}); }).join();
    ::usleep(50'000);
    BOOST_TEST(run({"about"}).out == "hello\n");
    BOOST_TEST(count("runs", "serve") == 1);
}

BOOST_AUTO_TEST_SUITE_END()
