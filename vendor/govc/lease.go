// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// leaseNews sees the calls of an import, and tells of the lease that the host makes for it. A host makes the disks before it takes the
// first byte. Thick ones that are zeroed take minutes, in which govc prints nothing: its caller could not tell it from one that hangs.
type leaseNews struct {
	inner  soap.RoundTripper
	client *vim25.Client
	ctx    context.Context // of the command
	told   sync.WaitGroup
}

func (n *leaseNews) RoundTrip(ctx context.Context, request, response soap.HasFault) error {
	err := n.inner.RoundTrip(ctx, request, response)
	if body, ok := response.(*methods.ImportVAppBody); ok && err == nil && body.Res != nil {
		n.told.Add(1)
		go n.tell(body.Res.Returnval)
	}
	return err
}

// tell prints a line each second for as long as the host says that it prepares the lease. A host that does not answer is not told of.
func (n *leaseNews) tell(lease types.ManagedObjectReference) {
	defer n.told.Done()
	began := time.Now()
	next := time.NewTicker(time.Second)
	defer next.Stop()
	for {
		select {
		case <-n.ctx.Done():
			return
		case <-next.C:
		}
		var seen mo.HttpNfcLease
		collector := property.DefaultCollector(n.client)
		err := collector.RetrieveOne(n.ctx, lease, []string{"state", "initializeProgress"}, &seen)
		if n.ctx.Err() != nil || (err == nil && seen.State != types.HttpNfcLeaseStateInitializing) {
			return
		}
		if err == nil {
			now := time.Now()
			fmt.Fprintf(os.Stdout, "%s Preparing disks... (%d%%, %ds)\n", now.Format("[02-01-06 15:04:05]"), seen.InitializeProgress,
				int(now.Sub(began).Seconds()))
		}
	}
}
