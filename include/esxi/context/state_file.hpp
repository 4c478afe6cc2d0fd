// SPDX-License-Identifier: Apache-2.0
// Runtime properties of many nodes in one file, for runs that follow each other and runs at the same time.
#pragma once

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <esxi/detail/atomic_file.hpp>
#include <esxi/detail/errno_text.hpp>
#include <esxi/detail/guarded_file.hpp>
#include <esxi/detail/hash.hpp>
#include <esxi/detail/unforked_fd.hpp>
#include <esxi/error.hpp>
#include <esxi/printable.hpp>

namespace esxi {

namespace detail {

/// A lock on one byte of a file, held by an open file: it keeps threads of one process apart as well as processes, and ends with its
/// holder, however that ends, and whatever children by fork it leaves.
class byte_lock {
public:
    byte_lock(byte_lock&&) = default;
    byte_lock& operator=(byte_lock&&) = default;
    ~byte_lock()
    {
        if (file_.get() >= 0) { // at once, also of a child by fork that has not closed it yet
            struct flock range = range_of(byte_, F_UNLCK);
            ::fcntl(file_.get(), F_OFD_SETLK, &range);
        }
    }

    /// Waits until the lock is ours, the patience is over (`conflict`), or so long after a stop was requested (`cancelled`).
    static byte_lock take(std::filesystem::path const& path, std::int64_t byte, std::chrono::milliseconds patience,
                          std::stop_token const& stop, std::chrono::milliseconds after_stop = {})
    {
        byte_lock lock(byte);
        lock.file_ =
            unforked_fd([&path] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600); });
        if (lock.file_.get() < 0) {
            throw error(errno_kind(errno), "cannot open the lock file " + path.string() + ": " + errno_text(errno));
        }
        struct stat status = {};
        if (::fstat(lock.file_.get(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != ::geteuid()) {
            throw error(error_kind::config, "the lock file " + path.string() + " is not a file of this user's; remove it");
        }
        auto deadline = std::chrono::steady_clock::now() + patience;
        bool stopped = false;
        for (;;) {
            struct flock range = range_of(byte, F_WRLCK);
            if (::fcntl(lock.file_.get(), F_OFD_SETLK, &range) == 0) {
                return lock;
            }
            if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
                throw error(error_kind::config, "cannot lock " + path.string() + ": " + std::generic_category().message(errno));
            }
            if (!stopped && stop.stop_requested()) {
                stopped = true;
                deadline = std::min(deadline, std::chrono::steady_clock::now() + after_stop);
            }
            if (std::chrono::steady_clock::now() >= deadline) {
                if (stopped) {
                    throw error(error_kind::cancelled, "stopped while waiting for the lock on " + path.string());
                }
                throw error(error_kind::conflict,
                            "another run is at work on the same node (" + path.string() +
                                " is locked); run again when it has ended",
                            std::chrono::seconds{30});
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
        }
    }

private:
    explicit byte_lock(std::int64_t byte) : byte_(byte) {}

    [[nodiscard]] static struct flock range_of(std::int64_t byte, short type) noexcept
    {
        struct flock range = {};
        range.l_type = type;
        range.l_whence = SEEK_SET;
        range.l_start = byte;
        range.l_len = 1;
        return range;
    }

    std::int64_t byte_;
    unforked_fd file_; // a child by fork does not hold the lock on
};

} // namespace detail

class state_file;

/// The runtime properties of one node in a `state_file`. While this lives, other runs on the same node wait. Must not outlive its
/// file. For `plain_context::keep_in`.
class state_node {
public:
    /// The runtime properties; empty where none were kept.
    [[nodiscard]] boost::json::object read() const;
    /// Replaces the node's runtime properties in the file, and leaves all other nodes as they are there now. Empty ones are removed.
    /// Throws `config`, and leaves the file as it is, where it cannot be written, or could not be read again.
    void write(boost::json::object const& runtime);

private:
    friend class state_file;
    state_node(state_file& file, std::vector<std::string> path, detail::byte_lock lock, std::stop_token stop)
        : file_(&file), path_(std::move(path)), lock_(std::move(lock)), stop_(std::move(stop))
    {
    }

    state_file* file_;
    std::vector<std::string> path_;
    detail::byte_lock lock_;
    std::stop_token stop_;
};

/// A file of runtime properties, by paths such as `{"esxi1", "vm", "web1"}`, of which none is the beginning of another. Written whole or not at all, readable by its owner only.
/// What was written by others in between is kept.
class state_file {
public:
    /// Throws `config` where the file is there and is not one of ours.
    explicit state_file(std::filesystem::path path) : path_(std::move(path)) { static_cast<void>(load()); }

    /// Removes all nodes whose path begins so, and leaves the others.
    void remove(std::vector<std::string> const& path) { write(path, {}, {}); }

