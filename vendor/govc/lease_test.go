// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"os"
	"regexp"
	"testing"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// slowHost makes a lease that is not ready before it was looked at twice.
type slowHost struct {
	looks int
	ready chan struct{}
}

func (h *slowHost) RoundTrip(_ context.Context, _, response soap.HasFault) error {
	lease := types.ManagedObjectReference{Type: "HttpNfcLease", Value: "1"}
	switch body := response.(type) {
	case *methods.ImportVAppBody:
		body.Res = &types.ImportVAppResponse{Returnval: lease}
	case *methods.RetrievePropertiesBody:
		body.Res = &types.RetrievePropertiesResponse{Returnval: []types.ObjectContent{h.look(lease)}}
	case *methods.RetrievePropertiesExBody:
		body.Res = &types.RetrievePropertiesExResponse{Returnval: &types.RetrieveResult{Objects: []types.ObjectContent{h.look(lease)}}}
	}
	return nil
}

func (h *slowHost) look(lease types.ManagedObjectReference) types.ObjectContent {
	h.looks++
	state := types.HttpNfcLeaseStateInitializing
	if h.looks > 2 {
		state = types.HttpNfcLeaseStateReady
		close(h.ready)
	}
	return types.ObjectContent{Obj: lease, PropSet: []types.DynamicProperty{{Name: "state", Val: state}, {Name: "initializeProgress", Val: int32(10 * h.looks)}}}
}

func TestALeaseThatPreparesIsToldOf(t *testing.T) {
	host := &slowHost{ready: make(chan struct{})}
	client := &vim25.Client{Client: &soap.Client{}, RoundTripper: host}
	ctx, cancel := context.WithCancel(context.Background())
	news := &leaseNews{inner: host, client: client, ctx: ctx}

	stdout := os.Stdout
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout = write
	err = news.RoundTrip(ctx, new(methods.ImportVAppBody), new(methods.ImportVAppBody))
	<-host.ready
	cancel()
	news.told.Wait()
	os.Stdout = stdout
	write.Close()

	printed, _ := io.ReadAll(read)
	stamp := `\[\d\d-\d\d-\d\d \d\d:\d\d:\d\d\] Preparing disks\.\.\. `
	if err != nil || !regexp.MustCompile(`^`+stamp+`\(10%, 1s\)\n`+stamp+`\(20%, \ds\)\n$`).Match(printed) {
		t.Errorf("%v, %q", err, printed)
	}
}
