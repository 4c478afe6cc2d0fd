// SPDX-License-Identifier: Apache-2.0
// What the library says of a property that it does not take.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/error.hpp>

namespace test {

/// The message of the `config` error that `attempt` must throw.
template <class Attempt>
std::string refusal(Attempt&& attempt)
{
    try {
        static_cast<void>(attempt());
    } catch (esxi::error const& refused) {
        BOOST_TEST((refused.kind() == esxi::error_kind::config));
        BOOST_TEST(!refused.recoverable());
        return refused.what();
    }
    BOOST_ERROR("was taken");
    return {};
}

inline bool has(std::string const& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

inline boost::json::object object(std::string const& text)
{
    return boost::json::parse(text).as_object();
}

} // namespace test
