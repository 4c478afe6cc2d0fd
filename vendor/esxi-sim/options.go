// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/types"
)

// upload stands where a method can, for the HTTP upload of a disk.
const upload = "upload"

const usage = `usage: esxi-sim [option]...

One simulated standalone ESXi host. When it is ready it prints one line on standard output,
{"url","host","user","thumbprint","thumbprint_sha1","ca_file","pid"}; it ends when its standard input closes, or by SIGTERM, and
removes its files (killed, it leaves them to the next one). The password of its user is taken from the environment, ESXI_SIM_PASSWORD.

`

var errHelp = errors.New("help was asked for")

// address is one that a guest reports, some time after its power-on.
type address struct {
	after time.Duration
	ip    string
}

// delay is by how much longer a method takes, for so many more calls.
type delay struct {
	duration time.Duration
	left     int    // negative: for all
	while    string // a file, without which the delay ends at once; empty: none
}

type options struct {
	listen      string
	vms         int
	user        string
	password    string
	apiType     string
	calls       string
	ignoreStdin bool
	verbose     bool
	delays      map[string]*delay
	faults      []*rule
	addresses   []address
	bridges     []address
	questions   map[string]string
	datastores  []*datastore
	networks    []string
	templates   []string
	leaseDelay  delay
	persona     *persona
	noCurrent   map[string]bool // VMs whose snapshots have no current one
}

func parse(arguments []string, password string) (*options, error) {
	o := &options{delays: map[string]*delay{}, questions: map[string]string{}, noCurrent: map[string]bool{}}
	flags := flag.NewFlagSet("esxi-sim", flag.ContinueOnError)
	// What is wrong is said once, by the caller; and help goes to standard output.
	flags.SetOutput(io.Discard)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), usage)
		flags.PrintDefaults()
	}
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "`ADDRESS:PORT` to listen on; port 0 is a free one")
	flags.IntVar(&o.vms, "vms", 2, "`NUMBER` of VMs that are there from the start, running, with VMware Tools: ha-host_VM0, ha-host_VM1, ...")
	flags.StringVar(&o.user, "user", "root", "`NAME` of the one user")
	flags.StringVar(&o.password, "password", "", "the user's `PASSWORD`; better in the environment, where other users cannot read it: ESXI_SIM_PASSWORD")
	flags.StringVar(&o.apiType, "api-type", "HostAgent", "what the host says that it is, its `TYPE`: HostAgent or VirtualCenter")
	flags.StringVar(&o.calls, "calls", "", "`FILE` to append the name of each SOAP method to, one a line, as it is called; and !METHOD (or !upload) where a --fault struck")
	flags.BoolVar(&o.ignoreStdin, "ignore-stdin", false, "do not end when standard input closes")
	flags.BoolVar(&o.verbose, "verbose", false, "let the simulator log to standard error")
	flags.Func("delay", "`METHOD=MS[,max=N][,while=FILE]`, repeatable: this SOAP method (or upload: each upload of a disk) takes so many milliseconds longer; max=N: its first N calls do; while=FILE: no longer than until this file is removed", func(s string) error {
		method, d, err := parseDelay(s)
		o.delays[method] = d
		return err
	})
	flags.Func("fault", faultUsage, func(s string) error {
		r, err := parseRule(s)
		o.faults = append(o.faults, r)
		return err
	})
	flags.Func("guest-ip", "`MS=ADDRESS[,MS=ADDRESS]...`: each VM reports these addresses, so many milliseconds after it is powered on (and has VMware Tools running from then on)", func(s string) (err error) {
		o.addresses, err = parseAddresses(s)
		return err
	})
	flags.Func("bridge-ip", "`MS=ADDRESS[,MS=ADDRESS]...`: like --guest-ip, on a card that only the guest has, such as the bridge of docker; it is what guest.ipAddress says from then on", func(s string) (err error) {
		o.bridges, err = parseAddresses(s)
		return err
	})
	flags.Func("datastore", "`NAME[,free=SIZE][,inaccessible]`, repeatable: one more datastore, or settings of "+firstStore+"; NAME is as people see it, SIZE such as 500M", func(s string) error {
		d, err := parseDatastore(s)
		o.datastores = append(o.datastores, d)
		return err
	})
	flags.Func("network", "`NAME`, repeatable: one more network; NAME is as people see it", func(s string) error {
		o.networks = append(o.networks, s)
		return nil
	})
	flags.Func("template", "`NAME`, repeatable: one more VM, which is a template", func(s string) error {
		o.templates = append(o.templates, s)
		return nil
	})
	flags.Func("no-current-snapshot", "`VM`, repeatable: none of this VM's snapshots is its current one, as after a failed consolidation", func(s string) error {
		o.noCurrent[s] = true
		return nil
	})
	flags.Func("persona", "`RELEASE`: esxi-6.7 or esxi-8, whose shapes and limits a standalone host has", func(s string) error {
		if o.persona = personas[s]; o.persona == nil {
			return errors.New("neither esxi-6.7 nor esxi-8")
		}
		return nil
	})
	flags.Func("lease-delay", "`MS[,while=FILE]`: the lease of an import gets ready only after so many milliseconds, as where disks are zeroed first; while=FILE: not later than this file is removed", func(s string) (err error) {
		o.leaseDelay, err = parseLeaseDelay(s)
		return err
	})
	flags.Func("question", "`VM=TEXT`, repeatable: this VM, once powered on, waits for an answer to this question, and its power-on does not end", func(s string) error {
		vm, text, found := strings.Cut(s, "=")
		if !found || vm == "" || text == "" {
			return errors.New("not VM=TEXT")
		}
		o.questions[vm] = text
		return nil
	})
	err := flags.Parse(arguments)
	if o.password == "" {
		o.password = password
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(os.Stdout)
		flags.Usage()
		return nil, errHelp
	case err != nil:
		return nil, fmt.Errorf("%w (see --help)", err)
	case flags.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q (see --help)", flags.Arg(0))
	case !isAddress(o.listen):
		return nil, fmt.Errorf("--listen %s: not ADDRESS:PORT", o.listen)
	case o.vms < 0:
		return nil, fmt.Errorf("--vms %d: cannot be negative", o.vms)
	case o.user == "":
		return nil, errors.New("--user: cannot be empty")
	case o.password == "":
		return nil, errors.New("no password: put one into the environment as ESXI_SIM_PASSWORD, or give --password")
	case o.apiType != "HostAgent" && o.apiType != "VirtualCenter":
		return nil, fmt.Errorf("--api-type %s: neither HostAgent nor VirtualCenter", o.apiType)
	}
	return o, nil
}

