// SPDX-License-Identifier: Apache-2.0

package webova

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
)

// Entry is a file in the tar.
type Entry struct {
	Name   string
	Size   int64
	Type   byte   // as in the tar's header: '0' is a file
	Begins []byte // its first 512 bytes at most

	offset int64 // of its data
}

// IsFile tells a file from a link, a directory and the like.
func (e *Entry) IsFile() bool { return e.Type == tar.TypeReg }

// OVA is an importer.Archive.
type OVA struct {
	from    source
	entries []Entry
	kept    map[string][]byte // descriptors, which are read more than once
	shown   string
}

// source is what an OVA is read from.
type source interface {
	header(at int64) io.Reader
	part(begin, end int64) io.ReadCloser
	admit(*Entry) error // tells why there cannot be such an entry
}

const (
	longestDescriptor = 4 << 20 // a host takes no longer one; a manifest, too
	mostEntries       = 1_000
)

// Open reads the headers of the OVA.
func Open(ctx context.Context, link string, settings Settings) (*OVA, error) {
	s, err := newServer(link, settings)
	if err != nil {
		return nil, err
	}
	o := &OVA{kept: map[string][]byte{}, shown: shown(s.given)}
	if o.from, o.entries, err = open(ctx, s, settings); err != nil {
		return nil, o.fail(err)
	}
	return o, nil
}

func (o *OVA) fail(err error) error { return fmt.Errorf("the OVA %q cannot be read: %w", o.shown, err) }

// open asks for the first block, and learns from the answer how the server is to be asked.
func open(ctx context.Context, s *server, settings Settings) (source, []Entry, error) {
	store := newStore(s)
	store.sweep()
	tries := patience{most: 2} // nothing is lost yet
	whole := false             // ask for the whole file
	for {
		found, err := attempt(ctx, s, store, settings, &whole)
		if err == nil && found != nil {
			entries, err := index(found)
			return found, entries, err
		}
		if store.began {
			tries.most = len(delays)
		}
		if err != nil {
			if err = tries.wait(ctx, err); err != nil {
				return nil, nil, err
			}
		}
	}
}

// attempt is nil, without an error, if it is to be tried anew.
func attempt(ctx context.Context, s *server, store *store, settings Settings, whole *bool) (source, error) {
	has := store.find()
	if has != nil && has.isOfThisRun() {
		return has, nil
	}
	fields := map[string]string{}
	if !*whole {
		fields["Range"] = firstBlock
	}
	if has != nil {
		fields["If-None-Match"], fields["If-Modified-Since"] = has.ETag, has.Modified
	}
	within, cancel := context.WithCancel(ctx)
	response, err := s.ask(within, fields)
	if err != nil {
		cancel()
		has.Close()
		return nil, err
	}
	from := watch(response.Body, cancel)
	defer from.Close()
	if has != nil && response.StatusCode == http.StatusNotModified {
		has.touch()
		return has, nil
	}
	before := has.info()
	has.Close()
	if response.StatusCode == http.StatusOK {
		return store.download(ctx, response, from, before, settings)
	}
	r, err := begun(ctx, s, response, from)
	if err != nil {
		return nil, err
	}
	if r == nil {
		if *whole {
			return nil, &failure{text: fmt.Sprintf("the OVA's server answered %d %s", response.StatusCode, http.StatusText(response.StatusCode))}
		}
		if strings.HasSuffix(response.Header.Get("Content-Range"), "*/0") {
			return nil, &failure{text: "it is empty"}
		}
		*whole = true
		return nil, nil
	}
	return r, nil
}

// index reads the headers of the tar.
func index(from source) ([]Entry, error) {
	var entries []Entry
	for at := int64(0); ; {
		in := &counter{Reader: from.header(at)}
		entry, err := next(in, at == 0)
		if err == io.EOF {
			return entries, check(entries)
		}
		if err != nil {
			return nil, err
		}
		entry.offset = at + in.count
		if err := from.admit(&entry); err != nil {
			return nil, err
		}
		entry.Begins = make([]byte, min(512, entry.Size))
		if _, err := io.ReadFull(in, entry.Begins); err != nil {
			return nil, err
		}
		if entries = append(entries, entry); len(entries) > mostEntries {
			return nil, errTooManyHeaders
		}
		at = entry.offset + padded(entry.Size)
	}
}

// within tells that the entry is longer than what is left of a file of that size.
func within(entry *Entry, size int64) error {
	if entry.Size <= size-entry.offset {
		return nil
	}
	return &failure{text: fmt.Sprintf("it is truncated: %q in it has %d bytes, and %d are there", entry.Name, entry.Size, max(0, size-entry.offset))}
}

func padded(size int64) int64 { return (size + 511) &^ 511 }

type counter struct {
	io.Reader
	count int64
}

func (c *counter) Read(p []byte) (int, error) {
	count, err := c.Reader.Read(p)
	c.count += int64(count)
	return count, err
}

