// SPDX-License-Identifier: Apache-2.0
// What the type and the qualifiers of an OVF property allow.
#include <esxi/govc/ovf_limits.hpp>

#include <boost/test/unit_test.hpp>

using esxi::govc::ovf_limits;

namespace {

ovf_limits of(std::string type, std::string qualifiers = {})
{
    esxi::ovf_property property;
    property.type = std::move(type);
    property.qualifiers = std::move(qualifiers);
    return ovf_limits(property);
}

using texts = std::vector<std::string>;

void check(ovf_limits const& limits, texts const& good, texts const& bad)
{
    for (auto const& value : good) {
        BOOST_TEST(limits.allow(value), "`" << value << "` is refused; allowed is " << limits.allowed());
    }
    for (auto const& value : bad) {
        BOOST_TEST(!limits.allow(value), "`" << value << "` is taken; allowed is " << limits.allowed());
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(ovf_limits_)

BOOST_AUTO_TEST_CASE(of_whole_numbers)
{
    texts const never{"", " 1", "1 ", "1.0", "1e2", "0x1", "-", "+", "--1", "+-1", "a", "1a", "\xd9\xa1"};
    check(of("uint8"), {"0", "255", "+7", "007", "-0"}, {"256", "-1", "99999999999999999999999"});
    check(of("sint8"), {"-128", "127"}, {"-129", "128"});
    check(of("uint16"), {"65535"}, {"65536", "-1"});
    check(of("sint16"), {"-32768", "32767"}, {"-32769", "32768"});
    check(of("uint32"), {"4294967295"}, {"4294967296", "-1"});
    check(of("sint32"), {"-2147483648", "2147483647"}, {"-2147483649", "2147483648"});
    check(of("int"), {"-2147483648", "2147483647"}, {"-2147483649", "2147483648"});
    check(of("uint64"), {"18446744073709551615"}, {"18446744073709551616", "-1"});
    check(of("sint64"), {"-9223372036854775808", "9223372036854775807"}, {"-9223372036854775809", "9223372036854775808"});
    for (char const* type : {"uint8", "sint8", "uint64", "sint64", "int", "UINT8"}) {
        check(of(type), {"1"}, never);
        BOOST_TEST(!of(type).takes_empty());
        BOOST_TEST(of(type).is_telling());
    }
    BOOST_TEST(of("uint8").allowed() == "a whole number from 0 to 255");
    check(of("int", "MinValue(10) MaxValue(1000)"), {"10", "1000"}, {"9", "1001"});
    check(of("int(1..5)"), {"1", "5"}, {"0", "6"});
    BOOST_TEST(of("int(1..5)").allowed() == "a whole number from 1 to 5");
}

BOOST_AUTO_TEST_CASE(of_numbers)
{
    for (char const* type : {"real", "real32", "real64"}) {
        check(of(type), {"1", "-1.5", "+2e3", ".5"}, {"", "x", "1.5x", "nan", "inf", "-inf", "0x1p3", "1,5", " 1"});
    }
    check(of("real32"), {"3.4e38"}, {"3.5e38"});
    check(of("real64"), {"3.5e38"}, {"1e999"});
    check(of("real", "MinValue(1.0) MaxValue(10.67)"), {"1", "10.67"}, {"0.99", "10.68"});
    BOOST_TEST(of("real", "MinValue(0)").allowed() == "a number from 0");
    BOOST_TEST(of("real", "MaxValue(1)").allowed() == "a number up to 1");
}

BOOST_AUTO_TEST_CASE(of_booleans)
{
    check(of("boolean"), {"true", "False", "TRUE"}, {"", "yes", "1", "0", "tru", "true "});
    BOOST_TEST(of("boolean").normal("true") == "True");
    BOOST_TEST(of("Boolean").normal("FALSE") == "False");
    BOOST_TEST(of("boolean").normal("maybe") == "maybe"); // a default: what the OVA means by it is its own affair
    BOOST_TEST(of("string").normal("true") == "true");
    BOOST_TEST(of("boolean").allowed() == "true or false");
}

BOOST_AUTO_TEST_CASE(of_texts)
{
    check(of("string"), {"", "a b\n", "\xc3\xb6"}, {});
    check(of("nosuchtype"), {"", "x"}, {});
    check(of(""), {"", "x"}, {});
    check(of("string", "MinLen(2),MaxLen(3)"), {"ab", "abc", "\xc3\xb6\xc3\xb6"},
          {"", "a", "abcd", "\xc3\xb6"}); // characters, not bytes
    check(of("password(8..)"), {"12345678"}, {"1234567"});
    check(of("string(..3)"), {"", "abc"}, {"abcd"});
    check(of("string", "minlen( 2 )MaxLen( x )"), {"ab"}, {"a"});
    BOOST_TEST(of("string", "MinLen(8)").takes_empty()); // nobody has to give it one
    BOOST_TEST(!of("string").is_telling());
    BOOST_TEST(of("string").allowed() == "a text");
    BOOST_TEST(of("string", "MinLen(8)").allowed() == "a text of at least 8 characters");
    BOOST_TEST(of("string", "MaxLen(8)").allowed() == "a text of at most 8 characters");
    BOOST_TEST(of("string", "MinLen(1),MaxLen(8)").allowed() == "a text of at least 1 and at most 8 characters");
}

BOOST_AUTO_TEST_CASE(of_choices)
{
    auto const sizes = of("string", "ValueMap{\"small\", \"a, b\",'it''s' ,\"c\\\"}\"} MinLen(1)");
    check(sizes, {"small", "a, b", "it", "c\"}"}, {"", "Small", "a", "large"});
    BOOST_TEST(sizes.is_telling());
    BOOST_TEST(!sizes.takes_empty());
    BOOST_TEST(of("string", "ValueMap{\"\",\"x\"}").takes_empty());
    BOOST_TEST(of("string", "ValueMap{\"\",\"x\"}").allowed() == "one of the empty text, x");
    check(of("uint32", "ValueMap{0, 2}"), {"0", "2"}, {"1", "", "02"});
    check(of("uint8", "ValueMap{1..3, 9..}"), {"1", "3", "9", "255"}, {"0", "4", "256", "1..3"});
    check(of("string[\"a\",\"b\"]"), {"a", "b"}, {"", "c"});
    check(of("string", "ValueMap{"), {"anything"}, {});
    check(of("string", "ValueMap{\"a"), {"a"}, {"b"});
    check(of("string", "Values{\"On\"} ValueMap{\"1\"}"), {"1"}, {"On"});
}

BOOST_AUTO_TEST_CASE(of_addresses)
{
    for (auto const& limits : {of("string", "Ip"), of("string", "MinLen(1) Ip('VM Network')"), of("ip")}) {
        check(limits, {"10.0.0.7", "fe80::1", "10.0.0.0/24", "2001:db8::/64", ""},
              {"10.0.0", "web1", "10.0.0.7/33", "::1/129", "10.0.0.7/", "/24", "10.0.0.7 "});
        BOOST_TEST(limits.takes_empty());
    }
    check(of("ip:network"), {"anything"}, {}); // the host's own matter
    check(of("string", "Dns('VM Network')"), {"10.0.0.1,10.0.0.2"}, {});
    check(of("string", "VimIp"), {"x"}, {});
}

BOOST_AUTO_TEST_CASE(of_nonsense_limit_nothing)
{
    for (char const* qualifiers : {"(", "{}", "MinLen", "MinLen()", "MinLen(-1)", "MinLen(99999999999999999999)", ",,,",
                                   "Foo(Bar)", "MinValue(x)", "}{)("}) {
        check(of("string", qualifiers), {"", "x"}, {});
        check(of("int", qualifiers), {"1"}, {});
    }
}

BOOST_AUTO_TEST_SUITE_END()
