// SPDX-License-Identifier: Apache-2.0
// What models each of the small concepts of a context, and what does not.
#include <chrono>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/concepts/context.hpp>
#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>

#include "exemplars.hpp"

namespace {

using namespace test;
using boost::json::object;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

// ---- Forms of each that do as well as the exemplar, and that do not ------------------------------------------------------------

struct properties_kept {
    object const& properties() const { return kept; }
    object kept{};
};
struct properties_changeable { // no more than a reference to read is asked for
    object& properties() const { return *kept; }
    object* kept = nullptr;
};
struct properties_convertible {
    struct wrapper {
        operator object const&() const { return *kept; }
        object const* kept;
    };
    wrapper properties() const { return {}; }
};
struct properties_not_const {
    object const& properties() { return kept; }
    object kept{};
};
struct properties_of_text {
    std::string const& properties() const { return kept; }
    std::string kept{};
};
static_assert(esxi::has_properties<properties_kept>);
static_assert(esxi::has_properties<properties_kept const>);
static_assert(esxi::has_properties<properties_changeable>);
static_assert(esxi::has_properties<properties_convertible>);
static_assert(!esxi::has_properties<properties_not_const>);
static_assert(!esxi::has_properties<properties_of_text>);
static_assert(!esxi::has_properties<int>);

struct runtime_by_reference {
    object const& runtime_properties() const { return kept; }
    void persist(object) {}
    object kept{};
};
struct runtime_without_persist {
    object runtime_properties() const { return {}; }
};
struct runtime_that_answers {
    object runtime_properties() const { return {}; }
    bool persist(object const&) { return true; }
};
struct runtime_that_takes_others {
    object runtime_properties() const { return {}; }
    void persist(object&) {}
};
struct runtime_not_const {
    object runtime_properties() { return {}; }
    void persist(object const&) {}
};
static_assert(esxi::has_runtime_properties<runtime_by_reference>);
static_assert(!esxi::has_runtime_properties<runtime_properties_exemplar const>);
static_assert(!esxi::has_runtime_properties<runtime_without_persist>);
static_assert(!esxi::has_runtime_properties<runtime_that_answers>);
static_assert(!esxi::has_runtime_properties<runtime_that_takes_others>);
static_assert(!esxi::has_runtime_properties<runtime_not_const>);

struct host_alone {
    object host_properties() const { return {}; }
};
struct relations_by_pointer {
    object const* host_properties() const { return nullptr; }
    object const* vm_properties() const { return nullptr; }
};
static_assert(esxi::has_relations<relations_exemplar const>);
static_assert(!esxi::has_relations<host_alone>);
static_assert(!esxi::has_relations<relations_by_pointer>);

struct purpose_in_words {
    std::string why() const { return "install"; }
};
struct purpose_as_flag {
    bool why() const { return true; }
};
static_assert(!esxi::has_purpose<purpose_in_words>);
static_assert(!esxi::has_purpose<purpose_as_flag>);

struct logging_of_strings { // a view does not turn into a string by itself
    void log(esxi::log_level, std::string const&) {}
};
struct logging_without_level {
    void log(std::string_view) {}
};
struct logging_that_answers {
    int log(esxi::log_level, std::string_view) { return 0; }
};
static_assert(!esxi::has_log<logging_of_strings>);
static_assert(!esxi::has_log<logging_without_level>);
static_assert(!esxi::has_log<logging_that_answers>);

struct time_of_one_clock {
    void wait(milliseconds) {}
    system_clock::time_point now() { return {}; }
    system_clock::time_point wall_time() { return {}; }
};
struct time_without_wait {
    steady_clock::time_point now() { return {}; }
    system_clock::time_point wall_time() { return {}; }
};
struct time_in_seconds : time_exemplar {
    void wait(std::chrono::seconds) {}
};
static_assert(!esxi::has_time<time_of_one_clock>);
static_assert(!esxi::has_time<time_without_wait>);
static_assert(!esxi::has_time<time_in_seconds>);

struct random_literal {
    char const* random_token() { return ""; }
};
struct random_number {
    int random_token() { return 4; }
};
static_assert(esxi::has_random_tokens<random_literal>);
static_assert(!esxi::has_random_tokens<random_number>);

struct stoppable_by_flag {
    bool stop_token() const { return false; }
};
struct stoppable_by_source {
    std::stop_source stop_token() const { return {}; }
};
static_assert(!esxi::has_stop<stoppable_by_flag>);
static_assert(!esxi::has_stop<stoppable_by_source>);

struct process_by_pid {
    int process() { return 1; }
    bool is_running(int) { return false; }
};
struct process_alone {
    esxi::process_identity process() { return {}; }
};
static_assert(!esxi::has_process<process_by_pid>);
static_assert(!esxi::has_process<process_alone>);

// ---- The whole ------------------------------------------------------------------------------------------------------------

struct context_without_time : properties_kept,
                              runtime_properties_exemplar,
                              relations_exemplar,
                              purpose_exemplar,
                              log_exemplar,
                              random_tokens_exemplar,
                              stop_exemplar,
                              process_exemplar {};
struct whole_context : context_without_time, time_exemplar {};
struct context_without_stop : properties_kept,
                              runtime_properties_exemplar,
                              relations_exemplar,
                              purpose_exemplar,
                              log_exemplar,
                              time_exemplar,
                              random_tokens_exemplar,
                              process_exemplar {};
static_assert(esxi::context<whole_context>);
static_assert(esxi::context<esxi::plain_context>);
static_assert(!esxi::context<whole_context const>);
static_assert(!esxi::context<context_without_time>);
static_assert(!esxi::context<context_without_stop>);
static_assert(!esxi::context<int>);
static_assert(!esxi::context<whole_context*>);

struct about_alone {
    esxi::output run(esxi::command const&, esxi::run_options const&)
    {
        return {0, R"({"about":{"version":"8.0.2","build":"1","apiType":"HostAgent"}})", {}};
    }
};

// What is no context is not taken for one by an operation, nor is what is no transport.
template <class Transport, class Context>
concept can_probe = requires(Transport& transport, Context& context) { esxi::probe_host(transport, context); };
static_assert(can_probe<about_alone, whole_context>);
static_assert(!can_probe<about_alone, context_without_time>);
static_assert(!can_probe<whole_context, whole_context>);

} // namespace

BOOST_AUTO_TEST_SUITE(context)

BOOST_AUTO_TEST_CASE(the_least_that_models_it_is_enough_to_run_an_operation)
{
    test::context_exemplar host;
    host.host = {{"host", "esxi1"}, {"password", "p"}};
    about_alone transport;
    auto const result = esxi::probe_host(transport, host);
    BOOST_TEST(result.commands == 1);
    BOOST_TEST(!result.changed);
    BOOST_TEST(host.learned.at("version").as_string() == "8.0.2");
    BOOST_TEST(host.random_token().size() == 32u);
}

BOOST_AUTO_TEST_SUITE_END()
