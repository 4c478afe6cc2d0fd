// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// host is govmomi's simulator with a layer of HTTP around it. What a real host does and the simulator does not is added here:
// the simulator's objects cannot be replaced by derived ones (it casts them to its own types), and its fault injection neither
// makes a task fail, nor breaks a connection, and counts under a read lock.
type host struct {
	options   *options
	simulator http.Handler
	service   *simulator.Service
	registry  *simulator.Registry
	client    *vim25.Client // in this process: no login, no faults, no delays
	guests    *guests
	calls     io.Writer
	mu        sync.Mutex // of calls, the counts of the rules, and ids
	ids       int        // how many tasks and leases were made here
	moids     *moids     // of the persona
	sums      sync.Map   // lease/file -> SHA-256 of what was uploaded
}

func newHost(o *options, address string) (*host, error) {
	model := simulator.ESX()
	model.Machine = 0 // see addVMs
	if o.persona != nil {
		model.ServiceContent.About = o.persona.about(model.ServiceContent.About)
	}
	if err := model.Create(); err != nil {
		return nil, err
	}
	h := &host{options: o, service: model.Service, registry: model.Map()}
	if o.calls != "" {
		file, err := os.OpenFile(o.calls, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return nil, err
		}
		h.calls = file
	}
	var err error
	if h.client, err = vim25.NewClient(context.Background(), h.service); err != nil {
		return nil, err
	}
	if h.options.persona != nil {
		h.options.persona.name(h.registry)
		h.moids = newMoids(h.registry)
	}
	h.registry.Handler = h.handle
	if err := addVMs(h.client, h.registry, o.vms); err != nil {
		return nil, err
	}
	h.guests = newGuests(h.registry, o)
	for _, add := range []func() error{h.addNetworks, h.addDatastores, h.addTemplates} {
		if err := add(); err != nil {
			return nil, err
		}
	}
	if o.apiType != "HostAgent" {
		h.registry.Put(&announced{h.registry.Get(vim25.ServiceInstance).(*simulator.ServiceInstance), o.apiType})
	}
	return h, h.listen(address)
}

// listen does what simulator.Service.NewServer does, without its server: that one takes no handler around its own, and panics
// where it cannot listen.
func (h *host) listen(address string) error {
	s := h.service
	s.Listen = &url.URL{Scheme: "https", Host: address, Path: vim25.Path, User: url.UserPassword(h.options.user, h.options.password)}
	s.RegisterSDK(h.registry, vim25.Path+"/vimService")
	s.ServeMux.HandleFunc(vim25.Path+"/vimServiceVersions.xml", s.ServiceVersions)
	s.ServeMux.HandleFunc("/folder/", s.ServeDatastore)
	s.ServeMux.HandleFunc("/nfc/", h.serveUpload)
	s.ServeMux.HandleFunc(standaloneUploads, h.serveUpload)
	h.registry.SessionManager().ServiceHostName = address
	public := *s.Listen
	public.User = nil
	// The simulator takes from here where disks are uploaded to.
	fault := h.registry.OptionManager().UpdateOptions(&types.UpdateOptions{
		ChangedValue: []types.BaseOptionValue{&types.OptionValue{Key: "vcsim.server.url", Value: public.String()}},
	}).Fault()
	if fault != nil {
		return fmt.Errorf("simulator: %s", fault.String)
	}
	h.simulator = s.ServeMux
	return nil
}

// announced is a service instance that says that it is something else, and is not.
type announced struct {
	*simulator.ServiceInstance
	apiType string
}

func (a *announced) RetrieveServiceContent(*types.RetrieveServiceContent) soap.HasFault {
	content := a.ServiceContent()
	content.About.ApiType = a.apiType
	return &methods.RetrieveServiceContentBody{Res: &types.RetrieveServiceContentResponse{Returnval: content}}
}

// handle is asked before each call that the simulator answers; an object that it returns answers in the place of the simulator's.
func (h *host) handle(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	if fault := authorize(ctx, method); fault != nil {
		return nil, fault
	}
	if h.options.persona != nil {
		switch request := method.Body.(type) {
		case *types.CreateVM_Task:
			h.options.persona.shape(&request.Config)
		case *types.ImportVApp:
			if spec, ok := request.Spec.(*types.VirtualMachineImportSpec); ok {
				h.options.persona.shape(&spec.ConfigSpec)
			}
		}
	}
	deputy := h.deputy(method)
	if deputy != nil {
		// An object that the session knows comes before the deputy; it knows none of this name.
		method.This = types.ManagedObjectReference{Type: "Deputy", Value: method.This.Value}
	}
	return deputy, nil
}

