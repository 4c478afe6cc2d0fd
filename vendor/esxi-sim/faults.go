// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const faultUsage = "`METHOD=FAULT[,skip=N][,max=N][,while=FILE][,as=FORM][,message=TEXT]`, repeatable: calls of this SOAP method (or upload: the upload of a disk) fail.\n" +
	"FAULT is the name of a vim fault type, such as NoPermission; it can be left out where FORM is not fault or task.\n" +
	"skip=N: the first N calls pass. max=N: no more than N calls fail. Of several rules for a method the first that applies is taken.\n" +
	"while=FILE: calls are counted and fail only while there is such a file.\n" +
	"as=fault: a fault of the method. as=task: the method succeeds, and its task (for ImportVApp: its lease) ends with the fault.\n" +
	"as=http500, as=http503: an answer without SOAP. as=reset: the connection is reset (an upload: half-way).\n" +
	"as=endless, as=endless-gzip: an answer in SOAP that goes on for ever.\n" +
	"Left out, as is task for a method that ends in _Task, http500 for an upload, else fault.\n" +
	"message=TEXT: instead of what a real host says; it comes last, for it may have commas in it"

// rule is one --fault.
type rule struct {
	method  string
	kind    reflect.Type // of the fault
	skip    int
	max     int    // -1: no limit
	while   string // a file; empty: always
	as      string
	message *string
	seen    int
	failed  int
}

func parseRule(s string) (*rule, error) {
	method, rest, found := strings.Cut(s, "=")
	if !found {
		return nil, errors.New("not METHOD=FAULT")
	}
	if err := checkMethod(method); err != nil {
		return nil, err
	}
	r := &rule{method: method, max: -1}
	isTask := strings.HasSuffix(method, "_Task") || method == "ImportVApp"
	for first := true; rest != ""; first = false {
		if text, ok := strings.CutPrefix(rest, "message="); ok {
			r.message = &text
			break
		}
		var part string
		part, rest, _ = strings.Cut(rest, ",")
		name, value, isOption := strings.Cut(part, "=")
		switch {
		case first && part == "": // left out
		case first && !isOption:
			if err := r.setKind(part); err != nil {
				return nil, err
			}
		case name == "as" && isOption:
			r.as = value
		case name == "while" && value != "":
			r.while = value
		case (name == "skip" || name == "max") && isOption:
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 {
				return nil, fmt.Errorf("%s=%s: not a number", name, value)
			}
			if name == "skip" {
				r.skip = n
			} else {
				r.max = n
			}
		default:
			return nil, fmt.Errorf("%q is neither skip=, max=, while=FILE, as= nor message= (which comes last)", part)
		}
	}
	switch r.as {
	case "":
		r.as = "fault"
		if method == upload {
			r.as = "http500"
		} else if strings.HasSuffix(method, "_Task") {
			r.as = "task"
		}
	case "http500", "http503", "reset", "endless", "endless-gzip":
	case "fault":
		if method == upload {
			return nil, errors.New("an upload has no faults: as=http500, http503 or reset")
		}
	case "task":
		if !isTask {
			return nil, fmt.Errorf("as=task: %s has no task", method)
		}
	default:
		return nil, fmt.Errorf("as=%s: none of fault, task, http500, http503, reset, endless, endless-gzip", r.as)
	}
	if r.kind == nil && (r.as == "fault" || r.as == "task") {
		return nil, errors.New("the name of a fault is missing")
	}
	return r, nil
}

func (r *rule) setKind(name string) error {
	kind, ok := types.TypeFunc()(name)
	if ok {
		_, ok = reflect.New(kind).Interface().(types.BaseMethodFault)
	}
	if !ok {
		return fmt.Errorf("%q is no fault", name)
	}
	r.kind = kind
	return nil
}

// due takes the rule that fails this call, if one does, and notes that among the calls.
func (h *host) due(method string) *rule {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.options.faults {
		if r.method != method || !r.armed() {
			continue
		}
		r.seen++
		if r.seen > r.skip && (r.max < 0 || r.failed < r.max) {
			r.failed++
			h.append("!" + method)
			return r
		}
	}
	return nil
}

// armed says whether the rule's file is there, where it has one.
func (r *rule) armed() bool {
	return r.while == "" || !gone(r.while)
}

