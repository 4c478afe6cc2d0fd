// SPDX-License-Identifier: Apache-2.0
// Runtime properties in one file: who may write it when, and what is never lost.
#include <esxi/context/state_file.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>

#include "model/refusal.hpp"
#include "support/directory.hpp"

namespace {

namespace json = boost::json;
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::has;

struct fixture {
    test::directory directory;
    std::string path = directory / "state.json";

    [[nodiscard]] esxi::state_file file() const { return esxi::state_file(path); }
    [[nodiscard]] std::string kept(std::vector<std::string> const& node) const { return json::serialize(file().read(node)); }
    [[nodiscard]] std::string why_refused() const
    {
        return test::refusal([this] { return file().read({"x"}).size(); });
    }
};

/// Runs a process of its own, which ends with what `act` returns.
template <class Act>
pid_t in_a_child(Act const& act)
{
    auto const pid = ::fork();
    if (pid == 0) {
        int code = 99;
        try {
            code = act();
        } catch (...) { // NOLINT(bugprone-empty-catch): the code says it
        }
        ::_exit(code);
    }
    return pid;
}

int exit_code(pid_t pid)
{
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

unsigned mode(std::string const& path)
{
    struct ::stat found{};
    BOOST_REQUIRE(::lstat(path.c_str(), &found) == 0);
    return found.st_mode & 07777u;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(state, fixture)

BOOST_AUTO_TEST_CASE(a_new_file)
{
    auto states = file();
    BOOST_TEST(!fs::exists(path));
    BOOST_TEST(states.read({"esxi1", "vm", "web1"}).empty());
    auto node = states.open({"esxi1", "vm", "web1"}, 1s);
    BOOST_TEST(node.read().empty());
    node.write({{"moid", "vm-1"}, {"name", "\u0436\"\\"}});
    BOOST_TEST(mode(path) == 0600u);
    BOOST_TEST(mode(path + ".lock") == 0600u);
    BOOST_TEST(json::serialize(node.read()) == R"({"moid":"vm-1","name":"ж\"\\"})");
    BOOST_TEST(kept({"esxi1", "vm", "web1"}) == R"({"moid":"vm-1","name":"ж\"\\"})");
    BOOST_TEST(test::read_file(path) == R"({"esxi_state":1,"nodes":{"esxi1":{"vm":{"web1":{"moid":"vm-1","name":"ж\"\\"}}}}})"
                                        "\n");
}

BOOST_AUTO_TEST_CASE(nodes_are_kept_apart_and_merged)
{
    auto one = file();
    auto other = file();
    auto web1 = one.open({"esxi1", "vm", "web1"}, 1s);
    auto web2 = other.open({"esxi1", "vm", "web2"}, 1s);
    auto facts = other.open({"esxi1", "host"}, 1s);
    web1.write({{"a", 1}});
    web2.write({{"b", 2}});
    facts.write({{"c", 3}});
    web1.write({{"a", 4}});
    BOOST_TEST(json::serialize(web1.read()) == R"({"a":4})");
    BOOST_TEST(json::serialize(web2.read()) == R"({"b":2})");
    BOOST_TEST(kept({"esxi1", "host"}) == R"({"c":3})");
    // Empty ones leave nothing.
    web1.write({});
    facts.write({});
    web2.write({});
    BOOST_TEST(test::read_file(path) == "{\"esxi_state\":1,\"nodes\":{}}\n");
    // Odd names are only names.
    for (char const* name : {" ", "a/b", "..", "esxi_state"}) {
        one.open({name, "x"}, 1s).write({{"n", name}});
        BOOST_TEST(one.read({name, "x"}).at("n").as_string() == name);
    }
    for (auto const& none : std::vector<std::vector<std::string>>{{}, {""}, {"", "vm"}, {"esxi1", ""}}) {
        BOOST_TEST(
            test::has(test::refusal([&] { return one.open(none, 1s).read().size(); }), "needs a path, no part of it empty"));
    }
}

BOOST_AUTO_TEST_CASE(no_path_goes_on_from_another)
{
    auto states = file();
    states.open({"h"}, 1s).write({{"version", "8.0.3"}, {"vms", json::object{{"web1", json::object{}}}}});
    auto const before = test::read_file(path);
    for (auto const& longer : std::vector<std::vector<std::string>>{{"h", "vm", "web1"}, {"h", "vms"}, {"h", "vms", "web1"}}) {
        BOOST_TEST(test::has(test::refusal([&] { return states.open(longer, 1s).read().size(); }),
                             "keeps a node under `h`, which cannot be the beginning of another's path"));
    }
    BOOST_TEST(test::read_file(path) == before);
    states.open({"g", "host"}, 1s).write({{"version", "8.0.3"}});
    states.open({"g", "vm", "web1"}, 1s).write({{"moid", "1"}});
    BOOST_TEST(kept({"g", "host"}) == R"({"version":"8.0.3"})");
    BOOST_TEST(
        test::has(test::refusal([&] { return states.open({"g", "vm", "web1", "s"}, 1s).read().size(); }), "under `g/vm/web1`"));
}

