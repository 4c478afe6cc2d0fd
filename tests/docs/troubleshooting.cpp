// SPDX-License-Identifier: Apache-2.0
// The page docs/troubleshooting.md: what it says that govc or a host said is taken for the kind whose section it stands in, and every
// rule of the library is there.
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/govc/fault.hpp>

#include "pages.hpp"

namespace {

/// One text in a column `said`.
struct saying {
    std::string section;
    std::string text;
    esxi::command sent;
};

/// The texts between backticks.
std::vector<std::string> code_spans(std::string_view cell)
{
    std::vector<std::string> found;
    for (auto begin = cell.find('`'); begin != std::string_view::npos; begin = cell.find('`')) {
        auto const end = cell.find('`', begin + 1);
        BOOST_REQUIRE(end != std::string_view::npos);
        found.emplace_back(cell.substr(begin + 1, end - begin - 1));
        cell.remove_prefix(end + 1);
    }
    return found;
}

/// What the table of docs/real-hosts.md says: text and kind.
std::vector<saying> sayings_of_real_hosts()
{
    std::vector<saying> found;
    std::istringstream lines(test::read_source("docs/real-hosts.md"));
    for (std::string line; std::getline(lines, line);) {
        auto const kind = line.rfind(" | `");
        if (!line.starts_with("| ") || kind == std::string::npos) {
            continue;
        }
        auto const text = line.find(" | ", 2) + 3;
        for (auto& one : code_spans(std::string_view(line).substr(text, kind - text))) {
            found.push_back({line.substr(kind + 4, line.find('`', kind + 4) - kind - 4), std::move(one), {{"vm.power"}}});
        }
    }
    return found;
}

std::vector<saying> sayings()
{
    std::vector<saying> found;
    std::istringstream lines(test::read_source("docs/troubleshooting.md"));
    std::string section;
    std::string column; // the heading of the first column of the table that is being read
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("## `")) {
            section = line.substr(4, line.find('`', 4) - 4);
        }
        if (!line.starts_with("| ")) {
            column = line.starts_with("|-") ? column : "";
            continue;
        }
        auto const cell = line.substr(2, line.find(" | ", 2) - 2);
        if (column.empty()) {
            column = cell;
        } else if (column.starts_with("said")) {
            esxi::command const sent = column == "said by import.ova"
                                           ? esxi::command{{"import.ova", "-name=web1", "-options=-", "/srv/appliance.ova"}}
                                           : esxi::command{{"vm.power", "-json", "-on", "VirtualMachine:140"}};
            for (auto& text : code_spans(cell)) {
                found.push_back({section, std::move(text), sent});
            }
        }
    }
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(troubleshooting)

BOOST_AUTO_TEST_CASE(what_is_said_is_of_its_sections_kind)
{
    auto const all = sayings();
    BOOST_TEST(all.size() >= 100u);
    for (auto const& one : all) {
        // Go's runtime speaks for itself, and ends with 2.
        bool const by_runtime = one.text.starts_with("fatal error: ") || one.text.starts_with("runtime: ");
        auto const found =
            esxi::govc::classify(one.sent, {by_runtime ? 2 : 1, {}, (by_runtime ? "" : "govc: ") + one.text + "\n"});
        BOOST_TEST(esxi::to_string(found.kind) == one.section, one.text);
    }
}

BOOST_AUTO_TEST_CASE(what_real_hosts_say_is_of_the_kind_that_their_page_tells)
{
    auto const all = sayings_of_real_hosts();
    BOOST_TEST(all.size() >= 50u);
    for (auto const& one : all) {
        auto const found = esxi::govc::classify(one.sent, {1, {}, "govc: " + one.text + "\n"});
        BOOST_TEST(esxi::to_string(found.kind) == one.section, one.text);
    }
}

BOOST_AUTO_TEST_CASE(every_rule_is_on_the_page)
{
    std::string all;
    for (auto const& one : sayings()) {
        all += esxi::govc::detail::without_names(one.text, one.sent) + "\n";
    }
    for (auto const& rule : esxi::govc::detail::fault_rules) {
        BOOST_TEST(all.find(rule.text) != std::string::npos, "no text on the page has `" << rule.text << "` in it");
    }
    BOOST_TEST(std::size(esxi::govc::detail::fault_rules) > 100u);
}

BOOST_AUTO_TEST_SUITE_END()
