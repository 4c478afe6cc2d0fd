// SPDX-License-Identifier: Apache-2.0
// A host, or an OVA, that would have govc take all memory there is: an answer has a limit, and a govc that does not know
// that limit (a stock one) ends at the bound of its memory. Each has an error that says so.
// ctest: served verify
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/esxi.hpp>

#include "support/live.hpp"

namespace {

/// A tar with one sparse file: 512 bytes of it stand there, at the end of so many zeros that need no room.
std::string sparse_ova(std::string const& path, std::uint64_t size)
{
    std::string header(512, '\0');
    auto const put = [&header](std::size_t at, std::string const& text) { header.replace(at, text.size(), text); };
    auto const octal = [](std::uint64_t number) {
        std::string digits(12, '0');
        digits[11] = '\0';
        for (auto at = digits.rbegin() + 1; number != 0 && at != digits.rend(); ++at, number /= 8) {
            *at = static_cast<char>('0' + number % 8);
        }
        return digits;
    };
    put(0, "big.ovf");
    put(100, "0000644");
    put(124, octal(512)); // what is stored
    put(136, octal(0));
    put(148, "        S"); // no sum yet; a sparse file of GNU tar's
    put(257, std::string("ustar  ") + '\0');
    put(386, octal(size - 512)); // the one piece that is stored: where it goes, and how much it is
    put(398, octal(512));
    put(483, octal(size));
    std::uint64_t sum = 0;
    for (unsigned char const c : header) {
        sum += c;
    }
    put(148, octal(sum).substr(5, 6) + '\0');
    test::write_file(path, header + "<Envelope>" + std::string(502, ' ') + std::string(1024, '\0'));
    return path;
}

/// The most memory, in MB, that a govc for this host had while this lived.
class watch {
public:
    explicit watch(std::string const& host)
        : watcher_([this, host](std::stop_token const& over) {
              while (!over.stop_requested()) {
                  for (auto const& entry : std::filesystem::directory_iterator("/proc")) {
                      look_at(entry.path(), host);
                  }
                  std::this_thread::sleep_for(std::chrono::milliseconds(20));
              }
          })
    {
    }
    [[nodiscard]] long most()
    {
        watcher_ = std::jthread();
        return most_;
    }

private:
    void look_at(std::filesystem::path const& process, std::string const& host)
    {
        if (!test::read_file(process / "cmdline").starts_with("govc") ||
            test::read_file(process / "environ").find("GOVC_URL=" + host) == std::string::npos) {
            return;
        }
        auto const status = test::read_file(process / "status");
        auto const at = status.find("VmHWM:");
        if (at != std::string::npos) {
            most_ = std::max(most_, std::stol(status.substr(at + 6)) / 1024);
        }
    }
    long most_ = 0;
    std::jthread watcher_;
};

constexpr long bound = 256;  // MB
constexpr long program = 64; // what is in memory of the program itself
constexpr char const* advice = " (what the host answers, or the OVA, takes more memory than a govc may have, or is without end; "
                               "a host that really needs more is "
                               "given it by memory_mb of govc_options, ESXI_GOVC_MEMORY_MB, or the tool's --govc-memory-mb)";

/// Its govc takes an answer of any length, as a stock govc does.
void take_any_length(test::tool& tool)
{
    tool.set("ESXI_GOVC_MAX_ANSWER", std::to_string(std::int64_t{1} << 40U));
}

/// The message of a run that failed for its set-up.
std::string message_of(test::finished const& done)
{
    BOOST_TEST(done.exit_code == 2);
    BOOST_TEST(test::error_kind_of(done) == "config");
    auto const all = test::json_of(done.err);
    auto const* error = all.if_contains("error");
    BOOST_REQUIRE_MESSAGE(error != nullptr, done.err);
    return std::string(error->at("message").as_string());
}

void is_out_of_memory(test::finished const& done)
{
    auto const message = message_of(done);
    BOOST_TEST(message.find(" exited 2: ") != std::string::npos, message);
    BOOST_TEST(message.find("out of memory") != std::string::npos, message);
    BOOST_TEST(message.ends_with(advice), message);
    BOOST_TEST(message.find("goroutine") == std::string::npos, message);
}

} // namespace

