// SPDX-License-Identifier: Apache-2.0
// A context that lacks one member is refused by one error, which names the type, the small concept and the member.
// expect: constraints not satisfied
// expect: wrong_context
// expect: has_random_tokens
// expect: random_token\(\)
#include <esxi/concepts/context.hpp>

struct wrong_context {
    boost::json::object const& properties() const { return object; }
    boost::json::object runtime_properties() const { return {}; }
    void persist(boost::json::object const&) {}
    boost::json::object host_properties() const { return {}; }
    boost::json::object vm_properties() const { return {}; }
    esxi::purpose why() const { return {}; }
    void log(esxi::log_level, std::string_view) {}
    void wait(std::chrono::milliseconds) {}
    std::chrono::steady_clock::time_point now() { return {}; }
    std::chrono::system_clock::time_point wall_time() { return {}; }
    std::stop_token stop_token() const { return {}; }
    esxi::process_identity process() { return {}; }
    bool is_running(esxi::process_identity const&) { return false; }

    boost::json::object object;
};

struct right_context : wrong_context {
    std::string random_token() { return {}; }
};

#if defined(RIGHT)
using some_context = right_context;
#else
using some_context = wrong_context;
#endif

template <esxi::context Context>
void operate(Context&)
{
}

int main()
{
    some_context context;
    operate(context);
}
