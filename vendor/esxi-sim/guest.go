// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// guests plays what runs inside the VMs. It is told of every change of an object, so that it sees each power-on and power-off,
// whoever asked for it, and changes what VMware Tools would report under the same lock.
type guests struct {
	registry  *simulator.Registry
	options   *options
	mu        sync.Mutex
	withTools map[types.ManagedObjectReference]bool // VMs that were there from the start
	boots     map[types.ManagedObjectReference]int  // a report is of one boot, and void in the next
}

func newGuests(registry *simulator.Registry, o *options) *guests {
	g := &guests{
		registry:  registry,
		options:   o,
		withTools: map[types.ManagedObjectReference]bool{},
		boots:     map[types.ManagedObjectReference]int{},
	}
	for _, vm := range registry.All("VirtualMachine") {
		g.withTools[vm.Reference()] = true
		ctx := g.context()
		registry.WithLock(ctx, vm, func() { g.booted(ctx, vm.Reference()) })
	}
	registry.AddHandler(g)
	return g
}

// context is one to lock objects with.
func (g *guests) context() *simulator.Context {
	return &simulator.Context{Context: context.Background(), Map: g.registry}
}

// Reference tells it from the other listeners of the registry.
func (g *guests) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "Guests", Value: "guests"}
}

// PutObject is of no interest: a new VM is off.
func (g *guests) PutObject(*simulator.Context, mo.Reference) {}

// RemoveObject forgets a VM.
func (g *guests) RemoveObject(_ *simulator.Context, ref types.ManagedObjectReference) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.withTools, ref)
	delete(g.boots, ref)
}

// UpdateObject sees the changes of power state, and of the current snapshot; the VM's lock is held.
func (g *guests) UpdateObject(ctx *simulator.Context, object mo.Reference, changes []types.PropertyChange) {
	if object.Reference().Type != "VirtualMachine" {
		return
	}
	for _, change := range changes {
		switch {
		case change.Name == "snapshot.currentSnapshot" && change.Val != nil:
			if vm, ok := g.registry.Get(object.Reference()).(*simulator.VirtualMachine); ok && g.options.noCurrent[vm.Name] {
				g.report(ctx, object.Reference(), []types.PropertyChange{{Name: "snapshot.currentSnapshot"}})
			}
		case g.options.persona != nil && (change.Name == "name" || change.Name == "config.hardware.device"):
			// A standalone host knows the cards of a guest from VMware Tools alone.
			if vm, ok := g.registry.Get(object.Reference()).(*simulator.VirtualMachine); ok && vm.Guest != nil && len(vm.Guest.Net) > 0 && !running(vm.Guest) {
				g.report(ctx, object.Reference(), []types.PropertyChange{{Name: "guest.net", Val: []types.GuestNicInfo(nil)}})
			}
		case change.Name != "runtime.powerState":
		case change.Val == types.VirtualMachinePowerStatePoweredOn:
			g.booted(ctx, object.Reference())
		default:
			g.stopped(ctx, object.Reference())
		}
	}
}

// booted starts what a guest does after a power-on.
func (g *guests) booted(ctx *simulator.Context, ref types.ManagedObjectReference) {
	g.mu.Lock()
	g.boots[ref]++
	boot, tools := g.boots[ref], g.withTools[ref]
	g.mu.Unlock()
	if vm, ok := g.registry.Get(ref).(*simulator.VirtualMachine); ok && vm.Config != nil {
		if settings := afterPowerOn(vm.Config.ExtraConfig); settings != nil {
			g.report(ctx, ref, []types.PropertyChange{{Name: "config.extraConfig", Val: settings}})
		}
	}
	if tools {
		changes := toolsRun(true)
		if vm, ok := g.registry.Get(ref).(*simulator.VirtualMachine); ok && g.options.persona != nil {
			changes = append(changes, types.PropertyChange{Name: "guest.net", Val: configured(vm.Config)})
		}
		g.report(ctx, ref, changes)
	}
	for _, a := range g.options.addresses {
		time.AfterFunc(a.after, func() { g.addressed(ref, boot, a.ip, false) })
	}
	for _, a := range g.options.bridges {
		time.AfterFunc(a.after, func() { g.addressed(ref, boot, a.ip, true) })
	}
}

// afterPowerOn adds what a host writes into a VM's settings at its first power-on; nil: it is there.
func afterPowerOn(settings []types.BaseOptionValue) []types.BaseOptionValue {
	const key = "sched.swap.derivedName"
	for _, setting := range settings {
		if setting.GetOptionValue().Key == key {
			return nil
		}
	}
	return append(slices.Clone(settings), &types.OptionValue{Key: key, Value: "/vmfs/volumes/swap.vswp"})
}

// stopped clears what the guest had reported.
func (g *guests) stopped(ctx *simulator.Context, ref types.ManagedObjectReference) {
	g.mu.Lock()
	g.boots[ref]++
	g.mu.Unlock()
	vm, ok := g.registry.Get(ref).(*simulator.VirtualMachine)
	if !ok || vm.Guest == nil {
		return
	}
	changes := append(toolsRun(false),
		types.PropertyChange{Name: "guest.ipAddress", Val: nil},
		types.PropertyChange{Name: "summary.guest.ipAddress", Val: nil})
	nics := ownCards(vm.Guest.Net)
	for i := range nics {
		nics[i].IpAddress, nics[i].IpConfig = nil, nil
	}
	if g.options.persona != nil {
		nics = nil
	}
	changes = append(changes, types.PropertyChange{Name: "guest.net", Val: nics})
	g.report(ctx, ref, changes)
}

