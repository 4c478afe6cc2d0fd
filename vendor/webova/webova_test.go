// SPDX-License-Identifier: Apache-2.0

package webova

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const diskSize = 1 << 20

var random = rand.New(rand.NewSource(1))

func disk(size int) []byte {
	data := make([]byte, size)
	random.Read(data)
	return data
}

type file struct {
	name string
	data []byte
}

func archive(t *testing.T, files ...file) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.data)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.data); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Close()
	return out.Bytes()
}

func small(t *testing.T) []byte {
	return archive(t, file{"x.ovf", []byte("<Envelope/>")}, file{"disk1.vmdk", disk(diskSize)}, file{"disk2.vmdk", disk(diskSize + 7)})
}

// web is a server of one OVA, with faults.
type web struct {
	t    *testing.T
	url  string
	mu   sync.Mutex
	data []byte // of the OVA
	etag string // empty: none

	noRange, noLength, gzip bool
	cutAfter                int                                               // each answer ends after so many bytes; 0: none does
	before                  func(w http.ResponseWriter, r *http.Request) bool // true: it has answered

	served   atomic.Int64 // bytes of bodies
	requests atomic.Int64
}

func serve(t *testing.T, data []byte) *web {
	s := &web{t: t, data: data, etag: `"1"`}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL + "/x.ova"
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	return s
}

type counting struct {
	http.ResponseWriter
	of *web
}

func (c counting) Write(p []byte) (int, error) {
	count, err := c.ResponseWriter.Write(p)
	c.of.served.Add(int64(count))
	return count, err
}

// cutting breaks the connection after so many bytes of a body.
type cutting struct {
	http.ResponseWriter
	left int
}

func (c *cutting) Write(p []byte) (int, error) {
	if len(p) < c.left {
		c.left -= len(p)
		return c.ResponseWriter.Write(p)
	}
	_, _ = c.ResponseWriter.Write(p[:c.left])
	if f, ok := c.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
	panic(http.ErrAbortHandler)
}

func (c counting) Flush() { c.ResponseWriter.(http.Flusher).Flush() }

func (s *web) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	for _, forbidden := range []string{"Cookie", "Referer"} {
		if value := r.Header.Get(forbidden); value != "" {
			s.t.Errorf("%s: %s", forbidden, value)
		}
	}
	s.mu.Lock()
	data, etag, before := s.data, s.etag, s.before
	s.mu.Unlock()
	if before != nil {
		if before(w, r) {
			return
		}
		s.mu.Lock()
		data, etag = s.data, s.etag
		s.mu.Unlock()
	}
	w = counting{w, s}
	if s.cutAfter > 0 {
		w = &cutting{w, s.cutAfter}
	}
	if etag != "" {
		w.Header().Set("ETag", etag)
	}
	switch {
	case etag != "" && r.Header.Get("If-None-Match") == etag:
		w.WriteHeader(http.StatusNotModified)
	case s.gzip:
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write(data)
		_ = z.Close()
	case s.noLength:
		for begin := 0; begin < len(data); begin += 65536 {
			_, _ = w.Write(data[begin:min(len(data), begin+65536)])
			if f, ok := w.(http.Flusher); ok {
				f.Flush()
			}
		}
	case s.noRange:
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
		for begin := 0; begin < len(data); begin += 65536 {
			_, _ = w.Write(data[begin:min(len(data), begin+65536)])
		}
	default:
		http.ServeContent(w, r, "x.ova", time.Unix(1_700_000_000, 0), bytes.NewReader(data))
	}
}

func (s *web) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) print(text string) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.WriteString(text)
}

func (s *web) open(link string) (*OVA, string, error) {
	var said log
	o, err := Open(context.Background(), link, Settings{UserAgent: "test", Log: said.print})
	if o != nil {
		s.t.Cleanup(o.Close)
	}
	return o, said.text.String(), err
}