// next reads a header. It is io.EOF at the tar's end.
func next(in io.Reader, isFirst bool) (Entry, error) {
	var begins bytes.Buffer
	if isFirst {
		in = io.TeeReader(in, &begins)
	}
	header, err := tar.NewReader(in).Next()
	switch {
	case errors.Is(err, tar.ErrHeader) && isFirst:
		return Entry{}, notATar(begins.Bytes())
	case errors.Is(err, tar.ErrHeader):
		return Entry{}, &failure{text: "it is damaged: no header of the tar is at a place for one"}
	case err == io.EOF && isFirst && begins.Len() == 0:
		return Entry{}, &failure{text: "it is empty"}
	case err == io.ErrUnexpectedEOF && isFirst:
		return Entry{}, notATar(begins.Bytes())
	case err == io.ErrUnexpectedEOF:
		return Entry{}, &failure{text: "it is truncated"}
	case errors.Is(err, tar.ErrFieldTooLong):
		return Entry{}, &failure{text: fmt.Sprintf("it is damaged: %v", err)}
	case err != nil:
		return Entry{}, err
	}
	entry := Entry{Name: header.Name, Size: header.Size, Type: header.Typeflag}
	switch entry.Type {
	case tar.TypeLink, tar.TypeSymlink, tar.TypeChar, tar.TypeBlock, tar.TypeDir, tar.TypeFifo:
		entry.Size = 0
	}
	isSparse := entry.Type == tar.TypeGNUSparse
	for key := range header.PAXRecords {
		isSparse = isSparse || strings.HasPrefix(key, "GNU.sparse.")
	}
	if isSparse {
		return Entry{}, &failure{text: fmt.Sprintf("%q in it is stored as a sparse file; pack it without tar's --sparse", entry.Name)}
	}
	if isText(entry.Name) && entry.Size > longestDescriptor {
		return Entry{}, &failure{text: fmt.Sprintf("%q in it has %d bytes; at most %d are read", entry.Name, entry.Size, longestDescriptor)}
	}
	return entry, nil
}

func notATar(begins []byte) error {
	text := strings.ToLower(strings.TrimSpace(string(begins[:min(len(begins), 256)])))
	what := "it is not a tar archive"
	switch {
	case strings.HasPrefix(text, "<!doctype html") || strings.HasPrefix(text, "<html"):
		what += ": the server sent a web page"
	case strings.HasPrefix(text, "<?xml") || strings.HasPrefix(text, "<envelope"):
		what += ": it is XML; an .ovf is to be packed into an OVA, with its disks"
	case strings.HasPrefix(string(begins), "\x1f\x8b"):
		what += ": it is compressed by gzip; unpack it first"
	}
	return &failure{text: what}
}

// isText tells the descriptor and what belongs to it from disks.
func isText(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".ovf", ".mf", ".cert":
		return true
	}
	return false
}

func check(entries []Entry) error {
	for i := range entries {
		if matches("*.ovf", &entries[i]) {
			return nil
		}
	}
	return &failure{text: "it holds no .ovf file"}
}

// matches tells whether the name, as a descriptor or govmomi has it, means the entry. Only `*.EXTENSION` is a pattern: a file may have
// brackets in its name. What macOS adds (`._x.ovf`) is none.
func matches(name string, entry *Entry) bool {
	has := strings.TrimPrefix(path.Clean(entry.Name), "/")
	base := path.Base(has)
	if extension, ok := strings.CutPrefix(name, "*"); ok {
		return entry.IsFile() && strings.HasSuffix(base, extension) && !strings.HasPrefix(base, "._")
	}
	plain, err := url.PathUnescape(name)
	for _, wanted := range []string{path.Clean(name), path.Clean(plain)} {
		if has == wanted || base == wanted {
			return true
		}
	}
	return err == nil && base == path.Base(plain) && strings.HasSuffix(has, "/"+path.Clean(plain))
}

// Entries are in the order of the tar.
func (o *OVA) Entries() []Entry { return o.entries }

// Descriptor is the OVF, and its name in the tar.
func (o *OVA) Descriptor() (string, []byte, error) {
	entry, err := o.find("*.ovf")
	if err != nil {
		return "", nil, err
	}
	text, err := o.text(entry)
	return entry.Name, text, err
}

func (o *OVA) find(name string) (*Entry, error) {
	for i := range o.entries {
		if matches(name, &o.entries[i]) {
			if !o.entries[i].IsFile() {
				return nil, o.fail(&failure{text: fmt.Sprintf("%q in it is no file", o.entries[i].Name)})
			}
			return &o.entries[i], nil
		}
	}
	return nil, o.fail(fmt.Errorf("%q is not in it: %w", name, os.ErrNotExist))
}

func (o *OVA) text(entry *Entry) ([]byte, error) {
	if text, ok := o.kept[entry.Name]; ok {
		return text, nil
	}
	part := o.from.part(entry.offset, entry.offset+entry.Size)
	defer part.Close()
	text, err := io.ReadAll(part)
	if err != nil {
		return nil, o.fail(err)
	}
	o.kept[entry.Name] = text
	return text, nil
}

// Open opens the first entry that the name means, as importer.TapeArchive does, and tells its size.
func (o *OVA) Open(name string) (io.ReadCloser, int64, error) {
	entry, err := o.find(name)
	if err != nil {
		return nil, 0, err
	}
	if isText(entry.Name) {
		text, err := o.text(entry)
		return io.NopCloser(bytes.NewReader(text)), entry.Size, err
	}
	return &explained{o.from.part(entry.offset, entry.offset+entry.Size), o.fail}, entry.Size, nil
}

// explained says of which OVA an error is: it ends up in that of an upload.
type explained struct {
	io.ReadCloser
	fail func(error) error
}

func (e *explained) Read(p []byte) (int, error) {
	count, err := e.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = e.fail(err)
	}
	return count, err
}

// Close lets go of the file that the OVA is in, if there is one.
func (o *OVA) Close() {
	if file, ok := o.from.(*kept); ok {
		file.Close()
	}
}
