// SPDX-License-Identifier: Apache-2.0
// Imports descriptors, one after the other, each as an OVA with small files, and destroys the VM. What is to be done comes in a file:
// {"host": properties, "govc": path, "ova": where to make it, "descriptors": {path: how many there are of its text}}. Prints {"imported": count, "refused": {reason:
// count}, "wrong": [text...]}, where a reason says who refused, the kind of the error, and its text without what is particular.
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <regex>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/transport/served.hpp>

#include "support/small_ova.hpp"

namespace {

namespace json = boost::json;

std::string read(std::string const& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string reason(esxi::error const& refused)
{
    static std::regex const command(R"(govc (import\.\w+) exited)");
    static std::regex const particular(R"('[^']*'|`[^`]*`|"[^"]*"|\[[^\]]*\]|-?\b\d+\b)");
    std::string const text = refused.what();
    std::smatch by;
    auto const who = std::regex_search(text, by, command) ? by.str(1) : "pre-flight";
    return who + ": " + std::string(to_string(refused.kind())) + ": " +
           std::regex_replace(text.substr(0, text.find('\n')), particular, "~").substr(0, 160);
}

} // namespace

int main(int, char** argv)
{
    auto const wish = json::parse(read(argv[1])).as_object();
    auto const word = [&wish](char const* key) { return std::string(wish.at(key).as_string()); };
    esxi::served_options options;
    options.govc = word("govc");
    esxi::served_transport govc(options);
    esxi::plain_context host(wish.at("host").as_object());
    auto const ova = word("ova");
    std::int64_t imported = 0;
    std::map<std::string, std::int64_t> reasons;
    json::array wrong;
    for (auto const& [path, same] : wish.at("descriptors").as_object()) {
        std::string const file(path);
        auto const count = same.as_int64();
        try {
            test::write_small_ova(ova, read(file));
            esxi::plain_context vm({{"name", "vm"}, {"ova_url", ova}, {"power_on", false}}, host);
            esxi::create_vm(govc, vm);
            imported += count;
            esxi::delete_vm(govc, vm);
        } catch (esxi::error const& error) {
            reasons[reason(error)] += count;
            if (error.recoverable()) {
                wrong.emplace_back(file + ": " + error.what());
            }
        } catch (std::exception const& failed) {
            wrong.emplace_back(file + ": " + failed.what());
        }
    }
    json::object refused;
    for (auto const& [text, count] : reasons) {
        refused[text] = count;
    }
    std::cout << json::serialize(json::object{{"imported", imported}, {"refused", refused}, {"wrong", wrong}}) << std::endl;
}
