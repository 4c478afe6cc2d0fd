// SPDX-License-Identifier: Apache-2.0
// The lines of a running import.
#include <esxi/govc/progress.hpp>

#include <string>

#include <boost/test/unit_test.hpp>

using esxi::govc::read_progress;

BOOST_AUTO_TEST_SUITE(progress)

BOOST_AUTO_TEST_CASE(is_read_with_and_without_the_terminals_codes)
{
    esxi::import_progress const expected{"Uploading disk1.vmdk", 44, "250.8MiB/s"};
    for (std::string const start : {"\033[K", ""}) {
        BOOST_TEST((read_progress(start + "[23-11-26 08:27:31] Uploading disk1.vmdk... (44%, 250.8MiB/s)") == expected));
    }
}

BOOST_AUTO_TEST_CASE(at_the_end_of_a_part_is_all_of_it)
{
    BOOST_TEST((read_progress("\033[K[25-11-26 21:57:28] Uploading demo-disk1.vmdk... OK") ==
                esxi::import_progress{"Uploading demo-disk1.vmdk", 100, ""}));
}

BOOST_AUTO_TEST_CASE(takes_any_file_name)
{
    for (std::string const name : {"a... b.vmdk", "(1%).vmdk", "[x] y.vmdk", "a... OK", "\xd0\x92.vmdk"}) {
        BOOST_TEST((read_progress("[23-11-26 08:27:31] Uploading " + name + "... (0%)") ==
                    esxi::import_progress{"Uploading " + name, 0, ""}),
                   name);
    }
}

BOOST_AUTO_TEST_CASE(is_nothing_else)
{
    for (std::string const line : {
             "",
             "x",
             "\033[K",
             "OK",
             "[23-11-26 08:27:31] ",
             "[23-11-26 08:27:31] Warning: Line 123: Unable to parse 'x' for attribute 'y'",
             "[23-11-26 08:27:31] Uploading x...",
             "[23-11-26 08:27:31] Uploading x... ",
             "[23-11-26 08:27:31] Uploading x... (",
             "[23-11-26 08:27:31] Uploading x... ()",
             "[23-11-26 08:27:31] Uploading x... (44)",
             "[23-11-26 08:27:31] Uploading x... (101%)",
             "[23-11-26 08:27:31] Uploading x... (-1%)",
             "[23-11-26 08:27:31] Uploading x... (99999999999999%)",
             "[23-11-26 08:27:31] Uploading x... (44%",
             "[23-11-26 08:27:31] Uploading x... Error: Post \"https://h/nfc/disk-0.vmdk\": unexpected EOF",
             "23-11-26 08:27:31 Uploading x... (44%)",
         }) {
        BOOST_TEST(!read_progress(line).has_value(), line);
    }
}

BOOST_AUTO_TEST_SUITE_END()
