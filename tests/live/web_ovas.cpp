// SPDX-License-Identifier: Apache-2.0
// OVAs on web servers of many sorts: each byte is fetched once, nothing of the host's goes there, and no download that moves is ended.
// ctest: served
#include <cstddef>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/live.hpp"
#include "support/script.hpp"

namespace {

/// tests/support/ova_server.py, and what it was asked.
class web {
public:
    explicit web(std::vector<std::string> const& certificate = {}) : program_(arguments(files_, certificate))
    {
        address_ = "127.0.0.1:" + program_.read_line();
    }

    [[nodiscard]] test::directory const& files() const { return files_; }
    [[nodiscard]] std::string url(std::string const& how, std::string const& file = "a.ova") const
    {
        return "http://" + address_ + "/" + how + "/" + file;
    }
    [[nodiscard]] std::string const& address() const { return address_; }
    [[nodiscard]] std::string requests() const { return test::read_file(files_ / "requests"); }

    struct count {
        std::size_t bytes = 0, requests = 0;
    };
    /// Of what was asked for so; forgets it.
    [[nodiscard]] count served() const
    {
        std::istringstream lines(requests());
        count sum;
        for (std::string line; std::getline(lines, line);) {
            std::istringstream fields(line);
            std::string path, range;
            std::size_t bytes = 0;
            fields >> path >> range >> bytes;
            sum.bytes += bytes;
            ++sum.requests;
        }
        return sum;
    }

private:
    static std::vector<std::string> arguments(test::directory const& files, std::vector<std::string> const& certificate)
    {
        std::vector<std::string> argv{"python3", std::string(ESXI_SOURCE_DIR) + "/tests/support/ova_server.py",
                                      files.path().string()};
        argv.insert(argv.end(), certificate.begin(), certificate.end());
        return argv;
    }

    test::directory files_;
    test::program program_;
    std::string address_;
};

struct fixture {
    test::simulator host{{"--vms", "0"}};
    test::tool tool{host};
    web server;
    std::size_t size = 0;

    fixture() { make("a.ova", {"disks=3", "disk_kb=600"}); }

    void make(std::string const& name, std::vector<std::string> const& settings)
    {
        size = std::filesystem::file_size(test::make_ova(server.files() / name, settings));
    }
    [[nodiscard]] test::finished create(std::string const& name, std::string const& url,
                                        std::vector<std::string> const& before = {}) const
    {
        auto arguments = before;
        for (auto const& more :
             {std::string("vm"), std::string("create"), name, std::string("--ova"), url, std::string("--no-power-on")}) {
            arguments.push_back(more);
        }
        return tool.run(arguments);
    }
    void must(std::string const& url, std::vector<std::string> const& before = {})
    {
        auto const name = "vm" + std::to_string(++imports);
        auto const done = create(name, url, before);
        BOOST_TEST(done.exit_code == 0, done.out << done.err);
        auto const requests = server.requests();
        for (char const* const secret : {"Cookie", "Referer"}) {
            BOOST_TEST(requests.find(secret) == std::string::npos, requests);
        }
    }
    [[nodiscard]] std::vector<std::string> kept() const
    {
        std::vector<std::string> names;
        std::error_code none;
        for (std::filesystem::directory_iterator next(tool.home() / ".cache/esxi", none), end; !none && next != end; ++next) {
            names.push_back(next->path().filename().string());
        }
        return names;
    }
    int imports = 0;
};

constexpr std::size_t small = 64 << 10; // the headers and the descriptor, read before the import as well

} // namespace

BOOST_FIXTURE_TEST_SUITE(web_ovas, fixture)

BOOST_AUTO_TEST_CASE(each_byte_is_fetched_once)
{
    must(server.url("range"));
    auto const served = server.served();
    BOOST_TEST(served.bytes > size - small);
    BOOST_TEST(served.bytes < size + small);
    BOOST_TEST(served.requests < 16u, server.requests());
    BOOST_TEST(kept().empty());
}

BOOST_AUTO_TEST_CASE(also_if_the_connection_breaks)
{
    must(server.url("break"));
    BOOST_TEST(server.served().bytes < size + small);
}

BOOST_AUTO_TEST_CASE(a_server_without_ranges_is_asked_for_it_once)
{
    for (char const* const how : {"plain", "gzip"}) {
        auto const before = server.served().bytes;
        must(server.url(how));
        must(server.url(how)); // from the file
        BOOST_TEST(server.served().bytes - before < size + small, server.requests());
    }
    BOOST_TEST(kept().size() == 2u);
    test::make_ova(server.files() / "a.ova", {"disk_kb=100"});
    must(server.url("plain"));
    auto const requests = server.requests();
    BOOST_TEST(requests.rfind("/plain/a.ova bytes=0-8191 11") != std::string::npos, requests); // it was changed, and fetched anew
}

// 1.8 MB at 400 kB/s take longer than either bound.
BOOST_AUTO_TEST_CASE(a_download_that_moves_is_not_ended)
{
    for (char const* const how : {"slow,plain", "slow"}) {
        must(server.url(how), {"--timeout", "2", "--import-timeout", "2"});
    }
}

