// SPDX-License-Identifier: Apache-2.0
// The real descriptors that come with govmomi, each as an OVA with small files: all of them, or some forty with ESXI_SWEEP=one. Each is
// imported, or refused with a reason, and nothing is left behind.
// ctest: verify
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <string>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "support/live.hpp"

namespace {

/// A path of each text, and how many descriptors have that text.
boost::json::object descriptors()
{
    auto const module = test::run_program({ESXI_TEST_GO, "list", "-C", std::string(ESXI_SOURCE_DIR) + "/vendor", "-m", "-f",
                                           "{{.Dir}}", "github.com/vmware/govmomi"});
    BOOST_REQUIRE_MESSAGE(module.exit_code == 0, module.err);
    auto const root = std::filesystem::path(module.out.substr(0, module.out.find('\n'))) / "ovf" / "fixtures";
    std::set<std::filesystem::path> files;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (entry.path().extension() == ".ovf") {
            files.insert(entry.path());
        }
    }
    BOOST_TEST(files.size() == 958u);
    std::map<std::string, std::string> path_of;
    boost::json::object all;
    for (auto const& file : files) {
        auto const& path = path_of.emplace(test::read_file(file), file.string()).first->second;
        auto& count = all[path];
        count = (count.is_null() ? 0 : count.as_int64()) + 1;
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_CASE(real_descriptors_are_imported_or_refused_with_a_reason)
{
    auto const all = descriptors();
    auto const step = test::extent_of_sweep() == test::sweep_extent::one ? all.size() / 40 : 1;
    boost::json::object chosen;
    std::int64_t walked = 0;
    for (std::size_t i = 0; i < all.size(); i += step) {
        auto const& one = *(all.begin() + static_cast<std::ptrdiff_t>(i));
        chosen.insert(one);
        walked += one.value().as_int64();
    }
    test::simulator const host({"--vms", "0"});
    auto const wish = host.files() / "password.json";
    std::ofstream(wish) << boost::json::serialize(boost::json::object{{"host", host.host_properties()},
                                                                      {"govc", test::bin("govc")},
                                                                      {"ova", host.files() / "package.ova"},
                                                                      {"descriptors", chosen}});
    auto const done = test::run_program({std::string(ESXI_TEST_PROGRAMS_DIR) + "/import_descriptors", wish});
    BOOST_REQUIRE_MESSAGE(done.exit_code == 0, done.err);
    auto const result = test::json_of(done.out);
    std::cout << result.at("imported") << " of " << walked << " descriptors (" << chosen.size()
              << " texts) were imported; refused:\n";
    for (auto const& [reason, count] : result.at("refused").as_object()) {
        std::cout << "  " << count << "  " << reason << '\n';
    }
    for (auto const& wrong : result.at("wrong").as_array()) {
        std::cout << "recoverable: " << wrong.as_string().c_str() << '\n';
    }
    BOOST_TEST(result.at("wrong").as_array().empty());
    BOOST_TEST(host.vms().empty());
    BOOST_TEST(result.at("imported").as_int64() > walked / 2);
}
