// SPDX-License-Identifier: Apache-2.0
// What govc is told of a connection, and the files that go with it.
#include <esxi/detail/session_home.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "support/directory.hpp"

namespace {

namespace fs = std::filesystem;
using esxi::detail::session_home;

using variables = std::vector<std::pair<std::string, std::string>>;
using texts = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(session_homes)

BOOST_AUTO_TEST_CASE(knows_a_whole_login)
{
    using esxi::detail::starts_with_whole_object;
    BOOST_TEST(starts_with_whole_object(R"({})"));
    BOOST_TEST(starts_with_whole_object(R"({"a":{"b":"}"},"c":"\"}"})"
                                        "\n"));
    BOOST_TEST(starts_with_whole_object("{\"a\":1}\nrest of an older one}}"));
    for (auto const* broken :
         {"", " ", "{", "{\"a\":1", "{\"a\":\"}", "{\"a\":\"\\\"}", "{\"a\":{}", "x{}", "[]", "\"{}\"", "}", "null"}) {
        BOOST_TEST(!starts_with_whole_object(broken), broken);
    }
    BOOST_TEST(!starts_with_whole_object(std::string(8, '\0')));
}

BOOST_AUTO_TEST_CASE(tells_whether_there_is_a_login)
{
    test::directory const directory;
    session_home const home(directory.path(), {});
    BOOST_TEST(!home.is_open());
    fs::create_directory(directory.path() / "sessions");
    BOOST_TEST(!home.is_open());
    test::write_file(directory / "sessions/a", "{\"cookies\":[");
    BOOST_TEST(!home.is_open());
    // It may be whole in a moment: some govc may be writing it.
    BOOST_TEST(fs::exists(directory / "sessions/a"));
    test::write_file(directory / "sessions/a", "{\"cookies\":[]}\n");
    BOOST_TEST(home.is_open());
    BOOST_TEST(home.is_open());
    home.forget();
    BOOST_TEST(!home.is_open());
    home.forget();
}

BOOST_AUTO_TEST_CASE(writes_the_files_that_tls_needs)
{
    test::directory const directory;
    auto const pem = [](std::string const& name) {
        return "-----BEGIN CERTIFICATE-----\n" + name + "\n-----END CERTIFICATE-----\n";
    };
    test::write_file(directory / "roots", pem("root"));
    fs::create_directory(directory.path() / "more");
    test::write_file(directory / "more/1.pem", pem("more"));
    variables const inherited{{"SSL_CERT_FILE", directory / "roots"}, {"SSL_CERT_DIR", "/nowhere:" + directory / "more"}};

    esxi::host_connection connection{"esxi1", "root", "secret", true, pem("self"), "AA:BB"};
    fs::create_directory(directory.path() / "1");
    session_home const by_text(directory / "1", connection);
    BOOST_TEST(test::read_file(by_text.files().ca_certs) == pem("self"));
    for (int asked = 1; asked <= 2; ++asked) {
        auto const files = by_text.files_to_fetch_with(inherited);
        auto const own = by_text.files().ca_certs + ":";
        BOOST_TEST_REQUIRE(files.ca_certs.starts_with(own));
        BOOST_TEST(test::read_file(files.ca_certs.substr(own.size())) == pem("root") + "\n" + pem("more"));
        BOOST_TEST(files.known_hosts == by_text.files().known_hosts);
        BOOST_TEST(by_text.files().known_host_alone);
        BOOST_TEST(!files.known_host_alone);
    }
    BOOST_TEST(test::read_file(by_text.files().known_hosts) == "esxi1:443 AA:BB\n");
    struct ::stat found{};
    BOOST_TEST(::stat(by_text.files().ca_certs.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 07777u) == 0600u);

    test::write_file(directory / "own.pem", pem("file"));
    connection.ca_bundle = directory / "own.pem";
    connection.thumbprint.clear();
    fs::create_directory(directory.path() / "2");
    session_home const by_path(directory / "2", connection);
    BOOST_TEST(test::read_file(by_path.files().ca_certs) == pem("file"));
    auto const both = by_path.files_to_fetch_with({}).ca_certs;
    BOOST_TEST(fs::file_size(both.substr(both.find(':') + 1)) >= fs::file_size("/etc/ssl/certs/ca-certificates.crt"));
    BOOST_TEST(by_path.files().known_hosts == "");

    test::write_file(directory / "pasted.pem",
                     "\xef\xbb\xbf  -----BEGIN CERTIFICATE-----\r\n  self\r\n  -----END CERTIFICATE-----\r\n");
    connection.ca_bundle = directory / "pasted.pem";
    fs::create_directory(directory.path() / "3");
    session_home const pasted(directory / "3", connection);
    BOOST_TEST(test::read_file(pasted.files().ca_certs) == pem("self"));

    auto const refusal = [&](std::string const& bundle) {
        connection.ca_bundle = bundle;
        try {
            session_home(directory / "4", connection);
        } catch (esxi::error const& failed) {
            BOOST_TEST((failed.kind() == esxi::error_kind::config));
            return std::string(failed.what());
        }
        return std::string();
    };
    fs::create_directory(directory.path() / "4");
    auto const none = directory / "none.pem";
    BOOST_TEST(refusal(none) == "ca_bundle: `" + none + "` cannot be read, or holds no whole certificate");
    BOOST_TEST(refusal("-----BEGIN CERTIFICATE-----\nself\n") == "ca_bundle: it holds no whole certificate");
}

