// SPDX-License-Identifier: Apache-2.0
// Children: how they start, what they inherit, what they print, how they end.
#include <esxi/detail/run_process.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include "support/directory.hpp"
#include "support/script.hpp"

namespace {

using namespace std::chrono_literals;
using esxi::detail::process_end;
using clock_type = std::chrono::steady_clock;

struct wish {
    std::vector<std::string> argv{"x"};
    std::vector<std::string> environment{"PATH=/usr/bin:/bin"};
    std::string directory{"/"};
    std::string input{};
    std::chrono::milliseconds timeout{120s};
    std::stop_token stop{};
    std::function<bool(std::string_view)> on_line{};
    std::chrono::milliseconds grace{100ms};
};

esxi::detail::process_result run(std::string const& path, wish const& w = {})
{
    esxi::detail::process_request const request{path, w.argv, w.environment, w.directory, w.input};
    return esxi::detail::process_run(request, {clock_type::now() + w.timeout, w.timeout, w.stop, &w.on_line, w.grace}).run();
}

/// Runs a shell script.
esxi::detail::process_result sh(std::string const& body, wish w = {})
{
    w.argv = {"sh", "-c", body};
    return run("/bin/sh", w);
}

/// A script must be timed out, and be over soon. It says a line when it is where its time is to be up; a busy machine may need more
/// time for it to come there.
void is_timed_out(std::string const& body, std::chrono::milliseconds grace = 100ms)
{
    bool ready = false;
    for (auto const timeout : {200ms, 2000ms, 20'000ms}) {
        auto const begun = clock_type::now();
        auto const says_ready = [&ready](auto) {
            ready = true;
            return false;
        };
        auto const result = sh(body, {.timeout = timeout, .on_line = says_ready, .grace = grace});
        BOOST_TEST((result.end == process_end::timed_out));
        BOOST_TEST((clock_type::now() - begun < timeout + 15s));
        if (ready) {
            break;
        }
    }
    BOOST_TEST(ready);
}

struct failure {
    esxi::error_kind kind;
    std::string text;
};
failure failure_of(std::string const& path, wish const& w = {})
{
    try {
        static_cast<void>(run(path, w));
    } catch (esxi::error const& e) {
        return {e.kind(), e.what()};
    }
    return {esxi::error_kind::tape, "it ran"};
}

/// Neither a child nor a zombie of ours.
bool no_child_left()
{
    return ::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;
}

/// Runs a check in a process of its own, by fork; its exit code.
int in_child(std::function<int()> const& check)
{
    auto const pid = ::fork();
    if (pid == 0) {
        ::_exit(check());
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct leaves_nothing {
    std::ptrdiff_t const before = test::open_descriptors();
    ~leaves_nothing()
    {
        BOOST_TEST(test::open_descriptors() == before);
        BOOST_TEST(no_child_left());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(run_process, leaves_nothing)

BOOST_AUTO_TEST_CASE(gives_both_outputs_and_the_exit_code)
{
    auto const result = sh("printf 'a\\000b'; echo c >&2; exit 9");
    BOOST_TEST((result.end == process_end::by_itself));
    BOOST_TEST(result.answer.exit_code == 9);
    BOOST_TEST(result.answer.out == std::string("a\0b", 3));
    BOOST_TEST(result.answer.err == "c\n");
    BOOST_TEST(sh("exit 0").answer.exit_code == 0);
    BOOST_TEST(sh("exit 255").answer.exit_code == 255);
}

BOOST_AUTO_TEST_CASE(counts_signals_as_a_shell_does)
{
    BOOST_TEST(sh("kill -9 $$").answer.exit_code == 128 + 9);
    BOOST_TEST(sh("kill -TERM $$").answer.exit_code == 128 + 15);
    BOOST_TEST(sh("kill -PIPE $$").answer.exit_code == 128 + 13);
}

BOOST_AUTO_TEST_CASE(takes_much_output_on_both_pipes_at_once)
{
    auto const begun = clock_type::now();
    auto const result = sh("head -c 1048576 /dev/zero >&2 & head -c 67108864 /dev/zero; wait");
    BOOST_TEST(result.answer.out.size() == 67108864u);
    BOOST_TEST(result.answer.err.size() == 1048576u);
    BOOST_TEST_MESSAGE("64 MB and 1 MB in ms: " << (clock_type::now() - begun) / 1ms);
    BOOST_TEST(sh("head -c 67108864 /dev/zero; head -c 1048576 /dev/zero >&2").answer.err.size() == 1048576u);
}

BOOST_AUTO_TEST_CASE(gives_standard_input)
{
    BOOST_TEST(sh("cat", {.input = "line\n"}).answer.out == "line\n");
    BOOST_TEST(sh("cat").answer.out == "");
    BOOST_TEST(sh("readlink /proc/self/fd/0").answer.out == "/dev/null\n");
    std::string const much(8 << 20, 'x');
    BOOST_TEST(sh("cat", {.input = much}).answer.out.size() == much.size());
    BOOST_TEST(sh("exec <&-; exit 3", {.input = much}).answer.exit_code == 3); // it is not read
}

BOOST_AUTO_TEST_CASE(passes_lines_on_as_they_come)
{
    test::directory const directory;
    std::vector<std::string> lines;
    auto const here = std::this_thread::get_id();
    auto const go = directory / "go";
    auto const sink = [&](std::string_view line) {
        BOOST_TEST((std::this_thread::get_id() == here));
        lines.emplace_back(line);
        if (line == "two") {
            test::write_file(go, ""); // or it would wait for ever
        }
        return false;
    };
    auto const result =
        sh("printf 'one\\r\\ntwo\\r\\033[Kthree'; while [ ! -e " + go + " ]; do sleep 0.01; done; printf ' more\\n\\n\\nlast'",
           {.on_line = sink});
    BOOST_TEST((lines == std::vector<std::string>{"one", "two", "\033[Kthree more", "last"}));
    BOOST_TEST(result.answer.out == "one\r\ntwo\r\033[Kthree more\n\n\nlast");
}

BOOST_AUTO_TEST_CASE(inherits_no_more_than_is_named)
{
    ::setenv("GOVC_DEBUG", "true", 1);
    std::vector<int> careless; // a program's descriptors without close-on-exec
    for (int i = 0; i < 300; ++i) {
        careless.push_back(::fcntl(0, F_DUPFD, 100 + i));
    }
    test::directory const directory;
    auto const result = run("/usr/bin/env", {.environment = {"A=1", "B=x y"}});
    BOOST_TEST(result.answer.out == "A=1\nB=x y\n");
    BOOST_TEST(sh("ls /proc/self/fd; exit 0").answer.out == "0\n1\n2\n3\n"); // 3 is that of ls itself
    BOOST_TEST(sh("pwd", {.directory = directory.path().string()}).answer.out == directory.path().string() + "\n");
    for (int descriptor : careless) {
        BOOST_TEST(::close(descriptor) == 0);
    }
    ::unsetenv("GOVC_DEBUG");
}

BOOST_AUTO_TEST_CASE(lets_signals_in_again)
{
    ::sigset_t some, usual;
    ::sigemptyset(&some);
    ::sigaddset(&some, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &some, &usual);
    auto const old = std::signal(SIGPIPE, SIG_IGN);
    auto const result = sh("grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '\\n\\t'");
    BOOST_TEST(result.answer.out == "SigBlk:0000000000000000SigIgn:0000000000000000");
    ::sigset_t now;
    ::pthread_sigmask(SIG_SETMASK, &usual, &now);
    BOOST_TEST(::sigismember(&now, SIGTERM) == 1);
    BOOST_TEST(::sigismember(&now, SIGUSR1) == 0);
    BOOST_TEST((std::signal(SIGPIPE, old) == SIG_IGN));
}

BOOST_AUTO_TEST_CASE(has_a_process_group_of_its_own)
{
    auto const result = sh("echo $$; cut -d' ' -f5 /proc/$$/stat");
    auto const pid = result.answer.out.substr(0, result.answer.out.find('\n'));
    BOOST_TEST(result.answer.out == pid + "\n" + pid + "\n");
}

BOOST_AUTO_TEST_CASE(says_why_it_cannot_run)
{
    test::directory const directory;
    auto const missing = failure_of(directory / "none");
    BOOST_TEST((missing.kind == esxi::error_kind::config));
    BOOST_TEST(missing.text == "cannot run `" + directory / "none" + "`: No such file or directory");
    test::write_file(directory / "plain", "x");
    BOOST_TEST(failure_of(directory / "plain").text == "cannot run `" + directory / "plain" + "`: Permission denied");
    BOOST_TEST(failure_of(directory.path()).text == "cannot run `" + directory.path().string() + "`: Permission denied");
    ::chmod((directory / "plain").c_str(), 0755);
    BOOST_TEST(failure_of(directory / "plain").text == "cannot run `" + directory / "plain" + "`: Exec format error");
    BOOST_TEST(failure_of("/bin/true", {.directory = directory / "none"}).text ==
               "cannot run `/bin/true` in `" + directory / "none" + "`: No such file or directory");
    BOOST_TEST(failure_of("/bin/true", {.argv = {"x", std::string(300000, 'x')}}).text ==
               "cannot run `/bin/true`: Argument list too long");
}

BOOST_AUTO_TEST_CASE(waits_for_a_file_that_is_just_being_written)
{
    test::directory const directory;
    auto const path = test::script(directory, "late", "echo ran");
    auto writer = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    auto const busy = failure_of(path);
    BOOST_TEST((busy.kind == esxi::error_kind::unavailable));
    BOOST_TEST(busy.text == "cannot run `" + path + "`: Text file busy");
    std::jthread const closes([writer] {
        ::usleep(30'000);
        ::close(writer);
    });
    BOOST_TEST(run(path).answer.out == "ran\n");
}

BOOST_AUTO_TEST_CASE(a_timeout_ends_all_of_the_group)
{
    test::directory const directory;
    auto const pids = directory / "pids";
    auto const told = directory / "told";
    is_timed_out("rm -f " + told + "; (trap '' TERM; exec sleep 60) & echo $! > " + pids + "; sleep 60 & echo $! >> " + pids +
                     "; trap 'echo told > " + told + "; exit 0' TERM; echo $$ >> " + pids + "; echo ready; wait",
                 60s);
    BOOST_TEST(test::read_file(told) == "told\n");
    std::ifstream numbers(pids);
    int count = 0;
    for (pid_t pid = 0; numbers >> pid; ++count) {
        BOOST_TEST(test::eventually([pid] { return !test::is_alive(pid); }));
    }
    BOOST_TEST(count == 3);
}

BOOST_AUTO_TEST_CASE(what_does_not_heed_term_is_killed)
{
    is_timed_out("trap '' TERM; echo ready; exec sleep 60");
    BOOST_TEST((sh("kill -STOP $$", {.timeout = 50ms}).end == process_end::timed_out));
}

BOOST_AUTO_TEST_CASE(a_grandchild_in_a_session_of_its_own_does_not_hold_up)
{
    test::directory const directory;
    auto const escapes = [&](std::string const& after) {
        return "rm -f " + directory / "pid" + "; setsid sh -c 'echo $$ > " + directory / "pid" +
               "; exec sleep 60' & while [ ! -s " + directory / "pid" + " ]; do sleep 0.01; done; echo out; " + after;
    };
    auto const clean = [&] {
        auto const pid = std::stoi(test::read_file(directory / "pid"));
        BOOST_TEST(test::is_alive(pid)); // or the test tests nothing
        ::kill(pid, SIGKILL);
        std::filesystem::remove(directory / "pid");
    };
    auto const begun = clock_type::now();
    auto const ended = sh(escapes("exit 4"));
    BOOST_TEST((clock_type::now() - begun < 30s));
    BOOST_TEST(ended.answer.exit_code == 4);
    BOOST_TEST(ended.answer.out == "out\n");
    clean();
    is_timed_out(escapes("sleep 60"));
    clean();
}

BOOST_AUTO_TEST_CASE(a_grandchild_in_the_group_goes_with_it)
{
    auto const result = sh("sleep 60 & echo $!");
    auto const pid = std::stoi(result.answer.out);
    BOOST_TEST(test::eventually([pid] { return !test::is_alive(pid); }));
}

BOOST_AUTO_TEST_CASE(a_stop_ends_it)
{
    std::stop_source source;
    auto const begun = clock_type::now();
    std::jthread const stops([&source] {
        ::usleep(50'000);
        source.request_stop();
    });
    BOOST_TEST((sh("sleep 60", {.stop = source.get_token()}).end == process_end::stopped));
    BOOST_TEST((clock_type::now() - begun < 30s));
    BOOST_TEST((sh("sleep 60", {.stop = source.get_token()}).end == process_end::stopped)); // requested before it starts
}

BOOST_AUTO_TEST_CASE(progress_puts_the_deadline_off)
{
    // Each takes longer in all than its timeout, and no step of it does. A busy machine makes a step last longer: then all of it
    // is tried with more time.
    auto const ends_by_itself_in_time = [](auto const& run) {
        return run(1) == process_end::by_itself || run(8) == process_end::by_itself || run(64) == process_end::by_itself;
    };
    auto const steps = [](int scale, bool progress) {
        return sh("for i in 1 2 3 4 5 6; do echo $i; sleep " + std::to_string(scale / 10.0) + "; done",
                  {.timeout = scale * 450ms, .on_line = [progress](auto) { return progress; }})
            .end;
    };
    BOOST_TEST(ends_by_itself_in_time([&](int scale) { return steps(scale, true); }));
    BOOST_TEST((steps(1, false) == process_end::timed_out));
    // A sink that takes longer than the timeout, and shows progress.
    auto const slow_sink = [](int scale) {
        auto const slow = [scale](auto) {
            std::this_thread::sleep_for(scale * 80ms);
            return true;
        };
        return sh("echo a; echo b", {.timeout = scale * 40ms, .on_line = slow}).end;
    };
    BOOST_TEST(ends_by_itself_in_time(slow_sink));
}

BOOST_AUTO_TEST_CASE(ends_near_its_deadline_without_delay)
{
    for (int i = 0; i < 40; ++i) {
        auto const begun = clock_type::now();
        auto const result =
            run("/bin/sleep", {.argv = {"sleep", "0.01"}, .timeout = std::chrono::milliseconds(9 + i % 6), .grace = 60s});
        BOOST_TEST((clock_type::now() - begun < 30s)); // and not the whole time of grace
        BOOST_TEST((result.end == process_end::timed_out || result.answer.exit_code == 0));
    }
}

BOOST_AUTO_TEST_CASE(what_a_sink_throws_reaches_the_caller_and_ends_the_child)
{
    auto const begun = clock_type::now();
    std::string pid;
    auto const sink = [&pid](std::string_view line) -> bool {
        pid = line;
        throw std::out_of_range("from the sink");
    };
    BOOST_CHECK_THROW(sh("echo $$; echo next; sleep 60", {.on_line = sink}), std::out_of_range);
    BOOST_TEST((clock_type::now() - begun < 30s));
    BOOST_TEST(!test::is_alive(std::stoi(pid)));
    BOOST_CHECK_THROW(sh("printf 1", {.on_line = sink}), std::out_of_range); // after the end
}

BOOST_AUTO_TEST_CASE(standard_descriptors_may_be_closed)
{
    int const code = in_child([] {
        ::close(0);
        ::close(1);
        ::close(2);
        auto const result = sh("cat; echo err >&2; ls /proc/self/fd | wc -l", {.input = "in,"});
        static_cast<void>(::write(1, "stray", 5) + ::write(2, "stray", 5)); // to nowhere, not into a pipe of ours
        bool const open = ::fcntl(0, F_GETFD) >= 0 || ::fcntl(1, F_GETFD) >= 0 || ::fcntl(2, F_GETFD) >= 0;
        return result.answer.out == "in,4\n" && result.answer.err == "err\n" && !open ? 0 : 1;
    });
    BOOST_TEST(code == 0);
    int const sink = in_child([] {
        ::close(1);
        ::close(2);
        auto const result =
            sh("echo a; echo b >&2", {.on_line = [](auto) { return ::write(1, "stray", 5) + ::write(2, "stray", 5) > 0; }});
        return result.answer.out == "a\n" && result.answer.err == "b\n" ? 0 : 1;
    });
    BOOST_TEST(sink == 0);
}

BOOST_AUTO_TEST_CASE(ends_with_its_parent)
{
    test::directory const directory;
    auto const parent = ::fork();
    if (parent == 0) {
        static_cast<void>(
            sh("echo $$ > " + directory / "new" + "; mv " + directory / "new" + " " + directory / "pid" + "; exec sleep 60"));
        ::_exit(1);
    }
    BOOST_REQUIRE(test::eventually([&] { return !test::read_file(directory / "pid").empty(); }));
    auto const pid = std::stoi(test::read_file(directory / "pid"));
    BOOST_TEST(test::is_alive(pid));
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    BOOST_TEST(test::eventually([pid] { return !test::is_alive(pid); }));
}

BOOST_AUTO_TEST_CASE(says_so_where_descriptors_run_out)
{
    int const code = in_child([] {
        int wrong = 0;
        int ran = 0;
        for (::rlim_t limit = 3; limit < 24; ++limit) {
            ::rlimit const few{limit, 24};
            ::setrlimit(RLIMIT_NOFILE, &few);
            try {
                ran += sh("echo a").answer.out == "a\n" ? 1 : 0;
            } catch (esxi::error const& e) {
                wrong += e.kind() == esxi::error_kind::unavailable ? 0 : 1;
            } catch (boost::system::system_error const& e) { // the transport translates these
                wrong += e.code() ? 0 : 1;
            }
            wrong += no_child_left() ? 0 : 1;
        }
        return wrong == 0 && ran > 0 && ran < 21 ? 0 : 1;
    });
    BOOST_TEST(code == 0);
}

BOOST_AUTO_TEST_CASE(says_so_where_exit_codes_are_lost)
{
    int const code = in_child([] {
        std::signal(SIGCHLD, SIG_IGN);
        auto const failed = failure_of("/bin/true");
        return failed.kind == esxi::error_kind::config && failed.text.find("SIGCHLD") != std::string::npos ? 0 : 1;
    });
    BOOST_TEST(code == 0);
}

BOOST_AUTO_TEST_CASE(many_at_once)
{
    std::vector<int> wrong(8);
    {
        std::vector<std::jthread> threads;
        threads.reserve(wrong.size());
        for (std::size_t i = 0; i < wrong.size(); ++i) {
            threads.emplace_back([&wrong, i] {
                for (int k = 0; k < 10; ++k) {
                    auto const mine = std::to_string(i) + "." + std::to_string(k);
                    auto const result =
                        sh("cat; echo $0 >&2; ls /proc/self/fd | wc -l >&2; exit " + std::to_string(k), {.input = mine});
                    wrong[i] += result.answer == esxi::output{k, mine, "sh\n4\n"} ? 0 : 1;
                }
            });
        }
    }
    BOOST_TEST((wrong == std::vector<int>(8)));
}

BOOST_AUTO_TEST_CASE(a_start_takes_no_longer_from_a_large_program)
{
    std::vector<char> const large(256 << 20, 1);
    auto const begun = clock_type::now();
    for (int i = 0; i < 50; ++i) {
        static_cast<void>(run("/bin/true"));
    }
    BOOST_TEST_MESSAGE("us a run of /bin/true: " << (clock_type::now() - begun) / 50us);
    BOOST_TEST(large.back() == 1);
}

// A deadline for progress is put off while bytes flow, though nothing is printed; another one is not.
BOOST_AUTO_TEST_CASE(that_reads_makes_progress)
{
    auto const body = "exec dd if=/dev/zero of=/dev/null bs=64k";
    std::stop_source stop;
    auto const begun = clock_type::now();
    std::jthread const later([&stop] {
        std::this_thread::sleep_for(1s);
        stop.request_stop();
    });
    auto const reads = sh(body, {.timeout = 300ms, .stop = stop.get_token(), .on_line = [](auto) { return false; }});
    BOOST_TEST((reads.end == process_end::stopped || clock_type::now() - begun > 5s));
    BOOST_TEST((sh(body, {.timeout = 300ms}).end == process_end::timed_out));
    BOOST_TEST((sh("exec sleep 60", {.timeout = 300ms, .on_line = [](auto) { return false; }}).end == process_end::timed_out));
}

BOOST_AUTO_TEST_SUITE_END()
