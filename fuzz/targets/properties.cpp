// SPDX-License-Identifier: Apache-2.0
// Properties as JSON, read as those of a host, of a VM and of a snapshot.
#include <esxi/model/host_properties.hpp>
#include <esxi/model/snapshot_properties.hpp>
#include <esxi/model/vm_properties.hpp>

#include <boost/json/parse.hpp>

#include "../support.hpp"

using namespace esxi;

namespace {

/// Why these properties are refused; empty where they are not.
template <class Read>
std::string refusal(boost::json::object const& properties, Read const& read)
{
    try {
        read(properties);
        return {};
    } catch (error const& refused) {
        fuzz::promise(refused.kind() == error_kind::config, "a bad property is a config error");
        std::string message = refused.what();
        fuzz::promise(printable(message) == message, "what is said of a property can be printed");
        fuzz::promise(message.find("property") != std::string::npos, "the message names the property");
        return message;
    }
}

void check_host(boost::json::object const& properties)
{
    auto const why = refusal(properties, [](auto const& given) {
        auto const host = read_host_properties(given);
        fuzz::promise(detail::is_host_and_port(host.host), "a host is one");
        fuzz::promise(!host.user.empty() && host.user[0] != '/', "a user is no path");
        fuzz::promise(!host.password.empty() && std::string_view(host.password).front() != '/', "a password is no path");
        fuzz::promise(host.thumbprint.empty() || host.verify_tls, "a thumbprint is looked at");
        fuzz::promise(detail::is_utf8(host.user) && detail::is_utf8(host.password), "texts are UTF-8");
    });
    auto const* secret = properties.if_contains("password");
    if (secret == nullptr || !secret->is_string() || secret->get_string().empty()) {
        return;
    }
    // A message that is another one for another password may not hold it.
    auto others = properties;
    others["password"] = fuzz::password;
    if (refusal(others, [](auto const& given) { static_cast<void>(read_host_properties(given)); }) != why) {
        others["password"] = "another secret";
        auto const text = std::string(secret->get_string());
        fuzz::promise(text.size() < 6 || why.find(text) == std::string::npos ||
                          boost::json::serialize(others).find(text) != std::string::npos,
                      "the message holds no password");
    }
}

void check_vm(boost::json::object const& properties)
{
    refusal(properties, [](auto const& given) {
        auto const vm = read_vm_properties(given);
        fuzz::promise(!vm.name.empty() && vm.name.size() <= 320 && detail::is_utf8(vm.name), "a name is one");
        fuzz::promise(!vm.cpu || (*vm.cpu >= 1 && *vm.cpu <= 768), "there are some CPUs");
        fuzz::promise(!vm.memory_mb || (*vm.memory_mb >= 4 && *vm.memory_mb % 4 == 0), "memory comes in steps of 4 MB");
        fuzz::promise(vm.ip_timeout.count() >= 0 && vm.stop_timeout.count() >= 0, "a timeout is not negative");
        fuzz::promise(find_import_token(vm.annotation).empty(), "an annotation marks no import");
        fuzz::promise(vm.ova_url.empty() || vm.ova_is_remote() || vm.ova_url[0] == '/', "a local OVA is an absolute path");
        for (auto const& [network, mapped] : vm.network_map) {
            fuzz::promise(!network.empty() && !mapped.empty(), "networks have names");
        }
    });
}

} // namespace

void fuzz::one_input(std::string_view input)
{
    boost::json::error_code failed;
    auto const document = boost::json::parse({input.data(), input.size()}, failed);
    if (failed || !document.is_object()) {
        return;
    }
    auto const& properties = document.get_object();
    check_host(properties);
    check_vm(properties);
    refusal(properties, [](auto const& given) {
        auto const snapshot = read_snapshot_properties(given);
        promise(!snapshot.name.empty() && detail::is_utf8(snapshot.name) && snapshot.name.find('\0') == std::string::npos,
                "a name is one");
    });
}
