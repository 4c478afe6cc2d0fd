// SPDX-License-Identifier: Apache-2.0
// The values that a guest is given, and the document that hands them over.
#include <esxi/govc/ovf_environment.hpp>

#include <boost/test/unit_test.hpp>

#include <esxi/detail/xml_tree.hpp>

#include "support.hpp"

using esxi::govc::ovf_environment;
using esxi::govc::ovf_value;
using esxi::govc::resolve_ovf_values;
using esxi::ovf_property;

namespace {

std::string const subject = "property `ovf_properties` of VM `web1`";
using given = std::map<std::string, std::string>;

ovf_property property(std::string key, std::string type = "string", std::optional<std::string> value = std::nullopt)
{
    ovf_property made;
    made.key = std::move(key);
    made.type = std::move(type);
    made.value = std::move(value);
    made.user_configurable = true;
    return made;
}

esxi::ovf_descriptor ova(std::vector<ovf_property> properties)
{
    esxi::ovf_descriptor made;
    made.properties = std::move(properties);
    return made;
}

std::string refusal(esxi::ovf_descriptor const& descriptor, given const& values)
{
    return test::failure([&] { return resolve_ovf_values(descriptor, values, subject); }, esxi::error_kind::config);
}

/// What a guest reads.
std::map<std::string, std::string> read(std::string const& document)
{
    using namespace esxi::detail;
    xml_document const tree(document, "the environment");
    BOOST_TEST(local_name(name_of(tree.root())) == "Environment");
    std::map<std::string, std::string> found;
    for_each_element(tree.root(), "PropertySection", [&found](xml_element const& section) {
        for_each_element(section, "Property", [&found](xml_element const& property) {
            found[attribute_text(property, "key")] = attribute_text(property, "value");
        });
    });
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ovf_environment_)

BOOST_AUTO_TEST_CASE(has_every_property_of_the_ova)
{
    auto hidden = property("build", "string", "42");
    hidden.user_configurable = false;
    auto sized = property("size", "string", "any");
    sized.values = {{"large", "L"}};
    auto secret = property("pw");
    secret.password = true;
    auto only = property("only", "string", "x");
    only.configurations = {"small"};
    auto descriptor =
        ova({property("net.host.0"), property("domain", "string", "example.org"), property("ssh", "boolean", "false"),
             property("dhcp", "boolean", "true"), hidden, sized, secret, only, property("domain", "uint8", "7")});
    descriptor.deployment_options = {{"small", "", false}, {"large", "", true}};
    auto const values = resolve_ovf_values(descriptor, {{"net.host.0", "web1"}, {"dhcp", "FALSE"}, {"build", "43"}}, subject);
    BOOST_TEST((values.all == std::vector<ovf_value>{{"net.host.0", "web1"},
                                                     {"domain", "example.org"},
                                                     {"ssh", "False"},
                                                     {"dhcp", "False"},
                                                     {"build", "43"}, // also what no person is asked for
                                                     {"size", "L"},
                                                     {"pw", ""}}));
    BOOST_TEST(values.warnings.empty());
    BOOST_TEST(ovf_environment({}, subject).empty());
}

BOOST_AUTO_TEST_CASE(reaches_the_guest_as_it_was_given)
{
    std::string const value = "Tom & \"Jerry\" <b> 'x' $5\t\r\n]]> \xc3\xb6\xf0\x9f\x98\x80 &amp; ";
    auto const document = ovf_environment({{"a.b<&\"'>", value}, {"empty", ""}}, subject);
    BOOST_TEST(document.starts_with(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Environment xmlns=\"http://schemas.dmtf.org/ovf/environment/1\""));
    BOOST_TEST(document.find("&#9;&#13;&#10;") != std::string::npos); // a reader makes a space of each that stands as it is
    BOOST_TEST((read(document) == std::map<std::string, std::string>{{"a.b<&\"'>", value}, {"empty", ""}}));
    BOOST_TEST(document.find("<PlatformSection>") < document.find("<PropertySection>"));
}

BOOST_AUTO_TEST_CASE(that_xml_cannot_carry_is_refused)
{
    for (auto const& bad : {std::string("\0", 1), std::string("\x01"), std::string("\x1b"), std::string("\xff"),
                            std::string("\xed\xa0\x80"), std::string("\xef\xbf\xbf")}) {
        auto const message =
            test::failure([&] { return ovf_environment({{"k", "a" + bad}}, subject); }, esxi::error_kind::config);
        BOOST_TEST(message == subject + " cannot be handed to the guest: `k` holds characters that XML does not have; allowed is "
                                        "UTF-8 without control characters");
        BOOST_TEST(test::failure([&] { return ovf_environment({{bad, ""}}, subject); }, esxi::error_kind::config) !=
                   "no failure");
    }
}

BOOST_AUTO_TEST_CASE(is_as_long_as_a_guest_can_read)
{
    auto const around = ovf_environment({{"k", ""}}, subject).size();
    BOOST_TEST(ovf_environment({{"k", std::string(65536 - around, 'x')}}, subject).size() == 65536u);
    auto const refused = test::failure([&] { return ovf_environment({{"short", ""}, {"k", std::string(65536, '<')}}, subject); },
                                       esxi::error_kind::config);
    BOOST_TEST(refused.starts_with(subject + " cannot be handed to the guest: all properties of the OVA come to 26"), refused);
    BOOST_TEST(refused.ends_with("and a guest reads 65536; the longest is `k`, of 65536 bytes: give it a shorter value"),
               refused);
}

BOOST_AUTO_TEST_CASE(of_an_unknown_key_is_refused)
{
    BOOST_TEST(refusal(ova({property("a"), property("b")}), {{"c", "x"}}) ==
               subject + " names c, which the OVA does not have; it has a, b");
    BOOST_TEST(refusal(ova({}), {{"c", "x"}}) == subject + " names c, which the OVA does not have; it has none");
}

BOOST_AUTO_TEST_CASE(of_a_bad_value_is_refused_and_no_secret_is_told)
{
    BOOST_TEST(refusal(ova({property("port", "uint16")}), {{"port", "65536"}}) ==
               subject + " gives `port` the value `65536`; allowed is a whole number from 0 to 65535");
    auto text = property("user");
    text.qualifiers = "MinLen(8)";
    BOOST_TEST(refusal(ova({text}), {{"user", "hunter2"}}) ==
               subject + " gives `user` a text of 7 characters, not shown here; allowed is a text of at least 8 characters");
    auto secret = property("pin", "uint8");
    secret.password = true;
    BOOST_TEST(refusal(ova({secret}), {{"pin", "1234"}}) ==
               subject + " gives `pin` a text of 4 characters, not shown here; allowed is a whole number from 0 to 255");
    BOOST_TEST(refusal(ova({property("ssh", "boolean")}), {{"ssh", "yes"}}) ==
               subject + " gives `ssh` the value `yes`; allowed is true or false");
    // A default is the OVA's own affair.
    BOOST_TEST(resolve_ovf_values(ova({property("port", "uint16", "none")}), {}, subject).all.at(0).value == "none");
}

BOOST_AUTO_TEST_CASE(that_lacks_a_value_is_refused_if_there_must_be_one)
{
    BOOST_TEST(refusal(ova({property("port", "uint16")}), {}) ==
               subject + " lacks `port`, which the OVA needs and has no default for; allowed is a whole number from 0 to 65535");
    BOOST_TEST(refusal(ova({property("ssh", "boolean", "")}), {}).find("lacks `ssh`") != std::string::npos);
    auto choice = property("size");
    choice.qualifiers = "ValueMap{\"a\",\"b\"}";
    BOOST_TEST(refusal(ova({choice}), {}).ends_with("allowed is one of a, b"));
    auto required = property("name");
    required.required = true;
    BOOST_TEST(refusal(ova({required}), {}).find("lacks `name`") != std::string::npos);
    BOOST_TEST(refusal(ova({required}), {{"name", ""}}) == "no failure"); // as one wishes
    auto hidden = property("port", "uint16");
    hidden.user_configurable = false;
    BOOST_TEST(refusal(ova({hidden}), {}) == "no failure"); // not for a person to give
    BOOST_TEST(refusal(ova({property("text")}), {}) == "no failure");
}

BOOST_AUTO_TEST_CASE(that_a_guest_may_refuse_is_warned_of)
{
    auto secret = property("root-password");
    secret.qualifiers = "MinLen(8)";
    auto descriptor = ova({secret});
    auto const warned = resolve_ovf_values(descriptor, {}, subject).warnings;
    BOOST_TEST_REQUIRE(warned.size() == 1u);
    BOOST_TEST(warned[0] == "the OVA's property `root-password` has no value and no default, and its guest may not do without; "
                            "allowed is a text of at least 8 characters");
    BOOST_TEST(resolve_ovf_values(descriptor, {{"root-password", "12345678"}}, subject).warnings.empty());

    descriptor.transports = {"iso"};
    auto const iso = resolve_ovf_values(descriptor, {{"root-password", "12345678"}}, subject).warnings;
    BOOST_TEST_REQUIRE(iso.size() == 1u);
    BOOST_TEST(iso[0].find("transport iso") != std::string::npos);
    descriptor.transports = {"iso", "com.vmware.guestInfo"};
    BOOST_TEST(resolve_ovf_values(descriptor, {{"root-password", "12345678"}}, subject).warnings.empty());
    descriptor = ova({});
    descriptor.transports = {"iso"};
    BOOST_TEST(resolve_ovf_values(descriptor, {}, subject).warnings.empty()); // nothing to hand over
}

BOOST_AUTO_TEST_SUITE_END()
