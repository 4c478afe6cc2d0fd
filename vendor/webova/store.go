// SPDX-License-Identifier: Apache-2.0

package webova

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/vmware/govmomi/vim25/progress"
)

// store is where an OVA is kept whose server answers no requests for a range: `$XDG_CACHE_HOME/esxi`, one file for each URL. While it
// comes in, the file ends in .part, and whoever writes it holds its lock. A whole one ends in .ova, and with what is known of it.
type store struct {
	server *server
	base   string // of the file's name; empty: there is no place
	wrong  error  // why
	began  bool   // a download did
}

const (
	keptFor     = 24 * time.Hour   // after the last use
	trustedFor  = 10 * time.Minute // by the run that fetched it, if the server does not tell one version from another
	leftForLong = time.Hour        // a part that nobody writes
	spare       = 32 << 20         // that much of the disk stays free
)

func newStore(s *server) *store {
	directory, err := storeDirectory()
	if err != nil {
		return &store{server: s, wrong: err}
	}
	key := s.given.String() + " " + s.user.String()
	return &store{server: s, base: filepath.Join(directory, fmt.Sprintf("%x", sha256.Sum256([]byte(key))))}
}

func storeDirectory() (string, error) {
	parent := os.Getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(parent) {
		if parent = os.Getenv("HOME"); !filepath.IsAbs(parent) {
			return "", errors.New("no place to keep it: neither XDG_CACHE_HOME nor HOME is set")
		}
		parent = filepath.Join(parent, ".cache")
	}
	return filepath.Join(parent, "esxi"), nil
}

// make makes the directory. It has to be private.
func (s *store) make() error {
	if s.wrong != nil {
		return &failure{text: s.wrong.Error()}
	}
	directory := filepath.Dir(s.base)
	err := os.MkdirAll(directory, 0o700)
	if err != nil {
		return &failure{text: fmt.Sprintf("no place to keep it: %v; XDG_CACHE_HOME names another", err)}
	}
	info, err := os.Stat(directory)
	if err != nil || !info.IsDir() || !isOwn(info) || info.Mode().Perm()&0o022 != 0 {
		return &failure{text: fmt.Sprintf("no place to keep it: others may write to %s; XDG_CACHE_HOME names another", directory)}
	}
	return nil
}

func isOwn(info os.FileInfo) bool {
	status, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(status.Uid) == os.Geteuid()
}