BOOST_AUTO_TEST_CASE(names_a_host_as_govc_looks_it_up)
{
    using esxi::detail::host_and_port;
    BOOST_TEST(host_and_port("esxi1") == "esxi1:443");
    BOOST_TEST(host_and_port("esxi1:8443") == "esxi1:8443");
    BOOST_TEST(host_and_port("[::1]") == "[::1]:443");
    BOOST_TEST(host_and_port("[::1]:8443") == "[::1]:8443");
}

BOOST_AUTO_TEST_CASE(tells_govc_what_it_needs_and_no_more)
{
    esxi::detail::environment_block environment;
    add_connection(environment, {"esxi1:8443", "root", "p@ss \"w' $x\n%41&é", true, "", ""}, {"/home", "", ""});
    BOOST_TEST((environment.settings() == texts{"GOVC_URL=esxi1:8443", "GOVC_USERNAME=root", "GOVC_PASSWORD=p@ss \"w' $x\n%41&é",
                                                "GOVC_INSECURE=false", "GOVC_INDENT=false", "GOVC_PERSIST_SESSION=true",
                                                "GOVMOMI_HOME=/home"}));
    esxi::detail::environment_block other;
    add_connection(other, {"h", "u", "p", false, "", ""}, {"/home", "/ca", "/known"});
    BOOST_TEST((other.settings() == texts{"GOVC_URL=h", "GOVC_USERNAME=u", "GOVC_PASSWORD=p", "GOVC_INSECURE=true",
                                          "GOVC_INDENT=false", "GOVC_PERSIST_SESSION=true", "GOVMOMI_HOME=/home",
                                          "GOVC_TLS_CA_CERTS=/ca", "GOVC_TLS_KNOWN_HOSTS=/known"}));
    esxi::detail::environment_block pinned;
    pinned.set("SSL_CERT_FILE", "/inherited");
    add_connection(pinned, {"h", "u", "p", true, "", ""}, {"/home", "", "/known", true});
    BOOST_TEST((pinned.settings() == texts{"SSL_CERT_FILE=/dev/null", "GOVC_URL=h", "GOVC_USERNAME=u", "GOVC_PASSWORD=p",
                                           "GOVC_INSECURE=false", "GOVC_INDENT=false", "GOVC_PERSIST_SESSION=true",
                                           "GOVMOMI_HOME=/home", "GOVC_TLS_KNOWN_HOSTS=/known", "SSL_CERT_DIR=/home/no-roots"}));
}

BOOST_AUTO_TEST_CASE(takes_little_from_this_program)
{
    ::setenv("GOVC_URL", "elsewhere", 1);
    ::setenv("GOVMOMI_LOCALE", "xx", 1);
    ::setenv("https_proxy", "http://proxy:3128", 1);
    auto const inherited = esxi::detail::inherited_environment();
    ::unsetenv("GOVC_URL");
    ::unsetenv("GOVMOMI_LOCALE");
    ::unsetenv("https_proxy");
    auto const has = [&](std::string const& name) {
        return std::any_of(inherited.begin(), inherited.end(), [&](auto const& setting) { return setting.first == name; });
    };
    BOOST_TEST(has("PATH"));
    BOOST_TEST(has("https_proxy"));
    BOOST_TEST(!has("GOVC_URL"));
    BOOST_TEST(!has("GOVMOMI_LOCALE"));
    BOOST_TEST(inherited.size() <= std::size(esxi::detail::inherited_variables));
}

BOOST_AUTO_TEST_SUITE_END()
