// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"io"
	"os"

	"github.com/vmware/govmomi/cli"
	"github.com/vmware/govmomi/cli/flags"
	"github.com/vmware/govmomi/vim25/types"
)

// The commands that log in by themselves, or not at all.
var logsInItself = map[string]bool{
	"about.cert":    true,
	"import.spec":   true,
	"session.login": true, // its flags say how
	"version":       true,
}

// once does what cli.Run does, with a client whose requests are guarded, and returns the exit code.
func once(argv []string) int {
	name, cmd := lookUp(argv)
	if cmd == nil {
		return cli.Run(argv)
	}
	client, ctx := flags.NewClientFlag(context.Background())
	if id := os.Getenv("GOVC_OPERATION_ID"); id != "" {
		ctx = context.WithValue(ctx, types.ID{}, id)
	}
	args := flag.NewFlagSet("", flag.ContinueOnError)
	args.SetOutput(io.Discard)
	cmd.Register(ctx, args)
	if args.Parse(argv[1:]) != nil {
		return cli.Run(argv) // it says what is wrong, or helps
	}
	err := cmd.Process(ctx)
	usesClient := args.Lookup("persist-session") != nil
	if err == nil && usesClient && !logsInItself[name] {
		_, err = logIn(client)
	}
	if err == nil {
		err = cmd.Run(ctx, args)
	}
	if err == flag.ErrHelp {
		return cli.Run(argv)
	}
	exit := 0
	if err != nil {
		exit = report(cmd, err)
	}
	if usesClient {
		if other, ok := cmd.(interface{ Logout(context.Context) error }); ok {
			_ = other.Logout(ctx) // session.login has its own
		} else {
			_ = client.Logout(ctx)
		}
	}
	return exit
}

// lookUp finds the command that the arguments name, or nil. cli does not tell its aliases.
func lookUp(argv []string) (string, cli.Command) {
	if len(argv) == 0 {
		return "", nil
	}
	name := argv[0]
	switch name {
	case "object.collect":
		name = "collect"
	case "datastore.delete":
		name = "datastore.rm"
	}
	return name, cli.Commands()[name]
}
