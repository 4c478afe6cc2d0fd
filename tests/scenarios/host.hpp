// SPDX-License-Identifier: Apache-2.0
// Scenarios of a Host node.
#pragma once

#include "world.hpp"

namespace test {

inline void host_is_probed_and_described(world& w)
{
    for (int round = 0; round < 2; ++round) {
        auto const probed = w.must(esxi::probe_host, w.host(), false, 1);
        BOOST_TEST(probed.runtime.at("api_type").as_string() == "HostAgent");
        BOOST_TEST(!probed.runtime.at("version").as_string().empty());

        auto const facts = w.must(esxi::record_host_facts, w.host(), false, 1);
        auto const& vms = facts.runtime.at("vms").as_object();
        BOOST_TEST(vms.size() == 2u);
        auto const& vm = vms.at("ha-host_VM0").as_object();
        BOOST_TEST(vm.at("power_state").as_string() == "poweredOn");
        BOOST_TEST(vm.at("connection_state").as_string() == "connected");
        BOOST_TEST(vm.at("config").at("cpu").as_int64() == 1);
        BOOST_TEST(!vm.at("config").at("instance_uuid").as_string().empty());

        w.must(esxi::noop_op, w.host(), false, 0);
    }
    BOOST_TEST(w.log().empty());
}

inline void wrong_password(world& w)
{
    auto properties = w.host().properties();
    properties["password"] = "not the password";
    w.host().set_properties(properties);
    w.must_fail(esxi::probe_host, w.host(), esxi::error_kind::auth);
    w.must_fail(esxi::record_host_facts, w.host(), esxi::error_kind::auth);
}

inline void host_without_vms(world& w)
{
    auto const facts = w.must(esxi::record_host_facts, w.host(), false, 1);
    BOOST_TEST(facts.runtime.at("vms").as_object().empty());
    BOOST_TEST(esxi::host_status(w.transport(), w.host()).at("api_type") == "HostAgent");
}

inline void api_type_is_a_warning(world& w)
{
    auto const probed = w.must(esxi::probe_host, w.host(), false, 1);
    BOOST_TEST(probed.runtime.at("api_type").as_string() == "VirtualCenter");
    BOOST_TEST(w.log().size() == 1u);
}

} // namespace test
