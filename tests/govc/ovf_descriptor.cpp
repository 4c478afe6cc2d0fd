// SPDX-License-Identifier: Apache-2.0
// The descriptor of an OVF package: what is read of it, and what is refused.
#include <esxi/govc/ovf_descriptor.hpp>

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>

#include <boost/test/unit_test.hpp>

#include "support.hpp"

using esxi::govc::read_ovf_descriptor;

namespace {

std::string envelope(std::string const& content)
{
    return "<?xml version='1.0' encoding='UTF-8'?>\n"
           "<Envelope xmlns='http://schemas.dmtf.org/ovf/envelope/1' xmlns:ovf='http://schemas.dmtf.org/ovf/envelope/1'>\n" +
           content + "</Envelope>\n";
}

std::string refusal(std::string_view text)
{
    return test::failure([&] { return read_ovf_descriptor(text); }, esxi::error_kind::config);
}

/// The folder of the pinned govmomi; empty if Go is not part of this build.
std::string govmomi()
{
    std::string const go = ESXI_GO_PROGRAM;
    if (go.empty()) {
        return {};
    }
    auto const ask = "GOTOOLCHAIN=local GOWORK=off GOFLAGS=-mod=mod '" + go +
                     "' -C '" ESXI_SOURCE_DIR "/vendor' list -m -f '{{.Dir}}' github.com/vmware/govmomi";
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> const pipe(::popen(ask.c_str(), "r"), &::pclose);
    char line[4096] = {};
    BOOST_TEST_REQUIRE(pipe != nullptr);
    BOOST_TEST_REQUIRE(std::fgets(line, sizeof line, pipe.get()) != nullptr);
    std::string path = line;
    return path.substr(0, path.find('\n'));
}

} // namespace

BOOST_AUTO_TEST_SUITE(ovf_descriptor)

