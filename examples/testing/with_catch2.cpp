// A unit test with Catch2, on a tape that is there.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#include <esxi/transport/replay.hpp>

#include "nightly.hpp"

TEST_CASE("a snapshot that is there is left alone")
{
    // Reads may come in any order, and more or less often than when the tape was recorded.
    esxi::replay_transport govc(esxi::load_tape("nightly.json"), {.reads_in_any_order = true});
    esxi::plain_context host({{"host", "esxi1.example"}, {"password", "not needed"}});

    REQUIRE(esxi::record_host_facts(govc, host).runtime.at("vms").as_object().size() == 1);
    REQUIRE(take_nightly_snapshots(govc, host).size() == 1);
    REQUIRE(take_nightly_snapshots(govc, host).empty());
    REQUIRE_NOTHROW(govc.finish());
}
