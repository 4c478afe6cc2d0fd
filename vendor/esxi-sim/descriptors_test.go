// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/ovf"
	"github.com/vmware/govmomi/vim25/types"
)

// descriptors are the real ones that come with govmomi.
func descriptors(t *testing.T) []string {
	said, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/vmware/govmomi").Output()
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(strings.TrimSpace(string(said)), "ovf", "fixtures")
	var all []string
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Ext(path) == ".ovf" {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// tally counts reasons, by what is the same in them.
type tally map[string]int

var particulars = regexp.MustCompile(`'[^']*'|\[[^\]]*\]|"[^"]*"|-?\d+`)

func (c tally) add(reason string) { c[particulars.ReplaceAllString(reason, "~")]++ }

func (c tally) String() string {
	var lines []string
	for reason, n := range c {
		lines = append(lines, fmt.Sprintf("%6d %s", n, reason))
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(b, a) })
	return strings.Join(lines, "\n")
}

// workers import at once: most of an import is waiting.
const workers = 16

// TestDescriptors imports all of govmomi's descriptors, but for the upload.
func TestDescriptors(t *testing.T) {
	files := descriptors(t)
	for _, persona := range []string{"", "esxi-6.7", "esxi-8"} {
		t.Run("persona="+persona, func(t *testing.T) {
			arguments := []string{"--vms", "0"}
			if persona != "" {
				arguments = append(arguments, "--persona", persona)
			}
			h := newTestHost(t, arguments...)
			refused, imported := tally{}, 0
			var mu sync.Mutex
			var all sync.WaitGroup
			for worker := range workers {
				all.Go(func() {
					for n := worker; n < len(files); n += workers {
						err := importOne(h, files[n], fmt.Sprintf("vm%d", n))
						mu.Lock()
						if err != nil {
							refused.add(err.Error())
						} else {
							imported++
						}
						mu.Unlock()
					}
				})
			}
			all.Wait()
			t.Logf("%d of %d imported; refused:\n%s", imported, len(files), refused)
			if len(files) != 958 || imported < 600 {
				t.Errorf("only %d of %d were imported", imported, len(files))
			}
		})
	}
}

func TestOldDescriptors(t *testing.T) {
	old := "<Envelope>\n<ovf:Section xsi:type=\"ovf:DiskSection_Type\" a=\"b\"><Info/></ovf:Section>\n" +
		"<Content xsi:type=\"VirtualSystem_Type\"><Section\n x:type='ovf:VirtualHardwareSection_Type'/><rasd:InstanceId>1</rasd:InstanceId></Content></Envelope>"
	want := "<Envelope>\n<DiskSection xsi:type=\"ovf:DiskSection_Type\" a=\"b\"><Info/></DiskSection>\n" +
		"<VirtualSystem xsi:type=\"VirtualSystem_Type\"><VirtualHardwareSection\n x:type='ovf:VirtualHardwareSection_Type'/><rasd:InstanceID>1</rasd:InstanceID></VirtualSystem></Envelope>"
	if got := modern(old); got != want {
		t.Error(got)
	}
	for _, same := range []string{want, "<Section>", "</Section></Content>", "<a><Contents/></a>", "<Section x='y'><Section/></Section>"} {
		if got := modern(same); got != same {
			t.Errorf("%q became %q", same, got)
		}
	}
	if lines := itemLines("<a>\n<Item>\n\n<b:Item c=''><Items/>\n</b:Item></Item>"); !slices.Equal(lines, []int{2, 4}) {
		t.Error(lines)
	}
}

// importOne imports a descriptor and destroys the VM.
func importOne(h *host, file, name string) error {
	ctx := context.Background()
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	pool := object.NewResourcePool(h.client, h.registry.Any("ResourcePool").Reference())
	store := h.registry.Any("Datastore").Reference()
	spec, err := ovf.NewManager(h.client).CreateImportSpec(ctx, string(text), pool, store, &types.OvfCreateImportSpecParams{EntityName: name})
	if err != nil {
		return err
	}
	if len(spec.Error) > 0 {
		return fmt.Errorf("%s", spec.Error[0].LocalizedMessage)
	}
	lease, err := pool.ImportVApp(ctx, spec.ImportSpec, nil, nil)
	if err != nil {
		return err
	}
	for {
		state, err := lease.Properties(ctx)
		if err != nil {
			return err
		}
		switch state.State {
		case types.HttpNfcLeaseStateError:
			return fmt.Errorf("import: %T", state.Error.Fault)
		case types.HttpNfcLeaseStateReady:
			for _, item := range spec.FileItem {
				if !slices.ContainsFunc(state.Info.DeviceUrl, func(u types.HttpNfcLeaseDeviceUrl) bool { return u.ImportKey == item.DeviceId }) {
					return fmt.Errorf("no URL for %s", item.DeviceId)
				}
			}
			task, err := object.NewVirtualMachine(h.client, state.Info.Entity).Destroy(ctx)
			if err != nil {
				return err
			}
			if _, err = results(h.registry, []*object.Task{task}); err != nil {
				return err
			}
			return lease.Complete(ctx)
		}
		time.Sleep(time.Millisecond)
	}
}
