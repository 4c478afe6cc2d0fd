// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/cli/flags"
	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// client is what commands share: the flag that has them logged in, as the environment says, with the connections that are open; and
// that of the datacenter, which most of them look for first.
type client struct {
	flag       *flags.ClientFlag
	alone      context.Context // in which a command finds just that
	datacenter *flags.DatacenterFlag
	both       context.Context // in which it finds both
	used       time.Time
	calls      *watch // once it is logged in
}

// newClient is not logged in yet. It is nil where a process of its own has more to say about the environment.
func newClient() *client {
	f, in := flags.NewClientFlag(context.Background())
	// A flag registers itself once. So arguments that would set it are unknown to the commands that share it.
	f.Register(in, unread())
	if err := f.Process(in); err != nil || f.Session.Passthrough {
		return nil
	}
	c := &client{flag: f, alone: in}
	c.forgetDatacenter()
	return c
}

func unread() *flag.FlagSet {
	return flag.NewFlagSet("", flag.ContinueOnError)
}

// logIn has the session in the file checked, or logs in, unless that was done.
func (c *client) logIn() error {
	if c.calls != nil {
		return nil
	}
	vim, err := logIn(c.flag)
	if err == nil {
		c.calls = &watch{inner: vim.RoundTripper, standalone: !vim.IsVC()}
		vim.RoundTripper = c.calls
	}
	return err
}

// begin prepares for a command, whose context ends with `ctx`: in it are this client, and an output that is the command's own.
func (c *client) begin(ctx context.Context) (context.Context, *flags.OutputFlag) {
	if c.calls != nil {
		c.calls.begin()
	}
	own, out := flags.NewOutputFlag(context.Background())
	c.datacenter.OutputFlag = own
	return values{ctx, values{out, c.both}}, own
}

// end tells the client how the command ended.
func (c *client) end(err error) {
	c.used = time.Now()
	// A standalone host has one datacenter, which stays. What was found elsewhere, or while something failed, is not kept.
	if err != nil || c.calls == nil || !c.calls.standalone || c.calls.failed.Load() {
		c.forgetDatacenter()
	}
}

func (c *client) forgetDatacenter() {
	c.datacenter, c.both = flags.NewDatacenterFlag(c.alone)
	c.datacenter.Register(c.both, unread())
	_ = c.datacenter.Process(c.both) // of a client that is processed: no error
}

// isLost tells whether the session, or the connection, that the command began with was not there any more.
func (c *client) isLost(err error) bool {
	return c.isRefused() || isNotAuthenticated(err) || (c.calls != nil && c.calls.cut.Load())
}

// isRefused tells whether the host did not answer for want of a session. A command may not care, and take it for "not found".
func (c *client) isRefused() bool {
	return c.calls != nil && c.calls.refused.Load()
}

// hasActed tells whether the command may have changed something.
func (c *client) hasActed() bool {
	return c.calls != nil && c.calls.acted.Load()
}

// values has those of two contexts, the first before the second, and ends with the first.
type values struct {
	context.Context
	more context.Context
}

func (v values) Value(key any) any {
	if value := v.Context.Value(key); value != nil {
		return value
	}
	return v.more.Value(key)
}

func isNotAuthenticated(err error) bool {
	return err != nil && fault.Is(err, &types.NotAuthenticated{})
}

// watch sees the calls of a command.
type watch struct {
	inner      soap.RoundTripper
	standalone bool
	answered   atomic.Bool // the host has answered one
	failed     atomic.Bool
	acted      atomic.Bool // one may have changed something
	refused    atomic.Bool // for want of a session
	cut        atomic.Bool // the first one found the connection gone
}

// begin forgets what the command before did.
func (w *watch) begin() {
	for _, what := range []*atomic.Bool{&w.answered, &w.failed, &w.acted, &w.refused, &w.cut} {
		what.Store(false)
	}
}

// The methods of which nothing is left but what the client itself asked for.
var onlyLooks = map[string]bool{
	"CancelRetrievePropertiesEx":   true,
	"CancelWaitForUpdates":         true,
	"ContinueRetrievePropertiesEx": true,
	"CreateContainerView":          true,
	"CreateFilter":                 true,
	"CreatePropertyCollector":      true,
	"DestroyPropertyCollector":     true,
	"DestroyPropertyFilter":        true,
	"DestroyView":                  true,
	"RetrieveProperties":           true,
	"RetrievePropertiesEx":         true,
	"WaitForUpdatesEx":             true,
}

func (w *watch) RoundTrip(ctx context.Context, request, response soap.HasFault) error {
	err := w.inner.RoundTrip(ctx, request, response)
	looks := onlyLooks[strings.TrimSuffix(reflect.TypeOf(request).Elem().Name(), "Body")]
	answered := err == nil || soap.IsSoapFault(err)
	if err != nil {
		w.failed.Store(true)
	}
	switch {
	case isNotAuthenticated(err) || (err == nil && isMissing(response)):
		w.refused.Store(true) // this call did nothing
	case !looks:
		w.acted.Store(true)
	case !answered && !w.answered.Load():
		w.cut.Store(true)
	}
	if answered {
		w.answered.Store(true)
	}
	return err
}

// isMissing tells whether properties were not given for want of a session.
func isMissing(response soap.HasFault) bool {
	var objects []types.ObjectContent
	switch body := response.(type) {
	case *methods.RetrievePropertiesBody:
		if body.Res != nil {
			objects = body.Res.Returnval
		}
	case *methods.RetrievePropertiesExBody:
		if body.Res != nil && body.Res.Returnval != nil {
			objects = body.Res.Returnval.Objects
		}
	}
	for _, object := range objects {
		for _, missing := range object.MissingSet {
			if _, ok := missing.Fault.Fault.(*types.NotAuthenticated); ok {
				return true
			}
		}
	}
	return false
}
