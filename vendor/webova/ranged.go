// SPDX-License-Identifier: Apache-2.0

package webova

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// How much of the file is fetched at once while its headers are read, and how much of that all headers may take.
const (
	block      = 8 << 10
	mostWalked = 32 << 20
)

// ranged is an OVA whose server answers requests for a range.
type ranged struct {
	ctx    context.Context
	server *server
	version
	pieces []piece // what was fetched while the headers were read
	walked int
}

type piece struct {
	begin int64
	data  []byte
}

func (p piece) end() int64 { return p.begin + int64(len(p.data)) }

var errChanged = &failure{text: "the OVA on its server was changed while it was read; import it again"}

// firstBlock is the span that is asked for first: the answer tells how long the file is.
var firstBlock = fmt.Sprintf("bytes=0-%d", block-1)

// begun is the file of which the answer is the first block, or nil if it is not that.
func begun(ctx context.Context, s *server, response *http.Response, from io.Reader) (*ranged, error) {
	got, ok := spanOf(response)
	if !ok || got.begin != 0 || got.end > block {
		return nil, nil
	}
	data := make([]byte, got.end)
	if _, err := io.ReadFull(from, data); err != nil {
		return nil, s.explain(err, s.given)
	}
	return &ranged{ctx: ctx, server: s, version: got.version, pieces: []piece{{0, data}}}, nil
}

// known is which piece holds the byte there; -1: none does.
func (r *ranged) known(at int64) int {
	return slices.IndexFunc(r.pieces, func(p piece) bool { return p.begin <= at && at < p.end() })
}

// part is the file from `begin` to `end`. It asks the server for what is not known yet, when it is read.
func (r *ranged) part(begin, end int64) io.ReadCloser {
	var parts []io.Reader
	p := &closers{}
	for begin < end {
		next := end
		if i := r.known(begin); i >= 0 {
			next = min(end, r.pieces[i].end())
			parts = append(parts, bytes.NewReader(r.pieces[i].data[begin-r.pieces[i].begin:next-r.pieces[i].begin]))
		} else {
			for _, has := range r.pieces {
				if has.begin > begin {
					next = min(next, has.begin)
				}
			}
			b := &body{of: r, at: begin, end: next, tries: patience{most: len(delays)}}
			parts = append(parts, b)
			p.all = append(p.all, b)
		}
		begin = next
	}
	p.Reader = io.MultiReader(parts...)
	return p
}

type closers struct {
	io.Reader
	all []*body
}

func (c *closers) Close() error {
	for _, b := range c.all {
		b.drop()
	}
	return nil
}

func (r *ranged) admit(entry *Entry) error { return within(entry, r.size) }

// header makes what reads headers from `at` on: it fetches a block at a time, and keeps it.
func (r *ranged) header(at int64) io.Reader { return &walk{r, at} }

type walk struct {
	of *ranged
	at int64
}

func (w *walk) Read(p []byte) (int, error) {
	r := w.of
	if w.at >= r.size {
		return 0, io.EOF
	}
	i := r.known(w.at)
	if i < 0 {
		if r.walked > mostWalked {
			return 0, errTooManyHeaders
		}
		data := make([]byte, min(block, r.size-w.at))
		part := r.part(w.at, w.at+int64(len(data)))
		defer part.Close()
		if _, err := io.ReadFull(part, data); err != nil {
			return 0, err
		}
		r.walked += len(data)
		i = len(r.pieces)
		r.pieces = append(r.pieces, piece{w.at, data})
	}
	count := copy(p, r.pieces[i].data[w.at-r.pieces[i].begin:])
	w.at += int64(count)
	return count, nil
}

// body is a part of the file as it comes from the server. After a break it goes on where it stood.
type body struct {
	of      *ranged
	at, end int64
	from    *watched
	tries   patience
	moved   int64 // since the last failure
}

// A connection that brought this much was a good one.
const enough = 64 << 10

func (b *body) Read(p []byte) (int, error) {
	for b.at < b.end {
		var err error
		if b.from == nil {
			err = b.connect()
		}
		if err == nil {
			var count int
			count, err = b.from.Read(p[:min(int64(len(p)), b.end-b.at)])
			b.at += int64(count)
			if b.moved += int64(count); b.moved >= enough {
				b.tries.failures = 0
			}
			if count > 0 {
				return count, nil // what failed fails again
			}
			if err == nil {
				continue
			}
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			err = b.of.server.explain(err, b.of.server.given)
		}
		b.drop()
		b.moved = 0
		if err = b.tries.wait(b.of.ctx, err); err != nil {
			return 0, err
		}
	}
	b.drop()
	return 0, io.EOF
}

func (b *body) drop() {
	if b.from != nil {
		_ = b.from.Close()
		b.from = nil
	}
}

func (b *body) connect() error {
	ctx, cancel := context.WithCancel(b.of.ctx)
	response, err := b.of.server.ask(ctx, map[string]string{"Range": fmt.Sprintf("bytes=%d-%d", b.at, b.end-1), "If-Range": b.of.condition()})
	if err != nil {
		cancel()
		return err
	}
	b.from = watch(response.Body, cancel)
	switch got, ok := spanOf(response); {
	case ok && got.begin == b.at && got.end <= b.end && !b.of.isOther(got.version):
		return nil
	case response.StatusCode == http.StatusPartialContent && !ok:
		err = &failure{text: "the OVA's server answered with another range than was asked for"}
	default:
		err = errChanged
	}
	b.drop()
	return err
}

var errTooManyHeaders = errors.New("the OVA's tar has more and longer headers than an OVA needs")