// all reads every entry as an import does, and compares it.
func (s *web) all(o *OVA) {
	s.t.Helper()
	r := tar.NewReader(bytes.NewReader(s.data))
	for {
		h, err := r.Next()
		if err == io.EOF {
			return
		}
		want, _ := io.ReadAll(r)
		from, size, err := o.Open(h.Name)
		if err != nil {
			s.t.Errorf("%s: %v", h.Name, err)
			continue
		}
		got, err := io.ReadAll(from)
		_ = from.Close()
		if err != nil || size != h.Size || !bytes.Equal(got, want) {
			s.t.Errorf("%s: %d of %d bytes, %v", h.Name, len(got), h.Size, err)
		}
	}
}

func (s *web) must(link string) *OVA {
	s.t.Helper()
	o, _, err := s.open(link)
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

func (s *web) refuses(link, why string) {
	s.t.Helper()
	_, _, err := s.open(link)
	if err == nil || !strings.Contains(err.Error(), why) {
		s.t.Errorf("%q is not said: %v", why, err)
	}
	if err != nil && (strings.Contains(err.Error(), "secret") || strings.ContainsAny(err.Error(), "\n\x1b")) {
		s.t.Errorf("%q", err)
	}
}

// kept are the files on the disk.
func (s *web) kept() []string {
	entries, _ := os.ReadDir(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "esxi"))
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func quick(t *testing.T) {
	before, patient := delays, stall
	delays = []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond, time.Millisecond, time.Millisecond}
	t.Cleanup(func() { delays, stall = before, patient })
}

func TestFetchesEachByteOnceAndKeepsNothing(t *testing.T) {
	s := serve(t, small(t))
	o := s.must(s.url)
	if read := s.served.Load(); read > 3*block {
		t.Errorf("%d bytes for the headers", read)
	}
	s.all(o)
	if served, requests := s.served.Load(), s.requests.Load(); served > int64(len(s.data)) || requests > 6 {
		t.Errorf("%d bytes of %d, in %d requests", served, len(s.data), requests)
	}
	if has := s.kept(); len(has) != 0 {
		t.Errorf("%v", has)
	}
}

func TestTheOrderOfTheTarDoesNotMatter(t *testing.T) {
	long := bytes.Repeat([]byte("<x/>"), 30_000)
	s := serve(t, archive(t, file{"a/disk1.vmdk", disk(diskSize)}, file{"empty.nvram", nil}, file{"._x.ovf", []byte("mac")}, file{"x.mf", []byte("sums")}, file{"./x.ovf", long}))
	o := s.must(s.url)
	s.all(o)
	name, text, err := o.Descriptor()
	if err != nil || name != "./x.ovf" || !bytes.Equal(text, long) {
		t.Errorf("%q: %d bytes, %v", name, len(text), err)
	}
	if served := s.served.Load(); served > int64(len(s.data)) {
		t.Errorf("%d bytes of %d", served, len(s.data))
	}
}

