// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/ovf"
	"github.com/vmware/govmomi/vim25/types"
)

// controller is one that devices of a descriptor can be attached to. The keys of it and of them are a host's.
type controller struct {
	key    int32
	first  int32 // the key of the device on unit 0
	units  int32
	scsi   bool // its own unit is 7
	device types.BaseVirtualDevice
}

// place is a unit of a controller.
type place struct{ controller, unit int32 }

// The controllers that each VM has.
const (
	pciController = 100
	ideController = 200
	sioController = 400
)

// item is a part of the hardware that is being read.
type item struct {
	*ovf.ResourceAllocationSettingData
	kind     int32
	subtype  string
	line     int
	optional bool
}

// isController tells whether other devices can be on one of this kind.
func (it *item) isController() bool {
	switch ovf.CIMResourceType(it.kind) {
	case ovf.IdeController, ovf.ParallelScsiHba, ovf.OtherStorage, ovf.UsbController:
		return true
	}
	return false
}

// addAll reads the items: the controllers first, since a drive may stand before its own. `first` is the place of the first item among
// those of all sections.
func (i *importer) addAll(data []ovf.ResourceAllocationSettingData, first int) {
	var items []*item
	for n := range data {
		it := &item{ResourceAllocationSettingData: &data[n], line: -1, optional: data[n].Required != nil && !*data[n].Required}
		if first+n < len(i.lines) {
			it.line = i.lines[first+n]
		}
		switch {
		case !i.applies(it.Configuration), it.Bound != nil && (*it.Bound == "min" || *it.Bound == "max"):
			continue
		case it.ResourceType == nil:
			i.refuse(it.optional, missingElement("ResourceType"), "Line %d: Missing child element 'ResourceType'", it.line)
			continue
		}
		it.kind = int32(*it.ResourceType)
		if it.ResourceSubType != nil {
			it.subtype = strings.ToLower(strings.TrimSpace(*it.ResourceSubType))
		}
		items = append(items, it)
	}
	for _, controllers := range []bool{true, false} {
		for _, it := range items {
			if it.isController() == controllers {
				i.add(it)
			}
		}
	}
}

func (i *importer) add(it *item) {
	switch ovf.CIMResourceType(it.kind) {
	case ovf.Other:
		i.addOther(it)
	case ovf.Processor:
		if n := i.quantity(it); n > 0 {
			i.spec.NumCPUs = int32(min(n, math.MaxInt32))
			if cores := it.CoresPerSocket; cores != nil && cores.Value > 0 {
				i.spec.NumCoresPerSocket = &cores.Value
			}
		}
	case ovf.Memory:
		if n := i.quantity(it); n > 0 {
			i.spec.MemoryMB = int64(n) * bytesOf(it.AllocationUnits, 1<<20) >> 20
		}
	case ovf.IdeController, ovf.ParallelScsiHba, ovf.OtherStorage, ovf.UsbController:
		i.addController(it)
	case ovf.EthernetAdapter:
		i.addCard(it)
	case ovf.FloppyDrive:
		i.addFloppy(it)
	case ovf.CdDrive, ovf.DvdDrive:
		i.addCD(it)
	case ovf.DiskDrive:
		i.addDisk(it)
	case ovf.SerialPort:
		i.attach(&types.VirtualSerialPort{VirtualDevice: types.VirtualDevice{
			Backing: &types.VirtualSerialPortDeviceBackingInfo{},
		}}, it, &controller{key: sioController, first: 9000, units: 4})
	case ovf.ParallelPort:
		i.attach(&types.VirtualParallelPort{VirtualDevice: types.VirtualDevice{
			Backing: &types.VirtualParallelPortDeviceBackingInfo{},
		}}, it, &controller{key: sioController, first: 10000, units: 3})
	case ovf.Graphics: // each VM has one
	default:
		i.unsupported(it)
	}
}

// unsupported refuses a device of a kind that a host has not.
func (i *importer) unsupported(it *item) {
	i.left[it.InstanceID] = true
	i.refuse(it.optional, &types.OvfUnsupportedType{Name: it.ElementName, InstanceId: it.InstanceID, DeviceType: it.kind},
		"Line %d: OVF hardware element 'ResourceType' with instance ID '%s': No support for the virtual hardware device type '%d'.",
		it.line, it.InstanceID, it.kind)
}

