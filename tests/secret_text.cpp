// SPDX-License-Identifier: Apache-2.0
// What is wiped, looked at where it stood.
#include <esxi/secret_text.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/container/pmr/memory_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/wiping_storage.hpp>

namespace {

using esxi::secret_text;
using namespace std::string_view_literals;

/// A resource out of one buffer that gives nothing back, so that one can look at what was freed.
struct glass_resource final : boost::container::pmr::memory_resource {
    std::array<std::byte, 65536> buffer{};
    std::size_t used = 0;

    void* do_allocate(std::size_t bytes, std::size_t alignment) override
    {
        used = (used + alignment - 1) / alignment * alignment;
        BOOST_REQUIRE(used + bytes <= buffer.size());
        return buffer.data() + std::exchange(used, used + bytes);
    }
    void do_deallocate(void*, std::size_t, std::size_t) override {}
    [[nodiscard]] bool do_is_equal(memory_resource const& other) const noexcept override { return this == &other; }
    [[nodiscard]] bool holds(std::string_view text) const
    {
        std::string_view const all(reinterpret_cast<char const*>(buffer.data()), buffer.size());
        return all.find(text) != all.npos;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(secrets)

BOOST_AUTO_TEST_CASE(says_what_it_was_made_of)
{
    secret_text const empty;
    BOOST_TEST(empty.empty());
    BOOST_TEST(empty.size() == 0u);
    BOOST_TEST(std::string_view(empty).empty());
    for (std::string const& text : {std::string(), std::string("a"), std::string("a\0b", 3), std::string(1000, 'x')}) {
        secret_text const made = text;
        BOOST_TEST(std::string_view(made) == text);
        BOOST_TEST((made == text && made == std::string_view(text) && text == made && made == secret_text(text)));
        BOOST_TEST((made != text + "x" && made != "another"sv && made != "another"));
        auto copy = made;
        copy += 'y';
        copy += "z";
        BOOST_TEST((copy == text + "yz" && made == text));
        copy.pop_back();
        BOOST_TEST((copy == text + "y"));
        auto const moved = std::move(copy);
        BOOST_TEST((moved == text + "y"));
        copy = made;
        BOOST_TEST((copy == made));
        copy = "other";
        BOOST_TEST((copy == "other"));
    }
}

BOOST_AUTO_TEST_CASE(is_made_of_texts_and_becomes_a_string_only_where_that_is_said)
{
    static_assert(std::convertible_to<char const*, secret_text> && std::convertible_to<std::string, secret_text>);
    static_assert(!std::convertible_to<int, secret_text> && !std::constructible_from<secret_text, std::vector<char>>);
    static_assert(std::convertible_to<secret_text, std::string_view>);
    static_assert(!std::convertible_to<secret_text, std::string> && std::constructible_from<std::string, secret_text>);
    static_assert(std::is_nothrow_move_constructible_v<secret_text>); // a vector of them grows without copies
}

BOOST_AUTO_TEST_CASE(memory_is_wiped_before_it_is_given_back)
{
    // Storage that shows what it was given back: what wiping_resource does above it.
    glass_resource glass;
    {
        boost::json::object plain(&glass);
        plain["password"] = "a secret of many characters";
    }
    BOOST_TEST(glass.holds("a secret of many characters")); // or it would show nothing

    glass_resource below;
    {
        esxi::detail::wiping_resource wiping{boost::json::storage_ptr(&below)};
        boost::json::object properties(&wiping);
        properties["password"].emplace_string() = "a secret of many characters";
        properties["short"].emplace_string() = "short one";
        properties["password"] = "another, which is longer than the first one";
        properties["deep"] = boost::json::parse(R"([{"down": "here is a third secret"}])");
        for (int i = 0; i < 20; ++i) { // it has to grow
            properties[std::to_string(i)] = i;
        }
        BOOST_TEST(below.holds("another, which is"));
        BOOST_TEST(below.holds("short one"));
    }
    for (char const* secret : {"secret", "short one", "another", "longer"}) {
        BOOST_TEST(!below.holds(secret), secret);
    }

    // Of one's own texts by the allocator alone, whose memory is looked at while it is there.
    esxi::detail::wiping_allocator<char> allocator;
    static_assert(std::same_as<decltype(allocator)::value_type, char>);
    BOOST_TEST((allocator == esxi::detail::wiping_allocator<char>(esxi::detail::wiping_allocator<int>())));
}

BOOST_AUTO_TEST_SUITE_END()
