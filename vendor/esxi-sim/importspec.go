// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/ovf"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// ovfManager turns the descriptor of an OVA into the settings of a VM, or says as a host does why not. (The simulator's knows few
// devices, and ends the program on many a descriptor.)
type ovfManager struct {
	*simulator.OvfManager
	host *host
}

// CreateImportSpec answers with the settings, or with the reasons against them: they are no fault of the method.
func (m *ovfManager) CreateImportSpec(_ *simulator.Context, request *types.CreateImportSpec) soap.HasFault {
	body := &methods.CreateImportSpecBody{}
	descriptor := modern(request.OvfDescriptor)
	envelope, err := ovf.Unmarshal(strings.NewReader(descriptor))
	if err != nil {
		body.Fault_ = simulator.Fault(err.Error(), &types.OvfXmlFormat{Description: err.Error()})
		return body
	}
	store, ok := m.host.registry.Get(request.Datastore).(*simulator.Datastore)
	if !ok {
		body.Fault_ = simulator.Fault("", &types.ManagedObjectNotFound{Obj: request.Datastore})
		return body
	}
	i := &importer{
		host:     m.host,
		envelope: envelope,
		params:   request.Cisp.GetOvfCreateImportSpecParams(),
		store:    store,
		lines:    itemLines(descriptor),
		used:     map[place]bool{},
		parents:  map[string]*controller{},
		left:     map[string]bool{},
	}
	i.name = stored(i.params.EntityName)
	i.read()
	result := i.result
	if len(result.Error) == 0 {
		result.ImportSpec = &types.VirtualMachineImportSpec{ConfigSpec: i.spec, ResPoolEntity: &request.ResourcePool}
	}
	body.Res = &types.CreateImportSpecResponse{Returnval: result}
	return body
}

var (
	oldTag  = regexp.MustCompile(`<(/?)(?:[\w.-]+:)?(?:Section|Content)\b([^>]*)>`)
	oldType = regexp.MustCompile(`\b[\w.-]+:type\s*=\s*["'](?:[\w.-]+:)?(\w+?)(?:_Type)?["']`)
	oldID   = regexp.MustCompile(`(</?[\w.-]+:)InstanceId\b`)
)

// modern writes a descriptor of OVF 0.9 as one of 1.0, line for line: there a section's name is the type of an element that is called
// Section, or Content if it is a VM. InstanceId is spelt so in some of 1.0 as well.
func modern(descriptor string) string {
	descriptor = oldID.ReplaceAllString(descriptor, "${1}InstanceID")
	var open []string
	return oldTag.ReplaceAllStringFunc(descriptor, func(tag string) string {
		parts := oldTag.FindStringSubmatch(tag)
		name := ""
		if parts[1] != "" {
			if len(open) == 0 {
				return tag
			}
			name, open = open[len(open)-1], open[:len(open)-1]
		} else {
			kind := oldType.FindStringSubmatch(parts[2])
			if kind != nil {
				name = kind[1]
			}
			if !strings.HasSuffix(parts[2], "/") {
				open = append(open, name)
			}
		}
		if name == "" {
			return tag
		}
		return "<" + parts[1] + name + parts[2] + ">"
	})
}

// importer reads one descriptor.
type importer struct {
	host          *host
	envelope      *ovf.Envelope
	params        *types.OvfCreateImportSpecParams
	store         *simulator.Datastore
	name          string // of the VM, as a host stores it
	configuration string // of the deployment options
	lines         []int  // of each item
	spec          types.VirtualMachineConfigSpec
	result        types.OvfCreateImportSpecResult
	parents       map[string]*controller // by the instance id
	left          map[string]bool        // controllers that are left out
	used          map[place]bool
	cards         int32
	disks         int
	isos          int
}

// refuse notes why the descriptor cannot be imported, or that a part which may be missing will be.
func (i *importer) refuse(optional bool, fault types.BaseMethodFault, format string, a ...any) {
	failure := types.LocalizedMethodFault{Fault: fault, LocalizedMessage: fmt.Sprintf(format, a...)}
	if optional {
		i.result.Warning = append(i.result.Warning, failure)
	} else {
		i.result.Error = append(i.result.Error, failure)
	}
}

// itemLines are the lines on which the hardware's items begin, in their order.
func itemLines(descriptor string) []int {
	var lines []int
	begin := regexp.MustCompile(`<(?:[\w.-]+:)?Item[\s>]`)
	line, from := 1, 0
	for _, found := range begin.FindAllStringIndex(descriptor, -1) {
		line += strings.Count(descriptor[from:found[0]], "\n")
		from = found[0]
		lines = append(lines, line)
	}
	return lines
}

