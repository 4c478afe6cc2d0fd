// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// standaloneUploads is where a standalone host takes disks; vCenter does at /nfc/.
const standaloneUploads = "/ha-nfc/"

// lease is what a client of an import sees, in place of the simulator's own: it can be slow to get ready (--lease-delay), and has
// sums of SHA-256 too. (The simulator's cannot be made outside of it.)
type lease struct {
	mo.HttpNfcLease
	host  *host
	inner *simulator.HttpNfcLease
}

// pool is the resource pool for an import.
type pool struct {
	*simulator.ResourcePool
	host *host
}

// ImportVApp lets the simulator import, and the client see a lease of ours.
func (p *pool) ImportVApp(ctx *simulator.Context, request *types.ImportVApp) soap.HasFault {
	body := p.ResourcePool.ImportVApp(ctx, request).(*methods.ImportVAppBody)
	if body.Fault_ != nil {
		return body
	}
	inner, ok := ctx.Session.Get(body.Res.Returnval).(*simulator.HttpNfcLease)
	if !ok {
		return body
	}
	l := &lease{host: p.host, inner: inner}
	l.Self = types.ManagedObjectReference{Type: "HttpNfcLease", Value: p.host.newID()}
	l.State = types.HttpNfcLeaseStateInitializing
	ctx.Session.Put(l)
	go l.prepare()
	body.Res.Returnval = l.Self
	return body
}

// prepare waits until the simulator has made the VM, and for the delay, and then shows what came of it.
func (l *lease) prepare() {
	const step = 100 * time.Millisecond
	delay := l.host.options.leaseDelay
	ready := time.Now().Add(delay.duration)
	for progress := int32(1); time.Now().Before(ready) && !delay.ended(); progress = min(progress+1, 99) {
		wait(context.Background(), min(step, time.Until(ready)), delay.while)
		l.update(types.PropertyChange{Name: "initializeProgress", Val: progress})
	}
	for {
		var state types.HttpNfcLeaseState
		var info *types.HttpNfcLeaseInfo
		var failure *types.LocalizedMethodFault
		l.host.registry.WithLock(l.host.guests.context(), l.inner, func() { state, info, failure = l.inner.State, l.inner.Info, l.inner.Error })
		switch state {
		case types.HttpNfcLeaseStateReady:
			shown := *info
			shown.Lease = l.Self
			if l.host.options.persona != nil {
				shown.DeviceUrl = slices.Clone(info.DeviceUrl)
				for i := range shown.DeviceUrl {
					shown.DeviceUrl[i].Url = strings.Replace(shown.DeviceUrl[i].Url, "/nfc/", standaloneUploads, 1)
				}
			}
			l.update(types.PropertyChange{Name: "info", Val: &shown}, types.PropertyChange{Name: "state", Val: state})
			return
		case types.HttpNfcLeaseStateError:
			l.update(types.PropertyChange{Name: "error", Val: failure}, types.PropertyChange{Name: "state", Val: state})
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (l *lease) update(changes ...types.PropertyChange) {
	ctx := l.host.guests.context()
	l.host.registry.WithLock(ctx, l, func() { l.host.registry.Update(ctx, l, changes) })
}

// HttpNfcLeaseProgress is told by the client.
func (l *lease) HttpNfcLeaseProgress(_ *simulator.Context, request *types.HttpNfcLeaseProgress) soap.HasFault {
	l.TransferProgress = request.Percent
	return &methods.HttpNfcLeaseProgressBody{Res: new(types.HttpNfcLeaseProgressResponse)}
}

// HttpNfcLeaseGetManifest tells the sums of what was uploaded.
func (l *lease) HttpNfcLeaseGetManifest(ctx *simulator.Context, _ *types.HttpNfcLeaseGetManifest) soap.HasFault {
	body := l.inner.HttpNfcLeaseGetManifest(ctx, &types.HttpNfcLeaseGetManifest{This: l.inner.Self})
	entries := body.(*methods.HttpNfcLeaseGetManifestBody).Res.Returnval
	for i := range entries {
		for _, device := range l.inner.Info.DeviceUrl {
			if sum, ok := l.host.sums.Load(l.inner.Self.Value + "/" + device.TargetId); ok && device.Key == entries[i].Key {
				entries[i].Checksum, entries[i].ChecksumType = sum.(string), string(types.HttpNfcLeaseManifestEntryChecksumTypeSha256)
			}
		}
	}
	return body
}

// HttpNfcLeaseComplete ends it.
func (l *lease) HttpNfcLeaseComplete(ctx *simulator.Context, _ *types.HttpNfcLeaseComplete) soap.HasFault {
	ctx.Session.Remove(ctx, l.Self)
	return l.inner.HttpNfcLeaseComplete(ctx, &types.HttpNfcLeaseComplete{This: l.inner.Self})
}

// HttpNfcLeaseAbort ends it; the VM stays, as the simulator leaves it.
func (l *lease) HttpNfcLeaseAbort(ctx *simulator.Context, _ *types.HttpNfcLeaseAbort) soap.HasFault {
	ctx.Session.Remove(ctx, l.Self)
	return l.inner.HttpNfcLeaseAbort(ctx, &types.HttpNfcLeaseAbort{This: l.inner.Self})
}
