// SPDX-License-Identifier: Apache-2.0
// ctest: served
// OVF properties: what reaches the guest, and that nobody else is told of it.
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <esxi/detail/xml_tree.hpp>
#include <esxi/govc/argv.hpp>
#include <esxi/model/host_properties.hpp>

#include "support/live.hpp"

namespace {

std::string const more_properties =
    "<Property ovf:key='port' ovf:type='uint16' ovf:userConfigurable='true' ovf:value='80'/>"
    "<Property ovf:key='dhcp' ovf:type='boolean' ovf:userConfigurable='true' ovf:value='true'/>"
    "<Property ovf:key='root-password' ovf:type='string' ovf:password='true' ovf:userConfigurable='true' "
    "ovf:qualifiers='MinLen(8)'/>"
    "<Property ovf:key='build' ovf:type='string' ovf:userConfigurable='false' ovf:value='&lt;42&gt;'/>";

struct fixture {
    test::simulator host{{"--vms", "0"}};
    test::tool tool{host};
    std::string ova = test::make_ova(host.files() / "small.ova", {"properties=" + more_properties});

    /// What the guest of the VM would read; `none` if it is told nothing.
    [[nodiscard]] std::string environment_of(std::string const& vm) const
    {
        auto govc = test::real_govc();
        esxi::run_options options;
        options.connection = esxi::read_host_properties(host.host_properties());
        auto const answer = govc.run(esxi::govc::vm_info("./" + vm), options);
        auto const document = boost::json::parse(answer.out);
        for (auto const& entry : document.at("virtualMachines").at(0).at("config").at("extraConfig").as_array()) {
            if (entry.at("key") == "guestinfo.ovfEnv") {
                return std::string(entry.at("value").as_string());
            }
        }
        return "none";
    }

    [[nodiscard]] static std::map<std::string, std::string> properties_in(std::string const& environment)
    {
        using namespace esxi::detail;
        xml_document const document(environment, "the environment");
        std::map<std::string, std::string> found;
        for_each_element(document.root(), "PropertySection", [&found](xml_element const& section) {
            for_each_element(section, "Property", [&found](xml_element const& property) {
                found[attribute_text(property, "key")] = attribute_text(property, "value");
            });
        });
        return found;
    }

