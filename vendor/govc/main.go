// SPDX-License-Identifier: Apache-2.0

// The govc that the library is used with: the stock command line, with just the command packages that the operations and the
// demo need. Half the size of the full one, and it starts sooner. Ours are `govc serve` (serve.go), the guard of every connection to a
// host (guard.go), and how an OVA on a web server is read (import.go).
package main

import (
	"os"

	_ "github.com/vmware/govmomi/cli/about"
	_ "github.com/vmware/govmomi/cli/datastore"
	_ "github.com/vmware/govmomi/cli/importx"
	_ "github.com/vmware/govmomi/cli/object"
	_ "github.com/vmware/govmomi/cli/session"
	_ "github.com/vmware/govmomi/cli/version"
	_ "github.com/vmware/govmomi/cli/vm"
	_ "github.com/vmware/govmomi/cli/vm/snapshot"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "serve" {
		os.Exit(serve())
	}
	os.Exit(once(os.Args[1:]))
}
