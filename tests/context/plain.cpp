// SPDX-License-Identifier: Apache-2.0
// The context that a C++ program fills.
#include <esxi/context/plain.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "model/refusal.hpp"

namespace {

namespace json = boost::json;
using esxi::plain_context;
using namespace std::chrono_literals;

static_assert(!std::is_constructible_v<plain_context, json::object, plain_context>); // would dangle
static_assert(std::is_constructible_v<plain_context, json::object, plain_context&>);

struct fixture {
    plain_context host{{{"host", "esxi1"}, {"password", "p"}}};
    plain_context vm{{{"name", "web1"}}, host};
    plain_context snapshot{{{"name", "s1"}}, vm};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plain, fixture)

BOOST_AUTO_TEST_CASE(links)
{
    for (auto const* node : {&host, &vm, &snapshot}) {
        BOOST_TEST(node->host_properties().at("host").as_string() == "esxi1");
    }
    BOOST_TEST(snapshot.vm_properties().at("name").as_string() == "web1");
    BOOST_TEST(snapshot.properties().at("name").as_string() == "s1");
    // The links are followed anew each time.
    vm.set_properties({{"name", "web2"}});
    BOOST_TEST(snapshot.vm_properties().at("name").as_string() == "web2");
}

BOOST_AUTO_TEST_CASE(missing_links)
{
    plain_context const alone{{{"name", "web1"}}};
    BOOST_TEST(test::has(test::refusal([&] { return alone.host_properties().size(); }), "linked to no host"));
    BOOST_TEST(test::has(test::refusal([&] { return alone.vm_properties().size(); }), "linked to no VM"));
    BOOST_TEST(test::has(test::refusal([&] { return vm.vm_properties().size(); }), "linked to no VM"));
    BOOST_TEST(test::has(test::refusal([&] { return host.vm_properties().size(); }), "linked to no VM"));
}

BOOST_AUTO_TEST_CASE(persisting)
{
    std::vector<std::string> stored;
    vm.on_persist([&stored](json::object const& runtime) { stored.push_back(json::serialize(runtime)); });
    vm.persist({{"moid", "vm-1"}, {"import", {{"pid", 1}}}});
    vm.persist({{"moid", "vm-2"}, {"ip", nullptr}, {"import", nullptr}});
    vm.persist({{"moid", nullptr}});
    BOOST_TEST(stored == (std::vector<std::string>{R"({"moid":"vm-1","import":{"pid":1}})", R"({"moid":"vm-2"})", "{}"}),
               boost::test_tools::per_element());
    BOOST_TEST(vm.runtime_properties().empty());
    BOOST_TEST(host.runtime_properties().empty());
    vm.set_runtime_properties({{"a", 1}});
    BOOST_TEST(vm.runtime_properties().at("a").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_stored_is_not_known_either)
{
    vm.set_runtime_properties({{"a", 1}});
    vm.on_persist([](json::object const&) { throw std::runtime_error("disk full"); });
    BOOST_CHECK_THROW(vm.persist({{"a", nullptr}, {"moid", "vm-1"}}), std::runtime_error);
    BOOST_TEST(json::serialize(vm.runtime_properties()) == R"({"a":1})");
}

BOOST_AUTO_TEST_CASE(keeping)
{
    struct {
        json::object kept{{"moid", "vm-1"}};
        json::object read() const { return kept; }
        void write(json::object const& runtime) { kept = runtime; }
    } store;
    vm.keep_in(store);
    BOOST_TEST(vm.runtime_properties().at("moid").as_string() == "vm-1");
    vm.persist({{"moid", "vm-2"}});
    BOOST_TEST(store.kept.at("moid").as_string() == "vm-2");
}

BOOST_AUTO_TEST_CASE(logging)
{
    vm.log(esxi::log_level::error, "nobody listens");
    std::string heard;
    vm.on_log([&heard](esxi::log_level level, std::string_view text) {
        heard = std::to_string(static_cast<int>(level)) + std::string(text);
    });
    vm.log(esxi::log_level::warning, "text");
    BOOST_TEST(heard == "2text");
}

BOOST_AUTO_TEST_CASE(purposes)
{
    BOOST_TEST((vm.why() == esxi::purpose::user));
    vm.run_for(esxi::purpose::rollback);
    BOOST_TEST((vm.why() == esxi::purpose::rollback));
}

BOOST_AUTO_TEST_CASE(virtual_time)
{
    vm.use_virtual_time();
    auto const real = std::chrono::steady_clock::now();
    auto const before = vm.now();
    auto const wall_before = vm.wall_time();
    vm.wait(24h);
    vm.wait(500ms);
    BOOST_TEST((vm.now() - before >= 24h + 500ms));
    BOOST_TEST((vm.wall_time() - wall_before >= 24h + 500ms));
    BOOST_TEST((std::chrono::steady_clock::now() - real < 10s));
}

BOOST_AUTO_TEST_CASE(real_time)
{
    auto const before = std::chrono::steady_clock::now();
    vm.wait(30ms);
    BOOST_TEST((std::chrono::steady_clock::now() - before >= 30ms));
    BOOST_TEST((vm.now() - std::chrono::steady_clock::now() < 1s));
}

BOOST_AUTO_TEST_CASE(a_stop_ends_a_wait)
{
    std::stop_source source;
    vm.stop_with(source.get_token());
    BOOST_TEST(!vm.stop_token().stop_requested());
    auto const before = std::chrono::steady_clock::now();
    std::jthread const stopping([&source] {
        std::this_thread::sleep_for(20ms);
        source.request_stop();
    });
    vm.wait(1h);
    vm.wait(1h); // none is begun after it
    BOOST_TEST((std::chrono::steady_clock::now() - before < 10s));
    BOOST_TEST(vm.stop_token().stop_requested());
}

BOOST_AUTO_TEST_CASE(tokens_and_processes)
{
    auto const token = vm.random_token();
    BOOST_TEST(token.size() == 32u);
    BOOST_TEST((token != vm.random_token()));
    BOOST_TEST(vm.is_running(vm.process()));
    auto ended = vm.process();
    ended.pid = 0;
    BOOST_TEST(!vm.is_running(ended));
}

BOOST_AUTO_TEST_SUITE_END()
