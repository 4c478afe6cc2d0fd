// SPDX-License-Identifier: Apache-2.0
// Names in what a failed command said: whatever a VM is called, the failure is the same.
#include <esxi/govc/fault.hpp>

#include <esxi/govc/names.hpp>

#include <boost/json/object.hpp>

#include <esxi/detail/property_reader.hpp>

#include "../support.hpp"

using namespace esxi::govc;

namespace {

/// Whether a VM can have this name.
bool is_name(std::string_view name)
{
    constexpr std::string_view known[] = {"name"};
    return fuzz::read_or_refuse(esxi::error_kind::config,
                                [&] {
                                    boost::json::object const properties{
                                        {"name", boost::json::string_view(name.data(), name.size())}};
                                    return esxi::detail::property_reader(properties, "VM", known).entity_name("name");
                                })
        .has_value();
}

/// What hosts, the simulator and govc say, with N for the name as a host has it, and Q for that in govc's own quotes.
constexpr std::string_view sentences[] = {
    "govc: vm 'N' not found\n",
    "govc: The name 'N' already exists.\n",
    "govc: ServerFaultCode: The object 'vim.VirtualMachine:140' has already been deleted or has not been completely created\n",
    "govc: The attempted operation cannot be performed in the current state (Powered on).\n",
    "govc: Invalid configuration for device '0': 'N'.\n",
    "govc: snapshot Q not found\n",
    "govc: path Q resolves to multiple VMs\n",
    "govc: Unable to access file [datastore1] N/N.vmx since it is locked\n",
    "govc: Cannot complete the operation because the file or folder [datastore1] N/N.vmdk already exists\n",
    "govc: An error was received from the ESX host while powering on VM N.\nModule 'Disk' power on failed.\nFailed to lock the "
    "file\n",
    "Warning: N\ngovc: EOF\n",
};

fault classify_with(std::string_view sentence, std::string const& name)
{
    auto const stored = stored_name(name);
    std::string said;
    for (char c : sentence) {
        said += c == 'N' ? stored : c == 'Q' ? boost::json::serialize(boost::json::string_view(stored)) : std::string(1, c);
    }
    return classify({{"vm.power", "-json", "-off", "-vm=" + name_argument(name)}}, {1, {}, said});
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    if (!is_name(input)) {
        return;
    }
    for (auto const sentence : sentences) {
        auto const expected = classify_with(sentence, "x");
        auto const found = classify_with(sentence, std::string(input));
        promise(found.kind == expected.kind && found.advice == expected.advice &&
                    found.existing_state == expected.existing_state && found.login_refused == expected.login_refused &&
                    found.session_lost == expected.session_lost,
                "a name that reads like a failure is not taken for one");
    }
}
