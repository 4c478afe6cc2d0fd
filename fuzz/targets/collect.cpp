// SPDX-License-Identifier: Apache-2.0
// `object.collect -json`: a stream of documents in pieces of any size, and the one document about one object.
#include <esxi/govc/collect.hpp>

#include <set>

#include <esxi/detail/json_text.hpp>
#include <esxi/model/host.hpp>

#include "../dialects.hpp"
#include "../support.hpp"

using namespace esxi::govc;

namespace {

using vms = std::vector<esxi::vm_state>;

/// The VMs in a stream that arrives in pieces of up to so many bytes; nothing where it is refused.
std::optional<vms> read(std::string_view text, std::size_t longest)
{
    return fuzz::read_or_refuse(esxi::error_kind::govc, [&] {
        collect_reader reader;
        for (auto const piece : fuzz::pieces(text, longest)) {
            reader.write(piece);
        }
        return reader.finish();
    });
}

boost::json::array write(esxi::vm_state const& vm)
{
    boost::json::array changes;
    auto const add = [&changes](char const* name, boost::json::value_ref const& value) {
        changes.push_back({{"name", name}, {"op", "assign"}, {"val", value}});
    };
    add("name", stored_name(vm.name));
    add("runtime.powerState", vm.power_state);
    add("runtime.connectionState", {{"_typeName", "string"}, {"_value", vm.connection_state}});
    add("config.guestId", vm.guest_id);
    add("config.instanceUuid", vm.instance_uuid);
    if (vm.cpu) {
        add("config.hardware.numCPU", {{"_typeName", "int"}, {"_value", *vm.cpu}});
    }
    if (vm.memory_mb) {
        add("config.hardware.memoryMB", *vm.memory_mb);
    }
    add("guest.ipAddress", vm.ip);
    boost::json::array const addresses(vm.addresses.begin(), vm.addresses.end());
    add("guest.net", {{"_typeName", "ArrayOfGuestNicInfo"}, {"_value", {{{"ipAddress", addresses}}}}});
    return changes;
}

void check_stream(std::string_view input)
{
    auto const whole = read(input, input.size() + 1);
    fuzz::promise(read(input, 2) == whole && read(input, 100) == whole, "how a stream is cut into pieces changes nothing");
    if (!whole) {
        return;
    }
    std::set<std::string> moids;
    std::string written;
    for (auto const& vm : *whole) {
        fuzz::promise(!vm.moid.empty() && moids.insert(vm.moid).second, "each VM has a moid of its own");
        fuzz::promise(std::set(vm.addresses.begin(), vm.addresses.end()).size() == vm.addresses.size(),
                      "no address stands twice");
        written += boost::json::serialize(
            boost::json::object{{"obj", {{"type", "VirtualMachine"}, {"value", vm.moid}}}, {"changeSet", write(vm)}});
    }
    fuzz::promise(read(written, 20) == whole, "what was read and written is read again as it was");
    fuzz::promise(esxi::vms_to_json(*whole).size() == whole->size(), "no VM is lost, however they are named");

    auto const documents = esxi::detail::read_documents(input);
    std::string old;
    for (auto document : documents) {
        if (!fuzz::capitalize(document)) {
            return;
        }
        old += boost::json::serialize(document);
    }
    fuzz::promise(documents.empty() || read(old, 50) == whole, "both dialects say the same");
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    check_stream(input);
    if (auto const one = read_or_refuse(esxi::error_kind::govc, [&] { return read_collected(input); })) {
        promise(read_collected(boost::json::serialize(write(*one))) == *one, "what was read and written is read again as it was");
        if (auto const old = in_old_dialect(input)) {
            promise(read_collected(*old) == *one, "both dialects say the same");
        }
    }
}
