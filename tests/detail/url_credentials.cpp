// SPDX-License-Identifier: Apache-2.0
// Whose credentials a URL holds does not matter: they go. All else stays.
#include <esxi/detail/url_credentials.hpp>

#include <string>

#include <boost/test/unit_test.hpp>

using esxi::detail::without_url_credentials;

BOOST_AUTO_TEST_SUITE(url_credentials)

BOOST_AUTO_TEST_CASE(are_taken_out)
{
    for (std::string const credentials : {"u:p", "u", "u:", ":p", "u:p@x", "u:p:q", "u%40x:p%2f", "u:p'w", "u:pa?ss", "u:pa#ss",
                                          "u:pa/ss", "u:pa/s@s", "DOM\\u:p", "<redacted>", "u:<redacted>", "\xc3\xa9:\xc3\xa9"}) {
        for (std::string const host : {"h", "h:443", "h/", "h/a@b", "[::1]:443/sdk", "10.0.0.1/x?y=z"}) {
            if (host.find('@') != std::string::npos && credentials.find_first_of("/?#") != std::string::npos) {
                continue; // more is taken than need be
            }
            BOOST_TEST(without_url_credentials("https://" + credentials + "@" + host) == "https://<redacted>@" + host);
            BOOST_TEST(without_url_credentials("Get \"ftp://" + credentials + "@" + host + "\": EOF") ==
                       "Get \"ftp://<redacted>@" + host + "\": EOF");
        }
    }
    BOOST_TEST(without_url_credentials("https://u:pa/ss@h/a@b") == "https://<redacted>@b");
}

BOOST_AUTO_TEST_CASE(are_taken_out_of_each_url)
{
    BOOST_TEST(without_url_credentials("a://u:p@h b://h c://v:q@i/x?d://w:r@j") ==
               "a://<redacted>@h b://h c://<redacted>@i/x?d://<redacted>@j");
    BOOST_TEST(without_url_credentials("a://h,b://u:p@i") == "a://h,b://<redacted>@i");
}

BOOST_AUTO_TEST_CASE(that_are_not_there_leave_the_text_alone)
{
    for (std::string const text : {"", "://", "x", "a@b", "https://h", "https://h/", "https://h:443/a@b", "https://[::1]:443/a@b",
                                   "https://[fe80::1%25eth0]/a@b", "https://h/a?b=c@d", "https://h a@b", "https://h\" a@b",
                                   "https://h>a@b", "mail a@b about https://h/x", ":// @", "https://"}) {
        BOOST_TEST(without_url_credentials(text) == text);
    }
}

BOOST_AUTO_TEST_CASE(of_an_encoded_url_end_where_it_does)
{
    using esxi::detail::is_encoded_url;
    for (std::string const url :
         {"https://h/a.ova", "https://u:p%20w@h:443/a(1)'s~x.ova?y=z#w", "https://u:p'w!$&*+,;=@[::1]/"}) {
        BOOST_TEST(is_encoded_url(url));
        BOOST_TEST(esxi::detail::url_length(url + " a@b") == url.size());
    }
    for (std::string const url : {"https://h/a b", "https://u:\"@h/", "https://h/<x>", "https://h/\xc3\xa9", "https://h/\n",
                                  "https://h/`", "https://h/\x7f"}) {
        BOOST_TEST(!is_encoded_url(url), url);
    }
}

BOOST_AUTO_TEST_CASE(hosts)
{
    for (char const* url :
         {"http://h", "https://h:443/a", "https://u:p@h/", "https://[::1]/a", "http://h?q", "https://u:p@p@h"}) {
        BOOST_TEST(esxi::detail::url_has_host(url), url);
    }
    for (char const* url :
         {"http://", "https:///a.ova", "https://:443/a", "https://u:p@/a", "https://u:p@:443/", "http://?q=h"}) {
        BOOST_TEST(!esxi::detail::url_has_host(url), url);
    }
}

BOOST_AUTO_TEST_CASE(taken_out_twice_are_the_same)
{
    for (std::string const text :
         {"https://u:p@h/", "https://u:pa/ss@h/a@b", "a://u:p@h,b://v:q@i", "https://<redacted>@h/a@b"}) {
        auto const once = without_url_credentials(text);
        BOOST_TEST(without_url_credentials(once) == once);
    }
}

BOOST_AUTO_TEST_CASE(where_an_ova_is_from)
{
    using esxi::detail::shown_source;
    BOOST_TEST(shown_source("https://h:443/a/x.ova?sig=s#f") == "https://h:443/a/x.ova");
    for (std::string const credentials : {"u:p", "u", "u:1/s3cret", "u:12345#s3cret", "u:1?s3cret", "u:a/b@c"}) {
        BOOST_TEST(shown_source("https://" + credentials + "@h:1/x.ova") == "https://<redacted>@h:1/x.ova");
    }
    BOOST_TEST(shown_source("https://[::1]:443/a@b.ova") == "https://[::1]:443/a@b.ova");
    BOOST_TEST(shown_source("/isos/a:b@c.ova?d") == "/isos/a:b@c.ova?d");
}

BOOST_AUTO_TEST_CASE(what_may_be_meant_as_a_url)
{
    using esxi::detail::may_hide_credentials;
    for (char const* text : {"u:p@h/x.ova", "//u:p@h/x.ova", "//token@h/x.ova", "https:/u:p@h", "https:token@h", "http:\\\\u:p@h",
                             "u:p/q@h", "C:\\a@b"}) {
        BOOST_TEST(may_hide_credentials(text), text);
    }
    for (char const* text :
         {"", "x.ova", "a@2.ova", "dir/a@2.ova", "/isos/a:b@c.ova", "./a:b@c.ova", "../a:b@c", "a@b:c", "a:b", "@"}) {
        BOOST_TEST(!may_hide_credentials(text), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
