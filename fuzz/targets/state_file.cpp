// SPDX-License-Identifier: Apache-2.0
// A file of runtime properties: whatever is in it is read or refused, and a node that is written stands beside what was there.
// Fields: what is in the file, the node's name, a value.
#include <esxi/context/state_file.hpp>

#include <filesystem>
#include <fstream>

#include <support/directory.hpp>

#include "../support.hpp"

using namespace esxi;

void fuzz::one_input(std::string_view input)
{
    static test::directory const directory;
    static auto const path = directory / "state.json";
    auto const content = take_field(input);
    auto const name = take_field(input);
    test::write_file(path, content);
    std::optional<state_file> file;
    if (!read_or_refuse(error_kind::config, [&] { return &file.emplace(path); })) {
        return;
    }
    std::vector<std::string> const node{"esxi1", "vm", name};
    boost::json::object before;
    if (!read_or_refuse(error_kind::config, [&] { return before = file->read(node), true; })) {
        return; // something else stands where the node belongs
    }
    auto const others = [&] {
        auto all = file->read({});
        all.erase(node[0]);
        return all;
    };
    auto const others_before = others();
    std::optional<state_node> kept;
    if (!read_or_refuse(error_kind::config, [&] { return &kept.emplace(file->open(node, std::chrono::milliseconds{0})); })) {
        return; // it has no name, or something else begins its path
    }
    auto& opened = *kept;
    promise(opened.read() == before, "a node is read alike both ways");

    boost::json::object const learned{{"moid", "140"}, {"ip", input}, {"import", {{"token", "esxi-import-0"}, {"pid", 7}}}};
    if (!read_or_refuse(error_kind::config, [&] { return opened.write(learned), true; })) {
        promise(opened.read() == before, "what cannot be written leaves the file as it was");
        return;
    }
    promise(opened.read() == learned, "what was written is read");
    promise(state_file(path).read(node) == learned, "what was written is in the file");
    promise(others() == others_before, "other nodes are left as they were");
    opened.write({});
    promise(opened.read().empty(), "a node that is removed is gone");
    promise(others() == others_before, "other nodes are left as they were when one is removed");
}
