// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// moids are the ids that a standalone host gives its objects, in place of the simulator's, which cannot be told to give others: they
// are exchanged in each request and each answer.
type moids struct {
	mu    sync.Mutex
	shown map[types.ManagedObjectReference]string
	known map[types.ManagedObjectReference]string // the simulator's, by the one that is shown
	vms   int
	taken map[types.ManagedObjectReference]int // how many snapshots of a VM there were
	paths map[string]string                    // of datastores
}

func newMoids(registry *simulator.Registry) *moids {
	m := &moids{
		shown: map[types.ManagedObjectReference]string{},
		known: map[types.ManagedObjectReference]string{},
		taken: map[types.ManagedObjectReference]int{},
		paths: map[string]string{},
	}
	for _, object := range registry.AllReference("") {
		m.PutObject(nil, object)
	}
	registry.AddHandler(m)
	return m
}

// Reference tells it from the other listeners of the registry.
func (m *moids) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "Moids", Value: "moids"}
}

// UpdateObject is of no interest.
func (m *moids) UpdateObject(*simulator.Context, mo.Reference, []types.PropertyChange) {}

// RemoveObject is of no interest: what is said of an object that is gone bears its id too.
func (m *moids) RemoveObject(*simulator.Context, types.ManagedObjectReference) {}

// PutObject gives an id: VMs are counted, and the snapshots of each.
func (m *moids) PutObject(_ *simulator.Context, object mo.Reference) {
	m.mu.Lock()
	defer m.mu.Unlock()
	reference := object.Reference()
	if _, ok := m.shown[reference]; ok {
		return
	}
	var id string
	switch o := object.(type) {
	case *simulator.VirtualMachine:
		m.vms++
		id = fmt.Sprint(m.vms)
	case *simulator.VirtualMachineSnapshot:
		m.taken[o.Vm]++
		id = fmt.Sprintf("%s-snapshot-%d", m.shown[o.Vm], m.taken[o.Vm])
	case *simulator.Datastore:
		sum := sha256.Sum256([]byte(o.Name))
		text := hex.EncodeToString(sum[:])
		id = fmt.Sprintf("5%s-%s-%s-%s", text[1:8], text[8:16], text[16:20], text[20:32])
		m.paths[o.Summary.Url] = "/vmfs/volumes/" + id
	case *mo.Network:
		id = "HaNetwork-" + o.Name
	default:
		return
	}
	m.shown[reference] = id
	m.known[types.ManagedObjectReference{Type: reference.Type, Value: id}] = reference.Value
}

// What stands before an id, the type of its object where that is said, and the id.
var (
	moid    = regexp.MustCompile(`(type="(VirtualMachine|VirtualMachineSnapshot|Datastore|Network)"[^>]*>)([^<]*)`)
	spokeID = regexp.MustCompile(`(vim\.(VirtualMachine|VirtualMachineSnapshot|Datastore|Network):)([\w-]+)`)
	leaseID = regexp.MustCompile(`([Kk]ey>/()?)(vm-\d+)`)
)

// show puts a host's ids into an answer.
func (m *moids) show(answer []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, pattern := range []*regexp.Regexp{moid, spokeID, leaseID} {
		answer = exchange(answer, pattern, m.shown)
	}
	for path, shown := range m.paths {
		answer = bytes.ReplaceAll(answer, []byte(path), []byte(shown))
	}
	return answer
}

// take puts the simulator's ids into a request.
func (m *moids) take(request []byte) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return exchange(request, moid, m.known)
}

// exchange puts those ids that are known in the place of others.
func exchange(text []byte, pattern *regexp.Regexp, known map[types.ManagedObjectReference]string) []byte {
	return pattern.ReplaceAllFunc(text, func(found []byte) []byte {
		parts := pattern.FindSubmatch(found)
		kind := string(parts[2])
		if kind == "" {
			kind = "VirtualMachine"
		}
		id, ok := known[types.ManagedObjectReference{Type: kind, Value: unescaped(parts[3])}]
		if !ok {
			return found
		}
		return append(bytes.Clone(parts[1]), escaped(id)...)
	})
}

// unescaped undoes what XML needs in a name.
func unescaped(text []byte) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&quot;", `"`, "&apos;", "'", "&amp;", "&").Replace(string(text))
}

// shaped is an answer of a host; each is one Write.
type shaped struct {
	http.ResponseWriter
	moids *moids
}

func (s *shaped) Write(answer []byte) (int, error) {
	_, err := s.ResponseWriter.Write(s.moids.show(answer))
	return len(answer), err
}

// Unwrap lets a connection be reset.
func (s *shaped) Unwrap() http.ResponseWriter { return s.ResponseWriter }
