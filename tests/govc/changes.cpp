// SPDX-License-Identifier: Apache-2.0
// Which commands only read.
#include <esxi/govc/changes.hpp>

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <esxi/govc/argv.hpp>

using esxi::govc::changes_host;

BOOST_AUTO_TEST_SUITE(changes)

BOOST_AUTO_TEST_CASE(of_the_operations)
{
    namespace govc = esxi::govc;
    for (auto const& read : {govc::about(), govc::about_with_fresh_login(), govc::collect_inventory({}), govc::vm_info("./web1"),
                             govc::poll_vm("1"), govc::import_spec("x.ova")}) {
        BOOST_TEST(!changes_host(read), read.argv.front());
    }
    for (auto const& change :
         {govc::power_on("1"), govc::power_off("1"), govc::shut_down("1"), govc::destroy("1"), govc::change("1", 2, {}, ""),
          govc::import_package({}, {"token", {}}), govc::import_package({}, {"token", {}, {}, true}),
          govc::create_snapshot("web1", {}), govc::remove_snapshot("web1", "snapshot-1", false)}) {
        BOOST_TEST(changes_host(change), change.argv.front());
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_known_may_change_something)
{
    for (std::string const command : {"", "vm.clone", "vm.infos", "VM.INFO", "datastore.rm", "session.rm", "session.logout",
                                      "object.destroy", "object.method", "-json", "about ", "host.shutdown"}) {
        BOOST_TEST(changes_host({{command, "about"}}), command);
    }
    BOOST_TEST(changes_host({}));
    BOOST_TEST(changes_host({{}, "about"}));
}

BOOST_AUTO_TEST_SUITE_END()