func TestNamesOfEntries(t *testing.T) {
	s := serve(t, archive(t, file{"x.ovf", nil}, file{"d[1].vmdk", []byte("1")}, file{"a b.vmdk", []byte("2")}, file{"in/c.vmdk", []byte("3")}))
	o := s.must(s.url)
	for name, want := range map[string]string{"d[1].vmdk": "1", "d%5B1%5D.vmdk": "1", "a%20b.vmdk": "2", "a b.vmdk": "2", "in/c.vmdk": "3", "c.vmdk": "3", "./in/c.vmdk": "3"} {
		from, _, err := o.Open(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, _ := io.ReadAll(from); string(got) != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if _, _, err := o.Open("*.vmd"); err == nil || !strings.Contains(err.Error(), "not in it") {
		t.Error(err)
	}
}

func TestGoesOnAfterABreak(t *testing.T) {
	quick(t)
	s := serve(t, small(t))
	s.cutAfter = 100_000
	s.all(s.must(s.url))
	if served := s.served.Load(); served > int64(len(s.data)) {
		t.Errorf("%d bytes of %d", served, len(s.data))
	}
}

func TestAConnectionThatStandsStill(t *testing.T) {
	quick(t)
	s := serve(t, small(t))
	o := s.must(s.url)
	stall = 200 * time.Millisecond
	var stood atomic.Int64
	s.change(func() {
		s.before = func(w http.ResponseWriter, r *http.Request) bool {
			if stood.Add(1) > 2 {
				return false
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %s/%d", strings.TrimPrefix(r.Header.Get("Range"), "bytes="), len(s.data)))
			w.Header().Set("ETag", s.etag)
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(http.StatusPartialContent)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return true
		}
	})
	s.all(o)
	if stood.Load() < 3 {
		t.Error("it did not stand still")
	}
}

func TestAServerThatIsGoneForGood(t *testing.T) {
	quick(t)
	s := serve(t, small(t))
	o := s.must(s.url)
	s.change(func() {
		s.before = func(w http.ResponseWriter, _ *http.Request) bool { panic(http.ErrAbortHandler) }
	})
	from, _, err := o.Open("disk2.vmdk")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(from); err == nil || !strings.Contains(err.Error(), "the OVA's server") || !strings.Contains(err.Error(), "connection broken") {
		t.Error(err)
	}
}

// What was changed is an error, whether the server knows If-Range or not.
func TestAChangeIsAnError(t *testing.T) {
	quick(t)
	for name, change := range map[string]func(*web){
		"another file":             func(s *web) { s.etag = `"2"` },
		"a longer one":             func(s *web) { s.data = append(s.data, make([]byte, 512)...) },
		"a shorter one":            func(s *web) { s.data = s.data[:len(s.data)-diskSize] },
		"none that goes by ranges": func(s *web) { s.noRange = true },
		"another one that does not know If-Range": func(s *web) {
			s.before = func(_ http.ResponseWriter, r *http.Request) bool { r.Header.Del("If-Range"); return false }
			s.etag = `"2"`
		},
	} {
		s := serve(t, small(t))
		o := s.must(s.url)
		s.change(func() { change(s) })
		from, _, err := o.Open("disk2.vmdk")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(from); err == nil || !strings.Contains(err.Error(), "was changed while it was read") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWithoutRangesItIsKeptOnce(t *testing.T) {
	for name, how := range map[string]func(*web){
		"with an ETag":     func(s *web) { s.noRange = true },
		"without anything": func(s *web) { s.noRange = true; s.etag = "" },
		"of unknown size":  func(s *web) { s.noLength = true },
		"by gzip":          func(s *web) { s.gzip = true },
	} {
		s := serve(t, small(t))
		how(s)
		first, said, err := s.open(s.url)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s.all(first)
		s.all(s.must(s.url)) // from the file
		if served := s.served.Load(); served > int64(len(s.data))+64<<10 {
			t.Errorf("%s: %d bytes of %d", name, served, len(s.data))
		}
		if has := s.kept(); len(has) != 1 || !names.MatchString(has[0]) || !strings.HasSuffix(has[0], ".ova") {
			t.Errorf("%s: %v", name, has)
		}
		if !strings.Contains(said, "Downloading x.ova... OK") {
			t.Errorf("%s: %q", name, said)
		}
		info, _ := os.Stat(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "esxi", s.kept()[0]))
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%v", info.Mode())
		}
		s.change(func() { s.data, s.etag = small(t), `"2"` })
		o, _, _ := s.open(s.url)
		if name != "without anything" { // this one cannot be told from the one before
			s.all(o)
		}
	}
}

func TestADownloadThatBreaksIsNotTakenForWhole(t *testing.T) {
	quick(t)
	s := serve(t, small(t))
	s.noRange = true
	s.cutAfter = len(s.data) / 2
	s.refuses(s.url, "connection broken")
	if has := s.kept(); len(has) != 0 {
		t.Errorf("%v", has)
	}
	s.cutAfter = 0
	s.all(s.must(s.url))
}

// What a killed process left is no OVA.
func TestAHalfFile(t *testing.T) {
	for _, suffix := range []string{".part", ".ova"} {
		s := serve(t, small(t))
		s.noRange = true
		given, _ := url.Parse(s.url)
		where := newStore(&server{given: given})
		if err := where.make(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(where.base+suffix, s.data[:len(s.data)/2], 0o600); err != nil {
			t.Fatal(err)
		}
		s.all(s.must(s.url))
		if has := s.kept(); len(has) != 1 {
			t.Errorf("%v", has)
		}
	}
}

func TestTwoAtOnceDownloadOnce(t *testing.T) {
	s := serve(t, small(t))
	s.noRange = true
	var begun atomic.Int64
	s.before = func(http.ResponseWriter, *http.Request) bool {
		if begun.Add(1) == 1 {
			time.Sleep(300 * time.Millisecond)
		}
		return false
	}
	var wait sync.WaitGroup
	var downloaded atomic.Int64
	for range 4 {
		wait.Go(func() {
			o, said, err := s.open(s.url)
			if err != nil {
				t.Error(err)
				return
			}
			if strings.Contains(said, "Downloading x.ova... OK") {
				downloaded.Add(1)
			}
			s.all(o)
		})
	}
	wait.Wait()
	if n := downloaded.Load(); n != 1 {
		t.Errorf("%d downloads", n)
	}
	if has := s.kept(); len(has) != 1 {
		t.Errorf("%v", has)
	}
}

func TestRoomIsLookedAtFirst(t *testing.T) {
	before := free
	t.Cleanup(func() { free = before })
	free = func(string) (int64, error) { return spare + diskSize, nil }
	for _, how := range []func(*web){func(s *web) { s.noRange = true }, func(s *web) { s.gzip = true }} {
		s := serve(t, archive(t, file{"x.ovf", nil}, file{"disk.vmdk", disk(2 * diskSize)}))
		how(s)
		s.refuses(s.url, "no space left on device")
		if has := s.kept(); len(has) != 0 {
			t.Errorf("%v", has)
		}
	}
	free = before
	s := serve(t, small(t))
	s.noRange = true
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	s.refuses(s.url, "neither XDG_CACHE_HOME nor HOME is set")
	shared := t.TempDir()
	_ = os.Mkdir(filepath.Join(shared, "esxi"), 0o700)
	_ = os.Chmod(filepath.Join(shared, "esxi"), 0o777)
	t.Setenv("XDG_CACHE_HOME", shared)
	s.refuses(s.url, "others may write to")
}

func TestSweep(t *testing.T) {
	s := serve(t, small(t))
	directory := filepath.Join(os.Getenv("XDG_CACHE_HOME"), "esxi")
	_ = os.MkdirAll(directory, 0o700)
	name := func(c, suffix string) string { return filepath.Join(directory, strings.Repeat(c, 64)+suffix) }
	old := time.Now().Add(-keptFor - time.Hour)
	stays := []string{name("1", ".ova"), name("2", ".part"), name("3", ".txt"), filepath.Join(directory, "mine.ova"), name("4", ".part")}
	goes := []string{name("a", ".ova"), name("b", ".part")}
	for _, path := range append(goes, stays...) {
		_ = os.WriteFile(path, nil, 0o600)
		_ = os.Chtimes(path, old, old)
	}
	_ = os.Chtimes(stays[0], time.Now(), time.Now())
	_ = os.Chtimes(stays[1], time.Now(), time.Now())
	written, _ := os.Open(stays[4]) // by another process
	defer written.Close()
	_ = syscall.Flock(int(written.Fd()), syscall.LOCK_EX)
	s.must(s.url)
	for _, path := range stays {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	for _, path := range goes {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is there", path)
		}
	}
}

func TestWhatIsNoOVA(t *testing.T) {
	quick(t)
	whole := small(t)
	sparse := func() []byte {
		data := archive(t, file{"x.ovf", []byte("text")})
		copy(data[156:], "S")
		copy(data[257:], "ustar  \x00")
		copy(data[148:], "        ")
		sum := 0
		for _, b := range data[:512] {
			sum += int(b)
		}
		copy(data[148:], fmt.Sprintf("%06o\x00 ", sum))
		return data
	}
	for why, data := range map[string][]byte{
		"it is empty":                nil,
		"the server sent a web page": []byte("<!DOCTYPE html><html>" + strings.Repeat(" ", 9000)),
		"not a tar archive":          disk(diskSize),
		"an .ovf is to be packed":    []byte("<?xml version='1.0'?><Envelope/>" + strings.Repeat(" ", 600)),
		"it is truncated":            whole[:len(whole)/2],
		"it holds no .ovf file":      archive(t, file{"disk.vmdk", disk(100)}),
		"it is damaged":              append(append([]byte{}, whole[:1024]...), disk(diskSize)...),
		"stored as a sparse file":    sparse(),
		"at most 4194304 are read":   archive(t, file{"x.ovf", make([]byte, longestDescriptor+1)}),
		"more and longer headers":    archive(t, make([]file, mostEntries+1)...),
	} {
		for _, noRange := range []bool{false, true} {
			s := serve(t, data)
			s.noRange = noRange
			s.refuses(s.url, why)
			if has := s.kept(); len(has) != 0 {
				t.Errorf("%v", has)
			}
		}
	}
}

// A descriptor without end is refused at its header, plain or by gzip.
func TestAnEndlessAnswer(t *testing.T) {
	quick(t)
	for _, name := range []string{"x.ovf", "x.vmdk"} {
		for _, zip := range []bool{false, true} {
			s := serve(t, nil)
			s.before = func(w http.ResponseWriter, r *http.Request) bool {
				header := make([]byte, 512)
				copy(header, name)
				copy(header[100:], "0000644\x000000000\x000000000\x00")
				copy(header[124:], "\x80\x00\x00\x00\x00\x04\x00\x00\x00\x00\x00\x0000000000000\x00        0")
				copy(header[257:], "ustar  \x00")
				sum := 0
				for _, b := range header {
					sum += int(b)
				}
				copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
				out := io.Writer(w)
				if zip {
					w.Header().Set("Content-Encoding", "gzip")
					out = gzip.NewWriter(w)
				}
				_, err := out.Write(header)
				for more := make([]byte, 1<<20); err == nil; {
					_, err = out.Write(more)
					s.served.Add(int64(len(more)))
				}
				return true
			}
			why := "at most 4194304 are read"
			if name == "x.vmdk" {
				why = "no space left on device"
			}
			s.refuses(s.url, why)
			if served := s.served.Load(); served > 1<<30 {
				t.Errorf("%d bytes", served)
			}
		}
	}
}

func TestWhatTheServerAnswers(t *testing.T) {
	quick(t)
	for code, tries := range map[int]int64{404: 1, 403: 1, 401: 1, 500: 3, 503: 3, 429: 3} {
		s := serve(t, small(t))
		s.before = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(code); return true }
		s.refuses(strings.Replace(s.url, "http://", "http://me:secret@", 1)+"?sig=secret", fmt.Sprintf("the OVA's server answered %d", code))
		if asked := s.requests.Load(); asked != tries {
			t.Errorf("%d: asked %d times", code, asked)
		}
	}
	s := serve(t, small(t))
	failed := false
	s.before = func(w http.ResponseWriter, _ *http.Request) bool {
		if failed {
			return false
		}
		failed = true
		w.WriteHeader(503)
		return true
	}
	s.all(s.must(s.url))
	for _, link := range []string{"ftp://h/secret.ova", "http:///secret.ova", "http://%zz/secret", "x.ova"} {
		s.refuses(link, "is no http(s) URL")
	}
}

func TestUserAndPasswordGoToTheirServerAlone(t *testing.T) {
	s := serve(t, small(t))
	authorized := func(r *http.Request) bool {
		user, password, ok := r.BasicAuth()
		return ok && user == "me" && password == "p@ss w/rd"
	}
	var elsewhere atomic.Int64
	other := serve(t, s.data)
	other.before = func(_ http.ResponseWriter, r *http.Request) bool {
		elsewhere.Add(1)
		if r.Header.Get("Authorization") != "" {
			t.Error("credentials at another server")
		}
		return false
	}
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !authorized(r) {
			w.WriteHeader(401)
			return true
		}
		switch r.URL.Path {
		case "/relative":
			http.Redirect(w, r, "/x.ova", http.StatusFound)
		case "/absolute":
			http.Redirect(w, r, s.url, http.StatusMovedPermanently)
		case "/away":
			http.Redirect(w, r, strings.Replace(other.url, "http://", "http://theirs:own@", 1)+"?sig=secret", http.StatusTemporaryRedirect)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			return false
		}
		return true
	}
	with := strings.Replace(strings.TrimSuffix(s.url, "/x.ova"), "http://", "http://me:p%40ss%20w%2Frd@", 1)
	for _, path := range []string{"/x.ova", "/relative?token=secret", "/absolute", "/away?token=secret"} {
		s.all(s.must(with + path))
	}
	if elsewhere.Load() == 0 {
		t.Error("it went nowhere")
	}
	s.refuses(with+"/loop", "more than 10 redirects")
	s.refuses(s.url, "answered 401")
}

func TestTLS(t *testing.T) {
	quick(t)
	plain := serve(t, small(t))
	s := &web{t: t, data: plain.data, etag: `"1"`}
	server := httptest.NewTLSServer(s)
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	s.url = server.URL + "/x.ova"
	s.refuses(s.url, fmt.Sprintf("the certificate of the OVA's server %q is not trusted: x509: ", server.URL))
	o, err := Open(context.Background(), s.url, Settings{Insecure: true, Log: new(log).print})
	if err != nil {
		t.Fatal(err)
	}
	s.all(o)
	plain.before = func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, s.url, http.StatusFound)
		return true
	}
	s.refuses(plain.url, fmt.Sprintf("the certificate of the OVA's server %q", server.URL))
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, plain.url, http.StatusFound)
		return true
	}
	if _, err = Open(context.Background(), s.url, Settings{Insecure: true, Log: new(log).print}); err == nil || !strings.Contains(err.Error(), "without encryption") {
		t.Error(err)
	}
	s.refuses(strings.Replace(plain.url, "http://", "https://", 1), "HTTP response to HTTPS client")
}

