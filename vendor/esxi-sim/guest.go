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
	addresses []address
	mu        sync.Mutex
	withTools map[types.ManagedObjectReference]bool // VMs that were there from the start
	boots     map[types.ManagedObjectReference]int  // a report is of one boot, and void in the next
}

func newGuests(registry *simulator.Registry, addresses []address) *guests {
	g := &guests{
		registry:  registry,
		addresses: addresses,
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

// UpdateObject sees the changes of power state; the VM's lock is held.
func (g *guests) UpdateObject(ctx *simulator.Context, object mo.Reference, changes []types.PropertyChange) {
	if object.Reference().Type != "VirtualMachine" {
		return
	}
	for _, change := range changes {
		if change.Name != "runtime.powerState" {
			continue
		}
		if change.Val == types.VirtualMachinePowerStatePoweredOn {
			g.booted(ctx, object.Reference())
		} else {
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
	if tools {
		g.report(ctx, ref, toolsRun(true))
	}
	for _, a := range g.addresses {
		time.AfterFunc(a.after, func() { g.addressed(ref, boot, a.ip) })
	}
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
	if len(vm.Guest.Net) > 0 {
		nics := slices.Clone(vm.Guest.Net) // the old ones may be on their way to a client
		for i := range nics {
			nics[i].IpAddress, nics[i].IpConfig = nil, nil
		}
		changes = append(changes, types.PropertyChange{Name: "guest.net", Val: nics})
	}
	g.report(ctx, ref, changes)
}

// addressed lets the guest of a VM report one more address, if it still is in the same boot.
func (g *guests) addressed(ref types.ManagedObjectReference, boot int, ip string) {
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
		changes := append(toolsRun(true),
			types.PropertyChange{Name: "guest.ipAddress", Val: ip},
			types.PropertyChange{Name: "summary.guest.ipAddress", Val: ip})
		if len(vm.Guest.Net) > 0 {
			nics := slices.Clone(vm.Guest.Net)
			nics[0].IpAddress = append(slices.Clone(nics[0].IpAddress), ip)
			nics[0].IpConfig = ipConfig(nics[0].IpAddress)
			changes = append(changes, types.PropertyChange{Name: "guest.net", Val: nics})
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