// deputy is what answers a call in the place of the simulator's object, or nil.
func (h *host) deputy(method *simulator.Method) mo.Reference {
	switch object := h.registry.Get(method.This).(type) {
	case *simulator.ResourcePool:
		if method.Name == "ImportVApp" {
			return &pool{object, h}
		}
	case *simulator.VirtualMachineSnapshot:
		if method.Name == "RevertToSnapshot_Task" {
			return &snapshot{object, h}
		}
	case *simulator.VirtualMachine:
		if method.Name == "RevertToCurrentSnapshot_Task" {
			return &machine{object, h}
		}
	case *simulator.OvfManager:
		if method.Name == "CreateImportSpec" {
			return &ovfManager{object, h}
		}
	}
	return nil
}

// authorize lets the simulator refuse what it takes without a session, and a real host does not.
func authorize(ctx *simulator.Context, method *simulator.Method) types.BaseMethodFault {
	switch method.Name {
	case "LoginByToken", "LoginExtensionByCertificate":
		return &types.InvalidLogin{} // the simulator takes any token and any certificate
	case "RetrieveServiceContent", "Login", "CloneSession":
		return nil
	}
	if ctx.Session == nil {
		return &types.NotAuthenticated{NoPermission: types.NoPermission{Object: &method.This, PrivilegeId: "System.View"}}
	}
	return nil
}

// loggedIn says whether the simulator would take this request's session.
func (h *host) loggedIn(r *http.Request) bool {
	cookie, err := r.Cookie(soap.SessionCookieName)
	if err != nil {
		return false
	}
	var manager mo.SessionManager
	if property.DefaultCollector(h.client).RetrieveOne(r.Context(), *h.client.ServiceContent.SessionManager, []string{"sessionList"}, &manager) != nil {
		return false
	}
	for _, session := range manager.SessionList {
		if session.Key == cookie.Value {
			return true
		}
	}
	return false
}

// ServeHTTP takes each request first.
func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || !strings.HasPrefix(r.URL.Path, vim25.Path) {
		h.simulator.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	if h.moids != nil {
		body = h.moids.take(body)
		r.ContentLength = int64(len(body))
		w = &shaped{w, h.moids}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	method, err := simulator.UnmarshalBody(types.TypeFunc(), body)
	if err == nil && h.intercept(w, r, method) {
		return
	}
	h.simulator.ServeHTTP(&spoken{w}, r)
}

// delay is by how much longer this call takes, and the file that ends the delay when it is removed.
func (h *host) delay(method string) (time.Duration, string) {
	d := h.options.delays[method]
	if d == nil {
		return 0, ""
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if d.left == 0 {
		return 0, ""
	}
	d.left--
	return d.duration, d.while
}

// intercept answers a call in the simulator's place; false: it did not.
func (h *host) intercept(w http.ResponseWriter, r *http.Request, method *simulator.Method) bool {
	h.record(method.Name)
	duration, while := h.delay(method.Name)
	if !wait(r.Context(), duration, while) {
		return true
	}
	if rule := h.due(method.Name); rule != nil {
		h.fail(w, rule, method)
		return true
	}
	if onlyVCenter[method.Name] && h.loggedIn(r) {
		writeFault(w, &types.NotSupported{}, sentence(&types.NotSupported{}))
		return true
	}
	if fault := h.refusal(method); fault != nil && h.loggedIn(r) {
		h.refuse(w, method, fault)
		return true
	}
	if h.question(w, method) {
		return true
	}
	if method.Name == "ShutdownGuest" && h.toolsRun(method.This) && h.loggedIn(r) {
		h.shutDown(method.This)
		writeReturn(w, method.Name, nil)
		return true
	}
	return false
}

// record appends the name of a method to the file of calls.
func (h *host) record(method string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.append(method)
}

// append writes a line to the file of calls; the caller holds the lock.
func (h *host) append(line string) {
	if h.calls != nil {
		_, _ = io.WriteString(h.calls, line+"\n")
	}
}

// ended says whether the file that ends the delay is gone.
func (d delay) ended() bool { return d.while != "" && gone(d.while) }

// wait sleeps, but not longer than there is the file, if one is named; false: the client went away.
func wait(ctx context.Context, duration time.Duration, while string) bool {
	until := time.Now().Add(duration)
	for left := duration; left > 0; left = time.Until(until) {
		if while != "" {
			if gone(while) {
				return true
			}
			left = min(left, 5*time.Millisecond)
		}
		select {
		case <-time.After(left):
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func gone(path string) bool {
	_, err := os.Lstat(path)
	return err != nil
}
