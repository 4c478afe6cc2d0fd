// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// snapshot is one that a VM is reverted to. The simulator would only say which snapshot is the current one; what the VM was like it
// keeps, in the snapshot's config.
type snapshot struct {
	*simulator.VirtualMachineSnapshot
	host *host
}

// RevertToSnapshotTask reverts to it.
func (s *snapshot) RevertToSnapshotTask(ctx *simulator.Context, request *types.RevertToSnapshot_Task) soap.HasFault {
	return &methods.RevertToSnapshot_TaskBody{
		Res: &types.RevertToSnapshot_TaskResponse{Returnval: s.host.revert(ctx, s.VirtualMachineSnapshot, request.SuppressPowerOn)},
	}
}

// machine is a VM that is reverted to its current snapshot.
type machine struct {
	*simulator.VirtualMachine
	host *host
}

// RevertToCurrentSnapshotTask reverts to it.
func (m *machine) RevertToCurrentSnapshotTask(ctx *simulator.Context, request *types.RevertToCurrentSnapshot_Task) soap.HasFault {
	body := &methods.RevertToCurrentSnapshot_TaskBody{}
	if m.Snapshot != nil && m.Snapshot.CurrentSnapshot != nil {
		if current, ok := m.host.registry.Get(*m.Snapshot.CurrentSnapshot).(*simulator.VirtualMachineSnapshot); ok {
			body.Res = &types.RevertToCurrentSnapshot_TaskResponse{Returnval: m.host.revert(ctx, current, request.SuppressPowerOn)}
			return body
		}
	}
	body.Fault_ = simulator.Fault(sentence(&types.NotFound{}), &types.NotFound{})
	return body
}

// revert begins a task that gives a VM its cpus, memory, annotation, extra config, devices and power state of then.
func (h *host) revert(ctx *simulator.Context, to *simulator.VirtualMachineSnapshot, suppressPowerOn *bool) types.ManagedObjectReference {
	return simulator.CreateTask(to.Vm, "revertToSnapshot", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		vm, ok := h.registry.Get(to.Vm).(*simulator.VirtualMachine)
		if !ok {
			return nil, &types.ManagedObjectNotFound{Obj: to.Vm}
		}
		ctx.AutoUpdate(vm, func() { restore(vm, &to.Config) })
		state := types.VirtualMachinePowerStatePoweredOff
		if node := inTree(vm.Snapshot, to.Self); node != nil {
			state = node.State
		}
		if state == types.VirtualMachinePowerStatePoweredOn && suppressPowerOn != nil && *suppressPowerOn {
			state = types.VirtualMachinePowerStateSuspended
		}
		changes := []types.PropertyChange{{Name: "snapshot.currentSnapshot", Val: to.Self}}
		if state != types.VirtualMachinePowerStatePoweredOff || vm.Runtime.PowerState != state {
			changes = append(changes,
				types.PropertyChange{Name: "runtime.powerState", Val: state},
				types.PropertyChange{Name: "summary.runtime.powerState", Val: state})
		}
		ctx.Update(vm, changes)
		return nil, nil
	}).Run(ctx)
}

// restore gives a VM the settings of a snapshot; which VM it is, and where its files are, it is and has as before.
func restore(vm *simulator.VirtualMachine, then *types.VirtualMachineConfigInfo) {
	config := copied(then)
	now := vm.Config
	config.Name, config.Uuid, config.InstanceUuid, config.Files = now.Name, now.Uuid, now.InstanceUuid, now.Files
	config.ChangeVersion, config.Modified, config.CreateDate = now.ChangeVersion, now.Modified, now.CreateDate
	vm.Config = config
	summary := &vm.Summary.Config
	summary.NumCpu, summary.MemorySizeMB, summary.Annotation = config.Hardware.NumCPU, config.Hardware.MemoryMB, config.Annotation
	summary.GuestId, summary.GuestFullName, summary.HwVersion = config.GuestId, config.GuestFullName, config.Version
	summary.NumVirtualDisks, summary.NumEthernetCards = 0, 0
	vm.Network = nil
	for _, device := range config.Hardware.Device {
		switch d := device.(type) {
		case *types.VirtualDisk:
			summary.NumVirtualDisks++
		case types.BaseVirtualEthernetCard:
			summary.NumEthernetCards++
			if backing, ok := d.GetVirtualEthernetCard().Backing.(*types.VirtualEthernetCardNetworkBackingInfo); ok && backing.Network != nil {
				vm.Network = append(vm.Network, *backing.Network)
			}
		}
	}
	vm.Guest.Net = configured(config)
}

// inTree is what the tree of a VM's snapshots says of one of them, or nil.
func inTree(all *types.VirtualMachineSnapshotInfo, wanted types.ManagedObjectReference) *types.VirtualMachineSnapshotTree {
	if all == nil {
		return nil
	}
	var in func(list []types.VirtualMachineSnapshotTree) *types.VirtualMachineSnapshotTree
	in = func(list []types.VirtualMachineSnapshotTree) *types.VirtualMachineSnapshotTree {
		for i := range list {
			if list[i].Snapshot == wanted {
				return &list[i]
			}
			if found := in(list[i].ChildSnapshotList); found != nil {
				return found
			}
		}
		return nil
	}
	return in(all.RootSnapshotList)
}

// copied is a copy that shares nothing with the original.
func copied(from *types.VirtualMachineConfigInfo) *types.VirtualMachineConfigInfo {
	text, err := xml.Marshal(from)
	if err != nil {
		panic(err)
	}
	to := &types.VirtualMachineConfigInfo{}
	decoder := xml.NewDecoder(bytes.NewReader(text))
	decoder.TypeFunc = types.TypeFunc()
	if err := decoder.Decode(to); err != nil {
		panic(err)
	}
	return to
}
