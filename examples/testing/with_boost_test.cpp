// A unit test with Boost.Test, on a tape written in code.
#define BOOST_TEST_MODULE nightly
#include <boost/test/unit_test.hpp>

#include <esxi/testing/scripted_transport.hpp>

#include "nightly.hpp"

BOOST_AUTO_TEST_CASE(a_vm_that_is_gone_is_an_error)
{
    esxi::testing::scripted_transport govc;
    govc.expect("about").answer_json({{"about", {{"version", "8.0.2"}, {"build", "1"}, {"apiType", "HostAgent"}}}});
    govc.expect("object.collect", "-type")
        .answer(R"({"kind": "enter", "obj": {"type": "VirtualMachine", "value": "7"}, "changeSet": [
                     {"name": "name", "op": "assign", "val": "web1"},
                     {"name": "runtime.powerState", "op": "assign", "val": "poweredOn"}]})");
    govc.expect("snapshot.tree", "-vm=./web1").fail("govc: vm './web1' not found\n");

    esxi::plain_context host({{"host", "esxi1.example"}, {"password", "not needed"}});
    BOOST_CHECK_EXCEPTION(take_nightly_snapshots(govc, host), esxi::error,
                          [](esxi::error const& failed) { return failed.kind() == esxi::error_kind::absent; });
    BOOST_CHECK_NO_THROW(govc.finish());
}
