// SPDX-License-Identifier: Apache-2.0
// How a host is reached, out of several places.
#include <esxi/detail/connection_config.hpp>

#include <string>

#include <boost/test/unit_test.hpp>

#include "model/refusal.hpp"

namespace {

namespace json = boost::json;
using esxi::detail::over;
using esxi::detail::read_connection_config;

std::string host_of(json::object config)
{
    return std::string(read_connection_config(std::move(config)).at("host").as_string());
}

} // namespace

BOOST_AUTO_TEST_SUITE(connection_config)

BOOST_AUTO_TEST_CASE(in_the_words_of_vsphere)
{
    BOOST_TEST((read_connection_config(json::object{{"host", "esxi1"},
                                                    {"username", "admin"},
                                                    {"password", "p"},
                                                    {"allow_insecure", true},
                                                    {"certificate_path", "/ca.pem"},
                                                    {"thumbprint", "AA"}}) == json::object{{"host", "esxi1"},
                                                                                           {"user", "admin"},
                                                                                           {"password", "p"},
                                                                                           {"ca_bundle", "/ca.pem"},
                                                                                           {"thumbprint", "AA"},
                                                                                           {"verify_tls", false}}));
    BOOST_TEST((read_connection_config(
                    json::object{{"host", ""}, {"password", nullptr}, {"allow_insecure", nullptr}, {"username", ""}}) ==
                json::object{{"user", ""}}));
    BOOST_TEST((read_connection_config(json::object{{"allow_insecure", false}}) == json::object{{"verify_tls", true}}));
}

BOOST_AUTO_TEST_CASE(ports)
{
    BOOST_TEST(host_of({{"host", "esxi1"}, {"port", 443}}) == "esxi1:443");
    BOOST_TEST(host_of({{"host", "fe80::1"}, {"port", 8443}}) == "[fe80::1]:8443");
    BOOST_TEST(host_of({{"host", "[fe80::1]"}, {"port", 1}}) == "[fe80::1]:1");
    BOOST_TEST(host_of({{"host", "esxi1"}, {"port", nullptr}}) == "esxi1");
    BOOST_TEST(host_of({{"host", "esxi1:443"}, {"port", 444}}) == "esxi1:443:444"); // which is refused as a host
}

BOOST_AUTO_TEST_CASE(what_is_refused)
{
    for (json::value const& wrong : {json::value("esxi1"), json::value(1), json::value(json::array{}), json::value(true)}) {
        BOOST_TEST(
            test::has(test::refusal([&] { return read_connection_config(wrong); }), "`connection_config` of Host is no map"));
    }
    BOOST_TEST(test::has(test::refusal([] { return read_connection_config(json::object{{"user", "s3cret"}}); }),
                         "connection_config of Host has no property `user`; it has host, port"));
    for (json::value const& wrong : {json::value(0), json::value(65536), json::value("443"), json::value(1.5)}) {
        BOOST_TEST(test::has(test::refusal([&] { return read_connection_config(json::object{{"host", "h"}, {"port", wrong}}); }),
                             "property `port` of connection_config of Host is"));
    }
    BOOST_TEST(test::has(test::refusal([] { return read_connection_config(json::object{{"port", 444}}); }),
                         "a port with a host beside it"));
    for (json::value const& wrong : {json::value(0), json::value("no")}) {
        BOOST_TEST(test::has(test::refusal([&] { return read_connection_config(json::object{{"allow_insecure", wrong}}); }),
                             "property `allow_insecure` of connection_config of Host is"));
    }
}

BOOST_AUTO_TEST_CASE(one_over_the_other)
{
    json::object const outer{{"host", "outer"}, {"user", "u"}, {"password", "p"}, {"thumbprint", "AA"}};
    BOOST_TEST((over({}, outer) == outer));
    BOOST_TEST((over({{"host", ""}, {"password", nullptr}}, outer) == outer));
    BOOST_TEST((over({{"host", "inner"}}, outer) ==
                json::object{{"host", "inner"}, {"user", "u"}, {"password", "p"}, {"thumbprint", "AA"}}));
    // An empty user is refused later, and not replaced.
    BOOST_TEST(over({{"user", ""}}, outer).at("user").as_string().empty());
    // What verifies the certificate belongs together.
    for (json::object const& tls :
         {json::object{{"verify_tls", false}}, json::object{{"verify_tls", true}}, json::object{{"ca_bundle", "/ca.pem"}}}) {
        BOOST_TEST(!over(tls, outer).contains("thumbprint"));
    }
    BOOST_TEST(over({{"verify_tls", nullptr}, {"ca_bundle", ""}}, outer).contains("thumbprint"));
}

BOOST_AUTO_TEST_SUITE_END()