// unsupportedSubtype refuses a device of a kind that a host has, but not in this form.
func (i *importer) unsupportedSubtype(it *item) {
	i.left[it.InstanceID] = true
	name := ""
	if it.ResourceSubType != nil {
		name = strings.TrimSpace(*it.ResourceSubType)
	}
	i.refuse(it.optional, &types.OvfUnsupportedSubType{ElementName: it.ElementName, InstanceId: it.InstanceID, DeviceType: it.kind, DeviceSubType: name},
		"Unsupported virtual hardware device '%s'.", name)
}

// invalid refuses a value.
func (i *importer) invalid(it *item, element, value string) {
	i.refuse(it.optional, &types.OvfInvalidValue{OvfAttribute: types.OvfAttribute{ElementName: element}, Value: value},
		"Line %d: Invalid value '%s' for element '%s'.", it.line, value, element)
}

func (i *importer) quantity(it *item) uint {
	if it.VirtualQuantity == nil {
		i.refuse(it.optional, missingElement("VirtualQuantity"), "Line %d: Missing child element 'VirtualQuantity'", it.line)
		return 0
	}
	return *it.VirtualQuantity
}

// bytesOf is how many a unit such as "byte * 2^20" has; if it is left out or not known, `otherwise`.
func bytesOf(unit *string, otherwise int64) int64 {
	if unit == nil || strings.TrimSpace(*unit) == "" {
		return otherwise
	}
	if n := ovf.ParseCapacityAllocationUnits(*unit); n > 0 {
		return n
	}
	return otherwise
}

// token is the first word of a subtype, which can be a list, that is one of the known ones.
func token[T any](subtype string, known map[string]T) (T, bool) {
	for _, word := range strings.FieldsFunc(subtype, func(r rune) bool { return r == ',' || r == ' ' }) {
		if value, ok := known[word]; ok {
			return value, true
		}
	}
	var none T
	return none, false
}

var soundCards = map[string]func() types.BaseVirtualDevice{
	ovf.ResourceSubTypeSoundCardSB16:        func() types.BaseVirtualDevice { return &types.VirtualSoundBlaster16{} },
	ovf.ResourceSubTypeSoundCardEnsoniq1371: func() types.BaseVirtualDevice { return &types.VirtualEnsoniq1371{} },
	ovf.ResourceSubTypeSoundCardHDAudio:     func() types.BaseVirtualDevice { return &types.VirtualHdAudioCard{} },
}

func (i *importer) addOther(it *item) {
	if sound, ok := token(it.subtype, soundCards); ok {
		i.attach(sound(), it, &controller{key: pciController, first: 5000, units: 1})
	} else if it.subtype != ovf.ResourceSubTypeVMCI { // each VM has that one
		i.unsupportedSubtype(it)
	}
}

var scsiControllers = map[string]func() types.BaseVirtualSCSIController{
	"buslogic":     func() types.BaseVirtualSCSIController { return &types.VirtualBusLogicController{} },
	"lsilogic":     func() types.BaseVirtualSCSIController { return &types.VirtualLsiLogicController{} },
	"lsilogicsas":  func() types.BaseVirtualSCSIController { return &types.VirtualLsiLogicSASController{} },
	"lsilogic-sas": func() types.BaseVirtualSCSIController { return &types.VirtualLsiLogicSASController{} },
	"virtualscsi":  func() types.BaseVirtualSCSIController { return &types.ParaVirtualSCSIController{} },
	"pvscsi":       func() types.BaseVirtualSCSIController { return &types.ParaVirtualSCSIController{} },
}