    [[nodiscard]] std::string write(std::string const& name, std::string const& text) const
    {
        std::ofstream(host.files() / name, std::ios::binary) << text;
        return host.files() / name;
    }
};

using properties = std::map<std::string, std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(guest_properties, fixture)

BOOST_AUTO_TEST_CASE(reach_the_guest_as_they_were_given)
{
    std::string const value = "Tom & \"Jerry\" <b> 'x'\t$5\nend";
    auto const file = write("password", "\xef\xbb\xbfs3cret & <long>\r\n\n");
    auto const done =
        tool.run({"-v", "vm", "create", "web1", "--ova", ova, "--no-power-on", "--property", "hostname=" + value, "--property",
                  "dhcp=FALSE", "--property", "build=43", "--property-file", "root-password=" + file});
    BOOST_TEST(done.exit_code == 0, done.err);
    BOOST_TEST(done.out.find("changed (create_vm, 5 commands)") != std::string::npos, done.out); // no command more
    for (auto const* secret : {"Jerry", "s3cret", "<long>"}) {
        BOOST_TEST((done.out + done.err).find(secret) == std::string::npos, done.err);
    }
    BOOST_TEST(done.err.find("-f=guestinfo.ovfEnv=<redacted>") != std::string::npos, done.err);
    auto const environment = environment_of("web1");
    BOOST_TEST(environment.starts_with("<?xml "));
    BOOST_TEST((properties_in(environment) == properties{{"hostname", value},
                                                         {"domain", "example.org"},
                                                         {"port", "80"},
                                                         {"dhcp", "False"},
                                                         {"root-password", "s3cret & <long>"},
                                                         {"build", "43"}}));
}

BOOST_AUTO_TEST_CASE(are_the_defaults_of_the_ova_if_none_is_given)
{
    for (char const* vm :
         {"web1", "web2"}) { // of a govc that serves, the second command does not know what the first one was given
        auto const done = tool.run({"vm", "create", vm, "--ova", ova, "--no-power-on"});
        BOOST_TEST(done.exit_code == 0, done.err);
        BOOST_TEST(done.err.find("`root-password` has no value and no default") != std::string::npos, done.err);
        BOOST_TEST((properties_in(environment_of(vm)) == properties{{"hostname", ""},
                                                                    {"domain", "example.org"},
                                                                    {"port", "80"},
                                                                    {"dhcp", "True"},
                                                                    {"root-password", ""},
                                                                    {"build", "<42>"}}));
    }
}

BOOST_AUTO_TEST_CASE(that_are_wrong_are_refused_before_anything_is_imported)
{
    std::vector<std::pair<std::vector<std::string>, std::string>> const bad{
        {{"--property", "nosuch=x"},
         "names nosuch, which the OVA does not have; it has hostname, domain, port, dhcp, root-password, build"},
        {{"--property", "port=65536"}, "gives `port` the value `65536`; allowed is a whole number from 0 to 65535"},
        {{"--property", "dhcp=yes"}, "gives `dhcp` the value `yes`; allowed is true or false"},
        {{"--property", "root-password=secret1"},
         "a text of 7 characters, not shown here; allowed is a text of at least 8 characters"},
        {{"--property-file", "hostname=" + write("much", std::string(64 << 10, '<'))}, "all properties of the OVA come to"},
        {{"--property-file", "hostname=" + write("more", std::string((64 << 10) + 1, 'x'))}, "it is longer than 65536 bytes"},
        {{"--property-file", "hostname=/dev/zero"}, "it is longer than 65536 bytes"},
        {{"--property-file", "hostname=" + (host.files() / "nosuch")}, "No such file or directory"},
        {{"--property-file", "secret1"}, "is not of the form KEY=FILE"},
        {{"--property", "=secret1"}, "is not of the form NAME=VALUE"},
        {{"--property", "hostname=a", "--property-file", "hostname=/dev/null"}, "is given twice"},
    };
    for (auto const& [options, message] : bad) {
        for (bool const dry : {false, true}) {
            std::vector<std::string> arguments{"--output", "json", "vm", "create", "web1", "--ova", ova};
            arguments.insert(arguments.end(), options.begin(), options.end());
            if (dry) {
                arguments.insert(arguments.begin(), "--dry-run");
            }
            auto const done = tool.run(arguments);
            BOOST_TEST(done.exit_code == 2, done.err);
            BOOST_TEST(test::error_kind_of(done) == "config", done.err);
            BOOST_TEST(done.err.find(message) != std::string::npos, done.err);
            BOOST_TEST(done.err.find("secret1") == std::string::npos, done.err);
        }
    }
    BOOST_TEST(test::read_file(host.files() / "calls").find("ImportVApp") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(are_not_on_a_tape)
{
    auto const tape = host.files() / "tape.json";
    auto const file = write("password", "s3cret & <long>\n");
    std::vector<std::string> const create{"vm",
                                          "create",
                                          "web1",
                                          "--ova",
                                          ova,
                                          "--property-file",
                                          "root-password=" + file,
                                          "--property",
                                          "hostname=some-host-name"};
    auto recorded = create;
    recorded.insert(recorded.begin(), {"--record", tape});
    BOOST_TEST(tool.run(recorded).exit_code == 0);
    auto looked = std::vector<std::string>{"--record", host.files() / "look.json", "vm", "show", "web1"};
    BOOST_TEST(tool.run(looked).exit_code == 0);
    for (auto const& one : {tape, host.files() / "look.json"}) {
        auto const text = test::read_file(one);
        BOOST_TEST(text.find("guestinfo.ovfEnv") != std::string::npos);
        for (auto const* secret : {"s3cret", "<long>", "some-host-name", "<Environment"}) {
            BOOST_TEST(text.find(secret) == std::string::npos, text);
        }
    }
    auto replayed = create;
    replayed.insert(replayed.begin(), {"--replay", tape});
    replayed.back() = "hostname=another"; // files are compared by their keys
    auto const done = tool.run_bare(replayed);
    BOOST_TEST(done.exit_code == 0, done.err);
}

BOOST_AUTO_TEST_SUITE_END()
