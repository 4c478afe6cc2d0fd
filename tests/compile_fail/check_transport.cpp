// SPDX-License-Identifier: Apache-2.0
// `check_transport` says what a transport lacks in one line.
// expect: error: static assertion failed: a transport needs `esxi::output run\(esxi::command const&, esxi::run_options const&\)`
#include <esxi/concepts/check.hpp>

struct some_transport {
#if defined(RIGHT)
    esxi::output run(esxi::command const&, esxi::run_options const&) { return {}; }
#else
    esxi::output execute(esxi::command const&, esxi::run_options const&) { return {}; }
#endif
};
static_assert(esxi::check_transport<some_transport>());
