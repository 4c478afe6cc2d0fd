// SPDX-License-Identifier: Apache-2.0
// The properties of a Host node.
#include <esxi/model/host_properties.hpp>

#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include "model/refusal.hpp"
#include "support/directory.hpp"

namespace {

namespace json = boost::json;
using test::has;
using test::refusal;

json::object const right{{"host", "esxi1"}, {"password", "s3cret!"}};
std::string const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/// The right properties with one of them set anew.
template <class Value>
json::object with(char const* property, Value const& value)
{
    auto changed = right;
    changed[property] = value;
    return changed;
}

template <class Value>
std::string refused(char const* property, Value const& value)
{
    auto const message = refusal([&] { return esxi::read_host_properties(with(property, value)); });
    BOOST_TEST(has(message, std::string("property `") + property + "` of Host is "), message);
    BOOST_TEST(has(message, "; allowed is "), message);
    BOOST_TEST(!has(message, "s3cret"), message);
    return message;
}

} // namespace

BOOST_AUTO_TEST_SUITE(host_properties)

BOOST_AUTO_TEST_CASE(defaults)
{
    esxi::host_connection expected;
    expected.host = "esxi1";
    expected.password = "s3cret!";
    BOOST_TEST((esxi::read_host_properties(right) == expected));
    BOOST_TEST(expected.user == "root");
    BOOST_TEST(expected.verify_tls);
    BOOST_TEST((esxi::read_host_properties(with("use_external_resource", true)) == expected));
    BOOST_TEST(has(refused("use_external_resource", false), "allowed is true: a host is not made"));
    for (char const* optional : {"user", "verify_tls", "ca_bundle", "thumbprint", "use_external_resource"}) {
        BOOST_TEST((esxi::read_host_properties(with(optional, nullptr)) == expected), optional);
    }
    for (char const* optional : {"verify_tls", "ca_bundle", "thumbprint"}) {
        BOOST_TEST((esxi::read_host_properties(with(optional, "")) == expected), optional);
    }
}

BOOST_AUTO_TEST_CASE(all_set)
{
    auto const found = esxi::read_host_properties(
        {{"host", "10.0.0.1:8443"}, {"user", "admin"}, {"password", "p"}, {"verify_tls", true}, {"ca_bundle", pem}});
    BOOST_TEST(found.user == "admin");
    BOOST_TEST(found.ca_bundle == pem);
    BOOST_TEST(found.thumbprint.empty());
    BOOST_TEST(!esxi::read_host_properties(with("verify_tls", false)).verify_tls);
}

BOOST_AUTO_TEST_CASE(required)
{
    for (char const* property : {"host", "password"}) {
        auto missing = right;
        missing.erase(property);
        BOOST_TEST(has(refusal([&] { return esxi::read_host_properties(missing); }),
                       std::string("`") + property + "` of Host is missing;"));
        BOOST_TEST(has(refused(property, nullptr), "is missing;"));
        BOOST_TEST(has(refused(property, ""), "is empty;"));
    }
}

BOOST_AUTO_TEST_CASE(wrong_types)
{
    std::vector<json::value> const every_type{true, 1, 1.5, "text", json::array{"s3cret!"}, json::object{{"a", "s3cret!"}}};
    for (auto const& value : every_type) {
        if (!value.is_bool()) {
            refused("verify_tls", value);
            refused("use_external_resource", value);
        }
        if (!value.is_string()) {
            for (char const* property : {"host", "user", "password", "ca_bundle", "thumbprint"}) {
                refused(property, value);
            }
        }
    }
    BOOST_TEST(has(refused("host", 42), "is a number, not shown here"));
    BOOST_TEST(has(refused("password", 42), "is a number, not shown here"));
}