BOOST_AUTO_TEST_CASE(is_a_store_for_a_context)
{
    auto states = file();
    {
        esxi::plain_context context({{"name", "web1"}});
        auto node = states.open({"h", "web1"}, 1s);
        context.keep_in(node);
        context.persist({{"moid", "vm-1"}});
        BOOST_TEST(kept({"h", "web1"}) == R"({"moid":"vm-1"})");
    }
    esxi::plain_context context({{"name", "web1"}});
    auto node = states.open({"h", "web1"}, 1s);
    context.keep_in(node);
    BOOST_TEST(context.runtime_properties().at("moid").as_string() == "vm-1");
}

BOOST_AUTO_TEST_CASE(an_older_file_loses_its_mode)
{
    test::write_file(path, R"({"esxi_state": 1, "nodes": {}})");
    fs::permissions(path, fs::perms(0644));
    file().open({"x"}, 1s).write({{"a", 1}});
    BOOST_TEST(mode(path) == 0600u);
}

BOOST_AUTO_TEST_CASE(what_is_not_its_own_is_left_alone)
{
    for (std::string const content :
         {"", "garbage", "{}", "[]", "null", R"({"esxi_state": 2, "nodes": {}})", R"({"esxi_state": "1", "nodes": {}})",
          R"({"esxi_state": 1})", R"({"esxi_state": 1, "nodes": []})", R"({"esxi_state": 1, "nodes": {}}x)",
          "{\"esxi_state\": 1, \"nodes\": {"}) {
        test::write_file(path, content);
        BOOST_TEST(has(why_refused(), path + " is not one of esxi's"));
        BOOST_TEST(test::read_file(path) == content);
    }
    // Also where it came there in between.
    fs::remove(path);
    auto states = file();
    auto node = states.open({"x"}, 1s);
    test::write_file(path, "garbage");
    BOOST_CHECK_THROW(node.write({{"a", 1}}), esxi::error);
    BOOST_TEST(test::read_file(path) == "garbage");
}

BOOST_AUTO_TEST_CASE(what_could_not_be_read_again_is_not_written)
{
    auto states = file();
    states.open({"other"}, 1s).write({{"a", 1}});
    auto node = states.open({"esxi1", "vm", "caf\xe9"}, 1s);
    BOOST_TEST(has(test::refusal([&] { return node.write({{"a", 1}}), 0; }), "it could not be read again"));
    auto good = states.open({"esxi1", "vm", "web1"}, 1s);
    json::value deep(1);
    for (int i = 0; i < 40; ++i) {
        deep = json::array{deep};
    }
    BOOST_TEST(has(test::refusal([&] { return good.write({{"a", deep}}), 0; }), "it could not be read again"));
    BOOST_TEST(has(test::refusal([&] { return good.write({{"ip", "\xfe"}}), 0; }), "it could not be read again"));
    good.write({{"ip", "192.0.2.7"}});
    BOOST_TEST(kept({"esxi1", "vm", "web1"}) == R"({"ip":"192.0.2.7"})");
    BOOST_TEST(kept({"other"}) == R"({"a":1})");
}

BOOST_AUTO_TEST_CASE(what_is_no_file_of_ours_is_refused)
{
    test::write_file(directory / "target", R"({"esxi_state": 1, "nodes": {}})");
    fs::create_symlink(directory / "target", path);
    BOOST_TEST(has(why_refused(), "is a symbolic link"));
    fs::remove(path);
    fs::create_directory(path);
    BOOST_TEST(has(why_refused(), "cannot be read: it is not a regular file"));
    fs::remove(path);
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    BOOST_TEST(has(why_refused(), "cannot be read: it is not a regular file"));
    fs::remove(path);
    // The lock's file neither.
    fs::create_symlink(directory / "target", path + ".lock");
    BOOST_TEST(has(test::refusal([this] {
                       auto f = file();
                       return f.open({"x"}, 1s).read().size();
                   }),
                   "cannot open the lock file"));
    BOOST_TEST(has(test::refusal([this] {
                       esxi::state_file f(directory / "none/state.json");
                       return f.open({"x"}, 1s).read().size();
                   }),
                   "cannot be written"));
    // A file of another user: one that only root can give away, or root's, which is there anyway.
    auto const foreign = test::foreign_file(directory / "foreign", R"({"esxi_state": 1, "nodes": {}})");
    BOOST_TEST(has(test::refusal([&] { return esxi::state_file(foreign).read({"x"}).size(); }), "belongs to another user"));
}