BOOST_AUTO_TEST_CASE(is_read_whatever_its_prefixes)
{
    std::string const text = envelope(R"~(
<References><File ovf:href="a%20b.vmdk" ovf:id="f1" ovf:size="70000" ovf:chunkSize="20000" ovf:compression="gzip"/>
  <File ovf:href="c.iso" ovf:id="f2"/></References>
<DiskSection><Info/><Disk ovf:diskId="d1" ovf:fileRef="f1" ovf:capacity="16" ovf:capacityAllocationUnits="byte * 2^30"
   ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized" ovf:populatedSize="12"/>
  <Disk ovf:diskId="d2" ovf:capacity="${size.disk}" ovf:capacityAllocationUnits="byte*2^20" ovf:parentRef="d1"/></DiskSection>
<NetworkSection><Network ovf:name="VM Network"/><Network ovf:name="A &amp; B"/></NetworkSection>
<DeploymentOptionSection><Configuration ovf:id="small"/><Configuration ovf:id="large" ovf:default="true"><Label> L </Label></Configuration>
</DeploymentOptionSection>
<VirtualSystem ovf:id="vm"><Info/><Name> demo </Name>
  <AnnotationSection><Annotation>one
two</Annotation></AnnotationSection>
  <EulaSection><License><![CDATA[You agree to <nothing> & all.]]></License></EulaSection>
  <ProductSection ovf:class="size"><Product>Demo</Product>
    <Property ovf:key="disk" ovf:type="uint32" ovf:value="5"><Value ovf:configuration="large" ovf:value="7"/></Property>
  </ProductSection>
  <ProductSection ovf:class="net" ovf:instance="0">
    <Property ovf:key="ip" ovf:type="string" ovf:userConfigurable="true" ovf:password="1" ovf:required="true"
       vmw:qualifiers="Ip('VM Network')" ovf:qualifiers="MinLen(1)" ovf:value="a&#10;b	c&lt;"><Label>Address</Label></Property>
    <Property ovf:key="only" ovf:configuration="small large"/>
    <Property ovf:type="string"/>
  </ProductSection>
  <VirtualHardwareSection ovf:transport="com.vmware.guestInfo  iso"/>
</VirtualSystem>
)~");
    auto const read = read_ovf_descriptor(text);
    BOOST_TEST(
        (read.files == std::vector<esxi::ovf_file>{{"f1", "a%20b.vmdk", 70000, 20000, "gzip"}, {"f2", "c.iso", {}, {}, ""}}));
    BOOST_TEST(read.files[0].is_compressed());
    BOOST_TEST(!read.files[1].is_compressed());
    BOOST_TEST_REQUIRE(read.disks.size() == 2u);
    BOOST_TEST((read.disks[0].capacity == std::uint64_t{16} << 30));
    BOOST_TEST((read.disks[0].populated_size == 12u));
    BOOST_TEST(read.disks[0].file_ref == "f1");
    BOOST_TEST((read.disks[1].capacity == std::uint64_t{7} << 20)); // the default in the default option
    BOOST_TEST(read.disks[1].capacity_property == "size.disk");
    BOOST_TEST(read.disks[1].capacity_unit == std::uint64_t{1} << 20);
    BOOST_TEST(read.disks[1].parent_ref == "d1");
    BOOST_TEST((read.networks == std::vector<std::string>{"VM Network", "A & B"}));
    BOOST_TEST(read.default_option() == "large");
    BOOST_TEST(read.deployment_options[1].label == "L");
    BOOST_TEST(read.name == "demo");
    BOOST_TEST(read.product == "Demo");
    BOOST_TEST(read.annotation == "one\ntwo");
    BOOST_TEST((read.eulas == std::vector<std::string>{"You agree to <nothing> & all."}));
    BOOST_TEST((read.transports == std::vector<std::string>{"com.vmware.guestInfo", "iso"}));
    BOOST_TEST(read.systems == 1u);
    BOOST_TEST(!read.is_collection);
    BOOST_TEST_REQUIRE(read.properties.size() == 3u);
    BOOST_TEST(read.properties[0].key == "size.disk");
    BOOST_TEST((read.properties[0].default_in("small") == "5"));
    auto const& ip = read.properties[1];
    BOOST_TEST(ip.key == "net.ip.0");
    BOOST_TEST((ip.default_in("") == "a\nb c<")); // a reference is itself; a blank in an attribute is a space
    BOOST_TEST(ip.qualifiers == "Ip('VM Network') MinLen(1)");
    BOOST_TEST((ip.user_configurable && ip.password && ip.required));
    BOOST_TEST(ip.label == "Address");
    BOOST_TEST((read.properties[2].exists_in("small") && !read.properties[2].exists_in("tiny") && ip.exists_in("tiny")));
    BOOST_TEST(!read.properties[2].default_in("small"));

    auto renamed = text;
    for (auto const& [from, to] : std::map<std::string, std::string>{
             {"<", "<ns0:"}, {"<ns0:/", "</ns0:"}, {"<ns0:?", "<?"}, {"<ns0:!", "<!"}, {"ovf:", "o-1:"}}) {
        for (auto at = renamed.find(from); at != std::string::npos; at = renamed.find(from, at + to.size())) {
            renamed.replace(at, from.size(), to);
        }
    }
    renamed.replace(renamed.find("<ns0:nothing"), 12, "<nothing");
    auto expected = read;
    expected.eulas = {"You agree to <nothing> & all."};
    BOOST_TEST((read_ovf_descriptor(renamed) == expected));
}

BOOST_AUTO_TEST_CASE(of_several_machines_is_told_as_that)
{
    auto const read = read_ovf_descriptor(
        envelope("<VirtualSystemCollection ovf:id='two'><Info/><ProductSection><Property ovf:key='a'/></ProductSection>"
                 "<VirtualSystem ovf:id='x'><ProductSection><Property ovf:key='b'/></ProductSection></VirtualSystem>"
                 "<VirtualSystemCollection><VirtualSystem ovf:id='y'/></VirtualSystemCollection>"
                 "</VirtualSystemCollection>"));
    BOOST_TEST(read.is_collection);
    BOOST_TEST(read.systems == 2u);
    BOOST_TEST(read.name == "two");
    BOOST_TEST(read.properties.size() == 2u);
}

