// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/vmware/govmomi/cli/flags"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
)

// logIn makes the client of the flag, as flags.ClientFlag.Client does: with the session in the file, or by a login. Every request of
// this client, the first one included, goes through a guard.
func logIn(flag *flags.ClientFlag) (*vim25.Client, error) {
	client := new(vim25.Client)
	err := flag.Session.Login(context.Background(), client, func(sc *soap.Client) error {
		if err := flag.ConfigureTLS(sc); err != nil {
			return err
		}
		limit, err := longestAnswer()
		if err != nil {
			return err
		}
		sc.Client.Transport = &guard{inner: sc.Client.Transport, host: origin(sc.URL()), limit: limit}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if client.Version == "" || client.Version == "-" {
		if err = client.UseServiceVersion(); err != nil {
			return nil, err
		}
	}
	client.RoundTripper = flag.RoundTripper(client.Client)
	// The flag offers no way to hand it a client, and no way to configure the transport of the one that it makes.
	field := reflect.ValueOf(flag).Elem().FieldByName("client")
	reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem().Set(reflect.ValueOf(client))
	return client, nil
}

// guard is the transport to a host. It sends requests to that host alone: govmomi's cookie jar ignores ports, and a session from the
// file has lost its `Secure`, so that a redirect or an upload address could lead the session to another server. It also limits how
// long a SOAP answer may be, after decompression.
type guard struct {
	inner http.RoundTripper
	host  string // its origin
	limit int64
}

func (g *guard) RoundTrip(request *http.Request) (*http.Response, error) {
	if other := origin(request.URL); other != g.host {
		if request.Body != nil {
			_ = request.Body.Close()
		}
		return nil, fmt.Errorf("refused: the host %s sends this request to another server, %s, which would get the session", g.host, other)
	}
	if isCall(request) {
		response, err := g.inner.RoundTrip(request)
		if err == nil {
			response.Body = &limited{response.Body, g.limit, g.limit}
		}
		return response, err
	}
	if request.Body != nil {
		body := &upload{ReadCloser: request.Body}
		defer body.end()
		request = request.Clone(request.Context())
		request.Body = body
	}
	return g.inner.RoundTrip(request)
}

// upload is the body of a request, which is not read any more once the answer is there. A server that answers early leaves the
// transport reading for a moment; govmomi then closes the channel of its progress, to which each read sends, and would panic.
type upload struct {
	io.ReadCloser
	mutex sync.Mutex
	over  bool
}

func (u *upload) Read(p []byte) (int, error) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if u.over {
		return 0, errors.New("the host answered before the end of the upload")
	}
	return u.ReadCloser.Read(p)
}

func (u *upload) end() {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.over = true
}

// isCall tells a SOAP call from the transfer of a file.
func isCall(request *http.Request) bool {
	return request.Header.Get("SOAPAction") != "" || strings.HasPrefix(request.URL.Path, "/sdk")
}

// origin is the scheme, host and port of a URL.
func origin(u *url.URL) string {
	scheme, port := strings.ToLower(u.Scheme), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	return scheme + "://" + name + ":" + port
}

// limited is the body of an answer, which fails if it is longer than the limit.
type limited struct {
	io.ReadCloser
	left, limit int64
}

func (l *limited) Read(p []byte) (int, error) {
	count, err := l.ReadCloser.Read(p[:min(int64(len(p)), l.left+1)])
	l.left -= int64(count)
	if l.left < 0 {
		return 0, fmt.Errorf("the host's answer is longer than %d bytes, the limit that %s sets", l.limit, longestAnswerSetting)
	}
	return count, err
}

const longestAnswerSetting = "ESXI_GOVC_MAX_ANSWER"

// longestAnswer is how many bytes a SOAP answer may have. Those of a host with 1,000 VMs have a few MB.
func longestAnswer() (int64, error) {
	text := os.Getenv(longestAnswerSetting)
	if text == "" {
		return 64 << 20, nil
	}
	limit, err := strconv.ParseInt(text, 10, 64)
	if err != nil || limit <= 0 {
		return 0, fmt.Errorf("%s is %q; allowed is a number of bytes", longestAnswerSetting, text)
	}
	return limit, nil
}
