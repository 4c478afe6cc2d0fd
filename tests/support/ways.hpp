// SPDX-License-Identifier: Apache-2.0
// Every way in which one command of an operation can fail, what the operation has to end with, and what must hold after that.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/detail/utf8.hpp>
#include <esxi/error.hpp>
#include <esxi/model/address.hpp>
#include <esxi/model/vm_record.hpp>
#include <esxi/testing/fault_overlay.hpp>

#include "support/known_failures.hpp"

namespace test {

/// One way, and the kind of the error that it means.
struct way {
    esxi::testing::failure how;
    esxi::error_kind kind;
    known_failure said{};     ///< Where it is a text.
    bool is_output = false;   ///< The command succeeds, and what it prints is not what it should be.
    bool is_nothing = false;  ///< ... it is nothing at all.
};

/// A text as govc prints it: its own, or a host's as text, as JSON of a task, or as JSON of a method; and a line with a password.
inline std::string as_printed(known_failure const& said, std::size_t form, std::string const& password)
{
    auto const text = boost::json::serialize(said.text);
    std::string const leak = "a debug line: root:" + password + "@esxi1\n";
    switch (form) {
    case 0: return "govc: " + said.text + "\n" + leak;
    case 1: return leak + R"({"fault":{},"localizedMessage":)" + text + "}\n";
    case 2: return leak + R"({"Fault":{"Code":"ServerFaultCode","String":)" + text + R"(,"Detail":{"Fault":{}}}})" + "\n";
    default: return leak + "/usr/bin/govc: ServerFaultCode: " + said.text + "\n";
    }
}

/// All ways. A text of a host comes in each form in turn, and has the host's password in it.
inline std::vector<way> all_ways(std::string const& password)
{
    using namespace esxi::testing;
    using esxi::error_kind;
    std::vector<way> ways;
    std::size_t form = 0;
    for (auto const* all : {&failures_of_a_host, &failures_of_govc}) {
        for (auto const& said : *all) {
            auto const text = as_printed(said, all == &failures_of_a_host ? form++ % 4 : 0, password);
            ways.push_back({exits(1, text), said.kind, said});
            // Any fault can be one of the look at a task that goes on. What says in which state things are is true.
            if (said.kind != error_kind::absent && said.existing_state.empty()) {
                ways.push_back({exits(1, text, effect::taken), said.kind, said});
            }
        }
    }
    for (auto on_host : {effect::none, effect::taken}) {
        ways.push_back({killed_by(9, on_host), error_kind::unavailable});
        ways.push_back({killed_by(15, on_host), error_kind::unavailable});
        ways.push_back({times_out(on_host), error_kind::unavailable});
        ways.push_back({stopped(on_host), error_kind::cancelled});
        ways.push_back({exits(2, "", on_host), error_kind::govc});
    }
    ways.push_back({prints_nothing(), error_kind::govc, {}, true, true});
    for (auto const& how : {cut_after(1), cut_after(2), cut_to(0.25), cut_to(0.5), cut_to(0.75), cut_to(0.99), prints_no_json(),
                            prints_wrong_shape(), prints_no_utf8(), prints_nested(), prints_much(100'000)}) {
        ways.push_back({how, error_kind::govc, {}, true});
    }
    return ways;
}

/// What the operation of this name has to end with, where its nth command fails so; nothing where that does not end it.
inline std::optional<esxi::error_kind> expected_kind(std::string_view of, esxi::command const& c, int nth, way const& w)
{
    using esxi::error_kind;
    auto const& verb = c.argv.front();
    auto const has = [&c](char const* flag) { return std::find(c.argv.begin(), c.argv.end(), flag) != c.argv.end(); };
    if (w.is_output) {
        static std::set<std::string> const are_read{"about", "vm.info", "import.spec", "object.collect"};
        if (of == "create_vm" && has("-R")) { // the host decides where the import goes
            return std::nullopt;
        }
        return are_read.contains(verb) ? std::optional(w.kind) : std::nullopt;
    }
    if (verb == "vm.power" && w.said.existing_state == (has("-on") ? "poweredOn" : "poweredOff")) {
        return std::nullopt;
    }
    bool const stops = of == "stop_vm" || of == "configure_vm";
    bool const asks_guest = (verb == "vm.power" && has("-s")) || (verb == "object.collect" && stops);
    if (asks_guest && (w.said.set == tools_missing || w.said.existing_state == "poweredOff")) {
        return std::nullopt;
    }
    if (w.kind != error_kind::absent) {
        return w.kind;
    }
    if (verb.starts_with("import.") && w.said.text == "ManagedObjectNotFound") {
        return error_kind::govc; // of something else than the VM
    }
    // It is gone.
    if (verb == "vm.info" && of == "create_snapshot") {
        return nth == 1 ? error_kind::absent : error_kind::conflict;
    }
    if (verb == "vm.info" || verb == "vm.destroy" || verb == "snapshot.remove" || (verb == "vm.power" && !has("-on")) ||
        (verb == "object.collect" && stops)) {
        return std::nullopt;
    }
    // A VM that was there a moment ago is a conflict.
    return of.ends_with("_vm") ? error_kind::conflict : error_kind::absent;
}

/// What must hold of every error.
inline void check_error(esxi::error const& failed, std::string const& password)
{
    auto const is_clean = [&password](std::string_view text) { BOOST_TEST(text.find(password) == std::string_view::npos, text); };
    std::string_view const what = failed.what();
    is_clean(what);
    BOOST_TEST(!what.empty());
    BOOST_TEST(what.size() < 2000u, what.substr(0, 300));
    BOOST_TEST(esxi::detail::is_utf8(what), what);
    if (auto const* said = dynamic_cast<esxi::govc_error const*>(&failed)) {
        is_clean(said->stderr_text());
        for (auto const& argument : said->argv()) {
            is_clean(argument);
        }
    }
}

/// What must hold of the runtime properties of a node whenever they are persisted.
inline void check_runtime(boost::json::object const& runtime, std::string const& password)
{
    auto const text = [&runtime](char const* key) {
        auto const* value = runtime.if_contains(key);
        return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    BOOST_TEST_CONTEXT(boost::json::serialize(runtime))
    {
        BOOST_TEST(boost::json::serialize(runtime).find(password) == std::string::npos);
        for (auto const& entry : runtime) {
            static std::set<std::string_view> const known{"moid",        "instance_uuid", "name",        "adopted", "ip",
                                                          "power_state", "import",        "power_cycle", "vm_name", "version",
                                                          "build",       "api_type",      "vms"};
            BOOST_TEST(known.contains(std::string_view(entry.key())), entry.key());
            BOOST_TEST(!entry.value().is_null(), entry.key());
            BOOST_TEST((!entry.value().is_string() || !entry.value().get_string().empty()), entry.key());
        }
        BOOST_TEST(text("moid").empty() == text("name").empty());
        bool const of_a_snapshot = runtime.contains("vm_name");
        BOOST_TEST((of_a_snapshot || text("moid").empty() == text("instance_uuid").empty()));
        BOOST_TEST((of_a_snapshot || text("moid").empty() == !runtime.contains("adopted")));
        BOOST_TEST(runtime.contains("version") == runtime.contains("api_type"));
        if (runtime.contains("power_state")) {
            static std::set<std::string> const states{"poweredOn", "poweredOff", "suspended"};
            BOOST_TEST(states.contains(text("power_state")));
        }
        if (runtime.contains("ip")) {
            BOOST_TEST(esxi::is_usable_address(text("ip"), esxi::ip_version::any));
            BOOST_TEST(text("ip").find_first_not_of("0123456789abcdef.:") == std::string::npos);
            BOOST_TEST(text("ip").size() > 6u);
        }
        auto const record = esxi::read_vm_record(runtime);
        if (runtime.contains("import")) {
            BOOST_TEST(esxi::find_import_token(record.import.token) == record.import.token);
            BOOST_TEST(!record.import.token.empty());
            BOOST_TEST(!record.import.machine.empty());
            BOOST_TEST(record.import.started > 1'700'000'000);
        }
        if (runtime.contains("power_cycle")) {
            BOOST_TEST(record.power_cycle);
        }
    }
}

} // namespace test
