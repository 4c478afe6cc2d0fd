// SPDX-License-Identifier: Apache-2.0
// Works with a password, ends all that knew it, and looks for it in all of its own memory. Prints how often pieces of it were there
// while it was in use, and afterwards.
// usage: forget careful|careless|served HOST CA_FILE GOVC PASSWORD_FILE TAPE
#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/secret_text.hpp>
#include <esxi/transport/any.hpp>
#include <esxi/transport/record.hpp>
#include <esxi/transport/served.hpp>
#include <esxi/transport/subprocess.hpp>
#include <esxi/wiping_storage.hpp>

namespace {

/// Pieces of a secret, kept so that they are not found in this very list.
class pieces {
public:
    static constexpr std::size_t length = 8;

    void add(std::string_view secret)
    {
        for (std::size_t at = 0; at + length <= secret.size(); ++at) {
            auto& piece = all_.emplace_back();
            for (std::size_t i = 0; i < length; ++i) {
                piece[i] = static_cast<unsigned char>(static_cast<unsigned char>(secret[at + i]) ^ mask);
            }
            begins_[piece[0] ^ mask] = true;
        }
    }

    /// Whether one stands here.
    __attribute__((no_sanitize("address", "thread"))) bool at(volatile unsigned char const* place) const
    {
        if (!begins_[place[0]]) {
            return false;
        }
        for (auto const& piece : all_) {
            std::size_t i = 0;
            while (i < length && (place[i] ^ mask) == piece[i]) {
                ++i;
            }
            if (i == length) {
                return true;
            }
        }
        return false;
    }

private:
    static constexpr unsigned char mask = 0xa5;
    std::vector<std::array<unsigned char, length>> all_;
    std::array<bool, 256> begins_{};
};

/// Looks through all memory that this program can write to, where it is; tells where something was found.
__attribute__((no_sanitize("address", "thread"))) int look(pieces const& wanted, char const* when)
{
    std::ifstream maps("/proc/self/maps");
    int found = 0;
    std::uintptr_t bytes = 0;
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        char rights[8] = {};
        if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %4s", &begin, &end, rights) != 3 ||
            std::strncmp(rights, "rw", 2) != 0 || end - begin > std::uintptr_t{1} << 30) { // what a sanitizer reserves
            continue;
        }
        int here = 0;
        for (auto at = begin; at + pieces::length <= end; ++at) {
            here += wanted.at(reinterpret_cast<volatile unsigned char const*>(at)) ? 1 : 0; // NOLINT
        }
        if (here > 0) {
            auto const slash = line.rfind(' ');
            std::cout << when << ": " << here << " in " << (slash == std::string::npos ? line : line.substr(slash + 1)) << "\n";
        }
        found += here;
        bytes += end - begin;
    }
    std::cout << when << " " << found << " of " << bytes << " bytes\n";
    return found;
}

esxi::secret_text read_password(char const* path)
{
    char buffer[256];
    int const file = ::open(path, O_RDONLY | O_CLOEXEC);
    auto const got = ::read(file, buffer, sizeof buffer);
    ::close(file);
    esxi::secret_text password(std::string_view(buffer, got > 0 ? static_cast<std::size_t>(got) : 0));
    ::explicit_bzero(buffer, sizeof buffer);
    return password;
}

esxi::any_transport real_govc(char const* path, bool served)
{
    if (served) {
        esxi::served_options options;
        options.govc = path;
        return esxi::any_transport(std::make_unique<esxi::served_transport>(options));
    }
    esxi::subprocess_options options;
    options.govc = path;
    return esxi::any_transport(std::make_unique<esxi::subprocess_transport>(options));
}

__attribute__((noinline)) void work(char** argument, pieces& wanted, bool careful)
{
    auto const password = read_password(argument[5]);
    esxi::secret_text both("root:");
    both += password;
    wanted.add(password);
    wanted.add(esxi::detail::to_base64<esxi::secret_text>(password));
    wanted.add(esxi::detail::to_base64<esxi::secret_text>(both));

    boost::json::object properties(careful ? esxi::wiping_storage() : boost::json::storage_ptr());
    properties["host"] = argument[2];
    properties["ca_bundle"] = argument[3];
    properties["password"].emplace_string() = std::string_view(password);
    if (!careful) {
        std::vector<std::string> const copies(3, "my password is " + std::string(password));
    }
    esxi::plain_context host(std::move(properties));
    esxi::plain_context vm({{"name", "none"}, {"annotation", "nothing"}}, host);
    auto govc = real_govc(argument[4], std::string_view(argument[1]) == "served");
    esxi::record_transport recorder(govc);
    esxi::any_transport transport(recorder);
    static_cast<void>(esxi::probe_host(transport, host));
    static_cast<void>(esxi::record_host_facts(transport, host));
    try {
        static_cast<void>(esxi::start_vm(transport, vm));
    } catch (esxi::error const& failed) {
        std::cout << failed.what() << "\n";
    }
    recorder.save(argument[6]);
    look(wanted, "held");
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 7) {
        return 2;
    }
    pieces wanted;
    try {
        work(argv, wanted, std::string_view(argv[1]) != "careless");
    } catch (std::exception const& failed) {
        std::cerr << failed.what() << "\n";
        return 1;
    }
    look(wanted, "left");
    return 0;
}
