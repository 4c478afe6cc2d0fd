// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/vim25/types"
)

func TestRule(t *testing.T) {
	r, err := parseRule("PowerOnVM_Task=NoPermission,skip=2,max=1,message=a, b=c")
	if err != nil {
		t.Fatal(err)
	}
	if r.as != "task" || r.skip != 2 || r.max != 1 || *r.message != "a, b=c" || r.kind.Name() != "NoPermission" {
		t.Errorf("%+v", r)
	}
	var calls strings.Builder
	h := &host{options: &options{faults: []*rule{r}}, calls: &calls}
	var failed []bool
	for range 4 {
		failed = append(failed, h.due("PowerOnVM_Task") != nil)
	}
	if failed[0] || failed[1] || !failed[2] || failed[3] || h.due("Login") != nil {
		t.Error(failed)
	}
	if calls.String() != "!PowerOnVM_Task\n" {
		t.Errorf("%q", calls.String())
	}
	for text, as := range map[string]string{"upload=": "http500", "Login=InvalidLogin": "fault", "Login=,as=reset": "reset", "ImportVApp=NoDiskSpace,as=task": "task"} {
		if r, err := parseRule(text); err != nil || r.as != as {
			t.Error(text, r, err)
		}
	}
	for _, text := range []string{"", "Login", "Login=", "Nope=InvalidLogin", "Login=Nope", "Login=InvalidLogin,max=-1", "Login=InvalidLogin,as=task", "upload=NoDiskSpace,as=fault", "Login=InvalidLogin,extra", "Login=InvalidLogin,while="} {
		if _, err := parseRule(text); err == nil {
			t.Error("taken:", text)
		}
	}
}

func TestRuleWhileAFileIsThere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "armed")
	r, err := parseRule("Login=InvalidLogin,skip=1,max=1,while=" + file)
	if err != nil {
		t.Fatal(err)
	}
	h := &host{options: &options{faults: []*rule{r}}}
	fails := func() bool { return h.due("Login") != nil }
	if fails() || fails() {
		t.Error("fails without the file")
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if fails() {
		t.Error("what came before the file was counted")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if fails() {
		t.Error("fails after the file")
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if !fails() || fails() {
		t.Error("is to fail once")
	}
}

func TestDelayWhileAFileIsThere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "held")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	method, d, err := parseDelay("upload=60000,max=1,while=" + file)
	if err != nil || method != upload || d.left != 1 || d.while != file || d.duration != time.Minute {
		t.Fatal(method, d, err)
	}
	ended := make(chan bool)
	go func() { ended <- wait(t.Context(), d.duration, d.while) }()
	select {
	case <-ended:
		t.Fatal("it ends while the file is there")
	case <-time.After(50 * time.Millisecond):
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if !<-ended || !wait(t.Context(), d.duration, d.while) {
		t.Error("the client is not gone")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if wait(gone, time.Minute, "") {
		t.Error("the client is gone")
	}
	for _, text := range []string{"upload", "upload=x", "upload=5,max=x", "upload=5,while=", "Nope=5"} {
		if _, _, err := parseDelay(text); err == nil {
			t.Error("taken:", text)
		}
	}
}

func TestSentences(t *testing.T) {
	for kind := range sentences {
		if _, ok := types.TypeFunc()(kind); !ok {
			t.Error("no such fault:", kind)
		}
	}
	task := `<error><fault xsi:type="InvalidPowerState"><existingState>poweredOn</existingState></fault><localizedMessage>*types.InvalidPowerState</localizedMessage></error>` +
		`<error><fault xsi:type="InvalidState"></fault><localizedMessage>*types.InvalidState</localizedMessage></error>` +
		`<error><fault xsi:type="FileAlreadyExists"></fault><localizedMessage>*types.FileAlreadyExists</localizedMessage></error>`
	spoken := string(speak([]byte(task)))
	for _, text := range []string{"in the current state (Powered on).<", "is not allowed in the current state.<", "*types.FileAlreadyExists<"} {
		if !strings.Contains(spoken, text) {
			t.Errorf("%q is not in %s", text, spoken)
		}
	}
	w := httptest.NewRecorder()
	writeFault(w, &types.ManagedObjectNotFound{Obj: types.ManagedObjectReference{Type: "VirtualMachine", Value: "vm-9"}}, "")
	if text := string(speak(w.Body.Bytes())); !strings.Contains(text, "<faultstring>The object &#39;vim.VirtualMachine:vm-9&#39; has already been deleted") {
		t.Error(text)
	}
}
