// SPDX-License-Identifier: Apache-2.0
// Operations against the very same govc commands, run bare, side by side: one JSON line with the times of both, in milliseconds.
// usage: ESXI_HOST=... ESXI_PASSWORD=... ESXI_CA_BUNDLE=... [ESXI_OVA=...] bench_operations CASE ROUNDS VM
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/subprocess.hpp>

namespace {

using clock_type = std::chrono::steady_clock;

std::string variable(char const* name)
{
    char const* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

double milliseconds_of(std::function<void()> const& action)
{
    auto const begun = clock_type::now();
    action();
    return std::chrono::duration<double, std::milli>(clock_type::now() - begun).count();
}

/// Notes what goes through, so that the bare loop runs the same.
struct noting_transport {
    esxi::subprocess_transport& inner;
    std::vector<esxi::command> noted;
    esxi::output run(esxi::command const& c, esxi::run_options const& options)
    {
        noted.push_back(c);
        return inner.run(c, options);
    }
    std::string govc_version() { return inner.govc_version(); }
};

/// govc by posix_spawn, its output read to the end and thrown away, and waitpid: nothing else.
class bare_govc {
public:
    explicit bare_govc(std::string govc) : govc_(std::move(govc)), home_(make_home())
    {
        for (auto const& [name, value] : std::map<std::string, std::string>{{"PATH", variable("PATH")},
                                                                            {"HOME", home_},
                                                                            {"GOVC_URL", variable("ESXI_HOST")},
                                                                            {"GOVC_USERNAME", "root"},
                                                                            {"GOVC_PASSWORD", variable("ESXI_PASSWORD")},
                                                                            {"GOVC_TLS_CA_CERTS", variable("ESXI_CA_BUNDLE")},
                                                                            {"GOVC_INDENT", "false"},
                                                                            {"GOVMOMI_HOME", home_}}) {
            settings_.push_back(name + "=" + value);
        }
    }
    bare_govc(bare_govc const&) = delete;
    bare_govc& operator=(bare_govc const&) = delete;
    ~bare_govc() { std::filesystem::remove_all(home_); }

    void run(esxi::command const& c) const
    {
        std::vector<std::string> arguments{"govc"};
        arguments.insert(arguments.end(), c.argv.begin(), c.argv.end());
        auto argv = pointers(arguments);
        auto environment = pointers(settings_);
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            throw std::runtime_error("pipe2");
        }
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
        pid_t pid = 0;
        int const failed = ::posix_spawn(&pid, govc_.c_str(), &actions, nullptr, argv.data(), environment.data());
        posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        char buffer[65536];
        while (failed == 0 && ::read(ends[0], buffer, sizeof buffer) > 0) {}
        ::close(ends[0]);
        int status = 0;
        if (failed != 0 || ::waitpid(pid, &status, 0) != pid || status != 0) {
            throw std::runtime_error("a bare govc " + c.argv.front() + " failed");
        }
    }

private:
    static std::string make_home()
    {
        auto pattern = (std::filesystem::temp_directory_path() / "esxi-bench-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw std::runtime_error("mkdtemp " + pattern);
        }
        return pattern;
    }

    static std::vector<char*> pointers(std::vector<std::string> const& texts)
    {
        std::vector<char*> all;
        for (auto const& text : texts) {
            all.push_back(const_cast<char*>(text.c_str()));
        }
        all.push_back(nullptr);
        return all;
    }

    std::string govc_, home_;
    std::vector<std::string> settings_;
};

/// The operation and its commands, run bare, in turn.
void compare(std::string const& name, int rounds, noting_transport& transport, std::function<void()> const& operation)
{
    bare_govc const bare(transport.inner.govc());
    operation(); // logs in
    transport.noted.clear();
    operation();
    auto const commands = transport.noted;
    auto const run_bare = [&] {
        for (auto const& c : commands) {
            bare.run(c);
        }
    };
    run_bare(); // logs in
    boost::json::array ours, theirs;
    for (int round = 0; round < rounds; ++round) {
        if (round % 2 == 0) {
            theirs.push_back(milliseconds_of(run_bare));
        }
        ours.push_back(milliseconds_of(operation));
        if (round % 2 == 1) {
            theirs.push_back(milliseconds_of(run_bare));
        }
    }
    std::cout << boost::json::object{{"case", name}, {"commands", commands.size()}, {"ours", ours}, {"bare", theirs}}
              << std::endl;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 4) {
        std::cerr << "usage: bench_operations probe|adopt|start|facts|one|import|hundred ROUNDS VM\n";
        return 2;
    }
    std::string const name = argv[1];
    int const rounds = std::atoi(argv[2]);
    try {
        esxi::subprocess_transport govc;
        noting_transport transport{govc, {}};
        esxi::plain_context host({{"host", variable("ESXI_HOST")},
                                  {"password", variable("ESXI_PASSWORD")},
                                  {"ca_bundle", variable("ESXI_CA_BUNDLE")}});
        auto const node = [&] { return esxi::plain_context({{"name", argv[3]}}, host); };
        auto const adopt = [&] {
            auto vm = node();
            esxi::create_vm(transport, vm);
        };
        if (name == "probe") {
            compare(name, rounds, transport, [&] { esxi::probe_host(transport, host); });
        } else if (name == "adopt") {
            compare(name, rounds, transport, adopt);
        } else if (name == "start") {
            auto vm = node();
            esxi::create_vm(transport, vm);
            compare(name, rounds, transport, [&] { esxi::start_vm(transport, vm); });
        } else if (name == "facts") {
            compare(name, rounds, transport, [&] { esxi::record_host_facts(transport, host); });
        } else if (name == "one" || name == "import" || name == "hundred") {
            // The login is in it: a transport of its own, and so many operations on it.
            auto const took = milliseconds_of([&] {
                if (name == "import") {
                    esxi::plain_context vm({{"name", argv[3]}, {"ova_url", variable("ESXI_OVA")}, {"cpu", 2}}, host);
                    esxi::create_vm(transport, vm);
                    return;
                }
                for (int i = 0; i < (name == "one" ? 1 : 100); ++i) {
                    adopt();
                }
            });
            std::cout << boost::json::object{{"case", name}, {"commands", transport.noted.size()}, {"took", took}} << std::endl;
        } else {
            throw std::runtime_error("no such case: " + name);
        }
    } catch (std::exception const& failed) {
        std::cerr << failed.what() << "\n";
        return 1;
    }
}
