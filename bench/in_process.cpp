// SPDX-License-Identifier: Apache-2.0
// What takes no process: replay, recording, the reader of facts. A program of Google Benchmark's, run from the top of the source tree.
#include <string>

#include <benchmark/benchmark.h>

#include <esxi/context/plain.hpp>
#include <esxi/esxi.hpp>
#include <esxi/govc/inventory_reader.hpp>
#include <esxi/transport/record.hpp>
#include <esxi/transport/replay.hpp>

namespace {

esxi::run_options for_host()
{
    esxi::run_options options;
    options.connection.host = "esxi1.example";
    options.connection.password = "not needed";
    return options;
}

/// A tape with so many entries, each like one of the operation's look at a VM.
esxi::tape tape_of(std::size_t entries)
{
    auto tape = esxi::load_tape("tests/tapes/vm-lifecycle.json");
    auto const vm_info = tape.entries.at(0);
    tape.entries.assign(entries, vm_info);
    return tape;
}

void replayed_commands(benchmark::State& state)
{
    constexpr std::size_t entries = 1000;
    auto const tape = tape_of(entries);
    auto const options = for_host();
    for (auto _ : state) {
        state.PauseTiming();
        esxi::replay_transport replay(tape, {.paths = {{"ova", "/srv/a.ova"}}});
        state.ResumeTiming();
        for (std::size_t i = 0; i < entries; ++i) {
            benchmark::DoNotOptimize(replay.run(tape.entries[i].request, options));
        }
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(entries));
}
BENCHMARK(replayed_commands);

/// A whole operation on a tape: a host's facts.
void replayed_operation(benchmark::State& state)
{
    auto const tape = esxi::load_tape("examples/tapes/host-facts.json");
    for (auto _ : state) {
        esxi::replay_transport replay(tape);
        esxi::plain_context host({{"host", "esxi1.example"}, {"password", "not needed"}});
        benchmark::DoNotOptimize(esxi::record_host_facts(replay, host));
    }
}
BENCHMARK(replayed_operation);

std::string facts_of(std::size_t vms)
{
    std::string text =
        R"({"kind":"enter","obj":{"type":"ServiceInstance","value":"ServiceInstance"},"changeSet":[{"name":"content.about","op":"assign",)"
        R"("val":{"version":"8.0.2","build":"1","apiType":"HostAgent"}}]})"
        "\n";
    for (std::size_t i = 0; i < vms; ++i) {
        auto const n = std::to_string(i);
        text +=
            R"({"kind":"enter","obj":{"type":"VirtualMachine","value":"vm-)" + n +
            R"("},"changeSet":[{"name":"name","op":"assign","val":"web)" + n +
            R"("},{"name":"runtime.powerState","op":"assign","val":"poweredOn"},{"name":"config.hardware.numCPU","op":"assign","val":2},)" +
            R"({"name":"config.hardware.memoryMB","op":"assign","val":1024},{"name":"guest.ipAddress","op":"assign","val":"10.0.0.1"}]})" +
            "\n";
    }
    return text;
}

void read_facts(benchmark::State& state)
{
    auto const text = facts_of(1000);
    for (auto _ : state) {
        esxi::govc::inventory_reader reader;
        for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(std::min<std::size_t>(65536, rest.size()))) {
            reader.write(rest.substr(0, 65536));
        }
        benchmark::DoNotOptimize(reader.finish());
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(read_facts);

} // namespace

BENCHMARK_MAIN();
