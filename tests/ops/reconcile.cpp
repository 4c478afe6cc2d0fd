// SPDX-License-Identifier: Apache-2.0
// Finding what is meant, in what govc answers.
#include <esxi/ops/reconcile.hpp>

#include <string>

#include <esxi/testing/scripted_transport.hpp>

#include "ops/world.hpp"

namespace {

using namespace test;
using esxi::error_kind;
using esxi::testing::scripted_transport;

esxi::output vms(std::string const& list)
{
    return {0, "{\"virtualMachines\":" + list + "}", ""};
}

std::string vm(std::string const& moid, std::string const& name)
{
    return R"({"self":{"type":"VirtualMachine","value":")" + moid + R"("},"name":")" + name + R"(","config":{"instanceUuid":"u)" +
           moid + "\"}}";
}

struct fixture {
    esxi::host_connection connection{"esxi1", "root", "s3cret!", true, "", ""};

    /// What a look-up by name finds in an answer.
    std::string found(std::string const& name, std::string const& argument, esxi::output answer,
                      esxi::vm_record const& record = {})
    {
        scripted_transport transport;
        transport.expect({{"vm.info", "-json", argument}}).answer(std::move(answer));
        esxi::govc_client client(transport, connection);
        try {
            auto const one = esxi::find_vm_by_name(client, name, record);
            BOOST_TEST(client.count() == 1);
            return one ? one->moid : "none";
        } catch (esxi::error const& failed) {
            return std::string(to_string(failed.kind())) + ": " + failed.what();
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(reconcile, fixture)

BOOST_AUTO_TEST_CASE(a_vm_by_name)
{
    BOOST_TEST(found("web1", "./web1", vms("[" + vm("1", "web1") + "]")) == "1");
    BOOST_TEST(found("web1", "./web1", vms("null")) == "none");
    BOOST_TEST(found("web1", "./web1", vms("[]")) == "none");
    BOOST_TEST(found("web1", "./web1", fake_host::failed("vm './web1' not found")) == "none");
    // What came back is compared again.
    BOOST_TEST(found("web*", "./web\\*", vms("[" + vm("1", "web1") + "," + vm("2", "web*") + "]")) == "2");
    // Another one alone is no way to say that there is none: a delete would take it for done.
    for (char const* other : {"WEB1", "web", "web11", "", "../web1"}) {
        BOOST_TEST(has(found("web1", "./web1", vms("[" + vm("1", other) + "]")), "govc: the host was asked for VM `web1`"),
                   other);
    }
    BOOST_TEST(found("a/b", "./a%2fb", vms("[" + vm("1", "a%2fb") + "]")) == "1");
    BOOST_TEST(found("-x[1]", "./-x\\[1\\]", vms("null")) == "none");
    auto const two = vms("[" + vm("1", "web1") + "," + vm("2", "web1") + "]");
    BOOST_TEST(has(found("web1", "./web1", two), "config: the name `web1` stands for 2 VMs (1, 2)"));
    // Of two, the one recorded.
    esxi::vm_record record;
    record.moid = "2";
    BOOST_TEST(has(found("web1", "./web1", two, record), "config: "));
    record.instance_uuid = "u2";
    BOOST_TEST(found("web1", "./web1", two, record) == "2");
    BOOST_TEST(has(found("web1", "./web1", fake_host::failed("Permission to perform this operation was denied.")), "auth: "));
    BOOST_TEST(has(found("web1", "./web1", {0, "", ""}), "govc: govc vm.info: its output cannot be read"));
}

BOOST_AUTO_TEST_CASE(a_vm_by_moid)
{
    scripted_transport transport;
    transport.expect({{"vm.info", "-json", "VirtualMachine:140"}}).answer(vms("[" + vm("140", "web1") + "]"));
    transport.expect({{"vm.info", "-json", "VirtualMachine:142"}}).answer(fake_host::gone("142"));
    transport.expect({{"vm.info", "-json", "VirtualMachine:143"}}).answer(vms("null"));
    transport.expect({{"vm.info", "-json", "VirtualMachine:141"}}).answer(vms("[" + vm("140", "s3cret!") + "]"));
    esxi::govc_client client(transport, connection);
    BOOST_TEST(esxi::find_vm_by_moid(client, "140")->name == "web1");
    for (char const* other : {"142", "143"}) {
        BOOST_TEST(!esxi::find_vm_by_moid(client, other).has_value());
    }
    BOOST_CHECK_EXCEPTION(static_cast<void>(esxi::find_vm_by_moid(client, "141")), esxi::error, [](auto const& e) {
        return e.kind() == error_kind::govc && has(e.what(), "asked for VM 141 and answered with `<redacted>` (`140`)");
    });
    BOOST_TEST(client.count() == 4);
}

BOOST_AUTO_TEST_CASE(a_snapshot_by_name)
{
    esxi::command const command{{"vm.info", "-json", "./web1"}};
    auto const with = [](std::string const& snapshots) {
        return vms(R"([{"self":{"value":"140"},"name":"web1","snapshot":)" + snapshots + "}]");
    };
    scripted_transport transport;
    transport.expect(command)
        .answer(with(R"({"rootSnapshotList":[{"snapshot":{"value":"1"},"name":"a%2fb","childSnapshotList":)"
                     R"([{"snapshot":{"value":"2"},"name":"a"}]}]})"))
        .times(3);
    transport.expect(command).answer(with("null"));
    transport.expect(command).answer(vms("null"));
    esxi::govc_client client(transport, connection);
    BOOST_TEST(esxi::find_snapshot_by_name(client, "web1", "a/b")->moid == "1");
    BOOST_TEST(esxi::find_snapshot_by_name(client, "web1", "A")->moid == "2");
    BOOST_TEST(!esxi::find_snapshot_by_name(client, "web1", "b").has_value());
    BOOST_TEST(!esxi::find_snapshot_by_name(client, "web1", "a").has_value());
    BOOST_CHECK_EXCEPTION(static_cast<void>(esxi::find_snapshot_by_name(client, "web1", "a")), esxi::error,
                          [](auto const& e) { return e.kind() == error_kind::absent; });
}

BOOST_AUTO_TEST_SUITE_END()
