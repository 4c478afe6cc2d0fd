// SPDX-License-Identifier: Apache-2.0
// The operations of a Host.
#include <esxi/ops/host.hpp>

#include <string>

#include "ops/world.hpp"

namespace {

using namespace test;
using esxi::error_kind;

/// A node that is a host itself.
struct host_world {
    fake_host host;
    esxi::plain_context node{{{"host", "esxi1"}, {"password", "s3cret!"}}};
    std::string log;

    host_world()
    {
        node.on_log([this](esxi::log_level level, std::string_view text) {
            log += level >= esxi::log_level::warning ? std::string(text) : "";
        });
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(host_operations, host_world)

BOOST_AUTO_TEST_CASE(probe)
{
    for (int i = 0; i < 2; ++i) {
        auto const result = esxi::probe_host(host, node);
        BOOST_TEST(result.operation == "probe_host");
        BOOST_TEST(!result.changed);
        BOOST_TEST(result.commands == 1);
        BOOST_TEST(json::serialize(result.runtime) == R"({"version":"8.0.2","build":"1","api_type":"HostAgent"})");
    }
    BOOST_TEST(host.lines.front() == "about -json -persist-session=false"); // never rides on an old login
    BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_CASE(facts)
{
    host.add("a");
    host.add("b");
    host.add("a");
    auto const result = esxi::record_host_facts(host, node);
    BOOST_TEST(!result.changed);
    BOOST_TEST(result.commands == 1);
    BOOST_TEST(result.runtime.at("version").as_string() == "8.0.2");
    auto const& vms = result.runtime.at("vms").as_object();
    BOOST_TEST(vms.size() == 3u);
    BOOST_TEST(vms.at("a (vm-3)").at("moid").as_string() == "vm-3");
    host.vms.clear();
    BOOST_TEST(esxi::record_host_facts(host, node).runtime.at("vms").as_object().empty());
}

BOOST_AUTO_TEST_CASE(a_host_that_is_none)
{
    host.before = [](esxi::command const&) {
        return std::optional(esxi::output{0, R"({"About":{"Version":"7.0","ApiType":"VirtualCenter"}})", ""});
    };
    BOOST_TEST(esxi::probe_host(host, node).runtime.at("api_type").as_string() == "VirtualCenter");
    BOOST_TEST(has(log, "its API type is VirtualCenter"));
}

/// What a server says that is a vCenter, or something else again.
esxi::output inventory_of(std::string const& root, int vms)
{
    auto const object = [](std::string const& type, std::string const& moid, std::string const& changes) {
        return R"({"kind":"enter","obj":{"type":")" + type + R"(","value":")" + moid + R"("},"changeSet":[)" + changes + "]}\n";
    };
    auto text = object("ServiceInstance", "ServiceInstance",
                       R"({"name":"content.about","op":"assign","val":{"version":"8.0.2","apiType":"VirtualCenter"}})");
    if (!root.empty()) {
        text += object("Folder", root, "");
        for (int i = 0; i < vms; ++i) {
            text += object("VirtualMachine", "vm-" + std::to_string(i),
                           R"({"name":"name","op":"assign","val":"v)" + std::to_string(i) + "\"}");
        }
    }
    return {0, text, ""};
}

BOOST_AUTO_TEST_CASE(facts_of_a_vcenter)
{
    host.before = [](esxi::command const& c) {
        return std::optional(inventory_of(has(c.input, ">group-d1<") ? "group-d1" : "", 2));
    };
    auto const result = esxi::record_host_facts(host, node);
    BOOST_TEST(result.commands == 2);
    BOOST_TEST(result.runtime.at("vms").as_object().size() == 2u);
    BOOST_TEST(has(log, "its API type is VirtualCenter"));
}

BOOST_AUTO_TEST_CASE(facts_of_neither_an_esxi_host_nor_a_vcenter)
{
    host.before = [](esxi::command const&) { return std::optional(inventory_of("", 0)); };
    BOOST_CHECK_EXCEPTION(esxi::record_host_facts(host, node), esxi::error, [](auto const& e) {
        return e.kind() == error_kind::config && has(e.what(), "has no folder ha-folder-root");
    });
    BOOST_TEST(node.runtime_properties().empty());
}

/// The same host, through a govc of this version.
struct versioned_host {
    fake_host& host;
    std::string version;

    esxi::output run(esxi::command const& c, esxi::run_options const& options) { return host.run(c, options); }
    [[nodiscard]] std::string govc_version() const { return version; }
};

// Before v0.24 govc prints the first answer alone, of which it is not known whether it is all.
BOOST_AUTO_TEST_CASE(facts_that_may_be_incomplete)
{
    int vms = 97; // with what else is printed one less than 100 objects
    host.before = [&vms](esxi::command const&) { return std::optional(inventory_of("ha-folder-root", vms)); };
    for (auto const* version : {"0.18.0", "0.23.1", "0.24.0", "0.56.0", ""}) {
        versioned_host govc{host, version};
        vms = 97;
        BOOST_TEST(esxi::record_host_facts(govc, node).runtime.at("vms").as_object().size() == 97u);
        vms = 98;
        if (std::string(version).starts_with("0.18") || std::string(version).starts_with("0.23")) {
            BOOST_CHECK_EXCEPTION(esxi::record_host_facts(govc, node), esxi::error, [](auto const& e) {
                return e.kind() == error_kind::config && has(e.what(), "prints no more than the first 100 objects");
            });
        } else {
            BOOST_TEST(esxi::record_host_facts(govc, node).runtime.at("vms").as_object().size() == 98u);
        }
    }
}

BOOST_AUTO_TEST_CASE(failures)
{
    host.before = [](esxi::command const&) {
        return std::optional(
            fake_host::failed("ServerFaultCode: Cannot complete login due to an incorrect user name or password."));
    };
    BOOST_CHECK_EXCEPTION(esxi::probe_host(host, node), esxi::govc_error,
                          [](auto const& e) { return e.kind() == error_kind::auth; });
    host.before = [](esxi::command const&) { return std::optional(esxi::output{0, "garbage", ""}); };
    BOOST_CHECK_EXCEPTION(esxi::record_host_facts(host, node), esxi::govc_error,
                          [](auto const& e) { return e.kind() == error_kind::govc && e.returncode() == 0; });
    BOOST_TEST(node.runtime_properties().empty());
}

BOOST_AUTO_TEST_CASE(dry_runs_record_nothing)
{
    esxi::operation_options options;
    options.dry_run = true;
    BOOST_TEST(esxi::record_host_facts(host, node, options).commands == 1);
    BOOST_TEST(node.runtime_properties().empty());
}

BOOST_AUTO_TEST_CASE(the_end_keeps_everything)
{
    node.set_runtime_properties({{"version", "8.0.2"}});
    auto const result = esxi::noop_op(host, node);
    BOOST_TEST(result.commands == 0);
    BOOST_TEST(!result.changed);
    BOOST_TEST(json::serialize(result.runtime) == R"({"version":"8.0.2"})");
    BOOST_TEST(host.events.empty());
}

BOOST_AUTO_TEST_SUITE_END()
