// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// firstStore is the datastore that is always there.
const firstStore = "LocalDS_0"

// datastore is one --datastore.
type datastore struct {
	name         string // as people see it
	free         int64  // in bytes; negative: what this machine's disk has
	inaccessible bool
}

// parseDatastore reads NAME[,free=SIZE][,inaccessible].
func parseDatastore(s string) (*datastore, error) {
	parts := strings.Split(s, ",")
	d := &datastore{name: parts[0], free: -1}
	if d.name == "" {
		return nil, errors.New("not NAME[,free=SIZE][,inaccessible]")
	}
	for _, part := range parts[1:] {
		size, hasSize := strings.CutPrefix(part, "free=")
		switch {
		case part == "inaccessible":
			d.inaccessible = true
		case hasSize:
			var err error
			if d.free, err = parseSize(size); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("%q: neither free=SIZE nor inaccessible", part)
		}
	}
	return d, nil
}

// parseSize reads a number of bytes, or of K, M or G of them.
func parseSize(s string) (int64, error) {
	unit := int64(1)
	for i, suffix := range []string{"K", "M", "G"} {
		if number, ok := strings.CutSuffix(s, suffix); ok {
			s, unit = number, 1<<(10*(i+1))
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a size such as 500M", s)
	}
	return n * unit, nil
}

// stored is how a host keeps the name of a network, a datastore or a VM.
func stored(name string) string {
	return strings.NewReplacer("%", "%25", "/", "%2f", `\`, "%5c").Replace(name)
}

// addNetworks makes the port groups of --network, on the first switch.
func (h *host) addNetworks() error {
	ctx := context.Background()
	system, err := h.system().ConfigManager().NetworkSystem(ctx)
	if err != nil {
		return err
	}
	for _, name := range h.options.networks {
		err := system.AddPortGroup(ctx, types.HostPortGroupSpec{Name: stored(name), VswitchName: "vSwitch0"})
		if err != nil {
			return fmt.Errorf("--network %s: %w", name, err)
		}
	}
	return nil
}

// addDatastores makes the datastores of --datastore, or gives the first one its settings.
func (h *host) addDatastores() error {
	ctx := context.Background()
	system, err := h.system().ConfigManager().DatastoreSystem(ctx)
	if err != nil {
		return err
	}
	for i, d := range h.options.datastores {
		store := h.store(stored(d.name))
		if store == nil {
			path := filepath.Join(os.Getenv("TMPDIR"), fmt.Sprintf("datastore-%d", i))
			if err := os.Mkdir(path, 0o700); err != nil {
				return err
			}
			made, err := system.CreateLocalDatastore(ctx, stored(d.name), path)
			if err != nil {
				return fmt.Errorf("--datastore %s: %w", d.name, err)
			}
			store = h.registry.Get(made.Reference()).(*simulator.Datastore)
		}
		if d.free >= 0 {
			store.Summary.Capacity, store.Summary.FreeSpace = max(d.free, store.Summary.Capacity), d.free
			store.Info.GetDatastoreInfo().FreeSpace = d.free
		}
		if d.inaccessible {
			store.Summary.Accessible, store.Summary.Capacity, store.Summary.FreeSpace = false, 0, 0
			for mount := range store.Host {
				store.Host[mount].MountInfo.Accessible = types.NewBool(false)
			}
		}
	}
	return nil
}

func (h *host) system() *object.HostSystem {
	return object.NewHostSystem(h.client, h.registry.Any("HostSystem").Reference())
}

// store is the datastore of this name, as a host keeps it, or nil.
func (h *host) store(name string) *simulator.Datastore {
	for _, entity := range h.registry.All("Datastore") {
		if store := entity.(*simulator.Datastore); store.Name == name {
			return store
		}
	}
	return nil
}

// refuseStorage: a host makes nothing on a datastore that it cannot reach, and no disk that has no room on one of a set size. (The
// simulator's free space may get negative.)
func (h *host) refuseStorage(spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	if spec.Files == nil {
		return nil
	}
	var path object.DatastorePath
	if !path.FromString(spec.Files.VmPathName) {
		return nil
	}
	store := h.store(path.Datastore)
	if store == nil {
		return nil
	}
	var accessible bool
	var free int64
	h.registry.WithLock(h.guests.context(), store, func() { accessible, free = store.Summary.Accessible, store.Summary.FreeSpace })
	if !accessible {
		return &types.InaccessibleDatastore{InvalidDatastore: types.InvalidDatastore{Datastore: &store.Self, Name: store.Name}}
	}
	for _, d := range h.options.datastores {
		if stored(d.name) == store.Name && d.free >= 0 && diskSizes(spec) > free {
			return &types.NoDiskSpace{FileFault: types.FileFault{File: spec.Files.VmPathName}, Datastore: store.Name}
		}
	}
	return nil
}

// diskSizes is how much room the disks of a new VM need once all of it is used; a thin one needs none yet.
func diskSizes(spec *types.VirtualMachineConfigSpec) (sum int64) {
	for _, change := range spec.DeviceChange {
		disk, ok := change.GetVirtualDeviceConfigSpec().Device.(*types.VirtualDisk)
		if !ok {
			continue
		}
		if flat, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo); ok && flat.ThinProvisioned != nil && *flat.ThinProvisioned {
			continue
		}
		sum += max(disk.CapacityInBytes, disk.CapacityInKB*1024)
	}
	return sum
}