BOOST_AUTO_TEST_CASE(has_capacities_in_units)
{
    auto const capacity = [](std::string const& number, std::string const& unit) {
        return read_ovf_descriptor(envelope("<DiskSection><Disk ovf:capacity='" + number + "' ovf:capacityAllocationUnits='" +
                                            unit + "'/></DiskSection>"))
            .disks.at(0)
            .capacity;
    };
    BOOST_TEST((capacity("3", "") == 3u));
    BOOST_TEST((capacity("3", "byte") == 3u));
    BOOST_TEST((capacity(" 3 ", "byte*2^10") == 3072u));
    BOOST_TEST((capacity("3", "byte * 10^9") == 3000000000u));
    BOOST_TEST((capacity("3", "byte * 1024 * 2^10") == 3u << 20));
    BOOST_TEST((capacity("3", "GigaBytes") == std::uint64_t{3} << 30));
    BOOST_TEST((capacity("9000000000000000000", "byte") == 9000000000000000000u));
    for (auto const* unit : {"byte * 2^64", "byte * 9^99", "hertz", "byte +", "byte *", "byte * 2^", "byte * x"}) {
        BOOST_TEST(!capacity("3", unit), unit);
    }
    for (auto const* number : {"", "x", "-1", "3.5", "99999999999999999999", "${nosuch}", "${"}) {
        BOOST_TEST(!capacity(number, "byte"), number);
    }
}

BOOST_AUTO_TEST_CASE(is_read_with_a_byte_order_mark)
{
    BOOST_TEST(read_ovf_descriptor("\xef\xbb\xbf" + envelope("<VirtualSystem ovf:id='x'/>")).name == "x");
    BOOST_TEST(read_ovf_descriptor("\r\n<!-- < & > --><Envelope>\r\n<VirtualSystem id=\"gr\xc3\xb6\xc3\x9f"
                                   "e\"/></Envelope>")
                   .name == "gr\xc3\xb6\xc3\x9f"
                            "e");
}

BOOST_AUTO_TEST_CASE(in_another_encoding_is_refused_by_its_name)
{
    using namespace std::string_literals;
    BOOST_TEST(
        refusal("<?xml version='1.0' encoding='ISO-8859-1'?><Envelope/>") ==
        "the OVF descriptor is in ISO-8859-1, which is not read; allowed is UTF-8: convert it, and name that in its first line");
    for (auto const& text : {"\xff\xfe<\0E\0"s, "\xfe\xff\0<\0E"s, "<\0?\0"s, "\0<\0?"s,
                             "<?xml version=\"1.0\" encoding=\"UTF-16\"?><Envelope/>"s}) {
        BOOST_TEST(refusal(text).starts_with("the OVF descriptor is in UTF-16, which"));
    }
    BOOST_TEST(refusal("\xff\xfe\0\0<\0\0\0"s).starts_with("the OVF descriptor is in UTF-32, which"));
    BOOST_TEST(refusal("<Envelope a='\xff'/>") == "the OVF descriptor is not in UTF-8, the only encoding that is read");
    BOOST_TEST(read_ovf_descriptor("<?xml version='1.0' encoding=\"utf-8\"?><Envelope/>").name.empty());
    // The name that it is given stands in the message.
    BOOST_TEST(test::failure([] { return read_ovf_descriptor("", "`x.ovf`"); }, esxi::error_kind::config) == "`x.ovf` is empty");
}

BOOST_AUTO_TEST_CASE(with_entities_of_its_own_is_refused)
{
    BOOST_TEST(refusal("<!DOCTYPE Envelope [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><Envelope>&a;</Envelope>") ==
               "the OVF descriptor has a document type declaration, which is not read");
    BOOST_TEST(
        refusal("<Envelope>\n\n&a;</Envelope>") ==
        "the OVF descriptor has a & that begins no reference to a character or to one of XML's own entities: `&a`, in line 3");
    for (auto const* text :
         {"<Envelope a='x & y'/>", "<Envelope a='&#0;'/>", "<Envelope>&#x1;</Envelope>", "<Envelope>&#xD800;</Envelope>",
          "<Envelope>&#xFFFF;</Envelope>", "<Envelope>&#x110000;</Envelope>", "<Envelope>&#;</Envelope>",
          "<Envelope>&#x;</Envelope>", "<Envelope>&#-1;</Envelope>", "<Envelope>&amp</Envelope>", "<Envelope>&;</Envelope>"}) {
        BOOST_TEST(refusal(text).find("begins no reference") != std::string::npos, text);
    }
}

