// SPDX-License-Identifier: Apache-2.0
// Imports: their mark, their failures, and whose halves are cleared away.
#include <esxi/ops/import.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <support/directory.hpp>
#include <support/package.hpp>

#include "ops/world.hpp"
#include "support/directory.hpp"

namespace {

using namespace test;
using namespace std::chrono_literals;
using esxi::error_kind;
using esxi::purpose;

std::string const refused_connection = "Post \"https://h/sdk\": dial tcp: connect: connection refused";

struct fixture : world {
    node& vm = ova();

    static esxi::output failed(std::string const& text) { return fake_host::failed(text); }

    /// Has this act before each command of that name; answers the command where it returns something.
    template <class Act>
    void at(std::string verb, Act act)
    {
        host.before = [verb = std::move(verb), act = std::move(act)](esxi::command const& c) -> std::optional<esxi::output> {
            if (c.argv.front() != verb) {
                return std::nullopt;
            }
            return act(c);
        };
    }
    void without_our_govc()
    {
        at("import.spec", [](esxi::command const& c) -> std::optional<esxi::output> {
            if (c.argv.at(2) != "-descriptor") {
                return std::nullopt;
            }
            return failed("flag provided but not defined: -descriptor");
        });
    }
    /// The VM that an import makes, so far.
    fake_vm& half(esxi::command const& c)
    {
        auto& made = host.add("web1", std::string(json::parse(c.input).at("Annotation").as_string()));
        made.whole = false;
        return made;
    }
    void ends_with_one_whole_vm()
    {
        host.before = {};
        create_vm(host, vm, options);
        BOOST_REQUIRE(host.vms.size() == 1u);
        BOOST_TEST(host.find("web1")->whole);
        BOOST_TEST(host.find("web1")->annotation == "Imported by esxi from small.ova");
        BOOST_TEST(vm.text("moid") == host.find("web1")->moid);
        BOOST_TEST(!vm.runtime_properties().contains("import"));
        must(create_vm, vm, false, 1);
    }
};

/// The section of a descriptor with these properties.
std::string properties(std::string const& elements)
{
    return "<ProductSection><Info/>" + elements + "</ProductSection>";
}

std::string annotated(std::string const& text)
{
    return descriptor({}, {}, "<AnnotationSection><Info/><Annotation>" + text + "</Annotation></AnnotationSection>");
}

/// An entry of the tar, as `import.spec -descriptor` tells of it.
json::object entry(std::string const& name, int size = 1, std::string const& type = "0", std::string const& begins = "")
{
    return {{"Name", name}, {"Size", size}, {"Type", type}, {"Begins", esxi::detail::to_base64(begins)}};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(imports, fixture)

// ---- Pre-flight ----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_the_ova_does_not_have)
{
    host.descriptor = descriptor({}, {"VM Network"}, properties("<Property ovf:key='hostname' ovf:type='string'/>"));
    auto const property =
        must_fail(create_vm, ova({{"ovf_properties", {{"hostname", "a"}, {"hostnam", "s3cret!"}}}}), error_kind::config);
    BOOST_TEST(
        has(property, "property `ovf_properties` of VM `web1` names hostnam, which the OVA does not have; it has hostname"),
        property);
    BOOST_TEST(has(must_fail(create_vm, ova({{"network_map", {{"lan", "a"}}}}), error_kind::config),
                   "`network_map` of VM `web1` names lan"));
    BOOST_TEST(host.count("import.ova") == 0);
    BOOST_TEST(nodes.back().runtime_properties().empty());
    must(create_vm, ova({{"ovf_properties", {{"hostname", "a"}}}, {"network_map", {{"VM Network", "lan/1"}}}}), true, 6);
    auto const sent = json::parse(host.inputs.at(host.inputs.size() - 4));
    BOOST_TEST(!sent.as_object().contains("PropertyMapping")); // the guest is told, not the host
    BOOST_TEST(sent.at("NetworkMapping").at(0).at("Network").as_string() == "./lan%2f1");
}

BOOST_AUTO_TEST_CASE(an_ova_that_govc_cannot_look_into)
{
    without_our_govc();
    auto& odd = ova({{"ova_url", "https://h/x.ova?download=1"}, {"ovf_properties", {{"a", "b"}}}});
    must(create_vm, odd, true, 6);
    BOOST_TEST(host.count("import.spec") == 1); // which asked for the descriptor
    BOOST_TEST(has(odd.warnings.at(1), "cannot be checked"));
    BOOST_TEST(has(host.files.at("guestinfo.ovfEnv"), "<Property oe:key=\"a\" oe:value=\"b\"/>"));
}

// ---- What the guest is told ----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_guest_is_told_of_every_property)
{
    without_our_govc();
    host.spec["PropertyMapping"] = json::parse(R"([{"Key":"net.host","Value":"","Spec":{"type":"string","userConfigurable":true}},
                        {"Key":"dhcp","Value":"True","Spec":{"type":"boolean","userConfigurable":true,"default":"true"}},
                        {"Key":"build","Value":"42","Spec":{"type":"string","userConfigurable":false,"default":"42"}}])");
    must(create_vm, ova({{"ovf_properties", {{"net.host", "<a&b>"}}}}), true, 7);
    auto const environment = host.files.at("guestinfo.ovfEnv");
    BOOST_TEST(environment.starts_with("<?xml "));
    BOOST_TEST(has(environment, "oe:key=\"net.host\" oe:value=\"&lt;a&amp;b&gt;\""), environment);
    BOOST_TEST(has(environment, "oe:key=\"dhcp\" oe:value=\"True\""), environment);
    BOOST_TEST(has(environment, "oe:key=\"build\" oe:value=\"42\""), environment);
    for (auto const& line : host.lines) {
        BOOST_TEST(!has(line, "<a&b>"), line);
    }

    host.files.clear();
    host.spec["PropertyMapping"] = json::array{};
    must(create_vm, ova({{"name", "web2"}}), true, 7);
    BOOST_TEST(host.files.empty()); // an OVA without properties has no environment
}

BOOST_AUTO_TEST_CASE(a_value_that_the_ova_does_not_allow)
{
    host.descriptor = descriptor(
        {}, {},
        properties(
            "<Property ovf:key='port' ovf:type='uint16' ovf:value='80'/><Property "
            "ovf:key='pw' ovf:type='string' ovf:userConfigurable='true' ovf:password='true' ovf:qualifiers='MinLen(8)'/>"));
    auto const port = must_fail(create_vm, ova({{"ovf_properties", {{"port", 65536}}}}), error_kind::config);
    BOOST_TEST(has(port, "gives `port` the value `65536`; allowed is a whole number from 0 to 65535"), port);
    auto const password = must_fail(create_vm, ova({{"ovf_properties", {{"pw", "s3cret!"}}}}), error_kind::config);
    BOOST_TEST(has(password, "gives `pw` a text of 7 characters, not shown here"), password);
    BOOST_TEST(host.count("import.ova") == 0);
    auto& without = ova();
    must(create_vm, without, true, 6);
    BOOST_TEST(has(test::line_of(without.warnings), "the OVA's property `pw` has no value and no default"));
}

BOOST_AUTO_TEST_CASE(a_value_is_in_no_message)
{
    host.descriptor = descriptor({}, {},
                                 properties("<Property ovf:key='a' ovf:type='string'/><Property ovf:key='b' ovf:type='string'/>"
                                            "<Property ovf:key='pw' ovf:type='string' ovf:password='true'/>"));
    at("vm.change", [](auto const&) { return failed("cannot set <?xml correct horse&amp;battery, web1, pin, 10.0.0.7"); });
    auto const message = must_fail(
        create_vm, ova({{"ovf_properties", {{"a", "correct horse&battery"}, {"b", "web1"}, {"pw", "pin"}}}}), error_kind::govc);
    BOOST_TEST(has(message, "cannot set <?xml <redacted>, web1, <redacted>, 10.0.0.7"), message); // web1 is the VM's name as well
}

// A govc that sends a kept session along wherever a server redirects to is not given one together with a URL.
BOOST_AUTO_TEST_CASE(a_govc_that_is_not_ours_logs_in_for_each_command_that_fetches)
{
    without_our_govc();
    must(create_vm, vm, true, 7);
    BOOST_TEST(has(vm.warnings.at(0), "not the one of this project"));
    int fetched = 0;
    for (auto const& line : host.lines) {
        bool const fetches = line.find("https://") != std::string::npos && line.find("-descriptor") == std::string::npos;
        BOOST_TEST((line.find("-persist-session=false") != std::string::npos) == fetches, line);
        fetched += fetches ? 1 : 0;
    }
    BOOST_TEST(fetched == 2);
}

BOOST_AUTO_TEST_CASE(a_manifest_that_is_not_there)
{
    host.entries = {entry("x.ovf")};
    auto const failed = must_fail(create_vm, ova({{"verify_manifest", true}}), error_kind::config);
    BOOST_TEST(has(failed, "holds no .mf file"), failed);
    BOOST_TEST(host.count("import.ova") == 0);
    host.entries.push_back(entry("x.mf"));
    must(create_vm, ova({{"verify_manifest", true}}), true, 6);
}

BOOST_AUTO_TEST_CASE(an_ova_at_a_url_is_checked_as_a_local_one)
{
    host.descriptor = descriptor({{.attributes = "ovf:size='512'"}});
    auto const says = [this](std::string const& words) {
        auto const url = "https://u:s3cret!@h/a.ova?sig=s3cret!";
        auto const failed = must_fail(create_vm, ova({{"ova_url", url}}), error_kind::config);
        BOOST_TEST(has(failed, "property `ova_url` of VM `web1` is https://<redacted>@h/a.ova: "), failed);
        BOOST_TEST(has(failed, words), failed);
        BOOST_TEST(!has(failed, "s3cret!"), failed);
    };
    host.entries = {entry("x.ovf"), entry("other.vmdk")};
    says("its file `demo-disk1.vmdk` is missing");
    host.entries.back() = entry("demo-disk1.vmdk", 11);
    says("has 11 bytes, and 512 by the descriptor");
    host.entries.back() = entry("demo-disk1.vmdk", 0, "2");
    says("is a symbolic link");
    host.entries.back() = entry("demo-disk1.vmdk", 512, "0", "\x1f\x8b\x08");
    says("is compressed by gzip");
    host.entries.push_back(entry("y.ovf"));
    says("two descriptors");
    BOOST_TEST(host.count("import.ova") == 0);
    host.entries = {entry("x.ovf"), entry("demo-disk1.vmdk", 512, "0", stream_optimised(512))};
    must(create_vm, vm, true, 6);
    BOOST_TEST(vm.warnings.empty());
}

BOOST_AUTO_TEST_CASE(an_ova_that_is_not_there)
{
    at("import.spec", [](auto const&) { return failed("download(https://h/small.ova): 404 File not found"); });
    must_fail(create_vm, vm, error_kind::config);
    BOOST_TEST(events(host) == "vm.info; import.spec");
    BOOST_TEST(vm.runtime_properties().empty());
}

BOOST_AUTO_TEST_CASE(a_local_ova_is_read_here_and_the_host_is_asked_where_it_can_go)
{
    test::directory const files;
    auto const path = files / "small.ova";
    test::write_file(path, tar_member("demo.ovf", descriptor({{}}, {"nat"})) + tar_member("demo-disk1.vmdk", stream_optimised()));
    auto& local = ova({{"ova_url", path}});
    must(create_vm, local, true, 6);
    BOOST_TEST(events(host) == "vm.info; object.collect; keep import; import.ova; vm.info; keep moid instance_uuid name adopted; "
                               "keep power_state; vm.change; keep no import; vm.power; keep power_state");
    BOOST_TEST(local.warnings.empty());
    BOOST_TEST(json::parse(host.inputs.at(2)).at("NetworkMapping") ==
               (json::array{json::object{{"Name", "nat"}, {"Network", "./VM Network"}}}));
    BOOST_TEST(has(must_fail(create_vm, ova({{"name", "web2"}, {"ova_url", path}, {"datastore", "ds"}}), error_kind::config),
                   "which the host does not have; set datastore to one of `datastore1`"));
    host.networks = {"a", "b"};
    BOOST_TEST(
        has(must_fail(create_vm, ova({{"name", "web2"}, {"ova_url", path}}), error_kind::config), "the OVA's network `nat`"));
    BOOST_TEST(host.count("import.ova") == 1);
    must(create_vm, ova({{"name", "web2"}, {"ova_url", path}, {"network_map", {{"nat", "b"}}}, {"power_on", false}}), true, 5);
}

BOOST_AUTO_TEST_CASE(a_host_that_cannot_be_looked_at_decides_itself_where_it_goes)
{
    test::directory const files;
    auto const path = files / "small.ova";
    test::write_file(path, tar_member("demo.ovf", descriptor({{}}, {"nat"})) + tar_member("demo-disk1.vmdk", stream_optimised()));
    auto& local = ova({{"ova_url", path}, {"datastore", "a/b"}});
    at("object.collect", [](esxi::command const&) { return esxi::output{}; });
    must(create_vm, local, true, 6);
    BOOST_TEST(local.warnings.size() == 1u);
    auto const sent = [](std::string const& line) { return has(line, "import.ova") && has(line, "a%2fb"); };
    BOOST_TEST(std::any_of(host.lines.begin(), host.lines.end(), sent));
    at("object.collect", [](esxi::command const&) { return failed("Permission to perform this operation was denied."); });
    must_fail(create_vm, ova({{"name", "web2"}, {"ova_url", path}}), error_kind::auth);
}

BOOST_AUTO_TEST_CASE(a_descriptor_with_its_files_is_imported_as_that)
{
    test::directory const files;
    test::write_file(files / "demo.ovf", descriptor());
    test::write_file(files / "demo-disk1.vmdk", stream_optimised());
    must(create_vm, ova({{"ova_url", files / "demo.ovf"}}), true, 6);
    BOOST_TEST(host.lines.at(2) == "import.ovf -name=web1 -options=- " + files / "demo.ovf");
    must(create_vm, ova({{"name", "web2"}, {"ova_url", "https://h/a/demo.ovf"}}), true, 6);
    BOOST_TEST(host.count("import.spec") == 1);
    BOOST_TEST(host.count("import.ovf") == 2);
}

BOOST_AUTO_TEST_CASE(a_bad_ova_is_told_of_before_the_first_command)
{
    test::directory const files;
    auto const path = files / "small.ova";
    test::write_file(path, tar_member("demo.ovf", descriptor()) + tar_end);
    BOOST_TEST(has(must_fail(create_vm, ova({{"ova_url", path}}), error_kind::config),
                   "property `ova_url` of VM `web1` is " + path + ": its file `demo-disk1.vmdk` is missing"));
    BOOST_TEST(events(host) == "");
}

BOOST_AUTO_TEST_CASE(an_annotation_of_the_ova_that_cannot_be_set_is_told_of_before_the_upload)
{
    host.descriptor = annotated(std::string(131'060, 'x'));
    BOOST_TEST(
        has(must_fail(create_vm, ova(), error_kind::config),
            "the OVA's annotation has 131060 bytes, more than the 131059 that can be set; give VM `web1` another by property "
            "`annotation`"));
    BOOST_TEST(host.count("import.ova") == 0);
    must(create_vm, ova({{"annotation", "mine"}}), true, 6);
}

// ---- Annotations ---------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(annotations)
{
    struct {
        char const* url;
        char const* property;
        std::string of_ova;
        char const* expected;
    } const cases[] = {
        {"https://h/small.ova", "wished", "of the OVA", "wished"},
        {"https://h/small.ova", "", "of the OVA", "of the OVA"},
        {"https://h/small.ova", "", "", "Imported by esxi from small.ova"},
        {"https://h/small.ova", "", "old " + somebodys_token, "Imported by esxi from small.ova"},
        {"https://h/esxi-import-00000000000000000000000000000001.ova", "", "", "Imported by esxi"},
        {"https://h/a/x.OVA?token=s3cret!#f", "", "of the OVA", "of the OVA"},
        {"https://h/a/x.OVA?token=s3cret!#f", "", "", "Imported by esxi from x.OVA"},
        {"https://u:s3cret!@h", "", "", "Imported by esxi from <redacted>@h"},
    };
    for (auto const& c : cases) {
        world w;
        w.host.descriptor = annotated(c.of_ova);
        create_vm(w.host, w.ova({{"ova_url", c.url}, {"annotation", c.property}}), {});
        BOOST_TEST(w.host.find("web1")->annotation == c.expected);
    }
}

// ---- The mark ------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_mark_is_there_from_the_start)
{
    json::value mark;
    at("import.ova", [&](esxi::command const& c) -> std::optional<esxi::output> {
        mark = vm.runtime_properties().at("import");
        BOOST_TEST(json::parse(c.input).at("Annotation") == mark.at("token"));
        return std::nullopt;
    });
    vm.pid = 4711;
    must(create_vm, vm, true, 6);
    BOOST_TEST(mark.at("token").as_string().starts_with("esxi-import-"));
    BOOST_TEST(mark.at("token").as_string().size() == 44u);
    BOOST_TEST(mark.at("machine").as_string() == "here");
    BOOST_TEST(mark.at("pid").as_int64() == 4711);
    BOOST_TEST(mark.at("pid_started").as_int64() == 1);
    BOOST_TEST(mark.at("started").as_int64() > 1700000000);
}

BOOST_AUTO_TEST_CASE(the_shape_is_there_before_the_first_power_on)
{
    auto& shaped = ova({{"cpu", 2}, {"memory_mb", 1024}});
    at("vm.power", [this](auto const&) -> std::optional<esxi::output> {
        BOOST_TEST(host.find("web1")->cpu == 2);
        BOOST_TEST(host.find("web1")->memory_mb == 1024);
        BOOST_TEST(esxi::find_import_token(host.find("web1")->annotation).empty());
        return std::nullopt;
    });
    must(create_vm, shaped, true, 6);
    // What is right already is not sent.
    auto& same = ova({{"name", "web2"}, {"cpu", 1}, {"memory_mb", 512}});
    must(create_vm, same, true, 6);
    BOOST_TEST(has(host.lines.at(host.lines.size() - 2), "vm.change -json -vm=VirtualMachine:vm-2 -annotation="));
}

BOOST_AUTO_TEST_CASE(progress_keeps_it_alive)
{
    std::vector<int> shown;
    options.on_progress = [&shown](esxi::import_progress const& p) { shown.push_back(p.percent); };
    struct watched : fake_host {
        esxi::output run(esxi::command const& c, esxi::run_options const& o)
        {
            if (c.argv.front() == "import.ova") {
                timeout = o.timeout;
                for (auto const& [line, moves] : std::vector<std::pair<std::string, bool>>{
                         {"[23-11-26 08:27:31] Uploading a.vmdk... (1%, 1.0MiB/s)", true},
                         {"[23-11-26 08:27:32] Uploading a.vmdk... (1%, 0B/s)", false},
                         {"[23-11-26 08:27:32] Uploading a.vmdk... (1%, 900.0KiB/s)", true},
                         {"[23-11-26 08:27:32] Uploading a.vmdk... (1%)", false},
                         {"[23-11-26 08:27:33] Uploading a.vmdk... (2%, 1MiB/s)", true},
                         {"[23-11-26 08:27:34] Uploading b.vmdk... (2%, 1MiB/s)", true},
                         {"\x1b[K[23-11-26 08:27:35] Warning: Line 123: odd \x1b[2J", false},
                         {"[23-11-26 08:27:35] warning: invalid NetworkMapping.Name=\"x\"", false},
                         {"text", false}}) {
                    BOOST_TEST(o.on_line(line) == moves, line);
                }
            }
            return fake_host::run(c, o);
        }
        std::chrono::milliseconds timeout{};
    } watching;
    options.import_timeout = 7s;
    esxi::create_vm(watching, vm, options);
    BOOST_TEST((watching.timeout == 7s));
    BOOST_TEST(shown == (std::vector<int>{1, 1, 1, 1, 2, 2, 44}), boost::test_tools::per_element());
    BOOST_TEST(vm.warnings ==
                   (std::vector<std::string>{"Warning: Line 123: odd \\x1b[2J", "warning: invalid NetworkMapping.Name=\"x\""}),
               boost::test_tools::per_element());
}

// ---- Failures ------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(failures_that_leave_nothing)
{
    for (auto const& [text, kind] :
         std::vector<std::pair<std::string, error_kind>>{{"datastore 'x' not found", error_kind::config},
                                                         {"Insufficient disk space on datastore 'local'.", error_kind::config},
                                                         {"manifest checksum mismatch", error_kind::config},
                                                         {"unexpected nfc lease state: error", error_kind::unavailable}}) {
        for (bool const leaves_a_half : {false, true}) {
            host.events.clear();
            at("import.ova", [&, words = text](esxi::command const& c) {
                if (leaves_a_half) {
                    half(c);
                }
                return failed(words);
            });
            must_fail(create_vm, vm, kind);
            BOOST_TEST(host.vms.empty());
            BOOST_TEST(host.count("vm.destroy") == (leaves_a_half ? 1 : 0));
            // After a broken connection the VM may still turn up: the mark then tells whose it is.
            BOOST_TEST(vm.runtime_properties().contains("import") == (kind == error_kind::unavailable));
            BOOST_TEST(vm.text("moid").empty());
        }
    }
    ends_with_one_whole_vm();
}

BOOST_AUTO_TEST_CASE(what_turns_up_after_the_connection_broke_is_still_ours)
{
    std::string token;
    at("import.ova", [&](esxi::command const& c) -> std::optional<esxi::output> {
        token = json::parse(c.input).at("Annotation").as_string();
        throw esxi::error(error_kind::unavailable, "no progress for 300 s");
    });
    must_fail(create_vm, vm, error_kind::unavailable);
    BOOST_TEST(vm.runtime_properties().at("import").at("pid").as_int64() == 0);
    host.add("web1", token).whole = false;
    ends_with_one_whole_vm();
}

BOOST_AUTO_TEST_CASE(a_clean_up_that_fails_is_made_good_by_the_next_run)
{
    bool is_down = false;
    host.before = [&](esxi::command const& c) -> std::optional<esxi::output> {
        if (c.argv.front() == "import.ova") {
            half(c);
            is_down = true;
            return failed("unexpected nfc lease state: error");
        }
        return is_down ? std::optional(failed(refused_connection)) : std::nullopt;
    };
    BOOST_TEST(has(must_fail(create_vm, vm, error_kind::unavailable), "nfc lease")); // the first failure is the one told
    BOOST_TEST(vm.runtime_properties().contains("import"));
    BOOST_TEST(host.vms.size() == 1u);
    vm.running = {vm.pid}; // the process lives on, and knows that its import has ended
    ends_with_one_whole_vm();
}

BOOST_AUTO_TEST_CASE(a_failure_that_could_not_even_be_recorded_is_made_good_too)
{
    bool is_down = false;
    vm.on_persist([&](json::object const&) {
        if (is_down) {
            throw std::runtime_error("the store is down");
        }
    });
    host.before = [&](esxi::command const& c) -> std::optional<esxi::output> {
        if (c.argv.front() == "import.ova") {
            // Meanwhile it runs, also to other threads of this process.
            auto& same = ova();
            same.set_runtime_properties(vm.runtime_properties());
            half(c);
            host.before = {};
            must_fail(create_vm, same, error_kind::conflict);
            is_down = true;
            host.before = [](auto const&) { return std::optional(failed(refused_connection)); };
            return failed("unexpected nfc lease state: error");
        }
        return std::nullopt;
    };
    must_fail(create_vm, vm, error_kind::unavailable);
    BOOST_TEST(vm.runtime_properties().at("import").at("pid").as_int64() == vm.pid);
    is_down = false;
    vm.running = {vm.pid}; // the process lives on
    ends_with_one_whole_vm();
}

BOOST_AUTO_TEST_CASE(cancelled)
{
    at("import.ova", [&](esxi::command const& c) -> std::optional<esxi::output> {
        half(c);
        throw esxi::error(error_kind::cancelled, "stopped");
    });
    must_fail(create_vm, vm, error_kind::cancelled);
    BOOST_TEST(events(host) == "vm.info; import.spec; keep import; import.ova; keep import"); // at once: no command more
    vm.running = {vm.pid};
    ends_with_one_whole_vm();
}

BOOST_AUTO_TEST_CASE(somebody_was_faster)
{
    at("import.ova", [this](auto const&) -> std::optional<esxi::output> {
        host.add("web1", somebodys_token).whole = false;
        return std::nullopt; // and the host says that the name exists
    });
    must_fail(create_vm, vm, error_kind::conflict);
    BOOST_TEST(host.count("vm.destroy") == 0);
    BOOST_TEST(host.vms.size() == 1u);
    BOOST_TEST(!vm.runtime_properties().contains("import"));
    // Once it is whole, it is adopted.
    host.before = {};
    host.find("web1")->annotation = "whole";
    must(create_vm, vm, true, 2);
    BOOST_TEST(vm.runtime_properties().at("adopted").as_bool());
}

BOOST_AUTO_TEST_CASE(the_vm_is_gone_after_an_import_that_said_ok)
{
    at("import.ova", [](auto const&) { return std::optional(esxi::output{}); });
    BOOST_TEST(has(must_fail(create_vm, vm, error_kind::conflict), "the VM is gone"));
    BOOST_TEST(vm.runtime_properties().empty());
    at("vm.change", [this](auto const&) -> std::optional<esxi::output> {
        host.vms.clear();
        return std::nullopt;
    });
    BOOST_TEST(has(must_fail(create_vm, vm, error_kind::conflict), "the VM is gone"));
    BOOST_TEST(!vm.runtime_properties().contains("import"));
    ends_with_one_whole_vm();
}

BOOST_AUTO_TEST_CASE(a_reshape_that_fails)
{
    auto& huge = ova({{"cpu", 64}});
    at("vm.change",
       [](auto const&) { return failed("Virtual machine requires 64 CPUs to operate, but the host hardware only provides 4."); });
    must_fail(create_vm, huge, error_kind::config);
    BOOST_TEST(host.vms.empty());
    BOOST_TEST(huge.runtime_properties().empty());
    // Its answer lost, though it was done: the VM is whole, and stays.
    at("vm.change", [this](auto const&) -> std::optional<esxi::output> {
        host.find("web1")->annotation = "Imported by esxi from small.ova";
        throw esxi::error(error_kind::unavailable, "timed out");
    });
    must_fail(create_vm, vm, error_kind::unavailable);
    BOOST_TEST(host.vms.size() == 1u);
    ends_with_one_whole_vm();
    BOOST_TEST(host.count("import.ova") == 2);
}

BOOST_AUTO_TEST_CASE(what_a_sink_or_a_store_throws)
{
    options.on_progress = [](auto const&) { throw std::runtime_error("sink"); };
    BOOST_CHECK_THROW(create_vm(host, vm, options), std::runtime_error);
    BOOST_TEST(host.vms.empty());
    BOOST_TEST(vm.runtime_properties().empty());
    options.on_progress = {};

    bool is_full = true;
    vm.on_persist([&is_full](json::object const& runtime) {
        if (is_full && runtime.contains("moid")) {
            throw std::runtime_error("disk full");
        }
    });
    BOOST_CHECK_THROW(create_vm(host, vm, options), std::runtime_error);
    BOOST_TEST(host.vms.empty());
    is_full = false;
    ends_with_one_whole_vm();
}

// ---- Whose it is ---------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(owners)
{
    struct {
        char const* machine;
        bool is_alive;
        std::chrono::minutes ago;
        bool replaced;
    } const cases[] = {
        {"here", false, 0min, true},      {"here", true, 0min, false},       {"here", true, 600min, false},
        {"elsewhere", true, 0min, false}, {"elsewhere", true, 14min, false}, {"elsewhere", false, 14min, false},
        {"elsewhere", true, 16min, true},
    };
    for (auto const& c : cases) {
        for (bool const told : {false, true}) {
            BOOST_TEST_CONTEXT(c.machine << " " << c.is_alive << " " << c.ago.count() << " " << told)
            {
                fixture w;
                w.vm.set_properties({{"name", "web1"}, {"ova_url", "https://h/small.ova"}, {"replace_abandoned_import", told}});
                BOOST_TEST(w.dies(create_vm, w.vm, 3, killed_when::half));
                w.vm.pid = 2; // the run that comes next
                w.vm.running = c.is_alive ? std::set<std::int64_t>{1} : std::set<std::int64_t>{};
                w.vm.machine = c.machine;
                w.vm.wait(c.ago);
                if (c.replaced || told) {
                    w.ends_with_one_whole_vm();
                    BOOST_TEST(w.host.count("vm.destroy") == 1);
                } else {
                    w.must_fail(create_vm, w.vm, error_kind::conflict);
                    w.must_fail(start_vm, w.vm, error_kind::conflict);
                    w.must_fail(delete_vm, w.vm, error_kind::conflict);
                    w.must(stop_vm, w.vm, false, 1);
                    BOOST_TEST(w.host.count("vm.destroy") == 0);
                    BOOST_TEST(w.vm.runtime_properties().contains("import"));
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(somebody_elses)
{
    host.add("web1", somebodys_token).whole = false;
    must_fail(create_vm, vm, error_kind::conflict);
    for (auto why : {purpose::user, purpose::engine, purpose::rollback}) {
        vm.run_for(why);
        create_vm(host, ova({{"name", "own"}}), {});
        must_fail(create_vm, vm, error_kind::conflict);
        must(stop_vm, vm, false, why == purpose::user ? 1 : 0);
        must(delete_vm, vm, false, why == purpose::user ? 1 : 0);
    }
    vm.run_for(purpose::user);
    vm.set_properties({{"name", "web1"}, {"delete_adopted", true}});
    must_fail(delete_vm, vm, error_kind::conflict);
    BOOST_TEST(host.count("vm.destroy") == 0);
    vm.set_properties({{"name", "web1"}, {"ova_url", "https://h/small.ova"}, {"replace_abandoned_import", true}});
    must(create_vm, vm, true, 7);
    BOOST_TEST(host.find("web1")->whole);
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_forget_the_mark)
{
    // The import has ended and its VM was recorded; its mark was not taken away.
    BOOST_TEST(dies(create_vm, vm, 5, killed_when::before));
    BOOST_TEST(!vm.text("moid").empty());
    for (auto why : {purpose::user, purpose::engine, purpose::rollback}) {
        vm.run_for(why);
        must(stop_vm, vm, false, 1);
        BOOST_TEST(vm.runtime_properties().contains("import"));
    }
    vm.run_for(purpose::user);
    ends_with_one_whole_vm(); // by the last step alone
    BOOST_TEST(host.count("vm.destroy") == 0);
    BOOST_TEST(host.count("import.ova") == 1);
}

BOOST_AUTO_TEST_CASE(after_the_mark_was_taken_away_it_is_whole)
{
    for (auto when : {killed_when::after, killed_when::half}) {
        fixture w;
        BOOST_TEST(w.dies(create_vm, w.vm, 5, when));
        BOOST_TEST(w.vm.runtime_properties().contains("import"));
        BOOST_TEST(w.host.find("web1")->power == "poweredOff");
        w.must(create_vm, w.vm, true, 2); // looks, and powers on
        BOOST_TEST(!w.vm.runtime_properties().contains("import"));
        BOOST_TEST(!w.vm.runtime_properties().at("adopted").as_bool());
        w.must(delete_vm, w.vm, true, 2);
    }
}

BOOST_AUTO_TEST_CASE(a_half_import_is_not_a_vm_to_work_with)
{
    BOOST_TEST(dies(create_vm, vm, 3, killed_when::half));
    for (operation run : {configure_vm, start_vm}) {
        BOOST_TEST(has(must_fail(run, vm, error_kind::absent), "its import did not finish; create it again"));
    }
    must(delete_vm, vm, true, 2);
    BOOST_TEST(host.vms.empty());
    BOOST_TEST(vm.runtime_properties().empty());
}

BOOST_AUTO_TEST_SUITE_END()
