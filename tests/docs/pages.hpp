// SPDX-License-Identifier: Apache-2.0
// Reads the pages of docs/ for the tests of what they say.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <esxi/transport/replay.hpp>

namespace test {

/// The text of a file of the source tree.
inline std::string read_source(std::string const& path)
{
    std::ifstream in(std::string(ESXI_SOURCE_DIR) + "/" + path);
    std::stringstream text;
    text << in.rdbuf();
    if (!in) {
        throw std::runtime_error("cannot read " + path);
    }
    return text.str();
}

/// The words of a shell line with single quotes.
inline std::vector<std::string> words_of(std::string_view line)
{
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    bool begun = false;
    for (char c : line) {
        if (c == '\'') {
            quoted = !quoted;
            begun = true;
        } else if (c == ' ' && !quoted) {
            if (begun) {
                words.push_back(std::move(word));
            }
            word.clear();
            begun = false;
        } else {
            word += c;
            begun = true;
        }
    }
    if (begun) {
        words.push_back(word);
    }
    return words;
}

/// One block of language `govc`: commands, and the tape that the line before it says they were recorded on.
struct command_block {
    std::string page;
    std::string tape;
    std::vector<std::vector<std::string>> commands;
};

/// The blocks of a page, in order. A line that starts with `#` is a remark; one that ends in ` \` goes on.
inline std::vector<command_block> command_blocks(std::string const& page)
{
    std::vector<command_block> found;
    std::istringstream lines(read_source(page));
    std::string before;
    bool inside = false;
    std::string command;
    for (std::string line; std::getline(lines, line);) {
        if (line == "```govc") {
            inside = true;
            constexpr std::string_view folder = "tests/tapes/";
            auto const begin = before.find(folder);
            auto const end = before.find(')', begin);
            if (begin == std::string::npos || end == std::string::npos) {
                throw std::runtime_error(page + ": no tape is named before a block of commands: " + before);
            }
            found.push_back({page, before.substr(begin, end - begin), {}});
        } else if (inside && line == "```") {
            inside = false;
        } else if (inside && line.starts_with('#')) {
            continue;
        } else if (inside && line.ends_with(" \\")) {
            command += line.substr(0, line.size() - 1);
        } else if (inside) {
            found.back().commands.push_back(words_of(command + line));
            command.clear();
        } else if (!line.empty()) {
            before = line;
        }
    }
    return found;
}

/// The part of the tape that holds these commands, one after another, and nothing else. Throws where there is none.
inline esxi::tape part_of_tape(command_block const& block)
{
    auto const whole = esxi::load_tape(std::string(ESXI_SOURCE_DIR) + "/" + block.tape);
    for (std::size_t begin = 0; begin + block.commands.size() <= whole.entries.size(); ++begin) {
        bool same = true;
        for (std::size_t i = 0; same && i < block.commands.size(); ++i) {
            same = whole.entries[begin + i].request.argv == block.commands[i];
        }
        if (same) {
            auto part = whole;
            auto const from = whole.entries.begin() + static_cast<std::ptrdiff_t>(begin);
            part.entries.assign(from, from + static_cast<std::ptrdiff_t>(block.commands.size()));
            return part;
        }
    }
    throw std::runtime_error(block.page + ": these commands do not stand on " + block.tape + ", one after another, from `" +
                             (block.commands.empty() ? "" : block.commands.front().front()) + "` on");
}

} // namespace test
