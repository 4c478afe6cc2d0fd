// SPDX-License-Identifier: Apache-2.0
// A hostile host: names that act on a terminal come out escaped, and intact as JSON, and answers without end or sense end in
// an error, in bounded memory. What the simulator can be made to say is said by it; for the rest a script stands where govc stands.
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/printable.hpp>

#include "support/live.hpp"
#include "support/script.hpp"

namespace {

using strings = std::vector<std::string>;

std::string said(strings const& command)
{
    return boost::json::serialize(boost::json::value_from(command));
}

/// Whether the text leaves a terminal alone: well-formed, and nothing in it but line ends that moves, hides or reorders.
bool is_harmless(std::string_view text)
{
    while (!text.empty()) {
        auto const length = esxi::detail::utf8_length(text);
        if (length == 0 || (text.front() != '\n' && esxi::detail::is_unprintable(text.substr(0, length)))) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::size_t longest_line(std::string_view text)
{
    std::size_t longest = 0;
    while (!text.empty()) {
        auto const line = text.substr(0, text.find('\n'));
        longest = std::max(longest, line.size());
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return longest;
}

// ---- Names, by the simulator ---------------------------------------------------------------------------------------------

/// What XML can carry: a host's answer, read by the real govc, can hold no other control character than these.
strings const odd_names{"line\nbreak\n  forged   row",
                        "tab\tname",
                        "csi\u009b31mred\u009c",
                        "bidi\u202egnp.exe\u202c",
                        "isolate\u2066x\u2067y\u2068z\u2069",
                        "marks\u200e\u200f\u061c",
                        "zero\u200bwidth\u200d\ufeff",
                        "hidden\u00ad\U000e0041\U000e0042",
                        "separators\u2028\u2029"};

struct with_names {
    test::simulator host{{"--vms", "1"}};
    test::tool tool{host};
    strings names = odd_names;
    std::string const wide = "wide" + std::string(80'000, 'w');

    with_names()
    {
        for (auto const& name : names) {
            host.must({"vm.create", "-on=false", "-c=1", "-m=512", "--", name});
        }
        host.must({"vm.create", "-on=false", "-c=1", "-m=512", "narrow"});
        host.must({"vm.change", "-vm=./narrow", "-name=" + wide});
        names.push_back(wide);
    }
    test::finished must_be_harmless(strings const& command, int exit_code = 0) const
    {
        auto const done = tool.run(command);
        BOOST_TEST_CONTEXT(said(command).substr(0, 200))
        {
            BOOST_TEST(done.exit_code == exit_code, done.err.substr(0, 1000));
            BOOST_TEST(is_harmless(done.out));
            BOOST_TEST(is_harmless(done.err));
        }
        return done;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(hostile_names, with_names)

BOOST_AUTO_TEST_CASE(in_tables)
{
    for (auto const& command : std::vector<strings>{{"vm", "list"}, {"host", "facts"}}) {
        auto const done = must_be_harmless(command);
        auto const rows = static_cast<std::size_t>(std::count(done.out.begin(), done.out.end(), '\n'));
        BOOST_TEST(rows >= names.size() + 2, done.out); // no name takes two lines
        BOOST_TEST(rows <= names.size() + 2 + 5, done.out);
        BOOST_TEST(longest_line(done.out) < 1200u);
        BOOST_TEST(done.out.find("line\\nbreak\\n  forged   row") != std::string::npos, done.out);
        BOOST_TEST(done.out.find("csi\\xc2\\x9b31mred") != std::string::npos, done.out);
        BOOST_TEST(done.out.find("bidi\\xe2\\x80\\xaegnp.exe") != std::string::npos, done.out);
        BOOST_TEST(done.out.find("wide" + std::string(993, 'w') + "...") != std::string::npos, done.out);
    }
}

BOOST_AUTO_TEST_CASE(intact_in_json)
{
    auto const list = tool.run({"--output", "json", "vm", "list"}).out;
    auto const host_facts = tool.run({"--output", "json", "--record", tool.home() / "tape.json", "host", "facts"}).out;
    // For a terminal all the same, as are the files that hold them.
    for (auto const& text : {list, host_facts, test::read_file(tool.home() / "tape.json"),
                             test::read_file(tool.home() / ".local/state/esxi/state.json")}) {
        BOOST_TEST(text != "");
        BOOST_TEST(is_harmless(text), esxi::printable(text).substr(0, 1000));
    }
    auto const listed = test::json_of(list).at("vms").as_array();
    auto const facts = test::json_of(host_facts).at("runtime").at("vms").as_object();
    BOOST_TEST(listed.size() == names.size() + 1);
    for (auto const& name : names) {
        BOOST_TEST_CONTEXT(esxi::printable(name).substr(0, 100))
        {
            BOOST_TEST(facts.contains(name));
            BOOST_TEST(
                std::any_of(listed.begin(), listed.end(), [&](auto const& vm) { return vm.at("name").as_string() == name; }));
        }
    }
}

BOOST_AUTO_TEST_CASE(in_what_is_said_of_one_vm)
{
    for (auto const& name : names) {
        bool const is_a_name = std::none_of(name.begin(), name.end(), [](char c) { return c == '\n' || c == '\t'; }) &&
                               name.find("\u009b") == std::string::npos && name.size() < 100;
        if (!is_a_name) { // refused before any command, in words that are as harmless
            auto const refused = must_be_harmless({"vm", "show", name}, 2);
            BOOST_TEST(refused.err.find("error (config)") == 0u, refused.err.substr(0, 300));
            continue;
        }
        must_be_harmless({"vm", "show", name});
        must_be_harmless({"--dry-run", "vm", "start", name});
        must_be_harmless({"--verbose", "vm", "start", name});
        must_be_harmless({"--verbose", "vm", "configure", name, "--cpu", "2"}, 2); // it runs: an error that names it
        must_be_harmless({"--verbose", "snapshot", "create", name, name});
        must_be_harmless({"snapshot", "list", name});
        must_be_harmless({"--verbose", "snapshot", "delete", name, name + "x"});
        must_be_harmless({"--verbose", "snapshot", "delete", name, name});
        must_be_harmless({"--dry-run", "vm", "delete", name});
        must_be_harmless({"vm", "configure", name + "x", "--cpu", "2"}, 4);
        must_be_harmless({"--verbose", "vm", "delete", name});
    }
}

BOOST_AUTO_TEST_SUITE_END()

// ---- Answers, by a script ------------------------------------------------------------------------------------------------

namespace {

constexpr std::size_t megabyte = std::size_t{1} << 20;

/// The most memory that the tool may come to, whatever a host answers. 503 MB were measured: the facts of as many VMs as may be, with
/// as long names as fit into a command's output, in several copies of that JSON. What is said of one VM comes to 113 MB at most.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t bound = 4096 * megabyte;
#else
constexpr std::size_t bound = 640 * megabyte;
#endif

/// The peak of the largest child that has ended so far.
std::size_t peak_of_children()
{
    ::rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

struct with_script {
    test::directory directory;

    /// `answers` is shell: what each command but `version` prints. `$1` is the subcommand.
    void answers(std::string const& body)
    {
        test::script(directory, "govc",
                     "case $1 in version) echo govc 0.56.0; exit;; session.logout) exit;; esac\ncd " + directory.path().string() +
                         "\n" + body + "\n");
    }
    void file(std::string const& name, std::string const& text) const { test::write_file(directory / name, text); }
    /// Each command prints what an inventory begins with, and then what `body` does.
    void lists(std::string const& body)
    {
        file(
            "host",
            R"({"kind":"enter","obj":{"type":"ServiceInstance","value":"ServiceInstance"},"changeSet":[{"name":"content.about",)"
            R"("val":{"version":"8","build":"1","apiType":"HostAgent"}}]}{"kind":"enter","obj":{"type":"Folder","value":"ha-folder-root"}})");
        answers("cat host\n" + body);
    }

    [[nodiscard]] test::finished run(strings const& command, bool as_json = true) const
    {
        strings argv{test::bin("esxi"), "--timeout", "60"};
        if (as_json) {
            argv.insert(argv.end(), {"--output", "json"});
        }
        argv.insert(argv.end(), command.begin(), command.end());
        return test::run_program(argv, {{"HOME", directory.path().string()},
                                        {"ESXI_GOVC", directory / "govc"},
                                        {"ESXI_HOST", "esxi1"},
                                        {"ESXI_PASSWORD", "correct horse"}});
    }
    /// It ends in an error of this kind that says so, in bounded memory.
    void fails(strings const& command, std::string const& kind, std::string const& words) const
    {
        BOOST_TEST_CONTEXT(said(command))
        {
            auto const done = run(command);
            BOOST_TEST(test::error_kind_of(done) == kind);
            BOOST_TEST(done.err.find(words) != std::string::npos, done.err.substr(0, 1000));
            BOOST_TEST(done.err.size() < 2000u);
            BOOST_TEST(done.exit_code != 0);
            BOOST_TEST(done.exit_code < 128);
            BOOST_TEST(peak_of_children() < bound, peak_of_children() / megabyte << " MB");
        }
    }
};

/// One command of each sort of answer.
std::vector<strings> const looks{
    {"host", "probe"}, {"host", "facts"}, {"vm", "list"}, {"vm", "show", "web1"}, {"snapshot", "list", "web1"}};
strings const stop{"--no-state", "vm", "stop", "web1"};

} // namespace

BOOST_FIXTURE_TEST_SUITE(hostile_answers, with_script)

BOOST_AUTO_TEST_CASE(without_an_end)
{
    for (char const* flood : {"yes", "yes '{}'", "yes '{\"obj\":{\"value\":\"vm-1\"}}'", "tr '\\0' x </dev/zero",
                              "printf '[\"'; tr '\\0' x </dev/zero", "printf '{\"x\":'; tr '\\0' '[' </dev/zero"}) {
        answers(flood);
        for (auto const& command : looks) {
            auto const done = run(command);
            BOOST_TEST_CONTEXT(flood << " to " << said(command) << ": " << done.err.substr(0, 500))
            {
                BOOST_TEST(test::error_kind_of(done) == "govc");
                BOOST_TEST((done.err.find("cannot be read") != std::string::npos ||
                            done.err.find("printed more than") != std::string::npos));
            }
        }
    }
    for (char const* flood : {"yes >&2", "tr '\\0' x </dev/zero >&2"}) {
        answers(flood);
        fails({"vm", "show", "web1"}, "govc", "printed more than");
        fails(stop, "govc", "printed more than");
    }
    BOOST_TEST(peak_of_children() < bound);
    std::cout << "peak of the tool: " << peak_of_children() / megabyte << " MB" << std::endl;
}

BOOST_AUTO_TEST_CASE(of_a_hundred_megabytes_without_a_line_end)
{
    std::string const hundred = "head -c 100000000 /dev/zero | tr '\\0' x";
    answers(hundred);
    for (auto const& command : looks) {
        fails(command, "govc", "");
    }
    answers("case $1 in import.ova) " + hundred +
            ";; vm.info) echo '{\"virtualMachines\":null}';; *) echo '{\"DiskProvisioning\":\"flat\"}';; esac");
    fails({"--no-state", "vm", "create", "web1", "--ova", test::make_ova(directory / "small.ova")}, "govc", "printed more than");
    // As one name: short enough to be one, as it comes from facts, and longer.
    auto const named = [](std::string const& length) {
        return "printf "
               "'{\"kind\":\"enter\",\"obj\":{\"type\":\"VirtualMachine\",\"value\":\"1\"},\"changeSet\":[{\"name\":\"name\","
               "\"val\":\"'; "
               "head -c " +
               length + " /dev/zero | tr '\\0' x; printf '\"}]}'";
    };
    lists(named("100000000"));
    fails({"vm", "list"}, "govc", "bytes of one object");
    lists(named("80000"));
    BOOST_TEST(run({"vm", "list"}).exit_code == 0);
    // As what went wrong.
    answers(hundred + " >&2; exit 1");
    fails(stop, "govc", "printed more than");
    answers("head -c 7000000 /dev/zero | tr '\\0' \"'\" >&2; exit 1");
    fails(stop, "govc", "exited 1: ''''");
    std::cout << "peak of the tool: " << peak_of_children() / megabyte << " MB" << std::endl;
}

BOOST_AUTO_TEST_CASE(nested_ten_thousand_deep)
{
    std::string const open(10'000, '['), close(10'000, ']');
    std::string members;
    for (int i = 0; i < 10'000; ++i) {
        members += "{\"childSnapshotList\":[";
    }
    file("deep", open + close);
    file("inside", R"({"about":)" + open + close + R"(,"virtualMachines":)" + open + close + R"(,"obj":)" + open + close + "}");
    file("members", "[" + members);
    for (char const* name : {"deep", "inside", "members"}) {
        answers("cat " + std::string(name));
        for (auto const& command : looks) {
            fails(command, "govc", "too deep");
        }
        answers("cat " + std::string(name) + " >&2; exit 1");
        fails(stop, "govc", "exited 1: ");
    }
    // As deep as a chain of snapshots can be is not too deep.
    std::string chain, ends;
    for (int i = 0; i < 32; ++i) {
        chain += R"([{"snapshot":{"value":"snapshot-)" + std::to_string(i) + R"("},"name":"s","childSnapshotList":)";
        ends += "}]";
    }
    file("chain", R"({"virtualMachines":[{"self":{"value":"1"},"name":"web1","snapshot":{"rootSnapshotList":)" + chain + "null" +
                      ends + "}}]}");
    answers("cat chain");
    BOOST_TEST(test::json_of(run({"snapshot", "list", "web1"}).out).at("snapshots").as_array().size() == 32u);
}

BOOST_AUTO_TEST_CASE(with_a_million_vms)
{
    auto const vms = [](int count) {
        return R"(awk 'BEGIN { for (i = 0; i < )" + std::to_string(count) +
               R"(; ++i) printf "{\"kind\":\"enter\",\"obj\":{\"type\":\"VirtualMachine\",\"value\":\"vm-%d\"},\"changeSet\":[{\"name\":\"name\",\"val\":\"web%d\"}]}\n", i, i }')";
    };
    lists(vms(1'000'000));
    fails({"vm", "list"}, "govc", "more than 20000 objects of one type");
    fails({"host", "facts"}, "govc", "more than 20000 objects of one type");
    lists(vms(20'000));
    auto const most = run({"host", "facts"});
    BOOST_TEST(most.exit_code == 0, most.err);
    BOOST_TEST(test::json_of(most.out).at("runtime").at("vms").as_object().size() == 20'000u);
    // All of one name, and all in one answer about one name.
    answers(R"(printf '{"virtualMachines":['; yes '{"self":{"value":"1"},"name":"web1"},' | head -n 1000000; printf '{}]}')");
    fails({"vm", "show", "web1"}, "govc", "printed more than");
    answers(
        R"(printf '{"virtualMachines":['; yes '{"self":{"value":"1"},"name":"web1"},' | head -n 100000; printf '{"self":{"value":"1"},"name":"web1"}]}')");
    fails({"vm", "show", "web1"}, "config", "stands for 100001 VMs");
    BOOST_TEST(peak_of_children() < bound);
    std::cout << "peak of the tool: " << peak_of_children() / megabyte << " MB" << std::endl;
}

BOOST_AUTO_TEST_CASE(made_to_take_memory)
{
    // Nothing takes more of it, once parsed, than many small values in few bytes.
    for (char const* one : {"[],", "0,", "{},", "\"\","}) {
        auto const many = [one](std::string const& before, std::string const& bytes) {
            return "printf '" + before + "'; yes '" + one + "' | tr -d '\\n' | head -c " + bytes + "; printf '" + one + "0]}'";
        };
        answers(many("{\"virtualMachines\":[", "8000000"));
        fails({"vm", "show", "web1"}, "govc", "cannot be read");
        lists(many("{\"kind\":\"enter\",\"obj\":{\"type\":\"VirtualMachine\",\"value\":\"vm-1\"},\"changeSet\":[", "60000000"));
        fails({"vm", "list"}, "govc", "cannot be read");
    }
    // As many VMs as may be, with names as long as fit in.
    lists(
        R"(awk 'BEGIN { n = sprintf("%3200s", ""); for (i = 0; i < 20000; ++i) printf "{\"kind\":\"enter\",\"obj\":{\"type\":\"VirtualMachine\",\"value\":\"vm-%d\"},\"changeSet\":[{\"name\":\"name\",\"val\":\"%s%d\"}]}\n", i, n, i }')");
    BOOST_TEST(run({"vm", "list"}, false).exit_code == 0);
    BOOST_TEST(run({"vm", "list"}).exit_code == 0);
    BOOST_TEST(run({"host", "facts"}).exit_code == 0);
    BOOST_TEST(peak_of_children() < bound);
    std::cout << "peak of the tool: " << peak_of_children() / megabyte << " MB" << std::endl;
}

BOOST_AUTO_TEST_CASE(with_what_only_json_can_carry)
{
    // A real govc reads XML, which has neither of these; this is what a broken one could print.
    std::string const name = "esc\033[2J\033]0;title\007\b";
    std::string const nul("nul\0end", 7);
    auto const escaped = [](std::string const& text) { return boost::json::serialize(boost::json::string(text)); };
    std::string all, info;
    int moid = 0;
    for (auto const& one : {name, nul}) {
        all += R"({"kind":"enter","obj":{"type":"VirtualMachine","value":")" + std::to_string(++moid) +
               R"("},"changeSet":[{"name":"name","val":)" + escaped(one) + R"(},{"name":"guest.ipAddress","val":)" +
               escaped(one) + R"(},{"name":"runtime.powerState","val":)" + escaped(one) + "}]}\n";
    }
    file("all", all);
    lists("cat all");
    auto const text = run({"vm", "list"}, false);
    BOOST_TEST(text.exit_code == 0, text.err);
    BOOST_TEST(is_harmless(text.out), text.out);
    BOOST_TEST(text.out.find("esc\\x1b[2J\\x1b]0;title\\x07\\x08") != std::string::npos, text.out);
    auto const listed = test::json_of(run({"vm", "list"}).out).at("vms").as_array();
    BOOST_TEST(listed[0].at("name").as_string() == name);
    BOOST_TEST(listed[1].at("name").as_string() == nul);

    // In errors, logs and warnings: what govc says of itself, of the host, and of an import.
    file("words", "govc: \033[31mred\033[0m \u202e \xff\xfe \u009b2J\r\nsecond\033[2J\n");
    answers("cat words >&2; exit 1");
    for (auto const& command : std::vector<strings>{{"vm", "list"}, {"host", "facts"}, {"vm", "show", "web1"}, stop}) {
        for (bool const as_json : {false, true}) {
            auto const done = run(command, as_json);
            BOOST_TEST(done.exit_code == 1);
            BOOST_TEST(is_harmless(done.err), done.err);
        }
    }
    answers("case $1 in import.ova) printf 'Warning: \\033[2J\\n\\r\\033[K[23-11-26 08:27:31] Uploading \\033[31m.vmdk... (44%%, "
            "1MiB/s)\\nOK\\n';; "
            "vm.info) echo '{\"virtualMachines\":null}';; *) echo '{\"DiskProvisioning\":\"flat\"}';; esac");
    auto const import =
        run({"--verbose", "--no-state", "vm", "create", "web1", "--ova", test::make_ova(directory / "small.ova")}, false);
    BOOST_TEST(is_harmless(import.err), import.err);
    BOOST_TEST(import.err.find("Uploading \\x1b[31m.vmdk") != std::string::npos, import.err);

    // No UTF-8: not JSON, and said so.
    file("bytes", "{\"obj\":{\"value\":\"1\"},\"changeSet\":[{\"name\":\"name\",\"val\":\"\xff\xfe\"}]}");
    answers("cat bytes");
    fails({"vm", "list"}, "govc", "not JSON");
}

BOOST_AUTO_TEST_CASE(about_another_vm)
{
    auto const vm = [](std::string const& moid, std::string const& name) {
        return "case $1 in vm.info) echo '{\"virtualMachines\":[{\"self\":{\"type\":\"VirtualMachine\",\"value\":\"" + moid +
               "\"},\"name\":\"" + name +
               "\",\"config\":{\"instanceUuid\":\"u\"},\"runtime\":{\"powerState\":\"poweredOn\"}}]}';; *) echo \"$*\" >> "
               "changes;; esac";
    };
    std::vector<strings> const commands{{"vm", "show", "web1"},
                                        {"--no-state", "vm", "create", "web1", "--ova", test::make_ova(directory / "small.ova")},
                                        {"--no-state", "vm", "configure", "web1", "--cpu", "2"},
                                        {"--no-state", "vm", "start", "web1"},
                                        stop,
                                        {"--no-state", "vm", "delete", "web1"}};
    for (std::string const other : {"web2", "WEB1", "web1 ", "web11", ""}) {
        answers(vm("140", other));
        for (auto const& command : commands) {
            fails(command, "govc", "asked for VM `web1` and answered with `" + other + "` (`140`); nothing is done");
        }
    }
    BOOST_TEST(test::read_file(directory / "changes") == ""); // nothing was sent that changes anything
    // A name that passes: whatever is sent then names the moid of that answer.
    answers(vm("666", "web1"));
    BOOST_TEST(run({"--no-state", "vm", "delete", "web1"}).exit_code == 0);
    BOOST_TEST(test::read_file(directory / "changes") == "vm.destroy -json VirtualMachine:666\n");
}

BOOST_AUTO_TEST_CASE(a_poll_about_another_vm)
{
    // What a poll prints names no VM: it ends a wait, and the next vm.info says how the VM really is.
    auto const name = R"({"name":"name","op":"assign","val":"web2"},)";
    auto const off = R"({"name":"runtime.powerState","op":"assign","val":"poweredOff"})";
    answers(
        std::string("case $1 in vm.info) echo '") +
        R"({"virtualMachines":[{"self":{"type":"VirtualMachine","value":"140"},"name":"web1","config":{"instanceUuid":"u"},)" +
        R"("runtime":{"powerState":"poweredOn"}}]})" + "';; object.collect) echo '[" + name + off +
        "]';; *) echo \"$*\" >> changes;; esac");
    std::string sent;
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST(run({"--no-state", "vm", "stop", "web1", "--graceful"}).exit_code == 0);
        sent += "vm.power -json -s VirtualMachine:140\n";
        BOOST_TEST(test::read_file(directory / "changes") == sent); // the VM that was asked for, and no other
        BOOST_TEST(test::json_of(run({"vm", "show", "web1"}).out).at("vm").at("power_state") == "poweredOn");
    }
}

BOOST_AUTO_TEST_SUITE_END()