BOOST_AUTO_TEST_CASE(hosts)
{
    for (char const* good : {"esxi1", "esxi-1.example.org", "esxi_1", "10.0.0.1", "10.0.0.1:443", "esxi1:1", "esxi1:65535",
                             "[::1]", "[fe80::1]:443", "[2001:DB8::10.0.0.1]", "localhost:8989", "h."}) {
        BOOST_TEST(esxi::read_host_properties(with("host", good)).host == good);
    }
    for (char const* bad : {"https://esxi1",
                            "https://esxi1/sdk",
                            "esxi1/sdk",
                            "/esxi1",
                            "esxi1:",
                            "esxi1:0",
                            "esxi1:65536",
                            "esxi1:123456",
                            "esxi1:-1",
                            "esxi1:44a",
                            "esxi1:443:443",
                            "esxi1:443/sdk",
                            "::1",
                            "fe80::1",
                            "[::1",
                            "::1]",
                            "[::1]443",
                            "[::1]:",
                            "[::1]:x",
                            "[]",
                            "[]:443",
                            "[10.0.0.1]",
                            "[:::]",
                            "[1:2]",
                            "[::1%eth0]",
                            "[[::1]]",
                            "-x",
                            ".x",
                            " ",
                            "esxi 1",
                            "esxi1\n",
                            "esxi1\t",
                            "\u0445\u043e\u0441\u0442",
                            "esxi*",
                            "esxi1?",
                            "esxi1#x",
                            "a\\b"}) {
        BOOST_TEST_CONTEXT(bad)
        {
            refused("host", bad);
        }
    }
    refused("host", std::string(254, 'a'));
    BOOST_TEST(!esxi::detail::is_host_and_port(std::string_view("[::1\0@]:443", 11)));
    // What was wrong is said, but not where it could be a password.
    BOOST_TEST(has(refused("host", "https://esxi1/sdk"), "is \"https://esxi1/sdk\";"));
    BOOST_TEST(has(refused("host", "esxi1:65536"), "is \"esxi1:65536\";"));
    BOOST_TEST(!has(refused("host", "esxi1:65536"), "write"));
    // What is to be written in place of what was pasted.
    for (auto const& [pasted, meant] : {std::pair{"https://esxi1/", "esxi1"},
                                        {"HTTPS://esxi1.example:8443/ui/#/login", "esxi1.example:8443"},
                                        {"esxi1/sdk", "esxi1"},
                                        {"esxi1/", "esxi1"},
                                        {" esxi1\n", "esxi1"},
                                        {"http://[::1]/ui", "[::1]"},
                                        {"fe80::1", "[fe80::1]"}}) {
        BOOST_TEST(refused("host", pasted).ends_with(std::string("credentials: write ") + meant), pasted);
    }
    for (char const* secret :
         {"root:s3cret!@esxi1", "https://root:s3cret!@esxi1/", "s3cret!@esxi1", "root:s3cret!", "root:s3c@ret!/x",
          "https://root:s3cret!/", "root:s3cret!@esxi1:443", "https://root:s3cret%21@esxi1"}) {
        BOOST_TEST(has(refused("host", secret), "is a text, not shown here;"));
        BOOST_TEST(!has(refused("host", secret), "write"));
    }
}

BOOST_AUTO_TEST_CASE(users_and_passwords)
{
    for (char const* good : {"root", "DOMAIN\\user", "user@example.org", "relative/path", " ", "\u043f"}) {
        BOOST_TEST(esxi::read_host_properties(with("user", good)).user == good);
        BOOST_TEST((esxi::read_host_properties(with("password", good)).password == good));
    }
    // govc would take the file's content for the secret.
    BOOST_TEST(has(refused("user", "/etc/hostname"), "no absolute path: govc would read the file"));
    auto const message = refused("password", "/s3cret!");
    BOOST_TEST(has(message, "no absolute path: govc would read the file"));
    BOOST_TEST(has(message, "is a text, not shown here"));
    // Left out, the user is root; an empty one is a mistake, and says why.
    BOOST_TEST(
        has(refused("user", ""),
            "`user` of Host is empty; allowed is a name, or nothing at all for root: with an empty user govc does not log in"));
    refused("password", std::string("s3cret!\0", 8));
    for (char const* read_from_a_file : {"s3cret!\n", "s3cret!\r\n", "s3cret!\r"}) {
        BOOST_TEST(has(refused("password", read_from_a_file), "without an end of line at its end"));
    }
    refused("user", std::string("a\0", 2));
}

