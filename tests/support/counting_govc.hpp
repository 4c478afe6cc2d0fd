// SPDX-License-Identifier: Apache-2.0
// The real govc behind a script that notes how many of it run at once.
#pragma once

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>

#include "directory.hpp"
#include "script.hpp"
#include "simulator.hpp"

namespace test {

/// The real govc, noting how many of it run.
struct counting_govc {
    directory files;
    std::string path;

    counting_govc()
    {
        std::filesystem::create_directories(files.path() / "now");
        // What is noted before it runs is taken back after: at no time more are noted than run. One that was killed does not count.
        path = script(files, "govc",
                      "PATH=" + std::string(ESXI_BIN_DIR) + ":$PATH\nnow=" + files / "now" + "\nseen=" + files / "seen" + R"(
[ $1 = version ] && exec govc version # asks no host
: > $now/$$
n=0
for pid in $now/*; do kill -0 ${pid##*/} 2> /dev/null && n=$((n + 1)); done
echo $n >> $seen
govc "$@"
code=$?
rm $now/$$
exit $code
)");
    }

    /// The most that were seen at once, of how many.
    struct count {
        int most = 0;
        int all = 0;
    };
    [[nodiscard]] count seen() const
    {
        count c;
        std::istringstream numbers(read_file(files / "seen"));
        for (int n = 0; numbers >> n; ++c.all) {
            c.most = std::max(c.most, n);
        }
        return c;
    }
};

} // namespace test