func TestAnExpiredRedirect(t *testing.T) {
	quick(t)
	s := serve(t, small(t))
	ticket := atomic.Int64{}
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/x.ova" {
			http.Redirect(w, r, fmt.Sprintf("/store?ticket=%d", ticket.Load()), http.StatusFound)
			return true
		}
		if r.URL.Query().Get("ticket") != fmt.Sprint(ticket.Load()) {
			w.WriteHeader(403)
			return true
		}
		return false
	}
	o := s.must(s.url)
	ticket.Add(1)
	s.all(o)
}

func TestADescriptorWithItsFiles(t *testing.T) {
	quick(t)
	files := map[string][]byte{"/a/x.ovf": []byte("<Envelope/>"), "/a/x.mf": []byte("sums"), "/a/in/disk [1].vmdk": disk(diskSize)}
	for _, plain := range []bool{false, true} {
		s := serve(t, nil)
		s.cutAfter = 300_000
		if plain {
			s.cutAfter = 0
		}
		s.before = func(_ http.ResponseWriter, r *http.Request) bool {
			data, ok := files[r.URL.Path]
			if !ok {
				return false
			}
			s.change(func() { s.data, s.noRange = data, plain })
			return false
		}
		o, err := OpenFolder(context.Background(), strings.Replace(s.url, "/x.ova", "/a/x.ovf?token=secret", 1), Settings{Log: new(log).print})
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{"*.ovf": "/a/x.ovf", "*.mf": "/a/x.mf", "in/disk [1].vmdk": "/a/in/disk [1].vmdk", "in/disk%20%5B1%5D.vmdk": "/a/in/disk [1].vmdk"} {
			from, size, err := o.Open(name)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			got, err := io.ReadAll(from)
			_ = from.Close()
			if err != nil || !bytes.Equal(got, files[want]) || size != int64(len(got)) {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
		}
		s.before = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(404); return true }
		if _, _, err := o.Open("other.vmdk"); err == nil || !strings.Contains(err.Error(), "answered 404") || strings.Contains(err.Error(), "secret") {
			t.Error(err)
		}
	}
	for link, is := range map[string]bool{"http://h/x.ovf?a": true, "http://h/x.OVF": true, "http://h/x.ova?f=x.ovf": false, "x": false} {
		if IsDescriptor(link) != is {
			t.Error(link)
		}
	}
}

func TestStop(t *testing.T) {
	s := serve(t, small(t))
	s.before = func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err := Open(ctx, s.url, Settings{Log: new(log).print}); err == nil {
		t.Error("no error")
	}
	if time.Since(begun) > 10*time.Second {
		t.Error("it went on")
	}
}
