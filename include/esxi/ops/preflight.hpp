// SPDX-License-Identifier: Apache-2.0
// Reads an OVA, or an OVF descriptor with its files, before anything is sent to a host.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <esxi/detail/package_files.hpp>
#include <esxi/detail/url_credentials.hpp>
#include <esxi/error.hpp>
#include <esxi/govc/ova_package.hpp>
#include <esxi/govc/ovf_descriptor.hpp>
#include <esxi/govc/package_checks.hpp>
#include <esxi/govc/remote_ova.hpp>
#include <esxi/model/ovf.hpp>
#include <esxi/model/vm_properties.hpp>
#include <esxi/printable.hpp>

namespace esxi::detail {

/// A package, whose files are as its descriptor says.
struct checked_package {
    ovf_descriptor descriptor;         ///< With the size of each file that is there.
    bool is_archive = true;            ///< One OVA; else a descriptor with its files beside it.
    std::vector<std::string> warnings; ///< What a host may refuse, or does without.
};

[[noreturn]] inline void refuse_without_manifest()
{
    govc::detail::refuse_package("it holds no .mf file, the manifest that verify_manifest needs",
                                 "give one that has it, or leave out verify_manifest");
}

/// Refuses a manifest that lacks a sum which govc looks for after it has uploaded the file.
inline void check_manifest(package_files const& files, ovf_descriptor const& descriptor)
{
    auto const manifest = files.manifest();
    if (!manifest) {
        refuse_without_manifest();
    }
    if (auto const kind = govc::detail::name_kind(manifest->kind);
        !kind.empty() || manifest->size > govc::longest_ovf_descriptor) {
        govc::detail::refuse_package("its manifest " + in_quotes(manifest->name) + " is " +
                                     (kind.empty() ? std::to_string(manifest->size) + " bytes long" : std::string(kind)));
    }
    auto const sums = govc::read_manifest(files.read(*manifest, govc::longest_ovf_descriptor));
    for (auto const& file : descriptor.files) {
        if (descriptor.uses(file) && std::find(sums.begin(), sums.end(), file.href) == sums.end()) {
            govc::detail::refuse_package("its manifest " + in_quotes(manifest->name) + " has no sum of " + in_quotes(file.href),
                                         "give a whole manifest, or leave out verify_manifest");
        }
    }
}

/// Reads a descriptor, which is that of one VM. Throws `config`; the message says what is wrong with it.
[[nodiscard]] inline ovf_descriptor read_descriptor_of_vm(std::string const& text, std::string const& name)
{
    auto descriptor = govc::read_ovf_descriptor(text, "its descriptor " + in_quotes(name));
    if (!descriptor.is_collection && descriptor.systems == 0) {
        govc::detail::refuse_package("its descriptor " + in_quotes(name) + " describes no VM");
    }
    if (descriptor.is_collection || descriptor.systems != 1) {
        govc::detail::refuse_package("it is a vApp of " + std::to_string(descriptor.systems) +
                                         " VMs, and a host without vCenter has VMs alone",
                                     "make an OVA of each VM");
    }
    return descriptor;
}

/// Checks the files against what the descriptor says, and fills in their sizes. Throws likewise. `Files` finds and reads them: a
/// `package_files` or a `govc::remote_ova`.
template <class Files>
void check_files(Files const& files, checked_package& package)
{
    auto& descriptor = package.descriptor;
    for (auto& file : descriptor.files) {
        bool const is_used = descriptor.uses(file);
        auto const found = files.find(file, is_used);
        if (!found) {
            package.warnings.push_back("the OVA lacks its file " + in_quotes(file.href) + ", which no device refers to");
            continue;
        }
        if (!is_used) {
            continue;
        }
        govc::check_file(file, *found);
        file.size = found->size;
        if (descriptor.is_disk(file) && !govc::check_disk(file, files.read(*found, govc::format_head))) {
            package.warnings.push_back("the OVA's disk " + in_quotes(file.href) +
                                       " does not begin as a stream-optimised VMDK does; a host may refuse it");
        }
    }
}

/// Reads a package on this machine and checks it. Throws likewise.
[[nodiscard]] inline checked_package read_package(std::string const& path, bool verify_manifest)
{
    package_files const files(path);
    checked_package package;
    package.is_archive = files.is_archive();
    package.descriptor = read_descriptor_of_vm(files.descriptor(), files.descriptor_name());
    check_files(files, package);
    if (verify_manifest) {
        check_manifest(files, package.descriptor);
    }
    return package;
}

/// Checks a package on a web server, as far as it is known. Throws likewise.
[[nodiscard]] inline checked_package read_package(govc::remote_ova const& files, bool verify_manifest)
{
    checked_package package;
    package.is_archive = !files.entries().empty();
    if (package.is_archive) {
        static_cast<void>(govc::find_descriptor(files.entries())); // refuses several
    }
    package.descriptor = read_descriptor_of_vm(files.descriptor(), files.descriptor_name());
    if (package.is_archive) {
        check_files(files, package);
        if (verify_manifest && !files.has_manifest()) {
            refuse_without_manifest();
        }
    }
    return package;
}

/// Reads a package and names the property in what is thrown.
template <class Source>
[[nodiscard]] checked_package read_package_of(vm_properties const& vm, Source const& source)
{
    try {
        return read_package(source, vm.verify_manifest);
    } catch (error const& failed) {
        throw error(failed.kind(), "property `ova_url` of VM " + in_quotes(vm.name) + " is " +
                                       printable(shown_source(vm.ova_url)) + ": " + failed.what());
    }
}

/// The package that `ova_url` leads to, if it is on this machine. Throws `config`, naming the property.
[[nodiscard]] inline std::optional<checked_package> read_package(vm_properties const& vm)
{
    if (vm.ova_url.empty() || vm.ova_is_remote()) {
        return std::nullopt;
    }
    return read_package_of(vm, vm.ova_url);
}

} // namespace esxi::detail