BOOST_AUTO_TEST_SUITE(memory_bombs)

BOOST_AUTO_TEST_CASE(an_answer_of_the_host_without_end)
{
    for (std::string const call : {"RetrieveServiceContent", "Login", "WaitForUpdatesEx"}) {
        for (std::string const as : {"endless", "endless-gzip"}) {
            BOOST_TEST_CONTEXT(call << ' ' << as)
            {
                test::simulator const host({"--vms", "1", "--fault", call + "=,as=" + as});
                std::vector<std::string> const list{
                    "vm", "list", "--no-state", "--output", "json", "--govc-memory-mb", std::to_string(bound)};
                test::tool tool(host);
                auto const limited = message_of(tool.run(list));
                BOOST_TEST(limited.find("the host's answer is longer than 67108864 bytes") != std::string::npos, limited);
                take_any_length(tool);
                watch seen(host.host());
                is_out_of_memory(tool.run(list));
                auto const most = seen.most();
                BOOST_TEST(most > 0);
                BOOST_TEST(most < bound + program);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(an_ova_that_is_small_and_reads_as_three_gigabytes)
{
    test::simulator const host({"--vms", "0"});
    auto const ova = sparse_ova(host.files() / "small.ova", 3'000'000'000);
    auto govc = test::real_govc();
    esxi::run_options options;
    options.connection = esxi::read_host_properties(host.host_properties());
    watch seen(host.host());
    esxi::command const command{{"import.spec", ova}};
    auto const answer = govc.run(command, options);
    BOOST_TEST(answer.exit_code == 2);
    auto const fault = esxi::govc::classify(command, answer);
    BOOST_TEST((fault.kind == esxi::error_kind::config));
    BOOST_TEST(fault.text.find("out of memory") != std::string::npos, fault.text);
    BOOST_TEST(seen.most() < 1000);
}

BOOST_AUTO_TEST_CASE(the_bound_is_that_of_the_variable_the_option_or_the_user_s_own)
{
    test::simulator const host({"--vms", "1", "--fault", "RetrieveServiceContent=,as=endless"});
    test::tool tool(host);
    take_any_length(tool);
    std::vector<std::string> const list{"vm", "list", "--no-state", "--output", "json"};
    tool.set("ESXI_GOVC_MEMORY_MB", "200");
    {
        watch seen(host.host());
        is_out_of_memory(tool.run(list));
        BOOST_TEST(seen.most() < 200 + program);
    }
    tool.set("ESXI_GOVC_MEMORY_MB", "lots");
    auto const refused = tool.run(list);
    BOOST_TEST(refused.exit_code == 2);
    BOOST_TEST(refused.err.find("ESXI_GOVC_MEMORY_MB: is lots; allowed is a number of MB from 128 to 1048576") !=
               std::string::npos);
    tool.set("ESXI_GOVC_MEMORY_MB", "");
    auto const below = tool.run({"vm", "list", "--govc-memory-mb", "127"});
    BOOST_TEST(below.exit_code == 2);
    BOOST_TEST(below.err.find("127 is not a number from 128 to 1048576") != std::string::npos);

    auto command = tool.command_line(list);
    command.insert(command.begin(), {"sh", "-c", "ulimit -d 204800 && exec \"$0\" \"$@\""}); // in KB
    watch seen(host.host());
    is_out_of_memory(test::run_program(command, tool.environment()));
    BOOST_TEST(seen.most() < 200 + program);
}

BOOST_AUTO_TEST_CASE(a_large_host_is_far_from_the_bound)
{
    test::simulator const host({"--vms", "1000"});
    test::tool const tool(host);
    for (std::vector<std::string> command : {std::vector<std::string>{"vm", "list"}, {"host", "facts"}}) {
        command.insert(command.end(), {"--no-state", "--output", "json", "--govc-memory-mb", std::to_string(bound)});
        BOOST_TEST(tool.run(command).exit_code == 0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
