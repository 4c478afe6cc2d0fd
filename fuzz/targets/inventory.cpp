// SPDX-License-Identifier: Apache-2.0
// `object.collect -json` of a host's inventory: a stream of documents in pieces of any size, in which objects enter, change and leave.
#include <esxi/govc/inventory_reader.hpp>

#include <set>

#include <esxi/detail/json_text.hpp>
#include <esxi/model/host.hpp>

#include "../dialects.hpp"
#include "../support.hpp"
#include "../vms.hpp"

using namespace esxi::govc;

namespace {

/// What is in a stream that arrives in pieces of up to so many bytes; nothing if it is refused.
std::optional<esxi::inventory> read(std::string_view text, std::size_t longest)
{
    return fuzz::read_or_refuse(esxi::error_kind::govc, [&] {
        inventory_reader reader;
        for (auto const piece : fuzz::pieces(text, longest)) {
            reader.write(piece);
        }
        return reader.finish();
    });
}

std::string document(char const* kind, char const* type, std::string const& moid, boost::json::array changes = {})
{
    return boost::json::serialize(
        boost::json::object{{"kind", kind}, {"obj", {{"type", type}, {"value", moid}}}, {"changeSet", std::move(changes)}});
}

boost::json::object assigned(char const* name, boost::json::value value)
{
    return {{"name", name}, {"op", "assign"}, {"val", std::move(value)}};
}

boost::json::value or_null(std::optional<std::int64_t> const& number)
{
    return number ? boost::json::value(*number) : boost::json::value();
}

std::string write(esxi::inventory const& all)
{
    auto text = document("enter", "ServiceInstance", "ServiceInstance",
                         {assigned("content.about", {{"version", all.about.version},
                                                     {"build", all.about.build},
                                                     {"apiType", all.about.api_type},
                                                     {"fullName", all.about.full_name}})});
    for (auto const& datastore : all.datastores) {
        text += document("enter", "Datastore", datastore.moid,
                         {assigned("name", boost::json::value(datastore.stored_name)),
                          assigned("summary.type", boost::json::value(datastore.type)),
                          assigned("summary.capacity", or_null(datastore.capacity)),
                          assigned("summary.freeSpace", or_null(datastore.free)),
                          assigned("summary.accessible", datastore.accessible),
                          assigned("summary.maintenanceMode", boost::json::value(datastore.maintenance))});
    }
    for (auto const& network : all.networks) {
        text += document(
            "enter", "Network", network.moid,
            {assigned("name", boost::json::value(network.stored_name)), assigned("summary.accessible", network.accessible)});
    }
    for (auto const& vm : all.vms) {
        text += document("enter", "VirtualMachine", vm.moid, fuzz::properties_of(vm));
    }
    return text;
}

template <class State>
void check_moids(std::vector<State> const& objects)
{
    std::set<std::string> moids;
    for (auto const& one : objects) {
        fuzz::promise(!one.moid.empty() && moids.insert(one.moid).second, "each object has a moid of its own");
    }
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    auto const whole = read(input, input.size() + 1);
    promise(read(input, 2) == whole && read(input, 100) == whole, "how a stream is cut into pieces changes nothing");
    if (!whole) {
        return;
    }
    check_moids(whole->datastores);
    check_moids(whole->networks);
    check_moids(whole->vms);
    for (auto const& vm : whole->vms) {
        promise(std::set(vm.addresses.begin(), vm.addresses.end()).size() == vm.addresses.size(), "no address stands twice");
    }
    auto const written = write(*whole);
    promise(read(written, 20) == whole, "what was read and written is read again as it was");
    promise(esxi::vms_to_json(whole->vms).size() == whole->vms.size(), "no VM is lost, however they are named");

    // What is there leaves; what is not there can neither leave nor change.
    auto text = std::string(input);
    for (auto const& vm : whole->vms) {
        text += document("leave", "VirtualMachine", vm.moid) +
                document("modify", "VirtualMachine", vm.moid, {assigned("name", "late")});
    }
    auto rest = *whole;
    rest.vms.clear();
    promise(read(text, 100) == rest, "what leaves is gone");

    auto const documents = esxi::detail::read_documents(input);
    std::string old;
    for (auto one : documents) {
        if (!capitalize(one)) {
            return;
        }
        old += boost::json::serialize(one);
    }
    promise(documents.empty() || read(old, 50) == whole, "both dialects say the same");
}