// addController takes a controller over on the bus that it names, or the first free one.
func (i *importer) addController(it *item) {
	switch ovf.CIMResourceType(it.kind) {
	case ovf.IdeController: // each VM has both
		if bus := i.bus(it, ideController, 2); bus >= 0 {
			i.parents[it.InstanceID] = &controller{key: ideController + bus, first: 3000 + 2*bus, units: 2}
		}
	case ovf.ParallelScsiHba:
		scsi, ok := token(it.subtype, scsiControllers)
		if it.subtype == "" {
			scsi, ok = scsiControllers["lsilogic"], true
		}
		if !ok {
			i.unsupportedSubtype(it)
		} else if bus := i.bus(it, 1000, 4); bus >= 0 {
			c := scsi()
			settings := c.GetVirtualSCSIController()
			settings.SharedBus, settings.ScsiCtlrUnitNumber = types.VirtualSCSISharingNoSharing, 7
			settings.HotAddRemove = types.NewBool(true)
			i.addBus(it, c.(types.BaseVirtualController), &controller{key: 1000 + bus, first: 2000 + 16*bus, units: 16, scsi: true}, bus)
		}
	case ovf.UsbController:
		switch it.subtype {
		case "", ovf.ResourceSubTypeUSBEHCI:
			if i.bus(it, 7000, 1) == 0 {
				i.addBus(it, &types.VirtualUSBController{EhciEnabled: types.NewBool(true)}, &controller{key: 7000}, 0)
			}
		case ovf.ResourceSubTypeUSBXHCI:
			if i.bus(it, 14000, 1) == 0 {
				i.addBus(it, &types.VirtualUSBXHCIController{}, &controller{key: 14000}, 0)
			}
		default:
			i.unsupportedSubtype(it)
		}
	default:
		switch it.subtype {
		case ovf.ResourceSubTypeSATAAHCI:
			if bus := i.bus(it, 15000, 4); bus >= 0 {
				i.addBus(it, &types.VirtualAHCIController{}, &controller{key: 15000 + bus, first: 16000 + 30*bus, units: 30}, bus)
			}
		case ovf.ResourceSubTypeNVMEController:
			if bus := i.bus(it, 31000, 4); bus >= 0 {
				i.addBus(it, &types.VirtualNVMEController{}, &controller{key: 31000 + bus, first: 32000 + 15*bus, units: 15}, bus)
			}
		case "":
			i.unsupported(it)
		default:
			i.unsupportedSubtype(it)
		}
	}
}

// bus is the number of a controller: the one that the descriptor names, if that is free, or the first that is. -1: there is none.
func (i *importer) bus(it *item, first, count int32) int32 {
	bus := int32(0)
	if it.Address != nil {
		if n, err := strconv.ParseInt(strings.TrimSpace(*it.Address), 10, 32); err == nil && n >= 0 && n < int64(count) {
			bus = int32(n)
		}
	}
	for range count {
		if key := (place{first, bus}); !i.used[key] {
			i.used[key] = true
			return bus
		}
		bus = (bus + 1) % count
	}
	i.noSpace(it)
	return -1
}

func (i *importer) noSpace(it *item) {
	i.left[it.InstanceID] = true
	parent := ""
	if it.Parent != nil {
		parent = *it.Parent
	}
	i.refuse(it.optional, &types.OvfNoSpaceOnController{Parent: parent}, "Line %d: No space left for device '%s' on parent controller '%s'.",
		it.line, it.InstanceID, parent)
}

func (i *importer) addBus(it *item, device types.BaseVirtualController, c *controller, bus int32) {
	settings := device.GetVirtualController()
	settings.Key, settings.ControllerKey, settings.BusNumber = c.key, pciController, bus
	c.device = device.(types.BaseVirtualDevice)
	i.parents[it.InstanceID] = c
	i.change(c.device, it)
}

// parent is the controller of a drive; nil: there is none, which was told.
func (i *importer) parent(it *item) *controller {
	if it.Parent == nil || *it.Parent == "" {
		i.refuse(it.optional, missingElement("Parent"), "Line %d: Missing child element 'Parent'", it.line)
		return nil
	}
	id := strings.TrimSpace(*it.Parent)
	c := i.parents[id]
	if c == nil || c.units == 0 {
		// The drives of a controller that is left out are left out too.
		i.refuse(it.optional || i.left[id],
			&types.OvfInvalidValueReference{OvfInvalidValue: types.OvfInvalidValue{Value: *it.Parent}},
			"Line %d: Value '%s' of Parent element does not refer to a ref of type DiskControllerReference.", it.line, *it.Parent)
		return nil
	}
	return c
}

