// SPDX-License-Identifier: Apache-2.0
// The entry point of every test program. (What BOOST_TEST_MODULE would bring, but after a precompiled header it comes too late.)
#include <boost/test/unit_test.hpp>

int main(int argc, char** argv)
{
    auto const name_the_whole = [] {
        boost::unit_test::framework::master_test_suite().p_name.value = "esxi";
        return true;
    };
    return boost::unit_test::unit_test_main(name_the_whole, argc, argv);
}
