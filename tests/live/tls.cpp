// SPDX-License-Identifier: Apache-2.0
// The host's certificate: verified in each of the ways there are, refused in all others.
// ctest: served
#include <cctype>
#include <cstdlib>
#include <string>

#include <boost/test/unit_test.hpp>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>

#include "support/live.hpp"

namespace {

struct outcome {
    std::string kind = "none";
    std::string message;
};

/// Probes, and asks for facts, with these properties in the place of the CA bundle.
outcome with(test::simulator const& host, boost::json::object const& tls)
{
    boost::json::object properties{{"host", host.host()}, {"password", host.password()}};
    for (auto const& entry : tls) {
        properties[entry.key()] = entry.value();
    }
    auto govc = test::real_govc();
    esxi::plain_context node(properties);
    try {
        esxi::probe_host(govc, node);
        esxi::record_host_facts(govc, node);
        return {};
    } catch (esxi::error const& failed) {
        return {std::string(esxi::to_string(failed.kind())), failed.what()};
    }
}

std::string lower_without_colons(std::string text)
{
    std::string lower;
    for (char c : text) {
        if (c != ':') {
            lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
    }
    return lower;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tls)

BOOST_AUTO_TEST_CASE(each_way_to_verify_it)
{
    test::simulator const host;
    for (boost::json::object const& tls : {boost::json::object{{"ca_bundle", host.ca_file()}},
                                           {{"ca_bundle", test::read_file(host.ca_file())}},
                                           {{"thumbprint", host.thumbprint()}},
                                           {{"thumbprint", host.thumbprint_sha1()}},
                                           {{"thumbprint", lower_without_colons(host.thumbprint())}},
                                           {{"thumbprint", lower_without_colons(host.thumbprint_sha1())}},
                                           {{"verify_tls", false}}}) {
        auto const done = with(host, tls);
        BOOST_TEST(done.kind == "none", boost::json::serialize(tls) << ": " << done.message);
    }
}

BOOST_AUTO_TEST_CASE(what_is_refused)
{
    test::simulator const host;
    test::simulator const other;
    for (boost::json::object const& tls : {boost::json::object{},
                                           {{"ca_bundle", other.ca_file()}},
                                           {{"thumbprint", other.thumbprint()}},
                                           {{"thumbprint", other.thumbprint_sha1()}},
                                           {{"thumbprint", host.thumbprint()}, {"verify_tls", false}}}) {
        auto const done = with(host, tls);
        BOOST_TEST(done.kind == "config", boost::json::serialize(tls) << ": " << done.message);
    }
    BOOST_TEST(host.calls("Login") == 0);
}

BOOST_AUTO_TEST_CASE(a_thumbprint_is_trusted_alone)
{
    test::simulator const host;
    test::simulator const other;
    // A root that the system trusts vouches for the host: not for the one that was meant.
    ::setenv("SSL_CERT_FILE", host.ca_file().c_str(), 1);
    BOOST_TEST(with(host, {}).kind == "none"); // so it does
    auto const right = with(host, {{"thumbprint", host.thumbprint()}});
    auto const before = host.calls("Login");
    auto const wrong = with(host, {{"thumbprint", other.thumbprint()}});
    ::unsetenv("SSL_CERT_FILE");
    BOOST_TEST(right.kind == "none", right.message);
    BOOST_TEST(wrong.kind == "config", wrong.message);
    BOOST_TEST(wrong.message.find("thumbprint does not match") != std::string::npos, wrong.message);
    BOOST_TEST(host.calls("Login") == before);
    auto const both = with(host, {{"thumbprint", other.thumbprint()}, {"ca_bundle", host.ca_file()}});
    BOOST_TEST(both.kind == "config", both.message);
    BOOST_TEST(both.message.find("drop one of the two") != std::string::npos, both.message);
}

BOOST_AUTO_TEST_CASE(the_tools_options)
{
    test::simulator const host;
    test::tool const tool(host);
    BOOST_TEST(tool.run_bare({"host", "probe", "--thumbprint", host.thumbprint()}).exit_code == 0);
    BOOST_TEST(tool.run_bare({"--insecure", "host", "probe"}).exit_code == 0);
    BOOST_TEST(tool.run_bare({"host", "probe"}).exit_code == 2);
    BOOST_TEST(tool.run_bare({"host", "probe", "--insecure", "--thumbprint", host.thumbprint()}).exit_code == 2);
    BOOST_TEST(tool.run_bare({"host", "probe", "--ca-bundle", "no/such/file.pem"}).exit_code == 2);
}

BOOST_AUTO_TEST_SUITE_END()
