// A unit test with Boost.Test, on a tape written in code.
#define BOOST_TEST_MODULE nightly
#include <boost/test/unit_test.hpp>

#include <esxi/testing/scripted_transport.hpp>

#include "nightly.hpp"

BOOST_AUTO_TEST_CASE(a_vm_that_is_gone_is_an_error)
{
    esxi::testing::scripted_transport govc;
    govc.expect("object.collect", "-R")
        .answer(R"({"kind": "enter", "obj": {"type": "ServiceInstance", "value": "ServiceInstance"}, "changeSet": [
                     {"name": "content.about", "op": "assign", "val": {"version": "8.0.2", "apiType": "HostAgent"}}]}
                   {"kind": "enter", "obj": {"type": "Folder", "value": "ha-folder-root"}}
                   {"kind": "enter", "obj": {"type": "VirtualMachine", "value": "7"}, "changeSet": [
                     {"name": "name", "op": "assign", "val": "web1"},
                     {"name": "runtime.powerState", "op": "assign", "val": "poweredOn"}]})");
    govc.expect("vm.info", "./web1").answer_json({{"virtualMachines", nullptr}});

    esxi::plain_context host({{"host", "esxi1.example"}, {"password", "not needed"}});
    BOOST_CHECK_EXCEPTION(take_nightly_snapshots(govc, host), esxi::error,
                          [](esxi::error const& failed) { return failed.kind() == esxi::error_kind::absent; });
    BOOST_CHECK_NO_THROW(govc.finish());
}
