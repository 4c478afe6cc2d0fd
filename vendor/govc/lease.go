// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/vmware/govmomi/cli"
	"github.com/vmware/govmomi/cli/flags"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// A host makes the disks of an import before it takes the first byte. Thick ones that are zeroed take minutes, in which govc
// prints nothing: its caller could not tell it from one that hangs.

var quietImports = map[string]cli.Command{} // the commands without this

func init() {
	quietImports["import.ova"] = cli.Commands()["import.ova"]
	quietImports["import.ovf"] = cli.Commands()["import.ovf"]
	cli.Register("import.ova", &importWithNews{})
	cli.Register("import.ovf", &importOVFWithNews{})
}

// importWithNews is import.ova, and prints how far the host has come with its preparation.
type importWithNews struct {
	cli.Command
	client *flags.ClientFlag
}

func (c *importWithNews) Register(ctx context.Context, f *flag.FlagSet) {
	c.register(ctx, f, "import.ova")
}

func (c *importWithNews) register(ctx context.Context, f *flag.FlagSet, name string) {
	c.client, ctx = flags.NewClientFlag(ctx)
	c.Command = fresh(quietImports[name])
	c.Command.Register(ctx, f)
}

func (*importWithNews) Usage() string { return "PATH_OR_URL_OF_OVA" }

// importOVFWithNews likewise.
type importOVFWithNews struct{ importWithNews }

func (c *importOVFWithNews) Register(ctx context.Context, f *flag.FlagSet) {
	c.register(ctx, f, "import.ovf")
}

func (*importOVFWithNews) Usage() string { return "PATH_OR_URL_OF_OVF" }

func (c *importWithNews) WriteError(err error) bool {
	inner, ok := c.Command.(interface{ WriteError(error) bool })
	return ok && inner.WriteError(err)
}

func (c *importWithNews) Run(ctx context.Context, f *flag.FlagSet) error {
	client, err := c.client.Client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	news := &leaseNews{inner: client.RoundTripper, client: client, ctx: ctx}
	client.RoundTripper = news
	err = c.Command.Run(ctx, f)
	client.RoundTripper = news.inner
	cancel()
	news.told.Wait() // what is printed later would be another command's
	return err
}

// leaseNews sees the calls of an import, and tells of the lease that the host makes for it.
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