func isAddress(s string) bool {
	_, err := net.ResolveTCPAddr("tcp", s)
	return err == nil
}

func parseDelay(s string) (string, *delay, error) {
	method, rest, _ := strings.Cut(s, "=")
	if err := checkMethod(method); err != nil {
		return "", nil, err
	}
	rest, while, held := strings.Cut(rest, ",while=")
	ms, calls, limited := strings.Cut(rest, ",max=")
	if held {
		ms += ",while=" + while
	}
	parsed, err := parseLeaseDelay(ms)
	d := &parsed
	if limited && err == nil {
		if d.left, err = strconv.Atoi(calls); err != nil || d.left < 0 {
			err = fmt.Errorf("max=%s: not a number", calls)
		}
	}
	return method, d, err
}

func parseLeaseDelay(s string) (delay, error) {
	ms, while, held := strings.Cut(s, ",while=")
	duration, err := milliseconds(ms)
	if held && while == "" && err == nil {
		err = errors.New("while=: no file is named")
	}
	return delay{duration, -1, while}, err
}

func milliseconds(s string) (time.Duration, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a number of milliseconds", s)
	}
	return time.Duration(n) * time.Millisecond, nil
}

// checkMethod finds a misspelt method, which would silently do nothing. Every request type bears its method's name.
func checkMethod(name string) error {
	if name == upload {
		return nil
	}
	if _, ok := types.TypeFunc()(name); !ok || name == "" {
		return fmt.Errorf("%q is no SOAP method (nor %q)", name, upload)
	}
	return nil
}

func parseAddresses(s string) ([]address, error) {
	var all []address
	for _, part := range strings.Split(s, ",") {
		ms, ip, _ := strings.Cut(part, "=")
		after, err := milliseconds(ms)
		if err != nil {
			return nil, err
		}
		if net.ParseIP(ip) == nil {
			return nil, fmt.Errorf("%q is not an address", ip)
		}
		all = append(all, address{after, ip})
	}
	return all, nil
}