// fail answers a call as its rule says.
func (h *host) fail(w http.ResponseWriter, r *rule, method *simulator.Method) {
	if r.as != "fault" && r.as != "task" {
		breakOff(w, r.as)
		return
	}
	fault := h.newFault(r.kind, method)
	message := sentence(fault)
	if r.message != nil {
		message = *r.message
	}
	if r.as == "task" {
		object := h.failedObject(method, fault, message)
		writeReturn(w, method.Name, &object)
	} else {
		writeFault(w, fault, message)
	}
}

// newFault makes a fault, with what a host tells in it where that is known.
func (h *host) newFault(kind reflect.Type, method *simulator.Method) types.BaseMethodFault {
	fault := reflect.New(kind).Interface().(types.BaseMethodFault)
	switch f := fault.(type) {
	case *types.NoPermission:
		f.Object, f.PrivilegeId = &method.This, "System.Modify"
	case *types.NotAuthenticated:
		f.Object, f.PrivilegeId = &method.This, "System.View"
	case *types.ManagedObjectNotFound:
		f.Obj = method.This
	case *types.DuplicateName:
		f.Object = method.This
	case *types.InvalidPowerState:
		f.ExistingState = h.powerState(method.This)
		switch method.Name {
		case "PowerOnVM_Task":
			f.RequestedState = types.VirtualMachinePowerStatePoweredOn
		case "SuspendVM_Task":
			f.RequestedState = types.VirtualMachinePowerStateSuspended
		default:
			f.RequestedState = types.VirtualMachinePowerStatePoweredOff
		}
	}
	return fault
}

// failedObject is the task, or the lease of an import, that ends with a fault.
func (h *host) failedObject(method *simulator.Method, fault types.BaseMethodFault, message string) types.ManagedObjectReference {
	failure := &types.LocalizedMethodFault{Fault: fault, LocalizedMessage: message}
	if method.Name == "ImportVApp" {
		lease := &simulator.HttpNfcLease{HttpNfcLease: mo.HttpNfcLease{State: types.HttpNfcLeaseStateError, Error: failure}}
		lease.Self = types.ManagedObjectReference{Type: "HttpNfcLease", Value: h.newID()}
		h.registry.Put(lease)
		return lease.Self
	}
	task := h.newTask(method)
	now := time.Now()
	task.Info.State, task.Info.Error, task.Info.CompleteTime = types.TaskInfoStateError, failure, &now
	h.registry.Put(task)
	return task.Self
}

// newTask is one that is not run by the simulator, and not yet known to it.
func (h *host) newTask(method *simulator.Method) *simulator.Task {
	now := time.Now()
	task := simulator.CreateTask(method.This, strings.Replace(method.Name, "_Task", "Task", 1), nil)
	task.Self = types.ManagedObjectReference{Type: "Task", Value: "task-" + h.newID()}
	task.Info.Key, task.Info.Task, task.Info.StartTime = task.Self.Value, task.Self, &now
	return task
}

// newID is none that the simulator gives.
func (h *host) newID() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ids++
	return "sim-" + strconv.Itoa(h.ids)
}

// breakOff ends a request without an answer in SOAP.
func breakOff(w http.ResponseWriter, as string) {
	switch as {
	case "http503":
		http.Error(w, "503 Service Unavailable (Failed to connect to endpoint)", http.StatusServiceUnavailable)
	case "reset":
		reset(w)
	case "endless", "endless-gzip":
		goOn(w, as == "endless-gzip")
	default:
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
	}
}

// goOn answers until the client goes away.
func goOn(w http.ResponseWriter, zipped bool) {
	w.Header().Set("Content-Type", "text/xml")
	out := io.Writer(w)
	if zipped {
		w.Header().Set("Content-Encoding", "gzip")
		zip, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
		out = zip
	}
	_, err := io.WriteString(out, `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><x>`)
	for more := bytes.Repeat([]byte("a"), 1<<20); err == nil; {
		_, err = out.Write(more)
	}
}

// reset ends the connection at once, so that the client sees "connection reset by peer".
func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if secure, ok := connection.(*tls.Conn); ok {
		connection = secure.NetConn()
	}
	if socket, ok := connection.(*net.TCPConn); ok {
		_ = socket.SetLinger(0)
	}
	_ = connection.Close()
}