// openOwn opens a file that nobody else could have put there.
func openOwn(name string, flags int) (*os.File, error) {
	file, err := os.OpenFile(name, flags|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || !isOwn(info) || info.Mode().Perm()&0o077 != 0 || info.Sys().(*syscall.Stat_t).Nlink > 1 {
		_ = file.Close()
		return nil, fmt.Errorf("%s is no file of this user's own", name)
	}
	return file, nil
}

// kept is a whole OVA in a file.
type kept struct {
	file *os.File
	size int64 // of the OVA
	facts
}

// facts stand at the end of the file, behind the OVA.
type facts struct {
	ETag, Modified string
	Run            string // of which process's children it was fetched
	Fetched        time.Time
}

const mark = "esxi-ova"

// find opens the whole OVA, or is nil.
func (s *store) find() *kept {
	if s.wrong != nil {
		return nil
	}
	file, err := openOwn(s.base+".ova", os.O_RDONLY)
	if err != nil {
		return nil
	}
	k := &kept{file: file}
	if !k.read() {
		k.Close()
		_ = os.Remove(s.base + ".ova")
		return nil
	}
	return k
}

func (k *kept) read() bool {
	info, err := k.file.Stat()
	if err != nil {
		return false
	}
	var end [8 + len(mark)]byte
	if _, err := k.file.ReadAt(end[:], info.Size()-int64(len(end))); err != nil || string(end[8:]) != mark {
		return false
	}
	length := int64(binary.BigEndian.Uint64(end[:8]))
	if length < 0 || length > 64<<10 || length > info.Size() {
		return false
	}
	text := make([]byte, length)
	k.size = info.Size() - int64(len(end)) - length
	_, err = k.file.ReadAt(text, k.size)
	return err == nil && json.Unmarshal(text, &k.facts) == nil
}

// isOfThisRun tells whether the file may be taken without asking the server, which could not tell whether it has changed.
func (k *kept) isOfThisRun() bool {
	age := time.Since(k.Fetched)
	return k.ETag == "" && k.Modified == "" && k.Run == thisRun() && age >= 0 && age < trustedFor
}

// thisRun stands for the process that started this one: it, and not its number alone.
func thisRun() string {
	parent := os.Getppid()
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", parent))
	_, after, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(after)
	if len(fields) < 20 {
		return ""
	}
	return strconv.Itoa(parent) + " " + fields[19]
}

// touch says that the file was used.
func (k *kept) touch() {
	_ = syscall.Futimes(int(k.file.Fd()), []syscall.Timeval{syscall.NsecToTimeval(time.Now().UnixNano()), syscall.NsecToTimeval(time.Now().UnixNano())})
}

func (k *kept) Close() {
	if k != nil {
		_ = k.file.Close()
	}
}

func (k *kept) admit(entry *Entry) error { return within(entry, k.size) }

func (k *kept) header(at int64) io.Reader {
	return io.NewSectionReader(k.file, at, max(0, k.size-at))
}

func (k *kept) part(begin, end int64) io.ReadCloser {
	return io.NopCloser(io.NewSectionReader(k.file, begin, end-begin))
}

// info is what the file is, or nil.
func (k *kept) info() os.FileInfo {
	if k == nil {
		return nil
	}
	info, _ := k.file.Stat()
	return info
}

// hasOther tells whether an OVA is kept that is not the one that was there before.
func (s *store) hasOther(before os.FileInfo) bool {
	now, err := os.Lstat(s.base + ".ova")
	return err == nil && (before == nil || !os.SameFile(before, now))
}

// download keeps the OVA that the answer holds. Nil, without an error: another process did, since what was kept before the question.
func (s *store) download(ctx context.Context, response *http.Response, from *watched, before os.FileInfo, settings Settings) (source, error) {
	if err := s.make(); err != nil {
		return nil, err
	}
	name := s.base + ".part"
	file, err := openOwn(name, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, &failure{text: fmt.Sprintf("no place to keep it: %v", err)}
	}
	done := false
	defer func() {
		if !done {
			_ = file.Close()
		}
	}()
	if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		_ = from.Close()
		return nil, s.await(ctx, file, response.ContentLength, settings)
	}
	if isGone(file, name) {
		return nil, nil
	}
	if s.hasOther(before) {
		return nil, os.Remove(name)
	}
	if err = s.fill(ctx, file, response, from, settings); err != nil {
		_ = os.Remove(name)
		return nil, err
	}
	if err = os.Rename(name, s.base+".ova"); err != nil {
		return nil, &failure{text: err.Error()}
	}
	_ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN) // those who wait need not wait for what is done with it
	k := &kept{file: file}
	if done = k.read(); !done {
		return nil, errors.New("what was kept cannot be read again")
	}
	return k, nil
}

func isGone(file *os.File, name string) bool {
	mine, err1 := file.Stat()
	there, err2 := os.Lstat(name)
	return err1 != nil || err2 != nil || !os.SameFile(mine, there)
}

