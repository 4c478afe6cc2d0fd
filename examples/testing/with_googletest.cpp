// A unit test with GoogleTest, on a tape in a file. ESXI_TAPE_MODE=once records it where it is not there, from the host that
// ESXI_HOST, ESXI_PASSWORD and ESXI_CA_BUNDLE name; see esxi/testing/tape_mode.hpp for the other modes.
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <esxi/testing/taped_transport.hpp>
#include <esxi/transport/subprocess.hpp>

#include "nightly.hpp"

TEST(nightly, takes_a_snapshot_of_what_runs_once)
{
    // A host that is only replayed needs no password; any will do that stands nowhere else on the tape.
    auto const env = [](char const* name, char const* otherwise) {
        return std::string(std::getenv(name) == nullptr ? otherwise : std::getenv(name));
    };
    esxi::plain_context host({{"host", env("ESXI_HOST", "esxi1.example")},
                              {"password", env("ESXI_PASSWORD", "not needed")},
                              {"ca_bundle", env("ESXI_CA_BUNDLE", "")}});

    esxi::testing::taped_options options;
    options.allow_changes = true; // a snapshot is meant to be taken
    esxi::testing::taped_transport govc("nightly.json", [] { return esxi::subprocess_transport(); }, options);

    EXPECT_EQ(take_nightly_snapshots(govc, host), std::vector<std::string>{"ha-host_VM0"});
    EXPECT_TRUE(take_nightly_snapshots(govc, host).empty());
    ASSERT_FALSE(HasFailure()); // a tape tells of a run that was good
    govc.finish();
}
