// SPDX-License-Identifier: Apache-2.0
// A govc that kills, with SIGKILL, whoever started it: at the start, in the middle or at the end of one of its commands. It is
// copied into a directory in which the file `plan` tells it what to do: see tests/live/kills.cpp.
//
// What runs after the kill is the real govc itself, in the process that the library started: nothing but the library ends it.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct plan {
    std::string govc;    ///< The real one.
    std::string calls;   ///< Where the simulator notes each call.
    std::string when;    ///< `start`, `middle` or `end`.
    int number = 0;      ///< Of the command at which to kill, counted from 1.
};

/// The call to the host that the command is about; empty: any. For an import, the middle is that of the upload.
std::string main_call(std::string const& line)
{
    struct known {
        char const* words;
        char const* call;
    };
    for (auto const& [words, call] :
         {known{" import.ov", "ImportVApp\n"}, known{" vm.change ", "ReconfigVM_Task\n"},
          known{" vm.power -json -on ", "PowerOnVM_Task\n"}, known{" vm.power -json -off ", "PowerOffVM_Task\n"},
          known{" vm.power -json -s ", "ShutdownGuest\n"}, known{" vm.destroy ", "Destroy_Task\n"},
          known{" snapshot.create ", "CreateSnapshot_Task\n"}, known{" snapshot.remove ", "RemoveSnapshot_Task\n"}}) {
        if (line.find(words) != std::string::npos) {
            return call;
        }
    }
    return "\n";
}

std::string text_after(std::string const& path, std::streamoff offset)
{
    std::ifstream file(path);
    file.seekg(offset);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Notes whether the real govc still runs, and kills.
void kill_it(int victim, std::string const& note, bool is_running)
{
    std::ofstream(note) << (is_running ? "running\n" : "ended\n");
    ::syscall(SYS_pidfd_send_signal, victim, SIGKILL, nullptr, 0);
}

} // namespace

int main(int argc, char** argv)
{
    auto const here = std::filesystem::read_symlink("/proc/self/exe").parent_path().string();
    plan todo;
    std::ifstream(here + "/plan") >> todo.govc >> todo.calls >> todo.when >> todo.number;
    // A byte for each command: whoever is killed while it writes, what is there can be read.
    int const counter = ::open((here + "/count").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (::write(counter, "x", 1) != 1) {
        return 127;
    }
    auto const count = ::lseek(counter, 0, SEEK_CUR);
    ::close(counter);
    if (count != todo.number) {
        ::execv(todo.govc.c_str(), argv);
        return 127;
    }

    int const victim = static_cast<int>(::syscall(SYS_pidfd_open, ::getppid(), 0));
    auto const killed = here + "/killed";
    if (todo.when == "end") {
        pid_t const govc = ::fork();
        if (govc == 0) {
            ::execv(todo.govc.c_str(), argv);
            ::_exit(127);
        }
        ::waitpid(govc, nullptr, 0);
        kill_it(victim, killed, false);
        return 0;
    }

    std::string line;
    for (int i = 1; i < argc; ++i) {
        line += std::string(" ") + argv[i];
    }
    auto const call = main_call(line + " ");
    std::error_code none;
    auto const size = std::filesystem::file_size(todo.calls, none);
    auto const seen = static_cast<std::streamoff>(none ? 0 : size);
    bool const is_local = line.starts_with(" version") || line.starts_with(" import.spec"); // no call comes of these
    int started[2];
    pid_t const govc = ::getpid();
    if (::pipe2(started, O_CLOEXEC) != 0 || ::fork() != 0) {
        ::execv(todo.govc.c_str(), argv); // the write end closes
        return 127;
    }
    ::setpgid(0, 0); // the library kills what a govc leaves in its group
    for (int fd : {0, 1, 2, started[1]}) {
        ::close(fd);
    }
    char unused = 0;
    while (::read(started[0], &unused, 1) > 0) {} // until the real govc has just been started
    if (todo.when == "middle") {
        for (int i = 0; i < (is_local ? 2 : 60'000) && ::getppid() == govc; ++i) {
            if (text_after(todo.calls, seen).find(call) != std::string::npos) {
                break;
            }
            ::usleep(1000);
        }
        if (call.starts_with("ImportVApp")) {
            ::usleep(150'000);
        }
    }
    kill_it(victim, killed, ::getppid() == govc);
    return 0;
}