// await waits until nobody writes the file any more, and shows how it grows.
func (s *store) await(ctx context.Context, file *os.File, total int64, settings Settings) error {
	last := int64(0)
	for syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		percent, size := int64(0), int64(0)
		if info, err := file.Stat(); err == nil {
			size = info.Size()
		}
		if total > 0 {
			percent = min(100, 100*size/total)
		}
		_, _ = settings.Log(fmt.Sprintf("\rDownloading %s in another process... (%d%%, %dB/s)", s.server.name(), percent, max(0, size-last)))
		last = size
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// fill writes the whole OVA and what is known of it.
func (s *store) fill(ctx context.Context, file *os.File, response *http.Response, from *watched, settings Settings) (err error) {
	if err = file.Truncate(0); err != nil {
		return &failure{text: err.Error()}
	}
	if length := response.ContentLength; length > 0 {
		if err = s.hasRoom(length); err != nil {
			return err
		}
	}
	s.began = true
	logger := progress.NewProgressLogger(settings.Log, fmt.Sprintf("Downloading %s... ", s.server.name()))
	counted := progress.NewReader(ctx, logger, from, response.ContentLength)
	defer func() {
		counted.Done(err)
		logger.Wait()
	}()
	in := io.Reader(counted)
	switch encoding := strings.ToLower(response.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		if in, err = gzip.NewReader(counted); err != nil {
			return s.server.explain(err, s.server.given)
		}
	default:
		return &failure{text: fmt.Sprintf("the OVA's server sends it encoded as %q, though asked not to", encoding)}
	}
	coming := &stream{store: s, in: in, out: file}
	if _, err = index(coming); err != nil {
		return coming.explain(err)
	}
	if coming.ended && response.ContentLength < 0 && len(response.TransferEncoding) == 0 && in == io.Reader(counted) {
		return &failure{text: "it has no end mark, and the server does not tell how long it is: it may be truncated", again: true}
	}
	version := versionOf(response, 0)
	text, err := json.Marshal(facts{version.etag, version.modified, thisRun(), time.Now()})
	if err != nil {
		return err
	}
	text = append(binary.BigEndian.AppendUint64(text, uint64(len(text))), mark...)
	if _, err = file.Write(text); err == nil {
		err = file.Sync()
	}
	if err != nil {
		return &failure{text: err.Error()}
	}
	return nil
}

// free is the room on the disk of a directory. Tests replace it.
var free = func(directory string) (int64, error) {
	var status syscall.Statfs_t
	err := syscall.Statfs(directory, &status)
	return int64(status.Bavail) * status.Bsize, err
}

func (s *store) hasRoom(size int64) error {
	directory := filepath.Dir(s.base)
	room, err := free(directory)
	if err == nil && size > room-spare {
		return &failure{text: fmt.Sprintf("no space left on device: its server answers no requests for a part of it, so that it is kept in %s; it needs %d MB there, and %d MB are free; XDG_CACHE_HOME names another place",
			directory, size>>20, max(0, room-spare)>>20)}
	}
	return nil
}

// stream is an OVA as it comes in. All that is read is written too.
type stream struct {
	store *store
	in    io.Reader
	out   *os.File
	at    int64
	ended bool  // there is no more
	broke error // of reading
	wrong error // of writing
}

func (s *stream) Read(p []byte) (int, error) {
	count, err := s.in.Read(p)
	s.at += int64(count)
	s.ended = s.ended || err == io.EOF
	if err != nil && err != io.EOF {
		s.broke = err
	}
	if count > 0 {
		if _, s.wrong = s.out.Write(p[:count]); s.wrong != nil {
			return 0, s.wrong
		}
	}
	return count, err
}

// header goes on to `at`: there is no way back.
func (s *stream) header(at int64) io.Reader {
	rest := io.LimitReader(s, at-s.at)
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, rest, make([]byte, 256<<10)); err != nil {
		return failing{err}
	}
	if s.at < at {
		return failing{io.ErrUnexpectedEOF}
	}
	return s
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func (s *stream) part(int64, int64) io.ReadCloser { return io.NopCloser(failing{io.ErrUnexpectedEOF}) }

func (s *stream) admit(entry *Entry) error { return s.store.hasRoom(entry.Size) }

// explain tells what was wrong: with the disk, with the connection, or with the OVA.
func (s *stream) explain(err error) error {
	var f *failure
	switch {
	case s.wrong != nil:
		return &failure{text: s.wrong.Error()}
	case s.broke != nil:
		return s.store.server.explain(s.broke, s.store.server.given)
	case errors.As(err, &f):
		return err
	}
	return &failure{text: err.Error()}
}

var names = regexp.MustCompile(`^[0-9a-f]{64}\.(ova|part)$`)

// sweep removes what was not used for long. What is not ours by name, owner and kind stays.
func (s *store) sweep() {
	if s.wrong != nil {
		return
	}
	directory := filepath.Dir(s.base)
	entries, err := os.ReadDir(directory)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if !names.MatchString(entry.Name()) {
			continue
		}
		name := filepath.Join(directory, entry.Name())
		file, err := openOwn(name, os.O_RDONLY)
		if err != nil {
			continue
		}
		limit := keptFor
		if strings.HasSuffix(name, ".part") {
			limit = leftForLong
		}
		info, err := file.Stat()
		if err == nil && time.Since(info.ModTime()) > limit && syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil && !isGone(file, name) {
			_ = os.Remove(name)
		}
		_ = file.Close()
	}
}