BOOST_AUTO_TEST_CASE(that_is_none_is_refused)
{
    using namespace std::string_literals;
    BOOST_TEST(refusal("<HTML><BODY/></HTML>") ==
               "the OVF descriptor is none: its root element is `HTML`, that of an OVF descriptor is Envelope");
    for (auto const& text : {""s,
                             " \n"s,
                             "x"s,
                             "<"s,
                             "<Envelope"s,
                             "<Envelope>"s,
                             "<Envelope/"s,
                             "</Envelope>"s,
                             "<Envelope></envelope>"s,
                             "<Envelope><a></Envelope></a>"s,
                             "<Envelope/><Envelope/>"s,
                             "<Envelope/>x"s,
                             "<Envelope a=b/>"s,
                             "<Envelope a/>"s,
                             "<Envelope a='<'/>"s,
                             "<Envelope a='/>"s,
                             "<Envelope <a/>/>"s,
                             "<Envelope><!-- </Envelope>"s,
                             "<Envelope><![CDATA[</Envelope>"s,
                             "<Envelope><? </Envelope>"s,
                             "<Envelope>\x01</Envelope>"s,
                             "<Envelope/>\0"s,
                             "<Envelope>\0</Envelope>"s,
                             "< Envelope/>"s,
                             "{}"s,
                             "PK\3\4"s}) {
        BOOST_TEST(refusal(text) != "no failure", text);
    }
}

BOOST_AUTO_TEST_CASE(is_of_bounded_size_and_depth)
{
    auto const nested = [](std::size_t depth) {
        std::string text;
        for (std::size_t i = 0; i < depth; ++i) {
            text += "<a>";
        }
        for (std::size_t i = 0; i < depth; ++i) {
            text += "</a>";
        }
        return envelope(text);
    };
    BOOST_TEST(refusal(nested(63)) == "no failure");
    BOOST_TEST(refusal(nested(64)).find("nested deeper than 64") != std::string::npos);
    BOOST_TEST(refusal(nested(500'000)).find("nested deeper than 64") != std::string::npos);
    std::string many;
    for (int i = 0; i < 100'001; ++i) {
        many += "<a/>";
    }
    BOOST_TEST(refusal(envelope(many)).find("more than 100000 elements") != std::string::npos);
    BOOST_TEST(refusal(std::string((4u << 20) + 1, ' ')) == "the OVF descriptor has 4194305 bytes; allowed are 4194304");
}

BOOST_AUTO_TEST_CASE(of_each_real_appliance_is_read)
{
    auto const folder = govmomi();
    if (folder.empty()) {
        BOOST_TEST_MESSAGE("no Go in this build: the descriptors of govmomi are not read");
        return;
    }
    int read = 0;
    std::map<std::string, int> refused;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(folder + "/ovf/fixtures")) {
        if (!entry.is_regular_file()) {
            continue;
        }
        try {
            auto const descriptor = read_ovf_descriptor(test::read_file(entry.path().string()));
            ++read;
        } catch (esxi::error const& failed) {
            BOOST_TEST((failed.kind() == esxi::error_kind::config));
            BOOST_TEST_MESSAGE(entry.path().filename().string() << ": " << failed.what());
            ++refused[std::string(failed.what()).substr(0, 45)];
        }
    }
    BOOST_TEST_MESSAGE(read << " descriptors were read");
    for (auto const& [why, count] : refused) {
        BOOST_TEST_MESSAGE(count << " refused: " << why);
    }
    BOOST_TEST(read >= 950); // of 959; those that are left are none, or too long
}

BOOST_AUTO_TEST_SUITE_END()
