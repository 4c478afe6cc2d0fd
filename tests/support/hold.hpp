// SPDX-License-Identifier: Apache-2.0
// Holds up calls to a simulated host until a test lets them go on.
#pragma once

#include <filesystem>
#include <string>

#include "directory.hpp"

namespace test {

/// A delay of esxi-sim that ends when the test says so, and not after a time. Two minutes are for a test that forgets it.
class hold {
public:
    /// Of the first call of this method; see `esxi-sim --help`.
    explicit hold(std::string const& method)
        : option_(method + "=120000,max=1,while=" + (files_ / "held")), file_(files_ / "held")
    {
        write_file(file_, "");
    }

    /// For `--delay`.
    [[nodiscard]] std::string const& option() const { return option_; }

    void release() const { std::filesystem::remove(file_); }

private:
    directory files_;
    std::string option_, file_;
};

} // namespace test
