// SPDX-License-Identifier: Apache-2.0
// What the tests of the readers share: what a real govc printed, and the failure of a call.
#pragma once

#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include <esxi/error.hpp>
#include <support/directory.hpp>

namespace test {

/// What a real govc printed, as `v0.56/about.json`.
inline std::string fixture(std::string const& name)
{
    auto text = read_file(std::string(ESXI_TESTS_DIR "/govc/fixtures/") + name);
    BOOST_TEST_REQUIRE(!text.empty(), "no fixture " << name);
    return text;
}

/// The message of the `esxi::error` of this kind that `what` throws; `no failure` where it throws none.
template <class What>
std::string failure(What const& what, esxi::error_kind kind = esxi::error_kind::govc)
{
    try {
        static_cast<void>(what());
    } catch (esxi::error const& e) {
        BOOST_TEST(esxi::to_string(e.kind()) == esxi::to_string(kind));
        return e.what();
    }
    return "no failure";
}

/// Texts that no command prints: none of them may be taken for an answer.
inline std::string const nonsense[] = {
    "govc: x",
    "[",
    "{",
    "{\"a\":",
    "\"text\"",
    "7",
    "true",
    "{}",
    "{\"about\":7}",
    "{\"virtualMachines\":7}",
    "{\"virtualMachines\":[7]}",
    "{\"virtualMachines\":[{\"self\":{\"value\":7},\"name\":\"x\"}]}",
    "{\"virtualMachines\":[{\"self\":{\"value\":\"vm-1\"},\"name\":null}]}",
    "[{\"id\":\"\",\"name\":\"x\"}]",
    "{} trailing",
    "{\"a\": \"\xff\"}",
    "{\"a\": \"\xed\xa0\x80\"}",
    "{\"a\": \"\\ud800\"}",
    "\xef\xbb\xbf{}",
    std::string("{\"a\":1}\0{}", 10),
    std::string(10000, '['),
    std::string(10000, '[') + std::string(10000, ']'),
};

} // namespace test
