// SPDX-License-Identifier: Apache-2.0

// esxi-sim is one standalone ESXi host, simulated by govmomi, for tests and for the demo. It is made stricter than govmomi's
// simulator where a real host is known to be, and can be told to be slow, to fail, and to give its VMs addresses.
package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"esxi.invalid/vendored/polled"
)

// ready is the one line on standard output: all that a client needs to connect, but for the password.
type ready struct {
	URL            string `json:"url"`
	Host           string `json:"host"`
	User           string `json:"user"`
	Thumbprint     string `json:"thumbprint"`
	ThumbprintSHA1 string `json:"thumbprint_sha1"`
	CAFile         string `json:"ca_file"`
	PID            int    `json:"pid"`
}

func main() {
	o, err := parse(os.Args[1:], os.Getenv("ESXI_SIM_PASSWORD"))
	switch {
	case errors.Is(err, errHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "esxi-sim:", err)
		os.Exit(2)
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "esxi-sim:", err)
		os.Exit(1)
	}
}

// run serves until a signal comes or standard input closes.
func run(o *options) error {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)

	watch, err := watchesStdin(o)
	if err != nil {
		return err
	}
	dir, err := newDirectory()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Setenv("TMPDIR", dir); err != nil { // govmomi's files too
		return err
	}
	if !o.verbose {
		log.SetOutput(io.Discard)
	}

	listener, err := listen(o)
	if err != nil {
		return err
	}
	defer listener.Close()
	cert, err := newCertificate(listener.Addr().(*net.TCPAddr).IP)
	if err != nil {
		return err
	}
	caFile := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(caFile, cert.pem, 0o600); err != nil {
		return err
	}

	failed := make(chan error, 1)
	go func() { failed <- serve(o, listener, cert, caFile) }()
	if watch {
		in, err := polled.Reader(os.Stdin)
		if err != nil {
			return err
		}
		go func() {
			_, _ = io.Copy(io.Discard, in)
			end <- syscall.SIGTERM
		}()
	}
	select {
	case <-end:
		return nil
	case err := <-failed:
		return err
	}
}

// watchesStdin tells whether the end of standard input is to end the program. A terminal's is not: a program in the background that
// reads from it is stopped. The shell of a script gives /dev/null to what it runs in the background.
func watchesStdin(o *options) (bool, error) {
	if o.ignoreStdin {
		return false, nil
	}
	in, err := os.Stdin.Stat()
	if err != nil {
		return false, errors.New("there is no standard input, whose end would end it; give --ignore-stdin")
	}
	if null, err := os.Stat(os.DevNull); err == nil && os.SameFile(in, null) {
		return false, errors.New("standard input is " + os.DevNull + ", whose end would end it at once; give --ignore-stdin")
	}
	return in.Mode()&os.ModeCharDevice == 0, nil
}

// serve makes the host, says that it is ready, and answers until the program ends.
func serve(o *options, listener net.Listener, cert *certificate, caFile string) error {
	address := listener.Addr().String()
	h, err := newHost(o, address)
	if err != nil {
		return err
	}
	line, err := json.Marshal(ready{
		URL:            "https://" + address + "/sdk",
		Host:           address,
		User:           o.user,
		Thumbprint:     cert.thumbprint,
		ThumbprintSHA1: cert.thumbprintSHA1,
		CAFile:         caFile,
		PID:            os.Getpid(),
	})
	if err != nil {
		return err
	}
	fmt.Println(string(line)) // the socket listens already
	server := &http.Server{
		Handler:   h,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert.tls}},
		// No HTTP/2: a real host speaks 1.1, and a connection can be reset only there.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	return server.ServeTLS(listener, "", "")
}