    /// Opens a node and keeps other runs off it. Throws `conflict` where another run still has it after `patience`, and `config` for
    /// an empty path, one with an empty part, and one that goes on from another node's.
    [[nodiscard]] state_node open(std::vector<std::string> path, std::chrono::milliseconds patience,
                                  std::stop_token const& stop = {})
    {
        if (path.empty() || std::find(path.begin(), path.end(), "") != path.end()) {
            throw error(error_kind::config, "a node in the state file " + path_.string() + " needs a path, no part of it empty");
        }
        auto const parent = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
        if (::access(parent.c_str(), W_OK) != 0) { // to be known before the host is changed
            refuse("cannot be written: " + parent.string() + ": " + std::generic_category().message(errno));
        }
        {
            auto const lock = detail::byte_lock::take(lock_path(), 0, std::chrono::seconds{30}, stop);
            detail::sweep_temporary_files(path_);
            check_beginnings(path);
        }
        auto hash = detail::fnv1a("");
        for (auto const& part : path) {
            hash = detail::fnv1a(part + '\0', hash);
        }
        // A collision makes two nodes wait for each other, no more.
        auto const byte = static_cast<std::int64_t>(hash % (std::uint64_t{1} << 62)) + 1;
        return {*this, std::move(path), detail::byte_lock::take(lock_path(), byte, patience, stop), stop};
    }

    /// The runtime properties at a path; empty where none were kept.
    [[nodiscard]] boost::json::object read(std::vector<std::string> const& path) const
    {
        auto const root = load();
        boost::json::object const* at = &root;
        for (auto const& part : path) {
            auto const* next = at->if_contains(part);
            if (next == nullptr) {
                return {};
            }
            check_node(*next, part);
            at = &next->get_object();
        }
        return *at;
    }

private:
    friend class state_node;

    static constexpr std::string_view format_key = "esxi_state";

    [[nodiscard]] std::filesystem::path lock_path() const { return path_.string() + ".lock"; }

    [[noreturn]] void refuse(std::string const& why) const
    {
        throw error(error_kind::config, "the state file " + path_.string() + " " + why + "; name another one, or move it away");
    }

    /// The nodes in the file; none where there is no file.
    [[nodiscard]] boost::json::object load() const
    {
        auto const kept = detail::read_guarded_file(path_.string(), detail::file_owners::user);
        if (kept.absent) {
            return {};
        }
        if (!kept.text) {
            if (detail::is_shortage(kept.failure)) {
                throw error(error_kind::unavailable, "the state file " + path_.string() + " cannot be read: " + kept.why);
            }
            refuse("cannot be read: " + kept.why);
        }
        boost::system::error_code bad;
        auto value = boost::json::parse(*kept.text, bad);
        auto* root = bad ? nullptr : value.if_object();
        auto const* format = root != nullptr ? root->if_contains(format_key) : nullptr;
        auto* nodes = root != nullptr ? root->if_contains("nodes") : nullptr;
        if (format == nullptr || !format->is_int64() || format->get_int64() != 1 || nodes == nullptr || !nodes->is_object()) {
            refuse("is not one of esxi's");
        }
        return std::move(nodes->get_object());
    }

    void write(std::vector<std::string> const& path, boost::json::object const& runtime, std::stop_token const& stop)
    {
        // Others hold this one for a moment only, and what was learned is worth that also to somebody who wants to stop.
        auto const lock = detail::byte_lock::take(lock_path(), 0, std::chrono::seconds{30}, stop, std::chrono::seconds{2});
        auto nodes = load();
        put(nodes, path, 0, runtime);
        boost::json::object const root{{format_key, 1}, {"nodes", std::move(nodes)}};
        auto const text = printable_json(boost::json::serialize(root)) + "\n";
        // A text that is no UTF-8, or nesting without an end, would make all nodes unreadable, not just this one.
        boost::system::error_code bad;
        static_cast<void>(boost::json::parse(text, bad));
        if (bad) {
            throw error(error_kind::config,
                        "cannot write the state file " + path_.string() + ": it could not be read again: " + bad.message());
        }
        detail::write_private_file(path_.string(), text);
    }

    /// Somebody else's value is neither taken for nothing nor replaced.
    void check_node(boost::json::value const& value, std::string const& name) const
    {
        if (!value.is_object()) {
            refuse("has something else than runtime properties under `" + name + "`");
        }
    }

    /// Refuses a path that goes on from where a node is kept. Levels between hold objects alone; a node nearly always holds more.
    void check_beginnings(std::vector<std::string> const& path) const
    {
        auto const root = load();
        std::string beginning;
        auto const* at = &root;
        for (std::size_t depth = 0; depth + 1 < path.size(); ++depth) {
            auto const* next = at->if_contains(path[depth]);
            if (next == nullptr || !next->is_object()) {
                return;
            }
            at = &next->get_object();
            beginning += (beginning.empty() ? "" : "/") + path[depth];
            bool const is_node = std::any_of(at->begin(), at->end(), [&](auto const& entry) {
                return std::string_view(entry.key()) != path[depth + 1] && !entry.value().is_object() && !entry.value().is_null();
            });
            if (is_node) {
                throw error(error_kind::config, "the state file " + path_.string() + " keeps a node under `" + beginning +
                                                    "`, which cannot be the beginning of another's path");
            }
        }
    }

    void put(boost::json::object& at, std::vector<std::string> const& path, std::size_t depth,
             boost::json::object const& runtime) const
    {
        auto const& name = path[depth];
        auto& slot = at[name];
        if (slot.is_null()) {
            slot.emplace_object();
        }
        check_node(slot, name);
        auto& next = slot.get_object();
        if (depth + 1 == path.size()) {
            next = runtime;
        } else {
            put(next, path, depth + 1, runtime);
        }
        if (next.empty()) {
            at.erase(name);
        }
    }

    std::filesystem::path path_;
};

inline boost::json::object state_node::read() const
{
    return file_->read(path_);
}

inline void state_node::write(boost::json::object const& runtime)
{
    file_->write(path_, runtime, stop_);
}

} // namespace esxi
