// SPDX-License-Identifier: Apache-2.0
// The entry point that libFuzzer calls.
#include "support.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    fuzz::one_input({reinterpret_cast<char const*>(data), size});
    return 0;
}
