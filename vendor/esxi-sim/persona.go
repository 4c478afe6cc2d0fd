// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// persona is the release of a standalone host whose shapes and limits are taken on (--persona).
type persona struct {
	version, build, apiVersion string
	licence                    string
	hardware                   string // of a VM that does not ask for another
	newest                     int    // the newest hardware version
}

var personas = map[string]*persona{
	"esxi-6.7": {version: "6.7.0", build: "14320388", apiVersion: "6.7.3", licence: "6.0", hardware: "vmx-14", newest: 15},
	"esxi-8":   {version: "8.0.2", build: "22380479", apiVersion: "8.0.2.0", licence: "8.0", hardware: "vmx-20", newest: 21},
}

// newestHardware is the newest hardware version that a VM can have.
func (h *host) newestHardware() int {
	if h.options.persona != nil {
		return h.options.persona.newest
	}
	return 22
}

// defaultHardware is the hardware version of a VM that does not ask for another.
func (h *host) defaultHardware() string {
	if h.options.persona != nil {
		return h.options.persona.hardware
	}
	return esx.HardwareVersion
}

// about is what the host says of itself.
func (p *persona) about(about types.AboutInfo) types.AboutInfo {
	about.FullName = fmt.Sprintf("%s %s build-%s", about.Name, p.version, p.build)
	about.Version, about.Build, about.ApiVersion = p.version, p.build, p.apiVersion
	about.LicenseProductVersion = p.licence
	return about
}

// name gives the host and what it is in the name that one has which nobody named.
func (p *persona) name(registry *simulator.Registry) {
	const localhost = "localhost."
	if resource, ok := registry.Any("ComputeResource").(*mo.ComputeResource); ok {
		resource.Name = localhost
	}
	if system, ok := registry.Any("HostSystem").(*simulator.HostSystem); ok {
		system.Name, system.Summary.Config.Name = localhost, localhost
		about := p.about(esx.ServiceContent.About)
		system.Summary.Config.Product = &about
		if system.Config != nil {
			system.Config.Product = about
		}
	}
}

// shape gives a new VM what a standalone host gives it.
func (p *persona) shape(spec *types.VirtualMachineConfigSpec) {
	if spec.Version == "" {
		spec.Version = p.hardware
	}
	if spec.InstanceUuid == "" {
		spec.InstanceUuid = newUUID("52")
	}
	if spec.Uuid == "" {
		spec.Uuid = newUUID("564d")
	}
	spec.VAppConfig = nil // only vCenter keeps it
}

// newUUID makes one that begins so.
func newUUID(begin string) string {
	var random [16]byte
	_, _ = rand.Read(random[:])
	text := begin + hex.EncodeToString(random[:])[len(begin):]
	return fmt.Sprintf("%s-%s-%s-%s-%s", text[:8], text[8:12], text[12:16], text[16:20], text[20:])
}
