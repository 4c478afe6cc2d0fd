// SPDX-License-Identifier: Apache-2.0
// Runs other programs in tests: the tool, govc, the simulator.
#pragma once

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "produced.hpp"

namespace test {

/// What a program left behind.
struct finished {
    int exit_code = 0; ///< 128 + signal where one ended it.
    std::string out, err;
};

/// A running program. At the end its input is closed and it is told to end; what is still there of its process group after that is
/// killed.
class program {
public:
    /// `environment` is all that the program gets besides PATH, HOME and TMPDIR.
    explicit program(std::vector<std::string> const& argv, std::map<std::string, std::string> environment = {})
    {
        for (char const* name : {"PATH", "HOME", "TMPDIR", "ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
            if (char const* value = std::getenv(name); value != nullptr) {
                environment.emplace(name, value);
            }
        }
        std::vector<std::string> settings;
        for (auto const& [name, value] : environment) {
            settings.push_back(name + "=" + value);
            if (name.ends_with("PASSWORD") && !value.empty()) {
                keep_secret(value);
            }
        }
        what_ = argv.front();
        auto const pointers = [](std::vector<std::string> const& texts) {
            std::vector<char*> all;
            for (auto const& text : texts) {
                all.push_back(const_cast<char*>(text.c_str()));
            }
            all.push_back(nullptr);
            return all;
        };
        int in[2], out[2], err[2];
        for (int* ends : {in, out, err}) {
            if (::pipe2(ends, O_CLOEXEC) != 0) {
                throw std::runtime_error("pipe2");
            }
        }
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], 0);
        posix_spawn_file_actions_adddup2(&actions, out[1], 1);
        posix_spawn_file_actions_adddup2(&actions, err[1], 2);
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
        auto arguments = pointers(argv);
        auto variables = pointers(settings);
        int const failed = ::posix_spawnp(&pid_, arguments[0], &actions, &attributes, arguments.data(), variables.data());
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
        ::close(in[0]);
        ::close(out[1]);
        ::close(err[1]);
        in_ = in[1];
        out_ = out[0];
        err_ = err[0];
        if (failed != 0) {
            pid_ = -1;
            throw std::runtime_error("cannot run " + argv.front() + ": run ./dev build first");
        }
    }
    program(program const&) = delete;
    program& operator=(program const&) = delete;
    ~program()
    {
        if (pid_ > 0) {
            if (in_ >= 0) {
                close_input();
            }
            ::kill(-pid_, SIGTERM);
            siginfo_t ended{};
            for (int i = 0; i < 200 && ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
                            ended.si_pid == 0;
                 ++i) {
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            }
            ::kill(-pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        keep_produced(what_, result_.out);
        keep_produced(what_, result_.err);
        for (int descriptor : {in_, out_, err_}) {
            if (descriptor >= 0) {
                ::close(descriptor);
            }
        }
    }

    [[nodiscard]] pid_t pid() const { return pid_; }
    void signal(int number) const { ::kill(pid_, number); }
    void close_input() { ::close(std::exchange(in_, -1)); }

    /// The first line of standard output.
    std::string read_line(std::chrono::seconds patience = std::chrono::seconds(180))
    {
        auto const deadline = std::chrono::steady_clock::now() + patience;
        for (;;) {
            if (auto const end = result_.out.find('\n'); end != std::string::npos) {
                auto line = result_.out.substr(0, end);
                result_.out.erase(0, end + 1);
                keep_produced(what_, line);
                return line;
            }
            if (!pump(deadline)) {
                throw std::runtime_error("no line came: " + result_.err);
            }
        }
    }

    /// Closes standard input, reads all output, and waits for the end.
    finished wait(std::chrono::seconds patience = std::chrono::seconds(600))
    {
        if (in_ >= 0) {
            close_input();
        }
        auto const deadline = std::chrono::steady_clock::now() + patience;
        while (pump(deadline)) {}
        int status = 0;
        for (;;) {
            auto const got = ::waitpid(pid_, &status, WNOHANG);
            if (got == pid_) {
                break;
            }
            if (std::chrono::steady_clock::now() > deadline) {
                throw std::runtime_error("a program does not end; it said: " + result_.out + result_.err);
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        pid_ = -1;
        result_.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        return result_;
    }

private:
    /// Reads what there is; false at the end of both outputs.
    bool pump(std::chrono::steady_clock::time_point deadline)
    {
        pollfd ends[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
        if (out_ < 0 && err_ < 0) {
            return false;
        }
        auto const left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
        if (left <= 0) {
            throw std::runtime_error("a program takes too long; it said: " + result_.out + result_.err);
        }
        ::poll(ends, 2, static_cast<int>(left));
        char buffer[65536];
        for (int i = 0; i < 2; ++i) {
            if (ends[i].fd >= 0 && ends[i].revents != 0) {
                auto const got = ::read(ends[i].fd, buffer, sizeof buffer);
                if (got > 0) {
                    (i == 0 ? result_.out : result_.err).append(buffer, static_cast<std::size_t>(got));
                } else if (got == 0 || errno != EINTR) {
                    ::close(ends[i].fd);
                    (i == 0 ? out_ : err_) = -1;
                }
            }
        }
        return true;
    }

    pid_t pid_ = -1;
    int in_ = -1, out_ = -1, err_ = -1;
    finished result_;
    std::string what_;
};

/// Runs a program to its end.
inline finished run_program(std::vector<std::string> const& argv, std::map<std::string, std::string> environment = {})
{
    return program(argv, std::move(environment)).wait();
}

} // namespace test
