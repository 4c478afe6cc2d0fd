// SPDX-License-Identifier: Apache-2.0
// Starts a program as a child in a process group of its own, with nothing inherited that is not named, and tells why it could not.
#pragma once

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <esxi/detail/atomic_file.hpp>

#if defined(__SANITIZE_THREAD__)
#define ESXI_UNDER_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ESXI_UNDER_THREAD_SANITIZER
#endif
#endif
#if defined(ESXI_UNDER_THREAD_SANITIZER)
// ThreadSanitizer takes clone for a fork, and then ends the parent, whose memory is the child's. This name goes past it.
extern "C" int __clone(int (*function)(void*), void* stack, int flags, void* argument, ...) noexcept; // NOLINT
#endif

namespace esxi::detail {

/// What to start, and with what. The descriptors become 0 to 2 of the child, and must not be of those numbers here.
struct launch_request {
    char const* path; ///< Absolute.
    char* const* argv;
    char* const* environment;
    char const* directory; ///< The working directory.
    int in, out, err;
    bool outlives_thread = false; ///< Whether it goes on when the thread that started it ends.
    std::uint64_t memory = 0; ///< How many bytes of it may be writable and its own (RLIMIT_DATA); 0: as this process.
};

/// What the child was doing when it failed.
enum class launch_step { clone, parent, group, descriptors, directory, memory, exec };

/// A child that runs, or why there is none.
struct launched {
    pid_t pid = -1;
    owned_fd pidfd{}; ///< Close-on-exec; readable once the child has ended.
    launch_step failed = launch_step::clone;
    int error = 0; ///< An errno; 0: it runs.
};

/// What parent and child share while the child has not called execve.
struct launch_state {
    launch_request const& request;
    pid_t parent;
    launch_step step = launch_step::clone;
    int error = 0;
};

/// Closes what is above 2. A container's filter may not know close_range; then as many as are likely to be open.
__attribute__((no_sanitize("thread"))) inline void close_others() noexcept
{
    if (::syscall(SYS_close_range, 3u, ~0u, 0u) != 0) {
        for (unsigned fd = 3; fd < 65536; ++fd) {
            ::syscall(SYS_close, fd);
        }
    }
}

/// The child's side. It runs in the parent's memory while the parent stands still: nothing here may allocate, lock or throw, and
/// system calls go past the C library where that would note something down for the parent (or a sanitizer would).
__attribute__((no_sanitize("thread"))) inline int launch_child(void* shared) noexcept
{
    auto& state = *static_cast<launch_state*>(shared);
    auto const& request = state.request;
    auto const fail = [&state](launch_step step) {
        state.step = step;
        state.error = errno;
        return 127; // what is returned here is the child's exit code
    };
    if (::setpgid(0, 0) != 0) {
        return fail(launch_step::group);
    }
    // Ends with the thread that started it, which waits for it. Had that ended before, nothing would be sent.
    if (!request.outlives_thread && (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != state.parent)) {
        return fail(launch_step::parent);
    }
    // No handler of the parent's may run here once signals are let in, and what is ignored would stay so beyond execve.
    std::array<std::byte, 64> const by_default{}; // the kernel's struct sigaction: all zero is SIG_DFL
    std::array<std::byte, 16> const none{};
    for (int signal = 1; signal < _NSIG; ++signal) {
        ::syscall(SYS_rt_sigaction, signal, by_default.data(), nullptr, _NSIG / 8);
    }
    if (::syscall(SYS_dup3, request.in, 0, 0) < 0 || ::syscall(SYS_dup3, request.out, 1, 0) < 0 ||
        ::syscall(SYS_dup3, request.err, 2, 0) < 0) {
        return fail(launch_step::descriptors);
    }
    close_others();
    if (::syscall(SYS_chdir, request.directory) != 0) {
        return fail(launch_step::directory);
    }
    // Not RLIMIT_AS: Go reserves more than it takes, at times.
    std::array<std::uint64_t, 2> const bound{request.memory, request.memory}; // the kernel's struct rlimit64
    if (request.memory != 0 && ::syscall(SYS_prlimit64, 0, RLIMIT_DATA, bound.data(), nullptr) != 0) {
        return fail(launch_step::memory);
    }
    ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, none.data(), nullptr, _NSIG / 8);
    ::syscall(SYS_execve, request.path, request.argv, request.environment);
    return fail(launch_step::exec);
}

/// Starts the child, as vfork would: neither the parent's size nor its threads matter, and the cause of a failure comes back
/// through memory. Boost's own launcher forks, which takes 40 ms from a program of 1 GB, and in 1.81 hands down descriptors.
/// The child leads a new process group: `kill(-pid, ...)` reaches it and what it starts, until it is waited for.
[[nodiscard]] inline launched launch(launch_request const& request)
{
    constexpr std::size_t stack_size = 64 * 1024;
    auto const stack = std::make_unique_for_overwrite<std::byte[]>(stack_size);
    auto* const top = stack.get() + stack_size - reinterpret_cast<std::size_t>(stack.get() + stack_size) % 16;
    launch_state state{request, ::getpid()};
    int pidfd = -1;

    ::sigset_t all;
    ::sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
#if defined(ESXI_UNDER_THREAD_SANITIZER)
    auto const clone_it = &::__clone;
#else
    auto const clone_it = &::clone;
#endif
    pid_t const pid = clone_it(launch_child, top, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &state, &pidfd);
    int const failure = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);

    launched child;
    if (pid < 0) {
        child.error = failure;
        return child;
    }
    child.pidfd = owned_fd(pidfd);
    if (state.error != 0) {
        while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {}
        child.failed = state.step;
        child.error = state.error;
        return child;
    }
    child.pid = pid;
    return child;
}

/// A descriptor like `fd`, close-on-exec and never one of 0 to 2: where a program has closed those, what it prints would end up
/// in a pipe of ours. -1, with errno, if it cannot be made; of a descriptor that is none, errno stays what it was.
[[nodiscard]] inline int above_standard(int fd) noexcept
{
    return fd < 0 ? -1 : ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

} // namespace esxi::detail
