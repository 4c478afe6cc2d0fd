// SPDX-License-Identifier: Apache-2.0
// What to do about a snapshot: pure decisions.
#pragma once

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <esxi/error.hpp>
#include <esxi/govc/redact.hpp>
#include <esxi/model/snapshot.hpp>
#include <esxi/model/snapshot_properties.hpp>
#include <esxi/plan/action.hpp>
#include <esxi/purpose.hpp>

namespace esxi {

namespace detail {

template <class Predicate>
void collect_snapshots(std::vector<snapshot_state> const& tree, Predicate const& matches, std::vector<snapshot_state const*>& found)
{
    for (auto const& snapshot : tree) {
        if (matches(snapshot)) {
            found.push_back(&snapshot);
        }
        collect_snapshots(snapshot.children, matches, found);
    }
}

[[nodiscard]] inline bool same_but_for_case(std::string_view a, std::string_view b)
{
    auto const lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [lower](char x, char y) { return lower(x) == lower(y); });
}

} // namespace detail

/// The snapshot of this name: matched exactly first, then, if nothing matches, without regard to case (of ASCII letters). Of
/// several, the one whose id was recorded. Throws `config` where two match and none was recorded, listing the ids.
[[nodiscard]] inline std::optional<snapshot_state> match_snapshot(std::vector<snapshot_state> const& tree, std::string const& name,
                                                                  std::string const& recorded_moid = {})
{
    std::vector<snapshot_state const*> found;
    detail::collect_snapshots(tree, [&name](auto const& s) { return s.name == name; }, found);
    if (found.empty()) {
        detail::collect_snapshots(tree, [&name](auto const& s) { return detail::same_but_for_case(s.name, name); }, found);
    }
    for (auto const* snapshot : found) {
        if (!recorded_moid.empty() && snapshot->moid == recorded_moid) {
            return *snapshot;
        }
    }
    if (found.size() > 1) {
        std::string ids;
        for (auto const* snapshot : found) {
            ids += (ids.empty() ? "" : ", ") + snapshot->moid + " `" + govc::printable(snapshot->name) + "`";
        }
        throw error(error_kind::config, "the name `" + govc::printable(name) + "` stands for " + std::to_string(found.size()) +
                                            " snapshots (" + ids + "); rename or remove all but one of them");
    }
    return found.empty() ? std::nullopt : std::optional(*found.front());
}

/// Nothing where the snapshot is there already.
[[nodiscard]] inline plan plan_create_snapshot(std::string const& vm_name, snapshot_properties const& wished,
                                               std::optional<snapshot_state> const& found)
{
    if (found) {
        return {};
    }
    return {create_vm_snapshot{vm_name, wished.name, wished.memory, wished.quiesce}};
}

/// Nothing where the snapshot is gone already. An engine removes only the one that was recorded; a person's wish goes by name.
[[nodiscard]] inline plan plan_delete_snapshot(std::string const& vm_name, snapshot_properties const& wished,
                                               std::optional<snapshot_state> const& found, std::string const& recorded_moid, purpose why)
{
    if (!found || (why != purpose::user && found->moid != recorded_moid)) {
        return {};
    }
    return {remove_vm_snapshot{vm_name, found->name, found->moid, wished.remove_children}};
}

} // namespace esxi