// attach puts a device on a controller: on the unit that the descriptor names, if that is free, or the first that is.
func (i *importer) attach(device types.BaseVirtualDevice, it *item, c *controller) bool {
	unit := int32(0)
	if it.AddressOnParent != nil && strings.TrimSpace(*it.AddressOnParent) != "" {
		n, err := strconv.ParseInt(strings.TrimSpace(*it.AddressOnParent), 10, 32)
		if err != nil || n < 0 || n > math.MaxInt16 {
			i.invalid(it, "AddressOnParent", *it.AddressOnParent)
			return false
		}
		if int32(n) < c.units {
			unit = int32(n)
		}
	}
	for range c.units {
		// Beside a disk 0 of SCSI there can be a serial port 0, so that the first key counts, not the controller's.
		if spot := (place{c.first, unit}); !i.used[spot] && !(c.scsi && unit == 7) {
			i.used[spot] = true
			d := device.GetVirtualDevice()
			d.Key, d.ControllerKey, d.UnitNumber = c.first+unit, c.key, types.NewInt32(unit)
			i.change(device, it)
			return true
		}
		unit = (unit + 1) % c.units
	}
	i.noSpace(it)
	return false
}

// change adds a device to the new VM's.
func (i *importer) change(device types.BaseVirtualDevice, it *item) {
	if d := device.GetVirtualDevice(); d.DeviceInfo == nil && it.ElementName != "" {
		d.DeviceInfo = &types.Description{Label: it.ElementName}
	}
	spec := &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: device}
	if _, ok := device.(*types.VirtualDisk); ok {
		spec.FileOperation = types.VirtualDeviceConfigSpecFileOperationCreate
	}
	i.spec.DeviceChange = append(i.spec.DeviceChange, spec)
}

var cards = map[string]func() types.BaseVirtualEthernetCard{
	"":                  func() types.BaseVirtualEthernetCard { return &types.VirtualE1000{} },
	"e1000":             func() types.BaseVirtualEthernetCard { return &types.VirtualE1000{} },
	"e1000e":            func() types.BaseVirtualEthernetCard { return &types.VirtualE1000e{} },
	"pcnet32":           func() types.BaseVirtualEthernetCard { return &types.VirtualPCNet32{} },
	"vmxnet":            func() types.BaseVirtualEthernetCard { return &types.VirtualVmxnet2{} },
	"vmxnet2":           func() types.BaseVirtualEthernetCard { return &types.VirtualVmxnet2{} },
	"vmxnet3":           func() types.BaseVirtualEthernetCard { return &types.VirtualVmxnet3{} },
	"sriovethernetcard": func() types.BaseVirtualEthernetCard { return &types.VirtualSriovEthernetCard{} },
}

// mostCards is how many a VM can have.
const mostCards = 10

// addCard connects a card to the network that its OVA's is mapped to, or to the one of the same name, or to the first.
func (i *importer) addCard(it *item) {
	made, ok := token(it.subtype, cards)
	if it.subtype == "" {
		made, ok = cards[""], true
	}
	if !ok {
		i.unsupportedSubtype(it)
		return
	}
	if i.cards == mostCards {
		i.noSpace(it)
		return
	}
	network := i.network(it)
	if network == "" {
		i.refuse(it.optional, &types.OvfNoHostNic{}, "Host did not have any virtual network defined.")
		return
	}
	card := made()
	settings := card.GetVirtualEthernetCard()
	settings.Key, settings.ControllerKey, settings.UnitNumber = 4000+i.cards, pciController, types.NewInt32(7+i.cards)
	settings.AddressType = string(types.VirtualEthernetCardMacTypeGenerated)
	connected := it.AutomaticAllocation == nil || *it.AutomaticAllocation
	settings.Connectable = &types.VirtualDeviceConnectInfo{StartConnected: connected, Connected: connected, AllowGuestControl: true}
	settings.Backing = &types.VirtualEthernetCardNetworkBackingInfo{
		VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{DeviceName: network},
	}
	i.cards++
	i.change(card.(types.BaseVirtualDevice), it)
}

