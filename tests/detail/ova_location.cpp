// SPDX-License-Identifier: Apache-2.0
// The spellings of where an OVA is.
#include <esxi/detail/ova_location.hpp>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(ova_location)

BOOST_AUTO_TEST_CASE(paths_and_urls_are_kept)
{
    for (char const* text : {"", "a.ova", "/a b/c.ova", "./a:b.ova", "a:b/c.ova", "http://h/A.ova", "https://u:P@H/x?Y=Z",
                             "C:\\a.ova", "a%20b.ova"}) {
        BOOST_TEST(esxi::detail::plain_location(text).value() == text);
    }
}

BOOST_AUTO_TEST_CASE(a_scheme_is_written_as_govc_knows_it)
{
    BOOST_TEST(esxi::detail::plain_location("HTTP://H/A.ova").value() == "http://H/A.ova");
    BOOST_TEST(esxi::detail::plain_location("Https://u:P@h/x").value() == "https://u:P@h/x");
}

BOOST_AUTO_TEST_CASE(a_file_url_is_its_path)
{
    for (char const* url : {"file:///a%20b/c.ova", "FILE:///a b/c.ova", "file://localhost/a%20b/c.ova", "file:/a%20b/c.ova"}) {
        BOOST_TEST(esxi::detail::plain_location(url).value() == "/a b/c.ova", url);
    }
    BOOST_TEST(esxi::detail::plain_location("file:///100%25%zz%2").value() == "/100%%zz%2");
}

BOOST_AUTO_TEST_CASE(others_are_none)
{
    for (char const* url : {"ftp://h/a.ova", "://a", "file:a.ova", "file://h/a.ova", "file://", "file:", "file:///a%00b",
                            "vi://h/a", "s3://b/a.ova"}) {
        BOOST_TEST(!esxi::detail::plain_location(url).has_value(), url);
    }
}

BOOST_AUTO_TEST_SUITE_END()