BOOST_AUTO_TEST_CASE(what_is_no_lock_of_ours_is_refused)
{
    auto const lock = path + ".lock";
    auto const refused = [this] {
        auto f = file();
        return test::refusal([&] { return f.open({"x"}, 1s).read().size(); });
    };
    BOOST_REQUIRE(::mkfifo(lock.c_str(), 0600) == 0);
    BOOST_TEST(has(refused(), "is not a file of this user's"));
    fs::remove(lock);
    fs::create_directory(lock);
    BOOST_TEST(has(refused(), "cannot open the lock file"));
    fs::remove(lock);
    if (::geteuid() == 0) {
        test::foreign_file(lock, "");
        BOOST_TEST(has(refused(), "is not a file of this user's"));
    } else {
        // Linked to one of root's, the only sort there is for sure, it is refused as a link.
        fs::create_symlink("/etc/passwd", lock);
        BOOST_TEST(has(refused(), "cannot open the lock file"));
    }
}

BOOST_AUTO_TEST_CASE(what_stands_where_a_node_belongs_is_kept)
{
    for (std::string const value : {"1", "\"text\"", "[1]", "true"}) {
        auto const content = R"({"esxi_state":1,"nodes":{"h":{"vm":)" + value + "}}}";
        test::write_file(path, content);
        auto states = file();
        for (std::vector<std::string> const& node : {std::vector<std::string>{"h", "vm"}, {"h", "vm", "web1"}}) {
            BOOST_TEST(has(test::refusal([&] { return states.read(node).size(); }),
                           "has something else than runtime properties under `vm`"));
            auto opened = states.open(node, 1s);
            BOOST_CHECK_THROW(opened.write({{"a", 1}}), esxi::error);
            BOOST_CHECK_THROW(states.remove(node), esxi::error);
        }
        BOOST_TEST(test::read_file(path) == content);
    }
    test::write_file(path, R"({"esxi_state":1,"nodes":{"h":null}})");
    file().open({"h", "vm"}, 1s).write({{"a", 1}});
    BOOST_TEST(kept({"h", "vm"}) == R"({"a":1})");
}

BOOST_AUTO_TEST_CASE(a_node_is_locked_while_it_is_open)
{
    auto states = file();
    auto others = file();
    {
        auto const node = states.open({"h", "web1"}, 1s);
        for (auto* again : {&states, &others}) {
            try {
                static_cast<void>(again->open({"h", "web1"}, 30ms));
                BOOST_ERROR("opened twice");
            } catch (esxi::error const& refused) {
                BOOST_TEST((refused.kind() == esxi::error_kind::conflict));
                BOOST_TEST(refused.recoverable());
                BOOST_TEST((refused.retry_after() == 30s));
                BOOST_TEST(has(refused.what(), path + ".lock"));
            }
        }
        static_cast<void>(others.open({"h", "web2"}, 0ms));
        static_cast<void>(others.open({"h", "web", "1"}, 0ms));
    }
    static_cast<void>(others.open({"h", "web1"}, 0ms));
}

BOOST_AUTO_TEST_CASE(a_lock_moves_with_its_node)
{
    auto states = file();
    auto node = states.open({"h", "web1"}, 1s);
    auto moved = std::move(node);
    BOOST_CHECK_THROW(static_cast<void>(states.open({"h", "web1"}, 0ms)), esxi::error);
    moved.write({{"a", 1}});
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_wait_for_a_lock)
{
    auto states = file();
    auto const node = states.open({"x"}, 1s);
    std::stop_source source;
    std::jthread const stopping([&source] {
        std::this_thread::sleep_for(30ms);
        source.request_stop();
    });
    BOOST_CHECK_EXCEPTION(static_cast<void>(states.open({"x"}, 1h, source.get_token())), esxi::error,
                          [](auto const& e) { return e.kind() == esxi::error_kind::cancelled; });
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_wait_of_a_write)
{
    auto states = file();
    std::stop_source source;
    auto node = states.open({"x"}, 1s, source.get_token());
    source.request_stop();
    node.write({{"a", 1}}); // with the lock free, what was learned is kept all the same
    BOOST_TEST(kept({"x"}) == R"({"a":1})");
    auto const held = esxi::detail::byte_lock::take(path + ".lock", 0, 1s, {});
    BOOST_CHECK_EXCEPTION(node.write({{"a", 2}}), esxi::error,
                          [](auto const& e) { return e.kind() == esxi::error_kind::cancelled; });
}