// configured are the cards of a VM as its guest reports them without addresses.
func configured(config *types.VirtualMachineConfigInfo) []types.GuestNicInfo {
	var cards []types.GuestNicInfo
	for _, device := range config.Hardware.Device {
		d, ok := device.(types.BaseVirtualEthernetCard)
		if !ok {
			continue
		}
		card := d.GetVirtualEthernetCard()
		nic := types.GuestNicInfo{MacAddress: card.MacAddress, Connected: true, DeviceConfigId: card.Key}
		if backing, ok := card.Backing.(*types.VirtualEthernetCardNetworkBackingInfo); ok {
			nic.Network = backing.DeviceName
		}
		cards = append(cards, nic)
	}
	return cards
}

// running says whether VMware Tools run.
func running(guest *types.GuestInfo) bool {
	return guest.ToolsRunningStatus == string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
}

// guestOnly is the id of a card that is not the VM's own.
const guestOnly = -1

// ownCards are the VM's own, in a new slice: the old one may be on its way to a client.
func ownCards(cards []types.GuestNicInfo) []types.GuestNicInfo {
	return slices.DeleteFunc(slices.Clone(cards), func(card types.GuestNicInfo) bool { return card.DeviceConfigId == guestOnly })
}

// addressed lets the guest of a VM report one more address, if it still is in the same boot: of its first card, or of a bridge that
// only the guest has.
func (g *guests) addressed(ref types.ManagedObjectReference, boot int, ip string, bridge bool) {
	vm, ok := g.registry.Get(ref).(*simulator.VirtualMachine)
	if !ok {
		return
	}
	ctx := g.context()
	g.registry.WithLock(ctx, vm, func() {
		g.mu.Lock()
		current := g.boots[ref] == boot
		g.mu.Unlock()
		if !current || vm.Guest == nil {
			return
		}
		changes := toolsRun(true)
		cards := slices.Clone(vm.Guest.Net)
		if len(cards) == 0 {
			cards = configured(vm.Config)
		}
		bridged := slices.ContainsFunc(cards, func(card types.GuestNicInfo) bool { return card.DeviceConfigId == guestOnly })
		if bridge {
			cards = append([]types.GuestNicInfo{{
				IpAddress:      []string{ip},
				MacAddress:     "02:42:33:0e:ad:9a",
				Connected:      true,
				DeviceConfigId: guestOnly,
				IpConfig:       ipConfig([]string{ip}),
			}}, cards...)
		} else if i := slices.IndexFunc(cards, func(card types.GuestNicInfo) bool { return card.DeviceConfigId != guestOnly }); i >= 0 {
			cards[i].IpAddress = append(slices.Clone(cards[i].IpAddress), ip)
			cards[i].IpConfig = ipConfig(cards[i].IpAddress)
		}
		changes = append(changes, types.PropertyChange{Name: "guest.net", Val: cards})
		if bridge || !bridged {
			changes = append(changes,
				types.PropertyChange{Name: "guest.ipAddress", Val: ip},
				types.PropertyChange{Name: "summary.guest.ipAddress", Val: ip})
		}
		g.report(ctx, ref, changes)
	})
}

// report changes properties of a VM and tells those who wait for them.
func (g *guests) report(ctx *simulator.Context, ref types.ManagedObjectReference, changes []types.PropertyChange) {
	if vm := g.registry.Get(ref); vm != nil {
		g.registry.Update(ctx, vm, changes)
	}
}

// toolsRun is what is to be seen of VMware Tools that run, or do not (or are not there).
func toolsRun(run bool) []types.PropertyChange {
	status, running, guest := types.VirtualMachineToolsStatusToolsNotRunning, types.VirtualMachineToolsRunningStatusGuestToolsNotRunning, types.VirtualMachineGuestStateNotRunning
	if run {
		status, running, guest = types.VirtualMachineToolsStatusToolsOk, types.VirtualMachineToolsRunningStatusGuestToolsRunning, types.VirtualMachineGuestStateRunning
	}
	return []types.PropertyChange{
		{Name: "guest.toolsStatus", Val: status},
		{Name: "guest.toolsRunningStatus", Val: string(running)},
		{Name: "guest.guestState", Val: string(guest)},
		{Name: "summary.guest.toolsStatus", Val: status},
		{Name: "summary.guest.toolsRunningStatus", Val: string(running)},
	}
}

// ipConfig is how Tools report addresses with what belongs to them.
func ipConfig(ips []string) *types.NetIpConfigInfo {
	config := &types.NetIpConfigInfo{}
	for _, ip := range ips {
		prefix := int32(24)
		if net.ParseIP(ip).To4() == nil {
			prefix = 64
		}
		origin := types.NetIpConfigInfoIpAddressOriginDhcp
		if strings.HasPrefix(strings.ToLower(ip), "fe80:") {
			origin = types.NetIpConfigInfoIpAddressOriginLinklayer
		}
		config.IpAddress = append(config.IpAddress, types.NetIpConfigInfoIpAddress{
			IpAddress:    ip,
			PrefixLength: prefix,
			Origin:       string(origin),
			State:        string(types.NetIpConfigInfoIpAddressStatusPreferred),
		})
	}
	return config
}
