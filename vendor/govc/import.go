// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"maps"
	"reflect"
	"strings"

	"github.com/vmware/govmomi/cli"
	"github.com/vmware/govmomi/cli/flags"
	"github.com/vmware/govmomi/ovf/importer"
	"github.com/vmware/govmomi/vim25/soap"

	"esxi.invalid/vendored/webova"
)

// An OVA on a web server is read by a client of its own, without the session of the host.

var stock map[string]cli.Command // the commands of govmomi

func init() {
	stock = maps.Clone(cli.Commands())
	cli.Register("import.ova", &importOVA{})
	cli.Register("import.ovf", &importOVF{})
	cli.Register("import.spec", &importSpec{})
}

func isRemote(path string) bool {
	path = strings.ToLower(path)
	return strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://")
}

// remote is an OVA, or a descriptor with its files, on a web server.
type remote interface {
	importer.Archive
	Descriptor() (string, []byte, error)
	Entries() []webova.Entry
	Close()
}

// openRemote reads the headers of an OVA, or a descriptor. Whom to trust is as the flag says; it need not be logged in.
func openRemote(ctx context.Context, client *flags.ClientFlag, link string, log func(string) (int, error)) (remote, error) {
	sc := soap.NewClient(client.Session.URL, client.Session.Insecure) // for what it makes of the flag
	if err := client.ConfigureTLS(sc); err != nil {
		return nil, err
	}
	tls := sc.DefaultTransport().TLSClientConfig
	settings := webova.Settings{Roots: tls.RootCAs, Insecure: tls.InsecureSkipVerify, UserAgent: sc.UserAgent, Log: log}
	if webova.IsDescriptor(link) {
		return webova.OpenFolder(ctx, link, settings)
	}
	return webova.Open(ctx, link, settings)
}

// importOVA is govmomi's command, but for where it reads a remote OVA; and it prints how far the host has come with its preparation.
type importOVA struct {
	cli.Command
	client *flags.ClientFlag
}

func (c *importOVA) Register(ctx context.Context, f *flag.FlagSet) { c.register(ctx, f, "import.ova") }

func (c *importOVA) register(ctx context.Context, f *flag.FlagSet, name string) {
	c.client, ctx = flags.NewClientFlag(ctx)
	c.Command = fresh(stock[name])
	c.Command.Register(ctx, f)
}

func (*importOVA) Usage() string { return "PATH_OR_URL_OF_OVA" }

func (c *importOVA) WriteError(err error) bool {
	return c.Command.(interface{ WriteError(error) bool }).WriteError(err)
}

func (c *importOVA) Run(ctx context.Context, f *flag.FlagSet) error {
	client, err := c.client.Client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	news := &leaseNews{inner: client.RoundTripper, client: client, ctx: ctx}
	client.RoundTripper = news
	err = c.importArchive(ctx, f)
	client.RoundTripper = news.inner
	cancel()
	news.told.Wait() // what is printed later would be another command's
	return err
}

func (c *importOVA) importArchive(ctx context.Context, f *flag.FlagSet) error {
	if !isRemote(f.Arg(0)) {
		return c.Command.Run(ctx, f)
	}
	own := c.Command.(interface {
		Prepare(*flag.FlagSet) (string, error)
		Import(context.Context, string) error
	})
	link, err := own.Prepare(f)
	if err != nil {
		return err
	}
	imp := reflect.ValueOf(c.Command).Elem().FieldByName("Importer").Addr().Interface().(*importer.Importer)
	ova, err := openRemote(ctx, c.client, link, imp.Log)
	if err != nil {
		return err
	}
	defer ova.Close()
	imp.Archive = ova
	return own.Import(ctx, "*.ovf")
}

// importOVF likewise.
type importOVF struct{ importOVA }

func (c *importOVF) Register(ctx context.Context, f *flag.FlagSet) { c.register(ctx, f, "import.ovf") }

func (*importOVF) Usage() string { return "PATH_OR_URL_OF_OVF" }

// importSpec is govmomi's command, but for where it reads a remote OVA, and for `-descriptor`.
type importSpec struct {
	cli.Command
	client     *flags.ClientFlag
	output     *flags.OutputFlag
	descriptor bool
}

func (c *importSpec) Register(ctx context.Context, f *flag.FlagSet) {
	c.client, ctx = flags.NewClientFlag(ctx)
	c.output, ctx = flags.NewOutputFlag(ctx)
	c.Command = fresh(stock["import.spec"])
	c.Command.Register(ctx, f)
	f.BoolVar(&c.descriptor, "descriptor", false, "Of a URL, add the descriptor and the entries of the tar; show the progress of a download first")
}

func (*importSpec) Usage() string { return "PATH_OR_URL_OF_OVF_OR_OVA" }

func (c *importSpec) WriteError(err error) bool { return c.output.WriteError(err) }

func (c *importSpec) Run(ctx context.Context, f *flag.FlagSet) error {
	if !isRemote(f.Arg(0)) {
		if c.descriptor {
			return errors.New("-descriptor is for the URL of an OVA")
		}
		return c.Command.Run(ctx, f)
	}
	log := func(text string) (int, error) { return len(text), nil }
	if c.descriptor {
		log = (&flags.OutputFlag{TTY: true}).Log
	}
	ova, err := openRemote(ctx, c.client, f.Arg(0), log)
	if err != nil {
		return err
	}
	defer ova.Close()
	var result specResult
	if result.Options, err = importer.Spec("*.ovf", ova, f.Lookup("hidden").Value.String() == "true", c.client.Verbose()); err != nil {
		return err
	}
	if c.descriptor {
		if err = result.describe(ova); err != nil {
			return err
		}
	}
	if !c.output.All() {
		c.output.JSON = true
	}
	return c.output.WriteResult(&result)
}

// specResult is what import.spec prints. Bytes that may be no text are in base64.
type specResult struct {
	*importer.Options
	DescriptorName string  `json:",omitempty"`
	Descriptor     []byte  `json:",omitempty"`
	Entries        []entry `json:",omitempty"`
}

type entry struct {
	Name   string
	Size   int64
	Type   string // as in the tar's header: "0" is a file
	Begins []byte // its first bytes, 512 at most
}

func (r *specResult) describe(ova remote) (err error) {
	r.DescriptorName, r.Descriptor, err = ova.Descriptor()
	for _, has := range ova.Entries() {
		r.Entries = append(r.Entries, entry{has.Name, has.Size, string(rune(has.Type)), has.Begins})
	}
	return err
}

func (*specResult) Write(io.Writer) error { return nil }
