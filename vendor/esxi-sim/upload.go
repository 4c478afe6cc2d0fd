// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"path"
	"syscall"
	"time"

	"github.com/vmware/govmomi/simulator"
)

// serveUpload takes a disk (or gives one): slowly, or with a failure on the way, if so wished.
func (h *host) serveUpload(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost && r.Method != http.MethodPut {
		simulator.ServeNFC(w, r)
		return
	}
	if delay, while := h.delay(upload); delay > 0 {
		r.Body = &slow{ReadCloser: r.Body, ctx: r.Context(), start: time.Now(), duration: delay, while: while, size: r.ContentLength}
	}
	failure := h.due(upload)
	switch {
	case failure == nil:
		h.take(w, r)
	case failure.as == "reset":
		_, _ = io.CopyN(io.Discard, r.Body, max(r.ContentLength/2, 1))
		breakOff(w, failure.as)
	default:
		// All of it is taken first: else the client may see the connection break, and not the answer.
		_, _ = io.Copy(io.Discard, r.Body)
		breakOff(w, failure.as)
	}
}

// take receives a disk, and keeps its SHA-256 for the manifest.
func (h *host) take(w http.ResponseWriter, r *http.Request) {
	sum := sha256.New()
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(r.Body, sum), r.Body}
	simulator.ServeNFC(w, r)
	lease, file := path.Split(r.URL.Path)
	h.sums.Store(path.Base(lease)+"/"+file, hex.EncodeToString(sum.Sum(nil)))
}

// slow is a body that is read at an even pace.
type slow struct {
	io.ReadCloser
	ctx      context.Context
	start    time.Time
	duration time.Duration
	while    string
	size     int64
	done     int64
}

func (s *slow) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p[:min(len(p), 16*1024)])
	s.done += int64(n)
	until := s.duration
	if err == nil {
		until = time.Duration(float64(s.duration) * float64(s.done) / float64(max(s.size, s.done)))
	}
	if !wait(s.ctx, time.Until(s.start.Add(until)), s.while) {
		return n, s.ctx.Err()
	}
	return n, err
}

// listen opens the host's socket. Where uploads are slow, what can wait in it is kept small: else the client is done with a small
// disk long before the host is, and has no progress to show. Small segments are what keeps the client's own buffer small.
func listen(o *options) (net.Listener, error) {
	config := net.ListenConfig{}
	if o.delays[upload] != nil {
		config.Control = func(_, _ string, socket syscall.RawConn) error {
			return socket.Control(func(descriptor uintptr) {
				_ = syscall.SetsockoptInt(int(descriptor), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 1400)
				_ = syscall.SetsockoptInt(int(descriptor), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 32*1024)
			})
		}
	}
	return config.Listen(context.Background(), "tcp", o.listen)
}