func (i *importer) read() {
	system := i.envelope.VirtualSystem
	switch {
	case i.envelope.VirtualSystemCollection != nil:
		i.refuse(false, &types.OvfUnsupportedElement{Name: "VirtualSystemCollection"}, "Unsupported element 'VirtualSystemCollection'.")
		return
	case system == nil:
		i.refuse(false, missingElement("VirtualSystem"), "Missing child element 'VirtualSystem'")
		return
	case len(system.VirtualHardware) == 0:
		i.refuse(false, missingElement("VirtualHardwareSection"), "Missing child element 'VirtualHardwareSection'")
		return
	case i.name == "":
		i.refuse(false, &types.InvalidName{}, "The name '' is invalid.")
		return
	}
	i.chooseConfiguration()
	section, version := i.chooseHardware(system.VirtualHardware)
	if section < 0 {
		return
	}
	path := object.DatastorePath{Datastore: i.store.Name}
	i.spec = types.VirtualMachineConfigSpec{
		Name:              i.params.EntityName,
		Version:           version,
		GuestId:           i.guest(system.OperatingSystem),
		Files:             &types.VirtualMachineFileInfo{VmPathName: path.String()},
		NumCPUs:           1,
		NumCoresPerSocket: types.NewInt32(1),
		MemoryMB:          32,
	}
	if system.Annotation != nil {
		i.spec.Annotation = system.Annotation.Annotation
	}
	i.checkFiles()
	i.setOptions(&system.VirtualHardware[section])
	if i.host.options.persona == nil {
		i.setProperties(system) // a standalone host keeps none
	}
	first := 0
	for _, before := range system.VirtualHardware[:section] {
		first += len(before.Item)
	}
	i.addAll(system.VirtualHardware[section].Item, first)
}

func missingElement(element string) types.BaseMethodFault {
	return &types.OvfMissingElement{OvfElement: types.OvfElement{Name: element}}
}

// chooseConfiguration takes the deployment option that was asked for, or the default one, or the first.
func (i *importer) chooseConfiguration() {
	if i.envelope.DeploymentOption == nil || len(i.envelope.DeploymentOption.Configuration) == 0 {
		return
	}
	options := i.envelope.DeploymentOption.Configuration
	chosen := slices.IndexFunc(options, func(o ovf.DeploymentOptionConfiguration) bool {
		if i.params.DeploymentOption != "" {
			return o.ID == i.params.DeploymentOption
		}
		return o.Default != nil && *o.Default
	})
	if chosen < 0 && i.params.DeploymentOption != "" {
		i.refuse(false, &types.OvfInvalidValueConfiguration{OvfInvalidValue: types.OvfInvalidValue{Value: i.params.DeploymentOption}},
			"Unknown deployment option '%s'.", i.params.DeploymentOption)
	}
	i.configuration = options[max(chosen, 0)].ID
}

// applies tells whether a part belongs to the chosen deployment option; it can belong to several, or to all.
func (i *importer) applies(configuration *string) bool {
	return configuration == nil || *configuration == "" || slices.Contains(strings.Fields(*configuration), i.configuration)
}

