// SPDX-License-Identifier: Apache-2.0

package main

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/soap"
)

// guarded is a client to that server, logged in there.
func guarded(t *testing.T, host *httptest.Server, limit int64) *soap.Client {
	t.Helper()
	u, _ := url.Parse(host.URL + "/sdk")
	c := soap.NewClient(u, true)
	c.Client.Transport = &guard{inner: c.Client.Transport, host: origin(u), limit: limit}
	c.Jar.SetCookies(u, []*http.Cookie{{Name: "vmware_soap_session", Value: "secret", Path: "/"}}) // as from the file: not Secure
	return c
}

func TestTheSessionGoesToItsHostAlone(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s: %s", r.Method, r.URL, r.Header.Get("Cookie"))
	}))
	defer other.Close()
	host := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Cookie"), "secret") {
			t.Error("no session")
		}
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusFound)
	}))
	defer host.Close()
	c := guarded(t, host, 1000)
	ctx := context.Background()
	upload, _ := url.Parse(other.URL + "/nfc/1/disk-0.vmdk")
	plain, _ := url.Parse(strings.Replace(host.URL, "https://", "http://", 1))
	here, _ := url.Parse(host.URL)
	for what, err := range map[string]error{
		"an upload elsewhere":       c.Upload(ctx, strings.NewReader("disk"), upload, &soap.Upload{Method: "POST", ContentLength: 4}),
		"an upload without TLS":     c.Upload(ctx, strings.NewReader("disk"), plain, &soap.Upload{Method: "POST", ContentLength: 4}),
		"an upload that is led on":  c.Upload(ctx, strings.NewReader("disk"), here, &soap.Upload{Method: "POST", ContentLength: 4}),
		"a look that is led on":     c.UseServiceVersion(),
		"a download that is led on": func() error { _, _, err := c.Download(ctx, here, &soap.DefaultDownload); return err }(),
	} {
		if err == nil || !strings.Contains(err.Error(), "sends this request to another server") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestTheHostIsKnownByOrigin(t *testing.T) {
	for one, other := range map[string]string{
		"https://h/sdk":       "https://H.:443/nfc/1",
		"https://[::1]:443/":  "https://[::1]/a",
		"http://u:p@h:80/sdk": "http://h",
	} {
		a, _ := url.Parse(one)
		b, _ := url.Parse(other)
		if origin(a) != origin(b) {
			t.Errorf("%s, %s", origin(a), origin(b))
		}
	}
	host, _ := url.Parse("https://h")
	for _, other := range []string{"http://h", "https://h:8443", "https://h.example", "https://h@o", "http://h:443", "https://[::1]"} {
		u, _ := url.Parse(other)
		if origin(u) == origin(host) {
			t.Error(other)
		}
	}
}

func TestAnAnswerIsBounded(t *testing.T) {
	for _, zip := range []bool{false, true} {
		sent := 0
		host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			out := io.Writer(w)
			if zip && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
				w.Header().Set("Content-Encoding", "gzip")
				out = gzip.NewWriter(w)
			}
			_, err := io.WriteString(out, "<Envelope><Body><a>")
			for more := strings.Repeat("a", 1<<16); err == nil && sent < 1<<30; sent += len(more) {
				_, err = io.WriteString(out, more)
			}
		}))
		c := guarded(t, host, 1<<20)
		if err := c.UseServiceVersion(); err == nil || !strings.Contains(err.Error(), "longer than 1048576 bytes") {
			t.Error(err)
		}
		host.Close()
		if !zip && sent > 64<<20 {
			t.Errorf("%d bytes", sent)
		}
	}
}

func TestTheLimitIsASetting(t *testing.T) {
	for text, want := range map[string]int64{"": 64 << 20, "1": 1, "123456": 123456, "0": 0, "-1": 0, "1G": 0} {
		t.Setenv(longestAnswerSetting, text)
		if got, err := longestAnswer(); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	h := newHost(t)
	const setting = longestAnswerSetting + "=1000"
	if a := h.serve(setting).run("about"); a.exit != 1 || !strings.Contains(a.err, "longer than 1000 bytes") {
		t.Errorf("%+v", a)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// countedReads counts the reads of a body.
type countedReads struct{ count int }

func (c *countedReads) Read(p []byte) (int, error) { c.count++; return len(p), nil }
func (*countedReads) Close() error                 { return nil }

func TestAnUploadIsNotReadAfterItsAnswer(t *testing.T) {
	answered, late := make(chan struct{}), make(chan error)
	inner := roundTrip(func(r *http.Request) (*http.Response, error) {
		if n, err := r.Body.Read(make([]byte, 8)); n != 8 || err != nil {
			t.Error(n, err)
		}
		go func() {
			<-answered
			_, err := r.Body.Read(make([]byte, 8))
			late <- err
		}()
		return &http.Response{StatusCode: http.StatusInternalServerError, Body: http.NoBody}, nil
	})
	body := new(countedReads)
	request, _ := http.NewRequest(http.MethodPost, "https://host/nfc/disk", body)
	g := &guard{inner: inner, host: origin(request.URL), limit: 1000}
	if _, err := g.RoundTrip(request); err != nil {
		t.Fatal(err)
	}
	close(answered)
	if err := <-late; err == nil || body.count != 1 {
		t.Errorf("read after the answer: %v, %d", err, body.count)
	}
}
