// SPDX-License-Identifier: Apache-2.0
// Starts a child with its standard input given and its two outputs in pipes, or throws what stood in the way.
#pragma once

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <linux/memfd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/system/error_code.hpp>

#include <esxi/detail/atomic_file.hpp>
#include <esxi/detail/errno_text.hpp>
#include <esxi/detail/launcher.hpp>
#include <esxi/detail/unforked_fd.hpp>
#include <esxi/error.hpp>

namespace esxi::detail {

/// What to run.
struct process_request {
    std::string path;                            ///< Absolute.
    std::vector<std::string> argv;               ///< With the program's own name first.
    std::vector<std::string> const& environment; ///< `NAME=value`.
    std::string directory;                       ///< The working directory.
    std::string_view input{};                    ///< Empty: nothing, as of /dev/null.
    int in = -1;                                 ///< A descriptor that is its standard input, in place of `input`.
    bool outlives_thread = false;                ///< Whether it goes on when the thread that started it ends.
    std::uint64_t memory = 0;                    ///< The bound of its memory in bytes; 0: that of this process.
};

/// A child that runs. Whoever has this must wait for it.
struct started_process {
    pid_t pid = -1;
    owned_fd pidfd{};
    unforked_fd out{}, err{}; ///< Where to read what it prints; non-blocking.
};

[[noreturn]] inline void refuse_to_run(process_request const& request, int failure, bool of_directory = false)
{
    throw error(failure == ETXTBSY ? error_kind::unavailable : errno_kind(failure),
                "cannot run `" + request.path + "`" + (of_directory ? " in `" + request.directory + "`" : "") + ": " +
                    errno_text(failure));
}

/// To the whole group of a child, and only while its pid cannot be another's: until it is waited for, by us or somebody else here.
inline void signal_group(pid_t pid, int signal) noexcept
{
    ::siginfo_t unused{};
    if (::waitid(P_PID, static_cast<::id_t>(pid), &unused, WEXITED | WNOHANG | WNOWAIT) == 0) {
        ::kill(-pid, signal);
    }
}

/// The descriptor, or what errno says.
template <class Descriptor>
[[nodiscard]] Descriptor checked(Descriptor descriptor, process_request const& request)
{
    if (descriptor.get() < 0) {
        refuse_to_run(request, errno);
    }
    return descriptor;
}

/// Another number for the same, to be owned by somebody else.
[[nodiscard]] inline int duplicate(int descriptor, process_request const& request)
{
    auto const other = above_standard(descriptor);
    if (other < 0) {
        refuse_to_run(request, errno);
    }
    return other;
}

/// Gives the descriptor to one of Asio's streams.
template <class Stream>
void adopt(Stream& stream, int descriptor, process_request const& request)
{
    auto const own = duplicate(descriptor, request);
    boost::system::error_code failed;
    stream.assign(own, failed);
    if (failed) {
        ::close(own);
        refuse_to_run(request, failed.value());
    }
}

/// The read end and the write end of a new pipe. A child by fork that kept the write end would keep the reader waiting.
[[nodiscard]] inline std::pair<unforked_fd, unforked_fd> make_pipe(process_request const& request)
{
    auto ends = unforked_fd::pair([] {
        int made[2] = {-1, -1};
        static_cast<void>(::pipe2(made, O_CLOEXEC));
        owned_fd const read_end(made[0]);
        owned_fd const write_end(made[1]);
        return std::array<int, 2>{above_standard(made[0]), above_standard(made[1])};
    });
    int const failure = errno;
    if (ends.first.get() < 0 || ends.second.get() < 0) {
        refuse_to_run(request, failure);
    }
    ::fcntl(ends.first.get(), F_SETFL, O_NONBLOCK);
    return ends;
}

/// Two sockets that are connected. (To write into a pipe that nobody reads any more ends a program that does not expect it.)
[[nodiscard]] inline std::pair<unforked_fd, unforked_fd> make_sockets(process_request const& request)
{
    auto ends = unforked_fd::pair([] {
        std::array<int, 2> made{-1, -1};
        static_cast<void>(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, made.data()));
        return made;
    });
    if (ends.first.get() < 0) {
        refuse_to_run(request, errno);
    }
    return ends;
}

/// Standard input is a file in memory: nobody has to write while reading, and no SIGPIPE comes of a child that does not read it.
[[nodiscard]] inline unforked_fd make_input(process_request const& request)
{
    auto input = unforked_fd([&request] {
        if (request.in >= 0) {
            return above_standard(request.in);
        }
        // The system call itself: the C library has memfd_create only since glibc 2.27.
        owned_fd const file(request.input.empty() ? ::open("/dev/null", O_RDONLY | O_CLOEXEC)
                                                  : static_cast<int>(::syscall(SYS_memfd_create, "stdin", MFD_CLOEXEC)));
        return above_standard(file.get());
    });
    if (input.get() < 0) {
        refuse_to_run(request, errno);
    }
    if (request.in < 0 && !request.input.empty()) {
        write_all(input.get(), request.input, "standard input of " + request.path);
        ::lseek(input.get(), 0, SEEK_SET);
    }
    return input;
}

/// The form in which execve takes texts.
[[nodiscard]] inline std::vector<char*> pointers_to(std::vector<std::string> const& texts)
{
    std::vector<char*> all;
    all.reserve(texts.size() + 1);
    for (auto const& text : texts) {
        all.push_back(const_cast<char*>(text.c_str())); // nothing is written there
    }
    all.push_back(nullptr);
    return all;
}

/// Starts the child. Throws `config` where it cannot be run, and `unavailable` where there are not the means to do so now.
[[nodiscard]] inline started_process start_process(process_request const& request)
{
    auto const in = make_input(request);
    auto [out, childs_out] = make_pipe(request);
    auto [err, childs_err] = make_pipe(request);
    auto const argv = pointers_to(request.argv);
    auto const environment = pointers_to(request.environment);
    launch_request const wanted{request.path.c_str(),
                                argv.data(),
                                environment.data(),
                                request.directory.c_str(),
                                in.get(),
                                childs_out.get(),
                                childs_err.get(),
                                request.outlives_thread,
                                request.memory};
    auto child = launch(wanted);
    // The file may just be made: by another program, or by this one, of which a child by fork still has it open for writing.
    for (int attempt = 0; attempt < 200 && child.error == ETXTBSY; ++attempt) {
        ::usleep(10'000);
        child = launch(wanted);
    }
    if (child.error != 0) {
        refuse_to_run(request, child.error, child.failed == launch_step::directory);
    }
    return {child.pid, std::move(child.pidfd), std::move(out), std::move(err)};
}

} // namespace esxi::detail