BOOST_AUTO_TEST_CASE(thumbprints)
{
    std::string const sha1 = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33";
    for (char const* spelling :
         {"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33",
          "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33", "00112233445566778899aabbccddeeff00112233",
          "00 11 22 33 44 55 66 77 88 99 aA bB cC dD eE fF 00 11 22 33",
          "00-11-22-33-44-55-66-77-88-99-AA-BB-CC-DD-EE-FF-00-11-22-33",
          "SHA1 Fingerprint=00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33\n",
          "sha1 Fingerprint = 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33",
          "SHA-1 Fingerprint: 00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF 00 11 22 33",
          "SHA-1 Thumbprint\n00112233445566778899AABBCCDDEEFF00112233", "sha1:00112233445566778899aabbccddeeff00112233",
          "\xe2\x80\x8e"
          "00 11 22 33 44 55 66 77 88 99 aa bb cc dd ee ff 00 11 22 33",
          "'00112233445566778899aabbccddeeff00112233'", "\"SHA1=00112233445566778899aabbccddeeff00112233\"",
          "  00112233445566778899aabbccddeeff00112233\r\n",
          "esxi1.example:443 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33"}) {
        BOOST_TEST(esxi::read_host_properties(with("thumbprint", spelling)).thumbprint == sha1);
    }
    BOOST_TEST(esxi::read_host_properties(with("thumbprint", std::string(64, 'f'))).thumbprint.size() == 95u);
    for (auto const& bad :
         {std::string("x"), std::string(39, 'a'), std::string(41, 'a'), std::string(63, 'a'), std::string(65, 'a'),
          std::string(32, 'a'), std::string(40, 'g'), std::string(":"), "MD5 Fingerprint=" + std::string(32, 'a'),
          "SHA1=" + std::string(42, 'a'), "AA:" + sha1, "SHA1=AA:" + sha1, "SHA256:" + std::string(43, 'x')}) {
        refused("thumbprint", bad);
    }
    auto both = with("thumbprint", sha1);
    both["verify_tls"] = false;
    auto const message = refusal([&] { return esxi::read_host_properties(both); });
    BOOST_TEST(has(message, "property `thumbprint` of Host"));
    BOOST_TEST(has(message, "verify_tls: false"));
    both["verify_tls"] = true;
    both["ca_bundle"] = pem;
    BOOST_TEST(has(refusal([&] { return esxi::read_host_properties(both); }), "property `ca_bundle` of Host"));
}

BOOST_AUTO_TEST_CASE(ca_bundles)
{
    test::directory const directory;
    test::write_file(directory / "ca.pem", "# comment\n" + pem);
    test::write_file(directory / "none.pem", "no certificate\n");
    BOOST_REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
    BOOST_TEST(esxi::read_host_properties(with("ca_bundle", directory / "ca.pem")).ca_bundle == directory / "ca.pem");
    BOOST_TEST(esxi::read_host_properties(with("ca_bundle", pem + pem)).ca_bundle == pem + pem);
    // As people paste it.
    std::string const begin = "-----BEGIN CERTIFICATE-----";
    std::string const end = "-----END CERTIFICATE-----";
    for (auto const& pasted :
         {"\xef\xbb\xbf" + begin + "\r\nAAAA\r\n" + end + "\r\n", "subject=CN = esxi1\n" + pem + "trailing text",
          "  " + begin + "\n  AA\n  AA\n  " + end, begin + " AAAA " + end, begin + "\\nAAAA\\n" + end + "\\n",
          begin + "\rAAAA\r" + end, begin + "AAAA" + end}) {
        BOOST_TEST(esxi::read_host_properties(with("ca_bundle", pasted)).ca_bundle == pem, pasted);
        test::write_file(directory / "pasted.pem", pasted);
        BOOST_TEST(esxi::read_host_properties(with("ca_bundle", directory / "pasted.pem")).ca_bundle == directory / "pasted.pem");
    }
    for (auto const& bad : {begin + "\nAAAA\n", begin + "\nA*AA\n" + end, begin + "\n" + end, begin + "\nAAA\n" + end,
                            std::string("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")}) {
        BOOST_TEST(has(refused("ca_bundle", bad), "a readable PEM file with certificates"), bad);
    }
    for (auto const& bad : {directory / "missing.pem", directory / "none.pem", directory.path().string(), directory / "pipe",
                            std::string("/dev/zero"), std::string("garbage\n")}) {
        auto const message = refused("ca_bundle", bad);
        BOOST_TEST(has(message, "a readable PEM file with certificates"), message);
    }
    // A path is made absolute: govc is run elsewhere.
    auto const before = std::filesystem::current_path();
    std::filesystem::current_path(directory.path());
    auto const relative = esxi::read_host_properties(with("ca_bundle", "ca.pem")).ca_bundle;
    std::filesystem::current_path(before);
    BOOST_TEST(std::filesystem::equivalent(relative, directory / "ca.pem"));
}

BOOST_AUTO_TEST_CASE(unknown)
{
    BOOST_TEST(has(refusal([] { return esxi::read_host_properties(with("passwd", "s3cret!")); }),
                   "Host has no property `passwd`; it has host, password"));
}

BOOST_AUTO_TEST_SUITE_END()
