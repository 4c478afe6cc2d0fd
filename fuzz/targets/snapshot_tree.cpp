// SPDX-License-Identifier: Apache-2.0
// `snapshot.tree -json`, and the text that an old govc prints in spite of `-json`.
#include <esxi/govc/snapshot_tree.hpp>

#include "../dialects.hpp"
#include "../support.hpp"

using namespace esxi::govc;

namespace {

boost::json::array write(std::vector<esxi::snapshot_state> const& snapshots)
{
    boost::json::array list;
    for (auto const& one : snapshots) {
        fuzz::promise(!one.moid.empty(), "a snapshot has an id");
        fuzz::promise(one.name == shown_name(one.stored_name), "a name is shown as people write it");
        list.push_back({{"id", "VirtualMachineSnapshot:" + one.moid},
                        {"name", one.stored_name},
                        {"description", one.description},
                        {"createTime", one.created},
                        {"current", one.current},
                        {"childSnapshotList", write(one.children)}});
    }
    return list;
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    auto const tree = read_or_refuse(esxi::error_kind::govc, [&] { return read_snapshot_tree(input); });
    if (!tree) {
        return;
    }
    promise(read_snapshot_tree(boost::json::serialize(write(*tree))) == *tree,
            "what was read and written is read again as it was");
    if (auto const old = in_old_dialect(input)) {
        promise(read_snapshot_tree(*old) == *tree, "both dialects say the same");
    }
}
