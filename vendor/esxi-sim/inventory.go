// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"path"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/types"
)

// addVMs makes the VMs that are there from the start, as the simulator's model would, and powers them on. The model waits for each
// task with a property collector, which takes 20 ms at least: 40 s for 1,000 VMs. Here the tasks of all are begun, then awaited.
func addVMs(client *vim25.Client, registry *simulator.Registry, count int) error {
	if count == 0 {
		return nil
	}
	ctx := context.Background()
	datacenter := registry.Any("Datacenter").(*simulator.Datacenter)
	folder := object.NewFolder(client, datacenter.VmFolder)
	pool := object.NewResourcePool(client, registry.Any("ResourcePool").Reference())
	system := object.NewHostSystem(client, registry.Any("HostSystem").Reference())
	var tasks []*object.Task
	for i := range count {
		spec, err := newVM(fmt.Sprintf("ha-host_VM%d", i))
		if err != nil {
			return err
		}
		task, err := folder.CreateVM(ctx, spec, pool, system)
		if err != nil {
			return err
		}
		tasks = append(tasks, task)
	}
	vms, err := results(registry, tasks)
	if err != nil {
		return err
	}
	tasks = nil
	for _, vm := range vms {
		task, err := object.NewVirtualMachine(client, vm.(types.ManagedObjectReference)).PowerOn(ctx)
		if err != nil {
			return err
		}
		tasks = append(tasks, task)
	}
	_, err = results(registry, tasks)
	return err
}

// addTemplates makes the VMs of --template.
func (h *host) addTemplates() error {
	ctx := context.Background()
	datacenter := h.registry.Any("Datacenter").(*simulator.Datacenter)
	folder := object.NewFolder(h.client, datacenter.VmFolder)
	pool := object.NewResourcePool(h.client, h.registry.Any("ResourcePool").Reference())
	for _, name := range h.options.templates {
		spec, err := newVM(name)
		if err != nil {
			return err
		}
		task, err := folder.CreateVM(ctx, spec, pool, h.system())
		if err != nil {
			return err
		}
		made, err := results(h.registry, []*object.Task{task})
		if err != nil {
			return err
		}
		if err := object.NewVirtualMachine(h.client, made[0].(types.ManagedObjectReference)).MarkAsTemplate(ctx); err != nil {
			return err
		}
	}
	return nil
}

// newVM has a disk, a CD drive and a network card.
func newVM(name string) (types.VirtualMachineConfigSpec, error) {
	const store = "[" + firstStore + "]"
	spec := types.VirtualMachineConfigSpec{
		Name:    name,
		GuestId: string(types.VirtualMachineGuestOsIdentifierOtherGuest),
		Files:   &types.VirtualMachineFileInfo{VmPathName: store},
	}
	var devices object.VirtualDeviceList
	scsi, err := devices.CreateSCSIController("pvscsi")
	if err != nil {
		return spec, err
	}
	ide, err := devices.CreateIDEController()
	if err != nil {
		return spec, err
	}
	cdrom, err := devices.CreateCdrom(ide.(*types.VirtualIDEController))
	if err != nil {
		return spec, err
	}
	disk := devices.CreateDisk(scsi.(types.BaseVirtualController), types.ManagedObjectReference{}, store+" "+path.Join(name, "disk1.vmdk"))
	disk.CapacityInKB = 10 * 1024 * 1024
	disk.StorageIOAllocation = &types.StorageIOAllocationInfo{Limit: types.NewInt64(-1)}
	nic := esx.EthernetCard
	devices = append(devices, scsi, cdrom, disk, &nic)
	spec.DeviceChange, err = devices.ConfigSpec(types.VirtualDeviceConfigSpecOperationAdd)
	return spec, err
}

// results waits for tasks that are run already.
func results(registry *simulator.Registry, tasks []*object.Task) ([]types.AnyType, error) {
	var all []types.AnyType
	for _, reference := range tasks {
		task := registry.Get(reference.Reference()).(*simulator.Task)
		task.Wait()
		if failure := task.Info.Error; failure != nil {
			return nil, fmt.Errorf("simulator: %s: %s", task.Info.Name, failure.LocalizedMessage)
		}
		all = append(all, task.Info.Result)
	}
	return all, nil
}
