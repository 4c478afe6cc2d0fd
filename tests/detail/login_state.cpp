// SPDX-License-Identifier: Apache-2.0
// Which connections are the same login, and that no password is kept.
#include <esxi/detail/login_state.hpp>

#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

using esxi::detail::hash_key;
using esxi::detail::keyed_hash;
using esxi::detail::login_of;
using esxi::detail::normal_host;

namespace {

esxi::host_connection connection(std::string host, std::string user = "root", std::string password = "hunter22")
{
    esxi::host_connection c;
    c.host = std::move(host);
    c.user = std::move(user);
    c.password = std::move(password);
    return c;
}

} // namespace

BOOST_AUTO_TEST_SUITE(login_states)

BOOST_AUTO_TEST_CASE(a_login_is_host_user_and_password)
{
    auto const one = login_of(connection("login1"));
    BOOST_TEST(login_of(connection("LOGIN1.:443")) == one);
    BOOST_TEST(login_of(connection("login2")) != one);
    BOOST_TEST(login_of(connection("login1:8443")) != one);
    BOOST_TEST(login_of(connection("login1", "other")) != one);
    BOOST_TEST(login_of(connection("login1", "root", "hunter23")) != one);
    auto otherwise = connection("login1");
    otherwise.verify_tls = false;
    otherwise.ca_bundle = "/x";
    BOOST_TEST(login_of(otherwise) == one);
}

BOOST_AUTO_TEST_CASE(refusals_can_be_forgotten)
{
    auto const refused = login_of(connection("login3"));
    refused->refused = esxi::output{1, "", "no"};
    esxi::detail::of_this_process<esxi::detail::login_list>().forget_refusals();
    BOOST_TEST(!refused->refused.has_value());
    BOOST_TEST(login_of(connection("login3")) == refused);
}

BOOST_AUTO_TEST_CASE(a_child_by_fork_starts_anew)
{
    login_of(connection("login5"))->refused = esxi::output{1, "", "no"};
    auto const pid = ::fork();
    if (pid == 0) {
        bool const anew = !login_of(connection("login5"))->refused.has_value();
        ::_exit(anew && login_of(connection("login5")) == login_of(connection("LOGIN5")) ? 0 : 1);
    }
    int status = -1;
    ::waitpid(pid, &status, 0);
    BOOST_TEST(status == 0);
    BOOST_TEST(login_of(connection("login5"))->refused.has_value());
}

BOOST_AUTO_TEST_CASE(spellings_of_a_host)
{
    BOOST_TEST(normal_host("ESXi1.Example") == "esxi1.example:443");
    BOOST_TEST(normal_host("esxi1.example.") == "esxi1.example:443");
    BOOST_TEST(normal_host("esxi1:0443") == "esxi1:443");
    BOOST_TEST(normal_host("esxi1:8443") == "esxi1:8443");
    BOOST_TEST(normal_host("10.0.0.1") == "10.0.0.1:443");
    BOOST_TEST(normal_host("[::1]") == "[::1]:443");
    BOOST_TEST(normal_host("[0:0:0::1]:443") == "[::1]:443");
    BOOST_TEST(normal_host("[FE80::A]:9") == "[fe80::a]:9");
    for (auto const* odd : {"", ".", ":", "[", "]", "[]", "[x]:1", "a:b:c", "a:00", "[::1"}) { // refused elsewhere
        BOOST_TEST(!normal_host(odd).empty());
    }
}

BOOST_AUTO_TEST_CASE(the_hash_is_siphash_2_4)
{
    // The vectors of its authors: key 00..0f, text 00..(n-1).
    constexpr hash_key key{0x0706050403020100u, 0x0f0e0d0c0b0a0908u};
    std::string text;
    for (int i = 0; i < 15; ++i) {
        text += static_cast<char>(i);
    }
    BOOST_TEST(keyed_hash(key, "") == 0x726fdb47dd0e0e31u);
    BOOST_TEST(keyed_hash(key, text.substr(0, 1)) == 0x74f839c593dc67fdu);
    BOOST_TEST(keyed_hash(key, text.substr(0, 7)) == 0xab0200f58b01d137u);
    BOOST_TEST(keyed_hash(key, text.substr(0, 8)) == 0x93f5f5799a932462u);
    BOOST_TEST(keyed_hash(key, text) == 0xa129ca6149be45e5u);
    auto const mine = esxi::detail::random_hash_key();
    auto const other = esxi::detail::random_hash_key();
    BOOST_TEST(keyed_hash(mine, text) == keyed_hash(mine, text));
    BOOST_TEST(keyed_hash(mine, text) != keyed_hash(other, text));
}

BOOST_AUTO_TEST_SUITE_END()