BOOST_AUTO_TEST_CASE(whoever_waits_gets_it_next)
{
    auto states = file();
    std::optional<esxi::state_node> node(states.open({"x"}, 1s));
    std::jthread const ending([&node] {
        std::this_thread::sleep_for(30ms);
        node->write({{"a", 1}});
        node.reset();
    });
    BOOST_TEST(states.open({"x"}, 60s).read().at("a").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(threads_of_one_process_are_kept_apart)
{
    auto states = file();
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 5; ++i) {
                    auto node = states.open({"counter"}, 120s);
                    most = std::max(most.load(), ++inside);
                    auto runtime = node.read();
                    runtime["n"] = (runtime.contains("n") ? runtime.at("n").as_int64() : 0) + 1;
                    node.write(runtime);
                    --inside;
                }
            });
        }
    }
    BOOST_TEST(most == 1);
    BOOST_TEST(states.read({"counter"}).at("n").as_int64() == 20);
}

BOOST_AUTO_TEST_CASE(a_killed_holder_holds_nothing)
{
    auto states = file();
    int ready[2];
    BOOST_REQUIRE(::pipe(ready) == 0);
    auto const holder = in_a_child([&] {
        auto node = states.open({"x"}, 1s);
        node.write({{"a", 1}});
        static_cast<void>(::write(ready[1], "r", 1) == 1);
        ::pause();
        return 0;
    });
    char byte = 0;
    BOOST_REQUIRE(::read(ready[0], &byte, 1) == 1);
    BOOST_CHECK_THROW(static_cast<void>(states.open({"x"}, 0ms)), esxi::error);
    ::kill(holder, SIGKILL);
    BOOST_TEST(exit_code(holder) == 128 + SIGKILL);
    BOOST_TEST(states.open({"x"}, 1s).read().at("a").as_int64() == 1);
    ::close(ready[0]);
    ::close(ready[1]);
}

BOOST_AUTO_TEST_CASE(what_killed_writers_left_is_gone_with_the_next_run)
{
    auto const names = [this] {
        std::vector<std::string> all;
        for (auto const& entry : fs::directory_iterator(directory.path())) {
            all.push_back(entry.path().filename().string());
        }
        std::sort(all.begin(), all.end());
        return all;
    };
    test::write_file(directory / ".esxi-new-1-2", "of another file");
    std::vector<std::string> const expected{".esxi-new-1-2", "state.json", "state.json.lock"};
    json::object const long_one{{"text", std::string(1'000'000, 'x')}};
    auto states = file();
    states.open({"x"}, 1s).write(long_one);
    int left = 0;
    for (int i = 0; i < 400 && left < 10; ++i) {
        auto const writer = in_a_child([&] {
            for (auto node = states.open({"x"}, 60s);;) {
                node.write(long_one);
            }
            return 0;
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(5 + i % 40 * 5)); // a sanitizer makes the start of it slow
        ::kill(writer, SIGKILL);
        BOOST_TEST(exit_code(writer) == 128 + SIGKILL);
        left += names() == expected ? 0 : 1;
        BOOST_TEST(states.open({"x"}, 60s).read().contains("text"));
        BOOST_TEST(names() == expected, boost::test_tools::per_element());
    }
    BOOST_TEST(left > 0);
}

BOOST_AUTO_TEST_CASE(many_processes_writing_at_once_lose_nothing)
{
    constexpr int processes = 8;
    constexpr int rounds = 6;
    std::vector<pid_t> all;
    for (int p = 0; p < processes; ++p) {
        all.push_back(in_a_child([&] {
            auto states = file();
            auto node = states.open({"h", "own" + std::to_string(p)}, 120s);
            for (int i = 1; i <= rounds; ++i) {
                node.write({{"n", i}});
                auto shared = states.open({"h", "shared"}, 120s);
                auto runtime = shared.read();
                runtime[std::to_string(p) + "." + std::to_string(i)] = true;
                shared.write(runtime);
            }
            return 0;
        }));
    }
    // Whoever reads meanwhile sees a whole file.
    for (int i = 0; i < 50; ++i) {
        BOOST_CHECK_NO_THROW(static_cast<void>(file().read({"h"})));
    }
    for (auto pid : all) {
        BOOST_TEST(exit_code(pid) == 0);
    }
    for (int p = 0; p < processes; ++p) {
        BOOST_TEST(file().read({"h", "own" + std::to_string(p)}).at("n").as_int64() == rounds);
    }
    BOOST_TEST(file().read({"h", "shared"}).size() == static_cast<std::size_t>(processes * rounds));
    for (auto const& entry : fs::directory_iterator(directory.path())) {
        BOOST_TEST(entry.path().filename().string().starts_with("state.json"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
