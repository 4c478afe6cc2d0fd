// SPDX-License-Identifier: Apache-2.0

// Package webova reads an OVA on a web server. A server that answers requests for a range is asked for the headers of the tar, and then
// for each entry that is needed: each byte is fetched once, and nothing is on disk. From another server the OVA is kept in a file.
package webova

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// Settings are what the reader is told of its surroundings.
type Settings struct {
	Roots     *x509.CertPool // those to trust; nil: the system's
	Insecure  bool           // any certificate will do
	UserAgent string
	// Log prints the progress of a download, as that of an upload is printed.
	Log func(string) (int, error)
}

// The bounds of one connection. What stands still for longer is tried again.
var (
	stall  = 30 * time.Second // without a byte
	delays = []time.Duration{100 * time.Millisecond, 300 * time.Millisecond, time.Second, 3 * time.Second, 10 * time.Second}
)

// server is where the OVA is. It has a client of its own: no cookie and no credential of a host is ever sent.
type server struct {
	client    *http.Client
	given     *url.URL // without user and password
	user      *url.Userinfo
	final     *url.URL // where redirects led; nil: not known yet
	userAgent string
}

var errNoURL = errors.New("the URL of the OVA is no http(s) URL") // it may hold secrets: it is not shown

func newServer(link string, settings Settings) (*server, error) {
	given, err := url.Parse(link)
	if err != nil || given.Host == "" || (given.Scheme != "http" && given.Scheme != "https") {
		return nil, errNoURL
	}
	s := &server{given: given, user: given.User, userAgent: settings.UserAgent}
	given.User, given.Fragment, given.RawFragment = nil, "", ""
	s.client = &http.Client{
		CheckRedirect: s.follow,
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: stall}).DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: settings.Roots, InsecureSkipVerify: settings.Insecure},
			TLSHandshakeTimeout:    stall,
			ResponseHeaderTimeout:  2 * stall,
			IdleConnTimeout:        stall,
			MaxResponseHeaderBytes: 64 << 10,
			DisableCompression:     true,
		},
	}
	return s, nil
}

// shown is the URL without what may be secret: user, password and query.
func shown(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}

// name is the file name of the OVA.
func (s *server) name() string { return path.Base(s.given.EscapedPath()) }

const mostRedirects = 10

// follow decides about a redirect. Its URL says where to go, and nothing else.
func (s *server) follow(request *http.Request, before []*http.Request) error {
	if len(before) > mostRedirects {
		return fmt.Errorf("more than %d redirects", mostRedirects)
	}
	if before[len(before)-1].URL.Scheme == "https" && request.URL.Scheme != "https" {
		return fmt.Errorf("refused: %q redirects to %q, without encryption", shown(before[len(before)-1].URL), shown(request.URL))
	}
	request.URL.User = nil
	request.Header.Del("Referer") // it would tell the query, which may be a credential
	request.Header.Del("Authorization")
	s.authorize(request)
	return nil
}

// authorize adds the user and password of the given URL, on the same server alone. The same name with TLS in place of none is the same.
func (s *server) authorize(request *http.Request) {
	u := request.URL
	same := u.Scheme == s.given.Scheme && strings.EqualFold(u.Host, s.given.Host)
	upgraded := s.given.Scheme == "http" && u.Scheme == "https" && s.given.Port() == "" && strings.EqualFold(u.Host, s.given.Host)
	if s.user != nil && (same || upgraded) {
		password, _ := s.user.Password()
		request.SetBasicAuth(s.user.Username(), password)
	}
}

// failure is why a request came to nothing.
type failure struct {
	text  string
	again bool // it may pass by itself
}

func (f *failure) Error() string { return f.text }

func mayPass(err error) bool {
	var f *failure
	return !errors.As(err, &f) || f.again
}

