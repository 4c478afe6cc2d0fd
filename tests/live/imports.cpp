// SPDX-License-Identifier: Apache-2.0
// Imports that are killed in the middle, and imports that fail: the next run ends with one whole VM, and nothing else is touched.
// ctest: served
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/hold.hpp"
#include "support/live.hpp"

namespace {

struct fixture {
    test::hold upload{"upload"};
    test::simulator host;
    test::tool tool{host};
    std::string ova = test::make_ova(host.files() / "small.ova");
    std::vector<std::string> create{"--output", "json",  "vm", "create",      "web1", "--ova",
                                    ova,        "--cpu", "2",  "--memory-mb", "1024"};

    fixture() : host({"--vms", "1", "--delay", upload.option()}) {}
    explicit fixture(std::vector<std::string> const& options) : host(options) {}

    [[nodiscard]] boost::json::object show() const
    {
        return test::json_of(tool.run({"--output", "json", "vm", "show", "web1"}).out);
    }
    /// The VM is there before its import has ended: the first upload is held up.
    bool import_has_begun() const
    {
        return test::eventually(
            [&] { return host.govc({"vm.info", "-json", "web1"}).out.find("esxi-import-") != std::string::npos; });
    }
    void ends_with_one_whole_vm()
    {
        upload.release(); // what was ended before its upload left the hold to the next
        auto const done = tool.run(create);
        BOOST_TEST(done.exit_code == 0, done.err);
        auto const runtime = test::json_of(done.out).at("runtime").as_object();
        BOOST_TEST(!runtime.contains("import"));
        BOOST_TEST(runtime.at("power_state").as_string() == "poweredOn");
        BOOST_TEST(host.vms().size() == 2u);
        auto const vm = show().at("vm").as_object();
        BOOST_TEST(vm.at("config").at("cpu").as_int64() == 2);
        BOOST_TEST(vm.at("config").at("memory_mb").as_int64() == 1024);
        BOOST_TEST(vm.at("annotation").as_string() == "Imported by esxi from small.ova");
        BOOST_TEST(test::json_of(tool.run(create).out).at("changed").as_bool() == false);
    }
    void govc_is_ended_by(int signal)
    {
        auto program = tool.start(create);
        BOOST_REQUIRE(import_has_begun());
        auto const govc = importing_govc(program.pid());
        BOOST_REQUIRE(govc > 0);
        ::kill(govc, signal);
        auto const done = program.wait();
        BOOST_TEST(done.exit_code == 75, done.err);
        BOOST_TEST(done.err.find("it was ended by signal " + std::to_string(signal)) != std::string::npos, done.err);
        BOOST_TEST(test::json_of(done.err).at("error").at("recoverable").as_bool());
        ends_with_one_whole_vm();
    }
    /// The pid of the govc that imports; 0 where there is none.
    static pid_t importing_govc(pid_t parent)
    {
        auto const children = test::run_program({"ps", "-o", "pid=", "--ppid", std::to_string(parent)});
        return children.out.empty() ? 0 : static_cast<pid_t>(std::stol(children.out));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(killed_imports, fixture)

BOOST_AUTO_TEST_CASE(the_tool_is_killed)
{
    auto program = tool.start(create);
    BOOST_REQUIRE(import_has_begun());
    program.signal(SIGKILL);
    BOOST_TEST(program.wait().exit_code == 128 + SIGKILL);
    auto const govc_is_gone = [&] { return test::processes_with(ova) == 0; };
    if (!test::eventually(govc_is_gone, std::chrono::seconds(1))) {
        BOOST_TEST_MESSAGE("the govc is not gone after 1 s: a busy machine, or it is left running");
        BOOST_TEST(test::eventually(govc_is_gone, std::chrono::seconds(20)));
    }
    ends_with_one_whole_vm();
}

BOOST_AUTO_TEST_CASE(the_tool_is_terminated)
{
    auto program = tool.start(create);
    BOOST_REQUIRE(import_has_begun());
    program.signal(SIGTERM);
    auto const done = program.wait();
    BOOST_TEST(done.exit_code == 130);
    BOOST_TEST(test::error_kind_of(done) == "cancelled");
    BOOST_TEST(test::processes_with(ova) == 0);
    ends_with_one_whole_vm();
}

BOOST_AUTO_TEST_CASE(ctrl_c_of_the_whole_group)
{
    auto program = tool.start(create);
    BOOST_REQUIRE(import_has_begun());
    ::kill(-program.pid(), SIGINT);
    BOOST_TEST(program.wait().exit_code == 130);
    ends_with_one_whole_vm();
}

BOOST_AUTO_TEST_CASE(govc_is_killed)
{
    govc_is_ended_by(SIGKILL);
}

BOOST_AUTO_TEST_CASE(govc_is_terminated)
{
    govc_is_ended_by(SIGTERM);
}

BOOST_AUTO_TEST_CASE(somebody_elses_running_import_is_left_alone)
{
    auto program = tool.start(create);
    BOOST_REQUIRE(import_has_begun());
    test::tool const other(host);
    auto const refused = other.run(create);
    BOOST_TEST(refused.exit_code == 75, refused.err);
    BOOST_TEST(test::error_kind_of(refused) == "conflict");
    BOOST_TEST(test::json_of(refused.err).at("error").at("retry_after").is_int64());
    upload.release();
    BOOST_TEST(program.wait().exit_code == 0);
    BOOST_TEST(host.calls("Destroy_Task") == 0);
}

BOOST_AUTO_TEST_CASE(an_abandoned_import_of_somebody_else_is_replaced_only_when_told)
{
    auto program = tool.start(create);
    BOOST_REQUIRE(import_has_begun());
    program.signal(SIGKILL);
    program.wait();
    upload.release();
    test::tool const other(host);
    BOOST_TEST(other.run(create).exit_code == 75);
    BOOST_TEST(host.calls("Destroy_Task") == 0);
    auto told = create;
    told.push_back("--replace-abandoned-import");
    BOOST_TEST(other.run(told).exit_code == 0);
    BOOST_TEST(host.vms().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_vm_destroyed_during_its_import_is_a_conflict)
{
    auto program = tool.start(create);
    BOOST_REQUIRE(import_has_begun());
    host.must({"vm.destroy", "web1"});
    upload.release();
    auto const done = program.wait();
    BOOST_TEST(done.exit_code == 75, done.err);
    ends_with_one_whole_vm();
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

struct failing : fixture {
    failing() : fixture({"--vms", "1"}) { create.back() = "512"; }

    /// Runs the create with these arguments more; it must fail so, and leave nothing.
    void fails(std::vector<std::string> const& more, int exit_code, std::string const& kind, std::string const& words = {})
    {
        fails_on(host, tool, more, exit_code, kind, words);
    }
    void fails_on(test::simulator const& on, test::tool const& with, std::vector<std::string> const& more, int exit_code,
                  std::string const& kind, std::string const& words = {}) const
    {
        std::vector<std::string> arguments{"--output", "json", "vm", "create", "web1"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        auto const before = on.vms();
        auto const done = with.run(arguments);
        BOOST_TEST_CONTEXT(boost::json::serialize(boost::json::value_from(more)) << ": " << done.err)
        {
            BOOST_TEST(done.exit_code == exit_code);
            BOOST_TEST(test::error_kind_of(done) == kind);
            BOOST_TEST(done.err.find(words) != std::string::npos);
        }
        BOOST_TEST(on.vms() == before);
        // Nothing of it is recorded but, at most, a mark for what may still turn up.
        auto const deleted = with.run({"--output", "json", "vm", "delete", "web1"});
        BOOST_TEST(deleted.exit_code == 0, deleted.err);
        BOOST_TEST(test::json_of(deleted.out).at("changed").as_bool() == false);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(failing_imports, failing)

BOOST_AUTO_TEST_CASE(of_what_is_no_ova)
{
    fails({"--ova", host.files() / "none.ova"}, 2, "config", "ova_url");
    test::write_file(host.files() / "text.ova", "not a tar");
    fails({"--ova", host.files() / "text.ova"}, 2, "config", "tar");
    auto whole = test::read_file(ova);
    for (std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{512}, whole.size() / 2, std::size_t{2000}}) {
        test::write_file(host.files() / "cut.ova", whole.substr(0, size));
        fails({"--ova", host.files() / "cut.ova"}, 2, "config");
    }
    fails({"--ova", host.files().path().string()}, 2, "config");
    BOOST_TEST(host.calls("ImportVApp") == 0);
}

BOOST_AUTO_TEST_CASE(with_wrong_sums)
{
    auto const wrong = test::make_ova(host.files() / "wrong.ova", {"manifest=wrong"});
    fails({"--ova", wrong, "--verify-manifest"}, 2, "config", "checksum");
    fails({"--ova", test::make_ova(host.files() / "bare.ova", {"manifest=none"}), "--verify-manifest"}, 2, "config");
}

BOOST_AUTO_TEST_CASE(to_a_wrong_place)
{
    fails({"--ova", ova, "--datastore", "no-such-store"}, 2, "config", "no-such-store");
    fails({"--ova", ova, "--network", "VM Network=no-such-net"}, 2, "config", "no-such-net");
    fails({"--ova", ova, "--network", "no-such-net=VM Network"}, 2, "config", "no-such-net");
    fails({"--ova", ova, "--property", "no-such-key=1"}, 2, "config", "no-such-key");
}

BOOST_AUTO_TEST_CASE(from_a_server)
{
    test::directory const served;
    test::write_file(served / "small.ova", test::read_file(ova));
    test::write_file(served / "cut.ova", test::read_file(ova).substr(0, 40000));
    test::program server(
        {"python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", served.path().string(), "0"});
    auto const line = server.read_line(); // Serving HTTP on 127.0.0.1 port 40000 (...)
    auto const port = line.substr(line.find(" port ") + 6);
    auto const url = "http://127.0.0.1:" + port.substr(0, port.find(' ')) + "/";
    fails({"--ova", url + "none.ova"}, 2, "config", "404");
    fails({"--ova", "http://127.0.0.1:1/none.ova"}, 75, "unavailable", "refused");
    auto const cut = tool.run({"--output", "json", "vm", "create", "web1", "--ova", url + "cut.ova"});
    BOOST_TEST(cut.exit_code != 0);
    BOOST_TEST(host.vms().size() == 1u);
    auto const whole = tool.run({"--output", "json", "vm", "create", "web1", "--ova", url + "small.ova"});
    BOOST_TEST(whole.exit_code == 0, whole.err);
    BOOST_TEST(host.vms().size() == 2u);
}

/// The host's ca_bundle does not keep govc from trusting, for the OVA, what the system trusts.
BOOST_AUTO_TEST_CASE(from_a_server_that_the_system_trusts)
{
    test::directory const served;
    auto const certificate = served / "certificate.pem";
    auto const made =
        test::run_program({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", served / "key.pem", "-out",
                           certificate, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"});
    BOOST_TEST_REQUIRE(made.exit_code == 0, made.err);
    test::write_file(served / "small.ova", test::read_file(ova));
    auto const* const serve = R"(import functools, http.server, ssl, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.HTTPServer(('127.0.0.1', 0), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1] + '/certificate.pem', sys.argv[1] + '/key.pem')
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever())";
    test::program server({"python3", "-c", serve, served.path().string()});
    auto const url = "https://127.0.0.1:" + server.read_line() + "/small.ova";
    auto const distrusted = tool.run({"--output", "json", "vm", "create", "web1", "--ova", url});
    BOOST_TEST(test::error_kind_of(distrusted) == "config");
    BOOST_TEST(distrusted.err.find("certificate signed by unknown authority") != std::string::npos, distrusted.err);
    tool.set("SSL_CERT_FILE", certificate);
    auto const trusted = tool.run({"--output", "json", "vm", "create", "web1", "--ova", url});
    BOOST_TEST(trusted.exit_code == 0, trusted.err);
    BOOST_TEST(host.vms().size() == 2u);
}

BOOST_AUTO_TEST_CASE(when_the_host_cannot)
{
    std::vector<std::pair<std::string, std::pair<int, std::string>>> const faults{
        {"ImportVApp=NoDiskSpace", {2, "config"}},
        {"ImportVApp=InsufficientResourcesFault", {75, "unavailable"}},
        {"ImportVApp=NoPermission", {3, "auth"}},
        {"HttpNfcLeaseComplete=HostCommunication", {75, "unavailable"}},
        {"CreateImportSpec=RestrictedVersion", {2, "config"}},
        {"CreateImportSpec=,as=http500", {75, "unavailable"}},
        {"upload=HostCommunication,as=reset", {75, "unavailable"}},
        {"upload=HostCommunication,as=http500", {75, "unavailable"}},
        {"ReconfigVM_Task=InsufficientResourcesFault", {75, "unavailable"}},
    };
    for (auto const& [fault, expected] : faults) {
        BOOST_TEST_CONTEXT(fault)
        {
            test::simulator const broken({"--vms", "1", "--fault", fault});
            test::tool const with(broken);
            fails_on(broken, with, {"--ova", ova, "--cpu", "2"}, expected.first, expected.second);
        }
    }
}

BOOST_AUTO_TEST_CASE(once_and_then_goes_through)
{
    test::simulator const shaky({"--vms", "1", "--fault", "HttpNfcLeaseComplete=HostCommunication,max=1"});
    test::tool const with(shaky);
    std::vector<std::string> const arguments{"--output", "json", "vm", "create", "web1", "--ova", ova};
    BOOST_TEST(with.run(arguments).exit_code == 75);
    BOOST_TEST(shaky.vms().size() == 1u);
    BOOST_TEST(with.run(arguments).exit_code == 0);
    BOOST_TEST(shaky.vms().size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
