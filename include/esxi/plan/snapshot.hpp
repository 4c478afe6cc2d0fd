// SPDX-License-Identifier: Apache-2.0
// What to do about a snapshot: pure decisions.
#pragma once

#include <algorithm>
#include <cctype>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <esxi/error.hpp>
#include <esxi/govc/names.hpp>
#include <esxi/model/snapshot.hpp>
#include <esxi/model/snapshot_properties.hpp>
#include <esxi/plan/action.hpp>
#include <esxi/printable.hpp>
#include <esxi/purpose.hpp>

namespace esxi {

namespace detail {

template <class Predicate>
void collect_snapshots(std::vector<snapshot_state> const& tree, Predicate const& matches,
                       std::vector<snapshot_state const*>& found)
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
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [lower](char x, char y) { return lower(x) == lower(y); });
}

/// Whether the snapshot's name is this one: as it is stored, or with the escapes of one client or of two undone.
template <class Equal>
[[nodiscard]] bool has_form(snapshot_state const& snapshot, std::string const& name, Equal const& equal)
{
    return equal(snapshot.stored_name, name) || equal(govc::shown_name(snapshot.stored_name), name) || equal(snapshot.name, name);
}

} // namespace detail

/// The snapshot of this name, in any of the forms in which a client may have stored it: matched exactly first, then, if nothing
/// matches, without regard to case (of ASCII letters). Of several, the one whose id was recorded. Throws `config` if two match and none
/// was recorded, listing the ids.
[[nodiscard]] inline std::optional<snapshot_state> match_snapshot(std::vector<snapshot_state> const& tree,
                                                                  std::string const& name, std::string const& recorded_moid = {})
{
    std::vector<snapshot_state const*> found;
    detail::collect_snapshots(tree, [&name](auto const& s) { return detail::has_form(s, name, std::equal_to<>{}); }, found);
    if (found.empty()) {
        detail::collect_snapshots(
            tree, [&name](auto const& s) { return detail::has_form(s, name, detail::same_but_for_case); }, found);
    }
    for (auto const* snapshot : found) {
        if (!recorded_moid.empty() && snapshot->moid == recorded_moid) {
            return *snapshot;
        }
    }
    if (found.size() > 1) {
        std::string ids;
        for (auto const* snapshot : found) {
            ids += (ids.empty() ? "" : ", ") + printable(snapshot->moid) + " " + in_quotes(snapshot->name);
        }
        throw error(error_kind::config, "the name " + in_quotes(name) + " stands for " + std::to_string(found.size()) +
                                            " snapshots (" + shortened(ids, 400) + "); rename or remove all but one of them");
    }
    return found.empty() ? std::nullopt : std::optional(*found.front());
}

/// The snapshot of this name that was taken between two looks. Throws `conflict` where none was, and where others took some too.
[[nodiscard]] inline snapshot_state match_new_snapshot(std::vector<snapshot_state> const& before,
                                                       std::vector<snapshot_state> const& after, std::string const& name)
{
    std::vector<snapshot_state const*> known;
    detail::collect_snapshots(before, [](auto const&) { return true; }, known);
    auto const is_known = [&known](snapshot_state const& s) {
        return std::any_of(known.begin(), known.end(), [&s](auto const* other) { return other->moid == s.moid; });
    };
    std::vector<snapshot_state const*> found;
    detail::collect_snapshots(
        after, [&](auto const& s) { return detail::has_form(s, name, std::equal_to<>{}) && !is_known(s); }, found);
    if (found.size() != 1) {
        throw error(error_kind::conflict,
                    "snapshot " + in_quotes(name) +
                        (found.empty() ? " was taken and is gone again; somebody else removed it"
                                       : " was taken by " + std::to_string(found.size()) +
                                             " runs at the same time, once by each; remove all but one of them"),
                    std::chrono::seconds{10});
    }
    return *found.front();
}

/// Nothing where the snapshot is there already. Throws `absent` if it is not, and must be.
[[nodiscard]] inline plan plan_create_snapshot(std::string const& vm_name, snapshot_properties const& wished,
                                               std::optional<snapshot_state> const& found)
{
    if (found) {
        return {};
    }
    if (wished.use_external_resource) {
        throw error(error_kind::absent, "VM " + in_quotes(vm_name) + " has no snapshot " + in_quotes(wished.name) +
                                            ", and use_external_resource is true: it must exist; take it, or set that to false");
    }
    return {create_vm_snapshot{vm_name, wished.name, wished.memory, wished.quiesce}};
}

/// The snapshot of this id, whatever it is called; nothing where there is none, or the id is empty.
[[nodiscard]] inline std::optional<snapshot_state> find_recorded_snapshot(std::vector<snapshot_state> const& tree,
                                                                          std::string const& recorded_moid)
{
    std::vector<snapshot_state const*> found;
    if (!recorded_moid.empty()) {
        detail::collect_snapshots(tree, [&recorded_moid](auto const& s) { return s.moid == recorded_moid; }, found);
    }
    return found.empty() ? std::nullopt : std::optional(*found.front());
}

/// Nothing where the snapshot is gone already. To an engine it is the one that was recorded, whatever it is called now; a person
/// means the one of that name.
[[nodiscard]] inline plan plan_delete_snapshot(std::string const& vm_name, snapshot_properties const& wished,
                                               std::vector<snapshot_state> const& tree, std::string const& recorded_moid,
                                               purpose why)
{
    if (why == purpose::update || wished.use_external_resource) {
        return {}; // what there is is kept
    }
    auto const found =
        why == purpose::user ? match_snapshot(tree, wished.name, recorded_moid) : find_recorded_snapshot(tree, recorded_moid);
    if (!found) {
        return {};
    }
    return {remove_vm_snapshot{vm_name, found->name, found->moid, wished.remove_children}};
}

} // namespace esxi