// ask sends one GET, with these fields. The answer is 200, 206, 304 or 416.
func (s *server) ask(ctx context.Context, fields map[string]string) (*http.Response, error) {
	to := s.final
	if to == nil {
		to = s.given
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return nil, &failure{text: "the URL of the OVA cannot be asked for"}
	}
	request.Header.Set("User-Agent", s.userAgent)
	request.Header.Set("Accept-Encoding", "identity")
	for name, value := range fields {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	s.authorize(request)
	response, err := s.client.Do(request)
	if err != nil {
		s.final = nil
		return nil, s.explain(err, to)
	}
	switch response.StatusCode {
	case http.StatusOK, http.StatusPartialContent, http.StatusNotModified, http.StatusRequestedRangeNotSatisfiable:
		s.final = response.Request.URL
		return response, nil
	}
	_ = response.Body.Close()
	// An address that a redirect gave may be good for a while only: the next try begins with the given one.
	expired := s.final != nil && response.StatusCode < 500
	s.final = nil
	busy := response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests || response.StatusCode == http.StatusRequestTimeout
	return nil, &failure{text: fmt.Sprintf("the OVA's server answered %d %s for %q", response.StatusCode, http.StatusText(response.StatusCode), shown(response.Request.URL)), again: busy || expired}
}

// explain says what went wrong, without what is secret in a URL.
func (s *server) explain(err error, asked *url.URL) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		if u, bad := url.Parse(outer.URL); bad == nil && u.Host != "" {
			asked = u
		}
		err = outer.Err
	}
	var certificate *tls.CertificateVerificationError
	if errors.As(err, &certificate) {
		return &failure{text: fmt.Sprintf("the certificate of the OVA's server %q is not trusted: %v", asked.Scheme+"://"+asked.Host, certificate.Err)}
	}
	var alert tls.AlertError
	var record tls.RecordHeaderError
	permanent := errors.As(err, &alert) || errors.As(err, &record) || strings.HasPrefix(err.Error(), "refused: ") ||
		strings.Contains(err.Error(), "redirects") || strings.Contains(err.Error(), "HTTP response to HTTPS client") || strings.Contains(err.Error(), "unsupported protocol scheme")
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		err = errors.New("it sent nothing for too long: timeout")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("connection broken")
	}
	return &failure{text: fmt.Sprintf("the OVA's server %q: %v", asked.Scheme+"://"+asked.Host, err), again: !permanent}
}

// patience counts the failures since something last went well.
type patience struct{ failures, most int }

// wait waits before the next try. It returns the reason why there is none.
func (p *patience) wait(ctx context.Context, why error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !mayPass(why) || p.failures >= min(p.most, len(delays)) {
		return why
	}
	select {
	case <-time.After(delays[p.failures]):
	case <-ctx.Done():
		return ctx.Err()
	}
	p.failures++
	return nil
}

// version is what tells one state of the file from another.
type version struct {
	etag, modified string
	size           int64 // of the whole file; -1: not told
}

// condition is what `If-Range` may hold.
func (v version) condition() string {
	if v.etag != "" && !strings.HasPrefix(v.etag, "W/") {
		return v.etag
	}
	return v.modified
}

// isOther tells whether the answer speaks of another state. An answer to `If-Range` may leave out what did not change.
func (v version) isOther(now version) bool {
	return (now.etag != "" && now.etag != v.etag) || (now.modified != "" && v.modified != "" && now.modified != v.modified) || now.size != v.size
}

// span is the part of a file that an answer 206 holds.
type span struct {
	begin, end int64 // end is not part of it
	version
}

// spanOf reads an answer 206. False: it is of no use, or holds what was not asked for.
func spanOf(response *http.Response) (span, bool) {
	text, ok := strings.CutPrefix(response.Header.Get("Content-Range"), "bytes ")
	where, total, both := strings.Cut(text, "/")
	first, last, dash := strings.Cut(where, "-")
	begin, err1 := strconv.ParseInt(strings.TrimSpace(first), 10, 64)
	end, err2 := strconv.ParseInt(strings.TrimSpace(last), 10, 64)
	size, err3 := strconv.ParseInt(strings.TrimSpace(total), 10, 64)
	if response.StatusCode != http.StatusPartialContent || !ok || !both || !dash || err1 != nil || err2 != nil || err3 != nil || begin < 0 ||
		end < begin || size <= end || isEncoded(response) {
		return span{}, false
	}
	return span{begin, end + 1, versionOf(response, size)}, true
}

func versionOf(response *http.Response, size int64) version {
	return version{response.Header.Get("ETag"), response.Header.Get("Last-Modified"), size}
}

func isEncoded(response *http.Response) bool {
	encoding := strings.ToLower(response.Header.Get("Content-Encoding"))
	return encoding != "" && encoding != "identity"
}

// watched is a body that is given up when it stands still.
type watched struct {
	io.ReadCloser
	cancel context.CancelFunc
	timer  *time.Timer
}

func watch(body io.ReadCloser, cancel context.CancelFunc) *watched {
	w := &watched{body, cancel, time.AfterFunc(stall, cancel)}
	w.timer.Stop()
	return w
}

func (w *watched) Read(p []byte) (int, error) {
	w.timer.Reset(stall)
	defer w.timer.Stop()
	return w.ReadCloser.Read(p)
}

func (w *watched) Close() error {
	w.timer.Stop()
	w.cancel()
	return w.ReadCloser.Close()
}
