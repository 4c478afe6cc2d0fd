// SPDX-License-Identifier: Apache-2.0
// Makes OVAs of every shape, whole and broken: tar archives of all dialects, and descriptors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace test {

inline std::string octal(std::uint64_t number, int digits)
{
    char text[32];
    std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(number));
    return text;
}

/// The block with the right sum in it.
inline std::string with_sum(std::string block)
{
    block.replace(148, 8, "        ");
    std::uint64_t sum = 0;
    for (char c : block) {
        sum += static_cast<unsigned char>(c);
    }
    return block.replace(148, 8, octal(sum, 6) + std::string("\0 ", 2));
}

inline std::string const ustar_magic("ustar\00000", 8);
inline std::string const gnu_magic("ustar  \0", 8);

/// A header; `size` is the field as it stands there, up to 12 bytes.
inline std::string tar_header(std::string const& name, std::string const& size, char type = '0',
                              std::string const& magic = ustar_magic)
{
    std::string block(512, '\0');
    block.replace(0, name.size(), name);
    block.replace(100, 7, "0000644");
    block.replace(124, size.size(), size);
    block.replace(136, 11, "00000000000");
    block[156] = type;
    block.replace(257, magic.size(), magic);
    return with_sum(std::move(block));
}

inline std::string padded(std::string text)
{
    text.resize((text.size() + 511) / 512 * 512, '\0');
    return text;
}

/// A header and its content.
inline std::string tar_member(std::string const& name, std::string const& content, char type = '0')
{
    return tar_header(name, octal(content.size(), 11), type) + padded(content);
}

/// GNU's binary form of a number.
inline std::string tar_binary(std::uint64_t number)
{
    std::string field(12, '\0');
    field[0] = '\x80';
    for (std::size_t i = 0; i < 8; ++i) {
        field[11 - i] = static_cast<char>(static_cast<unsigned char>(number >> (8 * i)));
    }
    return field;
}

/// A PAX header of these records, each as `size=7`.
inline std::string tar_pax(std::vector<std::string> const& records)
{
    std::string text;
    for (auto const& record : records) {
        auto length = record.size() + 3;
        length += std::to_string(length).size();
        length = record.size() + 2 + std::to_string(length).size();
        text += std::to_string(length) + " " + record + "\n";
    }
    return tar_member("PaxHeaders/x", text, 'x');
}

inline std::string const tar_end(1024, '\0');

/// A disk that begins as a stream-optimised VMDK does.
inline std::string stream_optimised(std::size_t size = 2048)
{
    std::string disk("KDMV\1\0\0\0\1\0\3\0", 12);
    disk.resize(size, 'd');
    return disk;
}

/// A disk of a descriptor.
struct described_disk {
    std::string href = "demo-disk1.vmdk";
    std::string attributes{};        ///< Of its file, as `ovf:size="7"`.
    std::string capacity = "16";     ///< In units of `unit`.
    std::string unit = "byte * 2^20";
    std::string populated{};         ///< `ovf:populatedSize`, if any.
};

/// The text of a descriptor of one VM.
inline std::string descriptor(std::vector<described_disk> const& disks = {{}},
                              std::vector<std::string> const& networks = {"VM Network"}, std::string const& more = {})
{
    std::string references;
    std::string described;
    std::string items;
    int number = 0;
    for (auto const& disk : disks) {
        auto const id = std::to_string(++number);
        references += "<File ovf:href=\"" + disk.href + "\" ovf:id=\"file" + id + "\" " + disk.attributes + "/>";
        described += "<Disk ovf:capacity=\"" + disk.capacity + "\" ovf:capacityAllocationUnits=\"" + disk.unit +
                     "\" ovf:diskId=\"vmdisk" + id + "\" ovf:fileRef=\"file" + id + "\" " +
                     (disk.populated.empty() ? "" : "ovf:populatedSize=\"" + disk.populated + "\" ") +
                     "ovf:format=\"http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized\"/>";
        items += "<Item><rasd:AddressOnParent>" + std::to_string(number - 1) +
                 "</rasd:AddressOnParent><rasd:ElementName>Hard disk " + id +
                 "</rasd:ElementName><rasd:HostResource>ovf:/disk/vmdisk" + id + "</rasd:HostResource><rasd:InstanceID>1" + id +
                 "</rasd:InstanceID><rasd:Parent>3</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>";
    }
    std::string listed;
    for (auto const& network : networks) {
        listed += "<Network ovf:name=\"" + network + "\"><Description/></Network>";
        items += "<Item><rasd:AutomaticAllocation>true</rasd:AutomaticAllocation><rasd:Connection>" + network +
                 "</rasd:Connection><rasd:ElementName>Ethernet</rasd:ElementName><rasd:InstanceID>3" + std::to_string(++number) +
                 "</rasd:InstanceID><rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType>"
                 "<rasd:ResourceType>10</rasd:ResourceType></Item>";
    }
    auto const rasd =
        std::string("xmlns:rasd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData\"");
    auto const vssd =
        std::string("xmlns:vssd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData\"");
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Envelope xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\" "
           "xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1\" " +
           rasd + " " + vssd + ">\n<References>" + references + "</References><DiskSection><Info/>" + described +
           "</DiskSection><NetworkSection><Info/>" + listed +
           "</NetworkSection><VirtualSystem ovf:id=\"demo\"><Info/><Name>demo</Name><OperatingSystemSection "
           "ovf:id=\"100\"><Info/></OperatingSystemSection>" +
           more +
           "<VirtualHardwareSection><Info/><System><vssd:ElementName>Family</vssd:ElementName><vssd:InstanceID>0</"
           "vssd:InstanceID>"
           "<vssd:VirtualSystemIdentifier>demo</vssd:VirtualSystemIdentifier><vssd:VirtualSystemType>vmx-13</"
           "vssd:VirtualSystemType>"
           "</System><Item><rasd:ElementName>CPU</rasd:ElementName><rasd:InstanceID>1</rasd:InstanceID>"
           "<rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>1</rasd:VirtualQuantity></Item>"
           "<Item><rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits><rasd:ElementName>Memory</rasd:ElementName>"
           "<rasd:InstanceID>2</rasd:InstanceID><rasd:ResourceType>4</rasd:ResourceType>"
           "<rasd:VirtualQuantity>64</rasd:VirtualQuantity></Item><Item><rasd:Address>0</rasd:Address>"
           "<rasd:ElementName>SCSI</rasd:ElementName><rasd:InstanceID>3</rasd:InstanceID>"
           "<rasd:ResourceSubType>VirtualSCSI</rasd:ResourceSubType><rasd:ResourceType>6</rasd:ResourceType></Item>" +
           items + "</VirtualHardwareSection></VirtualSystem></Envelope>\n";
}

} // namespace test
