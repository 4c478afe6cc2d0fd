// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// shutdownTime is how long a guest takes to shut down.
const shutdownTime = 300 * time.Millisecond

// onlyVCenter are methods that a standalone host has, and refuses.
var onlyVCenter = map[string]bool{
	"AddStandaloneHost_Task": true,
	"CloneVM_Task":           true,
	"CreateClusterEx":        true,
	"CreateDatacenter":       true,
	"CreateFolder":           true,
	"CustomizeVM_Task":       true,
	"InstantClone_Task":      true,
	"MigrateVM_Task":         true,
	"RelocateVM_Task":        true,
}

// refusal is why a real host refuses a call that the simulator would carry out, or nil.
func (h *host) refusal(method *simulator.Method) types.BaseMethodFault {
	switch request := method.Body.(type) {
	case *types.CreateVM_Task:
		return h.refuseVM(&request.Config, "config.memoryMB")
	case *types.ImportVApp:
		if spec, ok := request.Spec.(*types.VirtualMachineImportSpec); ok {
			return h.refuseVM(&spec.ConfigSpec, "spec.configSpec.memoryMB")
		}
	case *types.ReconfigVM_Task:
		if fault := h.refuseDevices(request.Spec.DeviceChange); fault != nil {
			return fault
		}
		if fault := refuseMemory(request.Spec.MemoryMB, "spec.memoryMB"); fault != nil {
			return fault
		}
		return h.refuseReshape(request)
	case *types.ShutdownGuest, *types.RebootGuest, *types.StandbyGuest:
		if h.powerState(method.This) == types.VirtualMachinePowerStatePoweredOn && !h.toolsRun(method.This) {
			return &types.ToolsUnavailable{}
		}
	}
	return nil
}

// refuseName: a host has one folder of VMs, and in it no name twice. (The simulator goes by files, which not every VM has.)
func (h *host) refuseName(name string) types.BaseMethodFault {
	for _, entity := range h.registry.All("VirtualMachine") {
		taken := false
		h.look(entity.Reference(), func(vm *simulator.VirtualMachine) { taken = vm.Name == name })
		if taken {
			return &types.DuplicateName{Name: name, Object: entity.Reference()}
		}
	}
	return nil
}

// refuseDevices: there is no disk of a kind that only other products have, nor a card on a network that is not there, on which the
// simulator would end.
func (h *host) refuseDevices(changes []types.BaseVirtualDeviceConfigSpec) types.BaseMethodFault {
	for i, change := range changes {
		device := change.GetVirtualDeviceConfigSpec().Device
		if device == nil {
			continue
		}
		switch backing := device.GetVirtualDevice().Backing.(type) {
		case *types.VirtualDiskSparseVer2BackingInfo:
			return &types.DeviceUnsupportedForVmPlatform{InvalidDeviceSpec: types.InvalidDeviceSpec{DeviceIndex: int32(i)}}
		case *types.VirtualEthernetCardNetworkBackingInfo:
			if !h.hasNetwork(backing.DeviceName) {
				return &types.InvalidDeviceBacking{InvalidDeviceSpec: types.InvalidDeviceSpec{DeviceIndex: int32(i)}}
			}
		}
	}
	return nil
}

func (h *host) hasNetwork(name string) bool {
	return slices.Contains(slices.Collect(maps.Values(h.networks())), name)
}

// networks are the host's, by their names.
func (h *host) networks() map[types.ManagedObjectReference]string {
	names := map[types.ManagedObjectReference]string{}
	for _, reference := range h.registry.AllReference("Network") {
		if network, ok := reference.(*mo.Network); ok {
			names[network.Self] = network.Name
		}
	}
	return names
}

// refuseVM is why a host does not make this VM, or nil. The parameter is where its memory stands.
func (h *host) refuseVM(spec *types.VirtualMachineConfigSpec, memory string) types.BaseMethodFault {
	if fault := h.refuseName(spec.Name); fault != nil {
		return fault
	}
	if fault := h.refuseDevices(spec.DeviceChange); fault != nil {
		return fault
	}
	if fault := h.refuseStorage(spec); fault != nil {
		return fault
	}
	return refuseMemory(spec.MemoryMB, memory)
}

// refuseMemory: a host takes memory in steps of 4 MB.
func refuseMemory(mb int64, parameter string) types.BaseMethodFault {
	if mb%4 == 0 {
		return nil
	}
	return &types.InvalidArgument{InvalidProperty: parameter}
}

// refuseReshape: a running VM takes more cpus or memory only where hot-add is on, and never less.
func (h *host) refuseReshape(request *types.ReconfigVM_Task) (fault types.BaseMethodFault) {
	h.look(request.This, func(vm *simulator.VirtualMachine) {
		if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff || vm.Config == nil {
			return
		}
		hotAdd := func(allowed *bool) bool {
			return allowed != nil && *allowed && vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
		}
		cpus, memory := request.Spec.NumCPUs, int32(request.Spec.MemoryMB)
		if has := vm.Config.Hardware.NumCPU; cpus != 0 && cpus != has && !(cpus > has && hotAdd(vm.Config.CpuHotAddEnabled)) {
			fault = &types.CpuHotPlugNotSupported{}
		} else if has := vm.Config.Hardware.MemoryMB; memory != 0 && memory != has && !(memory > has && hotAdd(vm.Config.MemoryHotAddEnabled)) {
			fault = &types.MemoryHotPlugNotSupported{}
		}
	})
	return fault
}

// refuse answers with a refusal: in the task, where the method has one.
func (h *host) refuse(w http.ResponseWriter, method *simulator.Method, fault types.BaseMethodFault) {
	if strings.HasSuffix(method.Name, "_Task") || method.Name == "ImportVApp" {
		object := h.failedObject(method, fault, sentence(fault))
		writeReturn(w, method.Name, &object)
	} else {
		writeFault(w, fault, sentence(fault))
	}
}

// shutDown lets a guest take its time, where the simulator's is off at once.
func (h *host) shutDown(vm types.ManagedObjectReference) {
	time.AfterFunc(shutdownTime, func() {
		_, _ = methods.ShutdownGuest(context.Background(), h.service, &types.ShutdownGuest{This: vm})
	})
}

// look reads a VM under its lock; nothing happens where there is none.
func (h *host) look(ref types.ManagedObjectReference, read func(*simulator.VirtualMachine)) {
	if vm, ok := h.registry.Get(ref).(*simulator.VirtualMachine); ok {
		h.registry.WithLock(h.guests.context(), vm, func() { read(vm) })
	}
}

func (h *host) powerState(ref types.ManagedObjectReference) (state types.VirtualMachinePowerState) {
	h.look(ref, func(vm *simulator.VirtualMachine) { state = vm.Runtime.PowerState })
	return state
}

func (h *host) toolsRun(ref types.ManagedObjectReference) (run bool) {
	h.look(ref, func(vm *simulator.VirtualMachine) {
		run = vm.Guest != nil && running(vm.Guest)
	})
	return run
}