// chooseHardware takes the first section with a hardware version that the host supports, and the newest of those in it.
func (i *importer) chooseHardware(sections []ovf.VirtualHardwareSection) (int, string) {
	newest := i.host.newestHardware()
	var unsupported []string
	for n, section := range sections {
		named := ""
		if section.System != nil && section.System.VirtualSystemType != nil {
			named = *section.System.VirtualSystemType
		}
		families := strings.FieldsFunc(named, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' || r == '\r' })
		if len(families) == 0 {
			return n, i.host.defaultHardware()
		}
		best := 0
		for _, family := range families {
			if version, err := strconv.Atoi(strings.TrimPrefix(family, "vmx-")); err == nil && strings.HasPrefix(family, "vmx-") &&
				isHardware(version) && version <= newest {
				best = max(best, version)
			}
		}
		if best > 0 {
			return n, fmt.Sprintf("vmx-%02d", best)
		}
		unsupported = append(unsupported, families...)
	}
	fault := &types.OvfNoSupportedHardwareFamily{Version: strings.Join(unsupported, ", ")}
	if slices.ContainsFunc(unsupported, func(family string) bool { return strings.HasPrefix(family, "vmx-") }) {
		i.refuse(false, fault, "No supported hardware versions among [%s]; supported: [%s].", fault.Version, supportedHardware(newest))
	} else {
		i.refuse(false, fault, "Unsupported hardware family '%s'.", fault.Version)
	}
	return -1, ""
}

// isHardware tells whether there is a hardware version of this number; there were none between the first two.
func isHardware(version int) bool { return version == 4 || version >= 7 }

func supportedHardware(newest int) string {
	var all []string
	for version := 4; version <= newest; version++ {
		if isHardware(version) {
			all = append(all, fmt.Sprintf("vmx-%02d", version))
		}
	}
	return strings.Join(all, ", ")
}

// guest is the kind of operating system; one that the host does not know becomes another, with a warning.
func (i *importer) guest(system *ovf.OperatingSystemSection) string {
	const other = string(types.VirtualMachineGuestOsIdentifierOtherGuest)
	if system == nil {
		return other
	}
	guest := ""
	if system.OSType != nil {
		guest = *system.OSType
	} else {
		version := ""
		if system.Version != nil {
			version = *system.Version
		}
		guest = string(ovf.CIMOSTypeToGuestID(ovf.CIMOSType(system.ID), version))
	}
	if slices.Contains(simulator.GuestID, types.VirtualMachineGuestOsIdentifier(guest)) {
		return guest
	}
	i.refuse(true, &types.OvfMappedOsId{OvfId: int32(system.ID), TargetDescription: "Other (32-bit)"},
		"The specified operating system identifier '%s' (id: %d) is not supported on the selected host. It will be mapped to the following OS identifier: 'Other (32-bit)'.",
		guest, system.ID)
	return other
}

// checkFiles: a host takes no compressed disks, and govc sends none in pieces.
func (i *importer) checkFiles() {
	for _, file := range i.envelope.References {
		if file.Compression != nil && *file.Compression != "" && *file.Compression != "identity" {
			i.refuse(false, &types.OvfUnsupportedAttribute{ElementName: "File", AttributeName: "compression"},
				"OVF package with compressed disks is currently not supported for OVF import")
		}
	}
}

// setOptions takes over what is set of the VM as a whole.
func (i *importer) setOptions(hardware *ovf.VirtualHardwareSection) {
	yes := func(value string) *bool {
		b, err := strconv.ParseBool(value)
		return types.NewBool(err == nil && b)
	}
	for _, config := range hardware.Config {
		switch config.Key {
		case "firmware":
			i.spec.Firmware = config.Value
		case "cpuHotAddEnabled":
			i.spec.CpuHotAddEnabled = yes(config.Value)
		case "cpuHotRemoveEnabled":
			i.spec.CpuHotRemoveEnabled = yes(config.Value)
		case "memoryHotAddEnabled":
			i.spec.MemoryHotAddEnabled = yes(config.Value)
		case "nestedHVEnabled":
			i.spec.NestedHVEnabled = yes(config.Value)
		case "bootOptions.efiSecureBootEnabled":
			i.spec.BootOptions = &types.VirtualMachineBootOptions{EfiSecureBootEnabled: yes(config.Value)}
		}
	}
	if boot := i.spec.BootOptions; boot != nil && i.spec.Firmware != string(types.GuestOsDescriptorFirmwareTypeEfi) {
		boot.EfiSecureBootEnabled = nil
	}
	for _, extra := range hardware.ExtraConfig {
		if extra.Key == "vhv.enable" {
			i.refuse(extra.Required != nil && !*extra.Required, &types.OvfUnsupportedAttributeValue{Value: extra.Key},
				"Line -1: Unsupported value '%s' for attribute 'key' on element 'ExtraConfig'.", extra.Key)
			continue
		}
		i.spec.ExtraConfig = append(i.spec.ExtraConfig, &types.OptionValue{Key: extra.Key, Value: extra.Value})
	}
}

// setProperties gives the VM the OVA's properties and those that were given, as vCenter does.
func (i *importer) setProperties(system *ovf.VirtualSystem) {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	vapp := &types.VAppConfigSpec{}
	for n, product := range system.Product {
		vapp.Product = append(vapp.Product, types.VAppProductSpec{
			ArrayUpdateSpec: types.ArrayUpdateSpec{Operation: types.ArrayUpdateOperationAdd},
			Info: &types.VAppProductInfo{
				Key:        int32(n),
				ClassId:    text(product.Class),
				InstanceId: text(product.Instance),
				Name:       product.Product,
				Vendor:     product.Vendor,
				Version:    product.Version,
			},
		})
		for _, property := range product.Property {
			value := ""
			for _, given := range i.params.PropertyMapping {
				if given.Key == product.Key(property) {
					value = given.Value
				}
			}
			vapp.Property = append(vapp.Property, types.VAppPropertySpec{
				ArrayUpdateSpec: types.ArrayUpdateSpec{Operation: types.ArrayUpdateOperationAdd},
				Info: &types.VAppPropertyInfo{
					Key:              int32(len(vapp.Property)),
					ClassId:          text(product.Class),
					InstanceId:       text(product.Instance),
					Id:               property.Key,
					Category:         product.Category,
					Label:            text(property.Label),
					Type:             property.Type,
					UserConfigurable: property.UserConfigurable,
					DefaultValue:     text(property.Default),
					Value:            value,
					Description:      text(property.Description),
				},
			})
		}
	}
	i.spec.VAppConfig = vapp
}
