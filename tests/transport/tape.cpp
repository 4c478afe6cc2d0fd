// SPDX-License-Identifier: Apache-2.0
// The document of a tape: how it reads, that it comes back the same, and what is refused.
#include <esxi/detail/tape.hpp>
#include <esxi/detail/tape_reader.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "support/directory.hpp"

namespace {

std::string failure(std::string const& text)
{
    try {
        static_cast<void>(esxi::parse_tape(text, "x.json"));
    } catch (esxi::error const& e) {
        BOOST_TEST((e.kind() == esxi::error_kind::tape));
        return e.what();
    }
    return "no failure";
}

/// A tape of one entry with these members.
std::string with_entry(std::string const& members)
{
    return R"({"format": 1, "govc": "", "recorded": "", "host": "{host}", "commands": [{)" + members + "}]}";
}

bool same(esxi::tape_entry const& a, esxi::tape_entry const& b)
{
    return a.request == b.request && a.answer == b.answer && a.duration == b.duration && a.repeat == b.repeat &&
           a.thrown.has_value() == b.thrown.has_value() &&
           (!a.thrown || (a.thrown->kind() == b.thrown->kind() && a.thrown->what() == std::string(b.thrown->what()) &&
                          a.thrown->retry_after() == b.thrown->retry_after()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(tape)

BOOST_AUTO_TEST_CASE(reads_well)
{
    esxi::tape t{"0.56.0", "2026-01-02T03:04:05Z", {}, {}};
    t.entries.push_back(
        {{{"about", "-json"}}, {0, "{\"about\":{\"apiType\":\"HostAgent\",\"n\":[1,2]}}\n"}, {}, std::chrono::milliseconds(15)});
    t.entries.push_back({{{"object.collect", "-json"}}, {0, "{\"a\":1}\n{\"b\":2}\n"}, {}, std::chrono::milliseconds(3), true});
    t.entries.push_back(
        {{{"import.ova", "-options=-", "{ova}"}, "{\"Annotation\":\"{token:1}\"}"}, {1, "\rUploading\n", "govc: \xc3\xa9\n"}});
    t.entries.push_back({{{"about"}, std::string("\xff\0", 2)},
                         {},
                         esxi::error(esxi::error_kind::unavailable, "timed out", std::chrono::seconds(5))});
    BOOST_TEST(esxi::to_text(t) == R"({
  "format": 1,
  "govc": "0.56.0",
  "recorded": "2026-01-02T03:04:05Z",
  "host": "{host}",
  "commands": [
    {
      "argv": ["about", "-json"],
      "exit_code": 0,
      "stdout": {
        "about": {
          "apiType": "HostAgent",
          "n": [1, 2]
        }
      },
      "duration_ms": 15
    },
    {
      "argv": ["object.collect", "-json"],
      "exit_code": 0,
      "stdout_documents": [
        {
          "a": 1
        },
        {
          "b": 2
        }
      ],
      "duration_ms": 3,
      "repeat": true
    },
    {
      "argv": ["import.ova", "-options=-", "{ova}"],
      "stdin": {
        "Annotation": "{token:1}"
      },
      "exit_code": 1,
      "stdout": "\rUploading\n",
      "stderr": "govc: é\n",
      "duration_ms": 0
    },
    {
      "argv": ["about"],
      "stdin_base64": "/wA=",
      "throws": {
        "kind": "unavailable",
        "message": "timed out",
        "retry_after_s": 5
      },
      "duration_ms": 0
    }
  ]
}
)");
}

BOOST_AUTO_TEST_CASE(comes_back_the_same)
{
    esxi::tape t{"0.56.0", "2026-01-02T03:04:05Z", {}, {}};
    for (std::string const text :
         {"", "OK\n", "no line end", "{\"a\":[1,-2,18446744073709551615,9223372036854775807,1.5E0,\"\\u0001\",null,true]}\n",
          "[]\n", "{}\n[]\n{}\n", "{\"a\":1,\"a\":2}", "[1e400]", "\"text\"", "12", "null", "{host} {=host} {token:1}",
          "\x80\xff", "{ not json", "\r\033[K[x] 44%\r\n"}) {
        t.entries.push_back({{{"a", "", " b\n"}, text}, {255, text, text}, {}, std::chrono::milliseconds(7)});
    }
    for (auto kind :
         {esxi::error_kind::config, esxi::error_kind::auth, esxi::error_kind::absent, esxi::error_kind::conflict,
          esxi::error_kind::unavailable, esxi::error_kind::cancelled, esxi::error_kind::tape, esxi::error_kind::govc}) {
        t.entries.push_back({{{"a"}}, {}, esxi::error(kind, "why"), std::chrono::milliseconds(0), true});
    }
    auto const text = esxi::to_text(t);
    auto const read = esxi::parse_tape(text);
    BOOST_TEST(read.govc_version == t.govc_version);
    BOOST_TEST(read.recorded == t.recorded);
    BOOST_REQUIRE(read.entries.size() == t.entries.size());
    for (std::size_t i = 0; i < t.entries.size(); ++i) {
        BOOST_TEST_CONTEXT(i << ": " << t.entries[i].answer.out)
        {
            BOOST_TEST(same(read.entries[i], t.entries[i]));
        }
    }
    BOOST_TEST(esxi::to_text(read) == text);
}

BOOST_AUTO_TEST_CASE(is_read_from_a_file)
{
    test::directory const directory;
    auto const path = directory / "x.json";
    test::write_file(path, esxi::to_text({"0.1.0", "", {{{{"about"}}, {}, {}}}, {}}));
    auto const read = esxi::load_tape(path);
    BOOST_TEST(read.govc_version == "0.1.0");
    BOOST_TEST(read.source == path);
    auto const refused = [](std::string const& from, std::string const& why) {
        BOOST_CHECK_EXCEPTION(static_cast<void>(esxi::load_tape(from)), esxi::error, [&](auto const& e) {
            BOOST_TEST(std::string(e.what()).find(why) != std::string::npos, e.what());
            return e.kind() == esxi::error_kind::tape && std::string(e.what()).find(from) != std::string::npos;
        });
    };
    refused(directory / "none.json", "No such file");
    refused(directory.path().string(), "it is not a regular file");
    refused(directory / "", "it is not a regular file");
    refused("", "it is not a regular file");
    refused(directory / "none/x.json", "No such file");
    refused(directory / "x.json/x.json", "Not a directory");
    test::write_file(path, "");
    refused(path, "is not JSON: line 1: incomplete JSON");
}

BOOST_AUTO_TEST_CASE(is_not_read_from_what_somebody_else_may_have_put_there)
{
    namespace fs = std::filesystem;
    test::directory const directory;
    auto const path = directory / "x.json";
    auto const refused = [](std::string const& from) {
        try {
            static_cast<void>(esxi::load_tape(from));
        } catch (esxi::error const& e) {
            BOOST_TEST((e.kind() == esxi::error_kind::tape));
            return std::string(e.what());
        }
        return std::string("read");
    };
    auto const whole = esxi::to_text({"0.1.0", "", {}, {}});
    test::write_file(directory / "target.json", whole);
    fs::create_symlink("target.json", path);
    BOOST_TEST(refused(path) == "cannot read tape `" + path + "`: it is a symbolic link");
    fs::remove(path);
    fs::create_symlink("nothing", path);
    BOOST_TEST(refused(path) == "cannot read tape `" + path + "`: it is a symbolic link");
    fs::remove(path);
    BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    BOOST_TEST(refused(path) == "cannot read tape `" + path + "`: it is not a regular file");
    fs::remove(path);
    // A link on the way there is nobody else's business.
    fs::create_directory_symlink(directory.path(), directory.path() / "way");
    BOOST_TEST(refused(directory / "way/target.json") == "read");
    // Also by a bare name, and in a directory that cannot be listed.
    auto const before = fs::current_path();
    fs::current_path(directory.path());
    BOOST_TEST(refused("target.json") == "read");
    fs::current_path(before);
    fs::permissions(directory.path(), fs::perms::owner_exec);
    BOOST_TEST(refused(directory / "target.json") == "read");
    fs::permissions(directory.path(), fs::perms::owner_all);

    using esxi::detail::file_owners;
    using esxi::detail::is_trusted_owner;
    constexpr unsigned me = 1000, other = 1001, third = 1002;
    static_assert(is_trusted_owner(file_owners::placed, me, other, me));
    static_assert(is_trusted_owner(file_owners::placed, 0, other, me));
    static_assert(is_trusted_owner(file_owners::placed, other, other, me)); // who could replace it anyway
    static_assert(!is_trusted_owner(file_owners::placed, other, 0, me)); // as in /tmp
    static_assert(!is_trusted_owner(file_owners::placed, other, me, me));
    static_assert(!is_trusted_owner(file_owners::placed, other, third, me));
    static_assert(is_trusted_owner(file_owners::user, me, me, me));
    static_assert(!is_trusted_owner(file_owners::user, 0, 0, me));
    static_assert(!is_trusted_owner(file_owners::user, other, other, me));
    if (::geteuid() == 0) { // nobody else can give a file away, and root's are read
        BOOST_TEST(refused(test::foreign_file(path, whole)) == "cannot read tape `" + path + "`: it belongs to another user");
        BOOST_REQUIRE(::chown(directory.path().c_str(), 65534, 65534) == 0);
        BOOST_TEST(refused(path) == "read");
    }
}

BOOST_AUTO_TEST_CASE(what_may_be_left_out)
{
    auto const read = esxi::parse_tape(with_entry(R"("argv": ["about"], "exit_code": 3)"));
    BOOST_TEST((read.entries.at(0).request == esxi::command{{"about"}}));
    BOOST_TEST((read.entries.at(0).answer == esxi::output{3, "", ""}));
    BOOST_TEST(!read.entries.at(0).repeat);
    BOOST_TEST(
        esxi::parse_tape(R"({"format": 1, "govc": "", "recorded": "", "host": "{host}", "commands": []})").entries.empty());
}

BOOST_AUTO_TEST_CASE(bad_documents)
{
    std::vector<std::pair<std::string, std::string>> const bad{
        {"", "tape `x.json` is not JSON: line 1: incomplete JSON"},
        {"{\n\"format\": 1,\n nonsense}", "tape `x.json` is not JSON: line 3: syntax error"},
        {"{}\n x", "tape `x.json` is not JSON: line 2: something follows the document"},
        {"[]", "tape `x.json` is not an object"},
        {"{}", "tape `x.json` has no `format`"},
        {R"({"format": "1"})", "tape `x.json` has a `format` that is not a whole number from 0 to 2147483647"},
        {R"({"format": 2})", "tape `x.json` has format 2; this library reads format 1"},
        {R"({"format": 1, "version": 1})",
         "tape `x.json` has an unknown key `version`; known are format, govc, recorded, host, commands"},
        {R"({"format": 1, "format": 1})", "tape `x.json` has an object with the same key twice"},
        {R"({"format": 1, "host": "{host}", "recorded": ""})", "tape `x.json` has no `govc`"},
        {R"({"format": 1, "host": "esxi1"})",
         "tape `x.json` names a host; write {host}, which stands for the one that it is replayed for"},
        {R"({"format": 1, "host": 1})", "tape `x.json` has a `host` that is not text"},
        {R"({"format": 1, "host": "{host}", "govc": 56})", "tape `x.json` has a `govc` that is not text"},
        {R"({"format": 1, "host": "{host}", "govc": "", "recorded": null})", "tape `x.json` has a `recorded` that is not text"},
        {R"({"format": 1, "host": "{host}", "govc": "", "recorded": ""})", "tape `x.json` has no `commands`"},
        {R"({"format": 1, "host": "{host}", "govc": "", "recorded": "", "commands": {}})",
         "tape `x.json` has a `commands` that is not an array"},
        {R"({"format": 1, "host": "{host}", "govc": "", "recorded": "", "commands": [1]})",
         "tape `x.json`, entry 1 is not an object"},
        {R"({"format": 1, "host": "{host}", "govc": "", "recorded": "", "commands": [{"argv": ["a"], "exit_code": 0}, {}]})",
         "tape `x.json`, entry 2 has no `argv`"},
    };
    for (auto const& [text, message] : bad) {
        BOOST_TEST(failure(text) == message);
    }
    BOOST_TEST(failure(std::string(1000, '[')).find("is not JSON: line 1: too deep") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(bad_entries)
{
    std::string const ok = R"("argv": ["a"], "exit_code": 0, )";
    std::vector<std::pair<std::string, std::string>> const bad{
        {R"("argv": "about")", "has a `argv` that is not an array"},
        {R"("argv": ["a", 1])", "has an `argv` that is not an array of texts"},
        {R"("argv": [])", "has an empty `argv`"},
        {R"("argv": ["a"])", "has no `exit_code`"},
        {R"("argv": ["a"], "exit_code": "0")", "has a `exit_code` that is not a whole number from 0 to 255"},
        {R"("argv": ["a"], "exit_code": 256)", "has a `exit_code` that is not a whole number from 0 to 255"},
        {R"("argv": ["a"], "exit_code": -1)", "has a `exit_code` that is not a whole number from 0 to 255"},
        {R"("argv": ["a"], "exit_code": 0.5)", "has a `exit_code` that is not a whole number from 0 to 255"},
        {ok + R"("stdout": 1)", "has a `stdout` that is not text"},
        {ok + R"("stderr": null)", "has a `stderr` that is not text"},
        {ok + R"("stdin": true)", "has a `stdin` that is not text"},
        {ok + R"("stdout": "", "stdout_base64": "")", "has `stdout` in more than one form"},
        {ok + R"("stdout_documents": [{}], "stdout_base64": "")", "has `stdout` in more than one form"},
        {ok + R"("stdout_base64": "Zg")", "has a `stdout_base64` that is not base64 with padding"},
        {ok + R"("stdout_base64": 1)", "has a `stdout_base64` that is not text"},
        {ok + R"("stdout_documents": {})", "has a `stdout_documents` that is not an array"},
        {ok + R"("stdout_documents": [])", "has a `stdout_documents` that is not an array of objects or arrays, not empty"},
        {ok + R"("stdout_documents": ["a"])", "has a `stdout_documents` that is not an array of objects or arrays, not empty"},
        {ok + R"("duration_ms": -1)", "has a `duration_ms` that is not a whole number from 0 to 9223372036854"},
        {ok + R"("duration_ms": "1")", "has a `duration_ms` that is not a whole number from 0 to 9223372036854"},
        {ok + R"("repeat": 1)", "has a `repeat` that is not true or false"},
        {ok + R"("throws": {"kind": "auth", "message": ""})", "has `throws` beside an exit code or output"},
        {R"("argv": ["a"], "stdout": "x", "throws": {"kind": "auth", "message": ""})",
         "has `throws` beside an exit code or output"},
    };
    for (auto const& [members, message] : bad) {
        BOOST_TEST(failure(with_entry(members)) == "tape `x.json`, entry 1 " + message);
    }
    std::vector<std::pair<std::string, std::string>> const bad_throws{
        {"1", "is not an object"},
        {"{}", "has no `kind`"},
        {R"({"kind": "auth"})", "has no `message`"},
        {R"({"kind": "oops", "message": ""})", "has a `kind` that is none: oops"},
        {R"({"kind": "auth", "message": "", "code": 1})", "has an unknown key `code`; known are kind, message, retry_after_s"},
        {R"({"kind": "auth", "message": "", "retry_after_s": -1})",
         "has a `retry_after_s` that is not a whole number from 0 to 2147483647"},
    };
    for (auto const& [thrown, message] : bad_throws) {
        BOOST_TEST(failure(with_entry(R"("argv": ["a"], "throws": )" + thrown)) == "tape `x.json`, entry 1, `throws` " + message);
    }
    BOOST_TEST(failure(with_entry(ok + R"("stdOut": "")"))
                   .starts_with("tape `x.json`, entry 1 has an unknown key `stdOut`; known are argv, "));
    BOOST_TEST(failure(with_entry(ok + R"("stdout": {"a": 1, "a": 2})")) ==
               "tape `x.json` has an object with the same key twice");
}

BOOST_AUTO_TEST_SUITE_END()