// network is the name of the host's network for a card; empty: it has none.
func (i *importer) network(it *item) string {
	names := i.host.networks()
	if len(it.Connection) > 0 {
		for _, mapped := range i.params.NetworkMapping {
			if mapped.Name == it.Connection[0] {
				return names[mapped.Network]
			}
		}
	}
	all := slices.Sorted(maps.Values(names))
	if len(it.Connection) > 0 && slices.Contains(all, stored(it.Connection[0])) {
		return stored(it.Connection[0])
	}
	if slices.Contains(all, "VM Network") {
		return "VM Network"
	}
	if len(all) > 0 {
		return all[0]
	}
	return ""
}

func (i *importer) addFloppy(it *item) {
	i.attach(&types.VirtualFloppy{VirtualDevice: types.VirtualDevice{
		Backing:     &types.VirtualFloppyRemoteDeviceBackingInfo{},
		Connectable: &types.VirtualDeviceConnectInfo{AllowGuestControl: true},
	}}, it, &controller{key: sioController, first: 8000, units: 2})
}

// addCD adds a drive, with the OVA's image in it if it has one.
func (i *importer) addCD(it *item) {
	parent := i.parent(it)
	if parent == nil {
		return
	}
	drive := &types.VirtualCdrom{VirtualDevice: types.VirtualDevice{
		Backing:     &types.VirtualCdromRemotePassthroughBackingInfo{},
		Connectable: &types.VirtualDeviceConnectInfo{AllowGuestControl: true},
	}}
	file := (*ovf.File)(nil)
	if len(it.HostResource) > 0 {
		if file = i.file(reference(it.HostResource[0])); file != nil {
			path := object.DatastorePath{Datastore: i.store.Name, Path: fmt.Sprintf("%s/_deviceImage%d.iso", i.name, i.isos)}
			drive.Backing = &types.VirtualCdromIsoBackingInfo{
				VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: path.String()},
			}
			drive.Connectable.StartConnected = true
		}
	}
	if i.attach(drive, it, parent) && file != nil {
		i.upload(file, "cdrom", i.isos, it)
		i.isos++
	}
}

// reference is the last part of a reference such as ovf:/disk/vmdisk1.
func reference(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndex(s, "/")+1:]
}

func (i *importer) file(id string) *ovf.File {
	for n, file := range i.envelope.References {
		if file.ID == id {
			return &i.envelope.References[n]
		}
	}
	return nil
}

func (i *importer) upload(file *ovf.File, kind string, number int, it *item) {
	upload := types.OvfFileItem{
		DeviceId: fmt.Sprintf("/%s/%s:%d", i.name, kind, number),
		Path:     file.Href,
		Size:     int64(file.Size),
		CimType:  it.kind,
		Create:   kind == "disk",
	}
	if file.ChunkSize != nil {
		upload.ChunkSize = int64(*file.ChunkSize)
	}
	i.result.FileItem = append(i.result.FileItem, upload)
}

