// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"syscall"
	"time"

	"github.com/vmware/govmomi/cli"
)

// The commands that are run here: those of the operations, each of which was looked through. It changes nothing outside of itself,
// ends no process, and asks for help before it changes anything. The value tells whether it always needs the host.
var runHere = map[string]bool{
	"about":           true,
	"collect":         true,
	"import.ova":      true,
	"import.ovf":      true,
	"import.spec":     false,
	"session.logout":  true,
	"snapshot.create": true,
	"snapshot.remove": true,
	"snapshot.tree":   true,
	"vm.change":       true,
	"vm.destroy":      true,
	"vm.info":         true,
	"vm.ip":           true,
	"vm.power":        true,
}

// trustedFor is how long a client that is not used is taken to be as good as it was. After that a command finds its session in the
// file and has it checked, over a new connection, as that of a new process does.
const trustedFor = 30 * time.Second

// runner runs one command after another, and keeps the client between them.
type runner struct {
	nothing *os.File // /dev/null
	kept    *client
}

// run does what cli.Run does, in this process and with the client that is kept, and returns the exit code. It is false, and nothing
// was done, for a command that needs a process of its own: one that is not known to be safe here, one whose arguments say which
// client to use, and one whose arguments are wrong.
func (r *runner) run(ctx context.Context, request request, emit func(reply)) (int, bool) {
	name, registered := lookUp(request.Argv)
	needsHost, known := runHere[name]
	if !known {
		return 0, false
	}
	if r.kept != nil && (request.Login || time.Since(r.kept.used) > trustedFor) {
		r.kept = nil
	}
	defer signal.Reset(syscall.SIGINT) // flags.ClientFlag.WithCancel asks to be told of it, and never stops
	for {
		isNew := r.kept == nil
		if isNew {
			if r.kept = newClient(); r.kept == nil {
				return 0, false
			}
		}
		client := r.kept
		cmd := fresh(registered)
		args := flag.NewFlagSet("", flag.ContinueOnError)
		args.SetOutput(io.Discard)
		var err error
		parsed := false
		printed := r.capture(request.Input, emit, func() {
			within, output := client.begin(ctx) // here, where os.Stdout is what it is to print to
			if name != "session.logout" {       // the only one that has none
				output.Register(within, args) // the datacenter's flag would, if it were not registered
			}
			cmd.Register(within, args)
			if err = args.Parse(request.Argv[1:]); err != nil {
				return
			}
			parsed = true
			if err = cmd.Process(within); err != nil {
				return
			}
			if err = output.Process(within); err != nil {
				return
			}
			if needsHost {
				if err = client.logIn(); err != nil {
					r.kept = nil
					return
				}
			}
			err = cmd.Run(within, args)
		})
		if !parsed || (err == flag.ErrHelp && printed == 0) {
			return 0, false // with a client of its own it would know more arguments, and its help more options
		}
		if client.isLost(err) {
			r.kept = nil
			if !isNew && printed == 0 && !client.hasActed() && ctx.Err() == nil {
				continue // a new process would have found out before it began
			}
			if err == nil && client.isRefused() && !client.hasActed() {
				err = errors.New("The session is not authenticated.")
			}
		}
		client.end(err)
		if name == "session.logout" {
			r.kept = nil
		}
		exit := 0
		if err != nil {
			r.capture("", emit, func() { exit = report(cmd, err) })
		}
		return exit, true
	}
}

// report says what went wrong, as cli.Run does, and returns the exit code.
func report(cmd cli.Command, err error) int {
	if x, ok := err.(interface{ ExitCode() int }); ok {
		return x.ExitCode()
	}
	if w, ok := cmd.(interface{ WriteError(error) bool }); ok && w.WriteError(err) {
		return 1
	}
	fmt.Fprintf(os.Stderr, "%s: %s\n", os.Args[0], err)
	return 1
}

// fresh makes a command like the registered one, which was never run: a command keeps what it was told.
func fresh(registered cli.Command) cli.Command {
	from := reflect.ValueOf(registered).Elem()
	made := reflect.New(from.Type())
	for i := range from.NumField() {
		// What a command is registered with is, at most, an empty command that it embeds: import.ova does.
		if part := from.Field(i); part.Kind() == reflect.Pointer && !part.IsNil() {
			field := made.Elem().Field(i)
			reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem().Set(reflect.New(field.Type().Elem()))
		}
	}
	return made.Interface().(cli.Command)
}

// capture calls f with a standard input of that text, and passes on what is printed, as it is printed; how many bytes that was.
func (r *runner) capture(input string, emit func(reply), f func()) int {
	in := r.nothing
	if input != "" {
		read, write := pipe()
		defer read.Close()
		go func() {
			defer write.Close()
			_, _ = io.WriteString(write, input) // nobody has to read it
		}()
		in = read
	}
	out, outEnd := pass(func(bytes []byte) { emit(reply{Out: bytes}) })
	err, errEnd := pass(func(bytes []byte) { emit(reply{Err: bytes}) })
	before := [3]*os.File{os.Stdin, os.Stdout, os.Stderr}
	os.Stdin, os.Stdout, os.Stderr = in, out, err
	f()
	os.Stdin, os.Stdout, os.Stderr = before[0], before[1], before[2]
	out.Close()
	err.Close()
	return <-outEnd + <-errEnd
}

// pass makes a file of which what is written is passed on. When it is closed, the channel tells how many bytes that was.
func pass(on func([]byte)) (*os.File, <-chan int) {
	read, write := pipe()
	end := make(chan int, 1)
	go func() {
		defer read.Close()
		buffer := make([]byte, 64*1024)
		total := 0
		for {
			count, err := read.Read(buffer)
			if count > 0 {
				on(buffer[:count])
				total += count
			}
			if err != nil {
				end <- total
				return
			}
		}
	}()
	return write, end
}

func pipe() (*os.File, *os.File) {
	read, write, err := os.Pipe()
	if err != nil {
		panic(err) // no descriptors left: the next server starts anew
	}
	return read, write
}
