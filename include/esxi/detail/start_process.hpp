// SPDX-License-Identifier: Apache-2.0
// Starts a child with its standard input given and its two outputs in pipes, or throws what stood in the way.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/system/error_code.hpp>

#include <esxi/detail/atomic_file.hpp>
#include <esxi/detail/launcher.hpp>
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
};

/// A child that runs. Whoever has this must wait for it.
struct started_process {
    pid_t pid = -1;
    owned_fd pidfd{};
    owned_fd out{}, err{}; ///< Where to read what it prints; non-blocking.
};

[[noreturn]] inline void refuse_to_run(process_request const& request, int failure, bool of_directory = false)
{
    // These pass; anything else does not change by trying again.
    bool const passes = failure == EAGAIN || failure == ENOMEM || failure == EMFILE || failure == ENFILE || failure == ETXTBSY;
    throw error(passes ? error_kind::unavailable : error_kind::config,
                "cannot run `" + request.path + "`" + (of_directory ? " in `" + request.directory + "`" : "") + ": " +
                    std::system_category().message(failure));
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
[[nodiscard]] inline owned_fd checked(owned_fd descriptor, process_request const& request)
{
    if (descriptor.get() < 0) {
        refuse_to_run(request, errno);
    }
    return descriptor;
}

/// Another number for the same, to be owned by somebody else.
[[nodiscard]] inline int duplicate(owned_fd const& descriptor, process_request const& request)
{
    auto const other = ::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 3);
    if (other < 0) {
        refuse_to_run(request, errno);
    }
    return other;
}

/// Gives the descriptor to one of Asio's streams.
template <class Stream>
void adopt(Stream& stream, owned_fd const& descriptor, process_request const& request)
{
    auto const own = duplicate(descriptor, request);
    boost::system::error_code failed;
    stream.assign(own, failed);
    if (failed) {
        ::close(own);
        refuse_to_run(request, failed.value());
    }
}

/// The read end and the write end of a new pipe.
[[nodiscard]] inline std::pair<owned_fd, owned_fd> make_pipe(process_request const& request)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        refuse_to_run(request, errno);
    }
    owned_fd const read_end(ends[0]);
    owned_fd const write_end(ends[1]);
    ::fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
    return {checked(above_standard(read_end.get()), request), checked(above_standard(write_end.get()), request)};
}

/// Standard input is a file in memory: nobody has to write while reading, and no SIGPIPE comes of a child that does not read it.
[[nodiscard]] inline owned_fd make_input(process_request const& request)
{
    if (request.in >= 0) {
        return checked(above_standard(request.in), request);
    }
    auto const file = checked(
        owned_fd(request.input.empty() ? ::open("/dev/null", O_RDONLY | O_CLOEXEC) : ::memfd_create("stdin", MFD_CLOEXEC)),
        request);
    if (!request.input.empty()) {
        write_all(file.get(), request.input, "standard input of " + request.path);
        ::lseek(file.get(), 0, SEEK_SET);
    }
    return checked(above_standard(file.get()), request);
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
    launch_request const wanted{
        request.path.c_str(), argv.data(),      environment.data(),     request.directory.c_str(), in.get(),
        childs_out.get(),     childs_err.get(), request.outlives_thread};
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