// addDisk adds a disk, which is filled from a file of the OVA or empty.
func (i *importer) addDisk(it *item) {
	parent := i.parent(it)
	if parent == nil {
		return
	}
	capacity, file, ok := i.content(it)
	if !ok {
		return
	}
	backing := &types.VirtualDiskFlatVer2BackingInfo{
		DiskMode:        string(types.VirtualDiskModePersistent),
		ThinProvisioned: types.NewBool(false),
		EagerlyScrub:    types.NewBool(false),
	}
	disk := &types.VirtualDisk{CapacityInBytes: capacity, CapacityInKB: capacity / 1024}
	disk.Backing = backing
	switch types.OvfCreateImportSpecParamsDiskProvisioningType(i.params.DiskProvisioning) {
	case types.OvfCreateImportSpecParamsDiskProvisioningTypeThin:
		*backing.ThinProvisioned = true
	case types.OvfCreateImportSpecParamsDiskProvisioningTypeEagerZeroedThick:
		*backing.EagerlyScrub = true
	case "",
		types.OvfCreateImportSpecParamsDiskProvisioningTypeMonolithicFlat,
		types.OvfCreateImportSpecParamsDiskProvisioningTypeFlat,
		types.OvfCreateImportSpecParamsDiskProvisioningTypeThick,
		types.OvfCreateImportSpecParamsDiskProvisioningTypeSeSparse:
	case types.OvfCreateImportSpecParamsDiskProvisioningTypeMonolithicSparse:
		disk.Backing = &types.VirtualDiskSparseVer2BackingInfo{} // refused when the VM is made
	default:
		i.refuse(false, &types.OvfUnsupportedDiskProvisioning{DiskProvisioning: i.params.DiskProvisioning},
			"Disk provisioning type not supported: %s", i.params.DiskProvisioning)
		return
	}
	path := object.DatastorePath{Datastore: i.store.Name, Path: path.Join(i.name, fmt.Sprintf("disk-%d.vmdk", i.disks))}
	backing.FileName = path.String()
	backing.Datastore = types.NewReference(i.store.Self)
	if i.attach(disk, it, parent) {
		if file != nil {
			i.upload(file, "disk", i.disks, it)
		}
		i.disks++
	}
}

// content is how large a disk is, and what it is filled from, if not left empty.
func (i *importer) content(it *item) (capacity int64, file *ovf.File, ok bool) {
	if len(it.HostResource) == 0 {
		if it.VirtualQuantity == nil {
			i.refuse(it.optional, missingElement("HostResource"), "Line %d: Missing child element 'HostResource'", it.line)
			return 0, nil, false
		}
		return int64(*it.VirtualQuantity) * bytesOf(it.AllocationUnits, 1<<20), nil, true
	}
	id := reference(it.HostResource[0])
	var disks []ovf.VirtualDiskDesc
	if i.envelope.Disk != nil {
		disks = i.envelope.Disk.Disks
	}
	n := slices.IndexFunc(disks, func(d ovf.VirtualDiskDesc) bool { return d.DiskID == id })
	if n < 0 {
		i.invalid(it, "HostResource", it.HostResource[0])
		return 0, nil, false
	}
	disk := disks[n]
	if disk.FileRef != nil && *disk.FileRef != "" {
		if file = i.file(*disk.FileRef); file == nil {
			i.refuse(it.optional, &types.OvfInvalidValueReference{OvfInvalidValue: types.OvfInvalidValue{Value: *disk.FileRef}},
				"Invalid value '%s' for attribute 'fileRef' on element 'Disk'.", *disk.FileRef)
			return 0, nil, false
		}
	}
	size, err := strconv.ParseUint(strings.TrimSpace(i.property(disk.Capacity)), 10, 63)
	unit := uint64(bytesOf(disk.CapacityAllocationUnits, 1))
	if err != nil || size > math.MaxInt64/unit {
		i.refuse(it.optional, &types.OvfInvalidValue{OvfAttribute: types.OvfAttribute{ElementName: "Disk", AttributeName: "capacity"}, Value: disk.Capacity},
			"Invalid value '%s' for attribute 'capacity' on element 'Disk'.", disk.Capacity)
		return 0, nil, false
	}
	return int64(size * unit), file, true
}

// property is the value that a capacity such as ${disk.size} stands for: the one that was given, or the descriptor's.
func (i *importer) property(value string) string {
	key, ok := strings.CutPrefix(strings.TrimSpace(value), "${")
	if !ok || !strings.HasSuffix(key, "}") {
		return value
	}
	key = strings.TrimSuffix(key, "}")
	for _, product := range i.envelope.VirtualSystem.Product {
		for _, property := range product.Property {
			if property.Key != key && product.Key(property) != key {
				continue
			}
			for _, given := range i.params.PropertyMapping {
				if given.Key == product.Key(property) {
					return given.Value
				}
			}
			for _, set := range property.Values {
				if i.applies(set.Configuration) {
					return set.Value
				}
			}
			if property.Default != nil {
				return *property.Default
			}
		}
	}
	return value
}
