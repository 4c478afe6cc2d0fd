// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"sync"

	"esxi.invalid/vendored/polled"
)

// govc serve: commands in, outputs out, over standard input and output, one JSON document a line. docs/served.md has the protocol.
// It serves the one connection that its environment names, one command after another, and ends when standard input does.

const protocolVersion = 1

// request is what comes in: a command, or the cancelling of one.
type request struct {
	ID     int64    `json:"id"`
	Argv   []string `json:"argv"`
	Input  string   `json:"input"`  // its standard input
	Login  bool     `json:"login"`  // not with the client that is kept
	Cancel int64    `json:"cancel"` // the id of the command to cancel
}

// reply is what goes out: a piece of an output (in base64: it may be no text), or the end of a command.
type reply struct {
	ID    int64  `json:"id"`
	Out   []byte `json:"out,omitempty"`
	Err   []byte `json:"err,omitempty"`
	Exit  *int   `json:"exit,omitempty"`
	Alone bool   `json:"alone,omitempty"` // nothing was done: such a command needs a process of its own
}

// stream writes documents, each with one call.
type stream struct {
	mu  sync.Mutex
	out *os.File
}

func (s *stream) send(document any) {
	line, err := json.Marshal(document)
	if err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, err = s.out.Write(append(line, '\n'))
	}
	if err != nil {
		os.Exit(2) // nobody listens
	}
}

// current is the command that runs.
type current struct {
	mu     sync.Mutex
	id     int64
	cancel context.CancelFunc
}

func (c *current) begin(id int64) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	c.mu.Lock()
	defer c.mu.Unlock()
	c.id, c.cancel = id, cancel
	return ctx
}

func (c *current) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancel()
	c.id, c.cancel = 0, nil
}

func (c *current) cancelIf(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel != nil && c.id == id {
		c.cancel()
	}
}

func serve() int {
	in, err := polled.Reader(os.Stdin)
	if err != nil {
		return 2
	}
	replies := &stream{out: os.Stdout}
	nothing, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 2
	}
	os.Stdin, os.Stdout = nothing, nothing // no command reads or writes documents

	commands := make(chan request)
	running := new(current)
	go func() {
		documents := json.NewDecoder(in)
		for {
			var r request
			err := documents.Decode(&r)
			switch {
			case err == io.EOF:
				os.Exit(0) // whoever started this is gone: so is the command that runs
			case err != nil:
				os.Exit(2)
			case r.Cancel != 0:
				running.cancelIf(r.Cancel)
			default:
				commands <- r
			}
		}
	}()

	replies.send(map[string]int{"serve": protocolVersion})
	runner := &runner{nothing: nothing}
	for r := range commands {
		ctx := running.begin(r.ID)
		exit, served := runner.run(ctx, r, func(piece reply) {
			piece.ID = r.ID
			replies.send(piece)
		})
		running.end()
		if served {
			replies.send(reply{ID: r.ID, Exit: &exit})
		} else {
			replies.send(reply{ID: r.ID, Alone: true})
		}
	}
	return 0
}