// Another govc says nothing while it fetches: its bytes are counted.
BOOST_AUTO_TEST_CASE(also_by_a_govc_that_is_not_ours)
{
    auto const other =
        test::script(tool.home(), "govc",
                     "case \" $* \" in\n"
                     "*' -descriptor '*) echo 'govc: flag provided but not defined: -descriptor' >&2; exit 1;;\n"
                     "' serve ') exit 1;;\n"
                     "*' import.ova '*) exec " +
                         test::bin("govc") + " \"$@\" > /dev/null;;\nesac\nexec " + test::bin("govc") + " \"$@\"\n");
    auto const done = create("web1", server.url("slow"), {"--govc", other, "--import-timeout", "2"});
    BOOST_TEST(done.exit_code == 0, done.out << done.err);
    BOOST_TEST(done.err.find("not the one of this project") != std::string::npos, done.err);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_server_is_said_as_that)
{
    auto const said = [this](std::string const& url, int exit_code, std::string const& words) {
        auto const done = create("web1", url);
        BOOST_TEST(done.exit_code == exit_code, url << ": " << done.err);
        BOOST_TEST(done.err.find(words) != std::string::npos, done.err);
        BOOST_TEST(host.calls("ImportVApp") == 0);
    };
    said(server.url("404"), 2, "the OVA's server answered 404 Not Found");
    test::write_file(server.files() / "page.ova", "<!DOCTYPE html><html></html>" + std::string(1000, ' '));
    said(server.url("range", "page.ova"), 2, "the server sent a web page");
    test::write_file(server.files() / "cut.ova", test::read_file(server.files() / "a.ova").substr(0, size / 2));
    said(server.url("range", "cut.ova"), 2, "it is truncated");
    said(server.url("plain", "cut.ova"), 2, "it is truncated");
    test::make_ova(server.files() / "bare.ova", {"manifest=none"});
    auto const bare = tool.run({"vm", "create", "web1", "--ova", server.url("range", "bare.ova"), "--verify-manifest"});
    BOOST_TEST(bare.exit_code == 2, bare.err);
    BOOST_TEST(bare.err.find("no .mf file") != std::string::npos, bare.err);
}

BOOST_AUTO_TEST_CASE(a_certificate_that_is_not_trusted)
{
    auto const made = test::run_program({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                                         tool.home() / "key.pem", "-out", tool.home() / "cert.pem", "-days", "2", "-subj",
                                         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"});
    BOOST_TEST_REQUIRE(made.exit_code == 0, made.err);
    web const secure({tool.home() / "cert.pem", tool.home() / "key.pem"});
    test::make_ova(secure.files() / "a.ova");
    auto const url = "https://" + secure.address() + "/range/a.ova";
    // Directly, and where a redirect leads.
    for (auto const& link : {url, server.url("away") + "?" + url}) {
        auto const done = create("web1", link);
        BOOST_TEST(done.exit_code == 2, done.err);
        BOOST_TEST(done.err.find("the certificate of the OVA's server \"https://" + secure.address() + "\" is not trusted") !=
                       std::string::npos,
                   done.err);
        BOOST_TEST(done.err.find("thumbprint") == std::string::npos, done.err);
    }
    tool.set("SSL_CERT_FILE", tool.home() / "cert.pem");
    must(url);
}

// The server leads to the host's name, in plain text. Of a host, its session's cookie is `Secure`; the file with it has lost that.
BOOST_AUTO_TEST_CASE(the_session_goes_to_the_host_alone)
{
    web const elsewhere;
    test::make_ova(elsewhere.files() / "a.ova");
    must("http://u:pass-word-1@" + server.address() + "/away/a.ova?" + elsewhere.url("range"));
    auto const requests = elsewhere.requests();
    BOOST_TEST(requests.find("/range/a.ova bytes=") != std::string::npos, requests);
    for (char const* const secret : {"Cookie", "Authorization", "Referer"}) {
        BOOST_TEST(requests.find(secret) == std::string::npos, requests);
    }
    BOOST_TEST(server.requests().find("Authorization") != std::string::npos);
}

// Where it came from is told, without what may be a credential.
BOOST_AUTO_TEST_CASE(what_is_recorded)
{
    auto const url = "http://user:pass-word-2@" + server.address() + "/range/a.ova?X-Amz-Signature=pass-word-3";
    std::vector<std::string> const create{"-v", "vm", "create", "web1", "--ova", url, "--no-power-on"};
    auto dry = create;
    dry.emplace_back("--dry-run");
    for (auto const& arguments : {dry, create, std::vector<std::string>{"--output", "json", "vm", "show", "web1"}}) {
        auto const done = tool.run(arguments);
        auto const said = done.out + done.err;
        BOOST_TEST(done.exit_code == 0, said);
        BOOST_TEST(said.find("a.ova") != std::string::npos, said);
        for (char const* const secret : {"pass-word-2", "pass-word-3"}) {
            BOOST_TEST(said.find(secret) == std::string::npos, said);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
