// SPDX-License-Identifier: Apache-2.0

package webova

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// Folder is an OVF descriptor on a web server, with its files beside it. It is an importer.Archive.
type Folder struct {
	ctx        context.Context
	link       *url.URL // of the descriptor, with user and password
	settings   Settings
	descriptor []byte
}

// IsDescriptor tells the URL of a descriptor from that of an OVA.
func IsDescriptor(link string) bool {
	u, err := url.Parse(link)
	return err == nil && strings.EqualFold(path.Ext(u.Path), ".ovf")
}

// OpenFolder reads the descriptor.
func OpenFolder(ctx context.Context, link string, settings Settings) (*Folder, error) {
	u, err := url.Parse(link)
	if err != nil {
		return nil, errNoURL
	}
	f := &Folder{ctx: ctx, link: u, settings: settings}
	from, size, err := f.file(u)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	if size > longestDescriptor {
		return nil, f.fail(u, fmt.Errorf("it has %d bytes; at most %d are read", size, longestDescriptor))
	}
	f.descriptor, err = io.ReadAll(from)
	return f, err
}

func (*Folder) fail(u *url.URL, err error) error {
	return fmt.Errorf("the OVA %q cannot be read: %w", shown(u), err)
}

// file opens a file, and tells its size.
func (f *Folder) file(u *url.URL) (io.ReadCloser, int64, error) {
	s, err := newServer(u.String(), f.settings)
	if err != nil {
		return nil, 0, err
	}
	for tries := (patience{most: 2}); ; {
		from, size, err := f.ask(s)
		if err == nil {
			return &explained{from, func(err error) error { return f.fail(u, err) }}, size, nil
		}
		if err = tries.wait(f.ctx, err); err != nil {
			return nil, 0, f.fail(u, err)
		}
	}
}

func (f *Folder) ask(s *server) (io.ReadCloser, int64, error) {
	ctx, cancel := context.WithCancel(f.ctx)
	response, err := s.ask(ctx, map[string]string{"Range": firstBlock})
	if err != nil {
		cancel()
		return nil, 0, err
	}
	from := watch(response.Body, cancel)
	if response.StatusCode == http.StatusOK && response.ContentLength >= 0 && !isEncoded(response) {
		return from, response.ContentLength, nil // it cannot go on after a break
	}
	defer from.Close()
	r, err := begun(f.ctx, s, response, from)
	if err != nil {
		return nil, 0, err
	}
	if r == nil {
		return nil, 0, &failure{text: "the server does not tell how long it is"}
	}
	return r.part(0, r.size), r.size, nil
}

// Open opens a file that the descriptor names, or the descriptor or its manifest by a pattern.
func (f *Folder) Open(name string) (io.ReadCloser, int64, error) {
	base := path.Base(f.link.Path)
	switch name {
	case "*.ovf":
		return io.NopCloser(bytes.NewReader(f.descriptor)), int64(len(f.descriptor)), nil
	case "*.mf":
		name = strings.TrimSuffix(base, path.Ext(base)) + ".mf"
	}
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	u := *f.link
	u.Path, u.RawPath, u.RawQuery = path.Join(path.Dir(f.link.Path), name), "", ""
	return f.file(&u)
}

// Descriptor is the OVF, and its name.
func (f *Folder) Descriptor() (string, []byte, error) {
	return path.Base(f.link.Path), f.descriptor, nil
}

// Entries are not known.
func (*Folder) Entries() []Entry { return nil }

// Close does nothing.
func (*Folder) Close() {}
