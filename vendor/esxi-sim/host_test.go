// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// newTestHost is one in this process, without a listener.
func newTestHost(t *testing.T, arguments ...string) *host {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	o, err := parse(arguments, "secret")
	if err != nil {
		t.Fatal(err)
	}
	h, err := newHost(o, "127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// connect is a client over HTTP.
func connect(t *testing.T, h *host) *govmomi.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL + "/sdk")
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("root", "secret")
	client, err := govmomi.NewClient(context.Background(), u, true)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func finished(t *testing.T, task *object.Task, err error) *types.TaskInfo {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	info, err := task.WaitForResult(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestRevert(t *testing.T) {
	for _, arguments := range [][]string{nil, {"--persona", "esxi-8"}} {
		h := newTestHost(t, append(arguments, "--vms", "1")...)
		client, ctx := connect(t, h), context.Background()
		vm, err := find.NewFinder(client.Client).VirtualMachine(ctx, "ha-host_VM0")
		if err != nil {
			t.Fatal(err)
		}
		reconfigure := func(spec types.VirtualMachineConfigSpec) {
			t.Helper()
			task, err := vm.Reconfigure(ctx, spec)
			finished(t, task, err)
		}
		off := func() {
			t.Helper()
			task, err := vm.PowerOff(ctx)
			finished(t, task, err)
		}
		running, err := vm.CreateSnapshot(ctx, "running", "", true, false)
		finished(t, running, err)
		off()
		reconfigure(types.VirtualMachineConfigSpec{NumCPUs: 2, MemoryMB: 64, Annotation: "then", ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: "k", Value: "then"}}})
		stopped, err := vm.CreateSnapshot(ctx, "stopped", "", false, false)
		finished(t, stopped, err)
		reconfigure(types.VirtualMachineConfigSpec{
			NumCPUs: 4, MemoryMB: 128, Annotation: "now",
			ExtraConfig: []types.BaseOptionValue{&types.OptionValue{Key: "k", Value: "now"}, &types.OptionValue{Key: "added", Value: "now"}},
			DeviceChange: []types.BaseVirtualDeviceConfigSpec{&types.VirtualDeviceConfigSpec{
				Operation: types.VirtualDeviceConfigSpecOperationAdd,
				Device: &types.VirtualE1000{VirtualEthernetCard: types.VirtualEthernetCard{VirtualDevice: types.VirtualDevice{
					Key: -1, Backing: &types.VirtualEthernetCardNetworkBackingInfo{VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{DeviceName: "VM Network"}},
				}}},
			}},
		})
		look := func(name string, suppress bool, state types.VirtualMachinePowerState, cpus, cards int32, annotation, extra string) {
			t.Helper()
			task, err := vm.RevertToSnapshot(ctx, name, suppress)
			finished(t, task, err)
			var is mo.VirtualMachine
			if err := vm.Properties(ctx, vm.Reference(), []string{"config", "runtime", "summary.config", "snapshot"}, &is); err != nil {
				t.Fatal(err)
			}
			value, _ := object.OptionValueList(is.Config.ExtraConfig).GetString("k")
			_, added := object.OptionValueList(is.Config.ExtraConfig).GetString("added")
			if is.Runtime.PowerState != state || is.Config.Hardware.NumCPU != cpus || is.Config.Annotation != annotation || value != extra || added ||
				is.Summary.Config.NumCpu != cpus || is.Summary.Config.NumEthernetCards != cards {
				t.Errorf("%s: %s, %d cpus, %q, %q, added %v, %d cards", name, is.Runtime.PowerState, is.Config.Hardware.NumCPU, is.Config.Annotation, value, added,
					is.Summary.Config.NumEthernetCards)
			}
			current, err := vm.FindSnapshot(ctx, name)
			if err != nil || *is.Snapshot.CurrentSnapshot != *current {
				t.Errorf("%s: the current one is %v", name, is.Snapshot.CurrentSnapshot)
			}
		}
		look("stopped", false, types.VirtualMachinePowerStatePoweredOff, 2, 1, "then", "then")
		look("running", false, types.VirtualMachinePowerStatePoweredOn, 1, 1, "", "")
		look("running", true, types.VirtualMachinePowerStateSuspended, 1, 1, "", "")
		look("stopped", false, types.VirtualMachinePowerStatePoweredOff, 2, 1, "then", "then")
	}
}

func TestNothingToRevertTo(t *testing.T) {
	client := connect(t, newTestHost(t, "--vms", "1"))
	vm, err := find.NewFinder(client.Client).VirtualMachine(context.Background(), "ha-host_VM0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vm.RevertToCurrentSnapshot(context.Background(), false); err == nil || !strings.Contains(err.Error(), "could not be found") {
		t.Error(err)
	}
	folder := object.NewFolder(client.Client, types.ManagedObjectReference{Type: "Folder", Value: "ha-folder-vm"})
	if _, err := vm.Clone(context.Background(), folder, "copy", types.VirtualMachineCloneSpec{}); err == nil || !strings.Contains(err.Error(), "not supported on the object") {
		t.Error(err)
	}
}

func TestPersona(t *testing.T) {
	for name, p := range personas {
		h := newTestHost(t, "--persona", name, "--vms", "2", "--network", "a/b")
		client, ctx := connect(t, h), context.Background()
		if about := client.ServiceContent.About; about.Version != p.version || about.InstanceUuid != "" || about.ApiType != "HostAgent" {
			t.Errorf("%+v", about)
		}
		finder := find.NewFinder(client.Client)
		vms, err := finder.VirtualMachineList(ctx, "*")
		if err != nil || len(vms) != 2 || vms[0].Reference().Value != "1" || vms[1].Reference().Value != "2" {
			t.Fatal(vms, err)
		}
		task, err := vms[1].CreateSnapshot(ctx, "s", "", false, false)
		if made := finished(t, task, err).Result.(types.ManagedObjectReference); made.Value != "2-snapshot-1" {
			t.Error(made)
		}
		networks, err := finder.NetworkList(ctx, "*")
		if err != nil || len(networks) != 2 || !strings.HasPrefix(networks[0].Reference().Value, "HaNetwork-") || !strings.HasPrefix(networks[1].Reference().Value, "HaNetwork-") {
			t.Error(networks, err)
		}
		store, err := finder.DefaultDatastore(ctx)
		if err != nil || !regexp.MustCompile(`^5[0-9a-f]{7}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}$`).MatchString(store.Reference().Value) {
			t.Error(store, err)
		}
		var is mo.VirtualMachine
		if err := property.DefaultCollector(client.Client).RetrieveOne(ctx, vms[0].Reference(), []string{"config", "resourcePool"}, &is); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(is.Config.InstanceUuid, "52") || is.Config.VAppConfig != nil || is.Config.Version != p.hardware || is.ResourcePool.Value != "ha-root-pool" {
			t.Errorf("%+v", is.Config)
		}
		if _, err := object.NewVirtualMachine(client.Client, types.ManagedObjectReference{Type: "VirtualMachine", Value: "9"}).PowerOff(ctx); err == nil ||
			!strings.Contains(err.Error(), "vim.VirtualMachine:9'") {
			t.Error(err)
		}
	}
}

func TestGuestsWithoutTools(t *testing.T) {
	h := newTestHost(t, "--persona", "esxi-6.7", "--vms", "0", "--template", "t")
	vm := h.registry.Any("VirtualMachine").(*simulator.VirtualMachine)
	if vm.Guest.Net != nil || vm.Guest.IpAddress != "" || !vm.Config.Template {
		t.Errorf("%+v", vm.Guest)
	}
}
