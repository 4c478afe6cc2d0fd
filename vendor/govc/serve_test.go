// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vmware/govmomi/cli"
)

// The govc and the simulator that were built, each as a process of its own. ESXI_BIN_DIR says where they are.

const patience = 180 * time.Second

func binary(name string) string {
	directory := os.Getenv("ESXI_BIN_DIR")
	if directory == "" {
		directory = "../../build/bin"
	}
	path, _ := filepath.Abs(filepath.Join(directory, name))
	return path
}

// host is a simulator.
type host struct {
	t     *testing.T
	name  string
	files string
	home  string // of the govc that a test looks at it with
}

func newHost(t *testing.T, options ...string) *host {
	t.Helper()
	h := &host{t: t, files: t.TempDir()}
	h.home = filepath.Join(h.files, "home")
	cmd := exec.Command(binary("esxi-sim"), append([]string{"--listen", "127.0.0.1:0", "--user", "root", "--calls", h.calls()}, options...)...)
	cmd.Env = append(os.Environ(), "ESXI_SIM_PASSWORD=correct horse")
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: run ./dev build first", err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	var ready struct{ Host string }
	if err := json.NewDecoder(out).Decode(&ready); err != nil {
		t.Fatal(err)
	}
	h.name = ready.Host
	return h
}

func (h *host) calls() string { return filepath.Join(h.files, "calls") }

// count tells how often a method was called, or all of them.
func (h *host) count(method string) int {
	text, _ := os.ReadFile(h.calls())
	count := 0
	for line := range strings.Lines(string(text)) {
		if method == "" || strings.TrimSpace(line) == method {
			count++
		}
	}
	return count
}

func (h *host) environment(home string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + h.files, "GOVC_URL=" + h.name, "GOVC_USERNAME=root",
		"GOVC_PASSWORD=correct horse", "GOVC_INSECURE=true", "GOVC_INDENT=false", "GOVMOMI_HOME=" + home}
}

type answer struct {
	exit     int
	out, err string
	pieces   int
	alone    bool
}

// govc runs it as a process.
func (h *host) govc(input string, argv ...string) answer {
	h.t.Helper()
	cmd := exec.Command(binary("govc"))
	cmd.Args = append([]string{"govc"}, argv...)
	cmd.Env = h.environment(h.home)
	cmd.Stdin = strings.NewReader(input)
	var out, err strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &err
	if e := cmd.Run(); e != nil && cmd.ProcessState == nil {
		h.t.Fatal(e)
	}
	return answer{exit: cmd.ProcessState.ExitCode(), out: out.String(), err: err.String()}
}

func (h *host) must(argv ...string) string {
	h.t.Helper()
	a := h.govc("", argv...)
	if a.exit != 0 {
		h.t.Fatalf("%v: %+v", argv, a)
	}
	return a.out
}

// server is a govc serve.
type server struct {
	t       *testing.T
	cmd     *exec.Cmd
	in      io.WriteCloser
	replies chan reply
	home    string
	last    int64
}

func (h *host) serve(more ...string) *server {
	h.t.Helper()
	s := &server{t: h.t, replies: make(chan reply, 1000), home: filepath.Join(h.files, "served")}
	s.cmd = exec.Command(binary("govc"), "serve")
	s.cmd.Args[0] = "govc"
	s.cmd.Env = append(h.environment(s.home), more...)
	s.in, _ = s.cmd.StdinPipe()
	out, _ := s.cmd.StdoutPipe()
	if err := s.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() || lines.Text() != `{"serve":1}` {
		h.t.Fatalf("not a greeting: %q", lines.Text())
	}
	go func() {
		defer close(s.replies)
		for lines.Scan() {
			var r reply
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				h.t.Errorf("%q: %v", lines.Text(), err)
			}
			s.replies <- r
		}
	}()
	return s
}

func (s *server) write(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.in, text+"\n"); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) begin(r request) {
	s.t.Helper()
	s.last++
	r.ID = s.last
	text, _ := json.Marshal(r)
	s.write(string(text))
}

func (s *server) next() (reply, bool) {
	s.t.Helper()
	select {
	case r, ok := <-s.replies:
		return r, ok
	case <-time.After(patience):
		s.t.Fatal("no reply")
		return reply{}, false
	}
}

func (s *server) end() answer {
	s.t.Helper()
	var a answer
	for {
		r, ok := s.next()
		if !ok {
			s.t.Fatal("the server ended")
		}
		if r.ID != s.last {
			s.t.Fatalf("a reply to %d, not to %d", r.ID, s.last)
		}
		a.out += string(r.Out)
		a.err += string(r.Err)
		if r.Alone {
			a.alone = true
			return a
		}
		if r.Exit != nil {
			a.exit = *r.Exit
			return a
		}
		a.pieces++
	}
}

func (s *server) run(argv ...string) answer {
	s.t.Helper()
	s.begin(request{Argv: argv})
	return s.end()
}

// ends waits for the end of the process, and returns its exit code.
func (s *server) ends() int {
	s.t.Helper()
	for {
		if _, ok := s.next(); !ok {
			break
		}
	}
	_ = s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode()
}

var moments = regexp.MustCompile(`\d{4}-\d\d-\d\d [0-9:.]+ \+0000 UTC|\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)|\[\d\d-\d\d-\d\d \d\d:\d\d:\d\d\]|\([0-9]+%[^)]*\)`)

// comparable takes out what is different from one host to the next, and from one moment to the next.
func (h *host) comparable(text string) string {
	text = moments.ReplaceAllString(strings.ReplaceAll(text, h.name, "HOST"), "T")
	text = strings.ReplaceAll(text, h.files, "FILES")
	parts := strings.Split(text, "\r\x1b[K") // as many reports of progress as there was time for
	return strings.Join(slices.Compact(parts), "\r\x1b[K")
}

func makeOVA(t *testing.T, path string) {
	t.Helper()
	if out, err := exec.Command("../../examples/demo/make-ova", path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// All that comes out is alike: of a look at one host, and of a change on two hosts that are.
func TestAnswersAsAProcessDoes(t *testing.T) {
	served, bare := newHost(t, "--vms", "2"), newHost(t, "--vms", "2")
	s := served.serve()
	for _, h := range []*host{served, bare} {
		makeOVA(t, filepath.Join(h.files, "small.ova"))
		if out, err := exec.Command("tar", "-xf", filepath.Join(h.files, "small.ova"), "-C", h.files).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	const vm = "ha-host_VM0"
	fine, failed := 0, 0
	for _, argv := range [][]string{
		{"about"}, {"about", "-json"}, {"about", "-l", "-json"}, {"about", "-xml"}, {"about", "-dump"},
		{"object.collect", "-json", "-wait=1ns", "-type", "m", "/", "name", "runtime.powerState"},
		{"object.collect", "-wait=1ns", "-type", "m", "/", "name"},
		{"object.collect", "-json", "vm/" + vm, "runtime.powerState", "guest.net"},
		{"object.collect", "-json", "VirtualMachine:vm-nosuch", "name"},
		{"collect", "-s", "vm/" + vm, "name"}, {"object.collect", "-R", "-"}, {"object.collect", "-R", "no-such-file"},
		{"vm.info", "-json", "./" + vm}, {"vm.info", "./" + vm}, {"vm.info", "-e", "-r", "./" + vm}, {"vm.info", "-json", "no\u00e9 \"such\""},
		{"vm.info", "-json", "*"}, {"vm.info", "-json", "VirtualMachine:vm-nosuch"}, {"vm.info", "-json", "[", "-"}, {"vm.info"},
		{"vm.power", "-json", "-on", vm}, {"vm.power", "-on", vm}, {"vm.power", "-off", vm}, {"vm.power", "-json", "-off", vm}, {"vm.power", "-off", "-force", vm},
		{"vm.power", "-on", "nosuch"}, {"vm.power", "-json", "-s", vm}, {"vm.power", "-on", "-M", vm}, {"vm.power", "-on"},
		{"vm.change", "-json", "-vm=" + vm, "-c=2", "-m=64"}, {"vm.change", "-vm=" + vm, "-annotation= \t\u2028\n"}, {"vm.change", "-vm=nosuch"},
		{"vm.change", "-vm=" + vm, "-e", "a=b", "-e", "c=d"}, {"vm.info", "-e", vm},
		{"vm.ip", "-wait=1s", vm}, {"vm.ip", "-wait=1s", "-v4", "nosuch"},
		{"snapshot.tree", "-json", "-vm=" + vm}, {"snapshot.create", "-json", "-vm=" + vm, "-m=false", "-d=x", "--", "-s"},
		{"snapshot.tree", "-json", "-vm=" + vm, "-i", "-D", "-d"}, {"snapshot.tree", "-vm=" + vm, "-f"},
		{"snapshot.remove", "-json", "-vm=" + vm, "--", "nosuch"}, {"snapshot.remove", "-json", "-vm=" + vm, "--", "-s"},
		{"snapshot.remove", "-json", "-vm=" + vm, "--", "-s"},
		{"import.spec", "FILES/small.ova"}, {"import.spec", "-json", "FILES/none.ova"}, {"import.spec", "x.zip"}, {"import.spec", "http://127.0.0.1:1/x.ova"},
		{"import.ova", "-name=web", "-options=-", "FILES/small.ova"}, {"import.ova", "-name=web", "-options=-", "FILES/small.ova"},
		{"import.ova", "-options=-", "FILES/none.ova"}, {"import.ova", "-options=none.json", "x"}, {"import.ova", "-ds=none", "FILES/small.ova"}, {"import.ova"},
		{"import.ovf", "-name=unpacked", "-options=-", "FILES/demo.ovf"}, {"import.ovf", "-options=-", "FILES/none.ovf"}, {"import.ovf"},
		{"vm.info", "-json", "web"}, {"vm.destroy", "-json", "web"}, {"vm.destroy", "web"}, {"vm.destroy", "-json", "VirtualMachine:vm-nosuch"},
		{"session.logout"}, {"about", "-json"}, {"session.logout", "-json"},
	} {
		ask := func(h *host, run func(string, []string) answer) answer {
			own := slices.Clone(argv)
			for i := range own {
				own[i] = strings.ReplaceAll(own[i], "FILES", h.files)
			}
			input := ""
			if strings.HasPrefix(own[0], "import") {
				input = `{"Annotation":"a note"}`
			}
			return run(input, own)
		}
		got := ask(served, func(input string, argv []string) answer {
			s.begin(request{Argv: argv, Input: input})
			return s.end()
		})
		other := bare
		if changes := regexp.MustCompile(`power|change|create|remove|destroy|import\.ov|logout`); !changes.MatchString(argv[0]) {
			other = served
		}
		want := ask(other, func(input string, argv []string) answer { return other.govc(input, argv...) })
		if got.alone {
			if argv[0] != "session.logout" {
				t.Errorf("%q: left to a process", argv)
			}
			continue
		}
		got.out, got.err = served.comparable(got.out), served.comparable(got.err)
		want.out, want.err = other.comparable(want.out), other.comparable(want.err)
		got.pieces = 0
		if got != want {
			t.Errorf("%q:\n%+v\nas a process:\n%+v", argv, got, want)
		}
		if got.exit == 0 {
			fine++
		} else {
			failed++
		}
	}
	if fine < 25 || failed < 15 {
		t.Errorf("%d succeeded, %d failed", fine, failed)
	}
	if code := func() int { _ = s.in.Close(); return s.ends() }(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestKeepsOneClient(t *testing.T) {
	h := newHost(t)
	s := h.serve()
	s.run("about")
	before := h.count("")
	for range 3 {
		if a := s.run("about", "-json"); a.exit != 0 {
			t.Errorf("%+v", a)
		}
	}
	if h.count("") != before || h.count("Login") != 1 {
		t.Errorf("%d calls, %d logins", h.count("")-before, h.count("Login"))
	}
}

// What one command is told must not stick to the next.
func TestEachCommandBeginsAnew(t *testing.T) {
	h := newHost(t)
	s := h.serve()
	text := s.run("about").out
	s.run("about", "-json", "-l")
	if again := s.run("about").out; again != text {
		t.Errorf("%q, then %q", text, again)
	}
	s.run("vm.change", "-vm=ha-host_VM0", "-e", "guestinfo.a=1", "-c=3")
	s.run("vm.change", "-vm=ha-host_VM1", "-annotation=x")
	if out := h.must("vm.info", "-e", "-r", "ha-host_VM1"); strings.Contains(out, "guestinfo.a") || strings.Contains(out, "3 vCPU") {
		t.Error(out)
	}
	s.run("object.collect", "-wait=1ns", "-type", "m", "/", "name")
	one := s.run("object.collect", "-json", "vm/ha-host_VM0", "name").out
	if !strings.HasPrefix(one, "[") || strings.Contains(one, "VM1") {
		t.Error(one)
	}
	first, second := fresh(cli.Commands()["import.ova"]).(interface{ Usage() string }), fresh(cli.Commands()["import.ova"])
	if any(first) == any(second) || first.Usage() == "" {
		t.Error("two commands are one")
	}
}

func TestLeavesToAProcess(t *testing.T) {
	h := newHost(t)
	s := h.serve()
	for _, argv := range [][]string{
		{}, {""}, {"nosuch"}, {"serve"}, {"version"}, {"about.cert"}, {"ls"}, {"session.login"}, {"-h"},
		{"about", "-persist-session=false"}, {"about", "-k"}, {"about", "-u=x"}, {"about", "-u", "x", "-json"}, {"about", "-debug"}, {"about", "-trace"},
		{"about", "-h"}, {"about", "--help"}, {"about", "-nosuch"}, {"vm.ip", "-wait=x"}, {"vm.power", "x"}, {"vm.power", "-on", "-off", "x"},
		{"snapshot.tree", "x"}, {"snapshot.create", "-vm=ha-host_VM0"}, {"vm.info", "-tls-known-hosts=x", "x"},
	} {
		if a := s.run(argv...); !a.alone || a.out+a.err != "" {
			t.Errorf("%q: %+v", argv, a)
		}
	}
	if a := s.run("about"); a.exit != 0 || a.alone {
		t.Errorf("%+v", a)
	}
	if a := h.serve("GOVC_PERSIST_SESSION=false").run("about"); !a.alone {
		t.Errorf("without a session to keep: %+v", a)
	}
}

// endSessions ends all on the host but the one of the govc that does it.
func (h *host) endSessions() {
	h.t.Helper()
	for line := range strings.Lines(h.must("session.ls")) {
		if fields := strings.Fields(line); len(fields) > 3 && fields[0] != "Key" && !strings.Contains(line, " .") {
			h.must("session.rm", fields[0])
		}
	}
}

func TestLogsInAgainWhenTheHostHasEndedTheSession(t *testing.T) {
	h := newHost(t)
	s := h.serve()
	for i, argv := range [][]string{{"vm.info", "-json", "ha-host_VM0"}, {"vm.power", "-json", "-off", "ha-host_VM0"},
		{"object.collect", "-json", "-wait=1ns", "-type", "m", "/", "name"}, {"snapshot.create", "-json", "-vm=ha-host_VM0", "x"}} {
		s.run("about")
		h.endSessions()
		before := h.count("Login")
		if a := s.run(argv...); a.exit != 0 {
			t.Errorf("%q: %+v", argv, a)
		}
		if logins := h.count("Login") - before; logins != 1 {
			t.Errorf("%d: %q: %d logins", i, argv, logins)
		}
	}
}

// A command that has changed something is not begun anew.
func TestDoesNothingTwice(t *testing.T) {
	h := newHost(t, "--vms", "2", "--fault", "PowerOffVM_Task=NotAuthenticated,as=fault,skip=1,max=1")
	s := h.serve()
	s.run("about")
	a := s.run("vm.power", "-json", "-off", "ha-host_VM0", "ha-host_VM1")
	if a.exit != 1 || !strings.Contains(a.err, "not authenticated") || h.count("PowerOffVM_Task") != 2 {
		t.Errorf("%+v", a)
	}
	if a := s.run("vm.power", "-json", "-off", "ha-host_VM1"); a.exit != 0 {
		t.Errorf("%+v", a)
	}
	// A change that nobody answered may have been made.
	broken := newHost(t, "--vms", "2", "--fault", "PowerOffVM_Task=,as=reset,max=1")
	s = broken.serve()
	s.run("about")
	if a := s.run("vm.power", "-json", "-off", "ha-host_VM0"); a.exit != 1 || broken.count("PowerOffVM_Task") != 1 {
		t.Errorf("%+v", a)
	}
}

// What is found out by the first look of a command is that the connection was gone: a process would have made a new one.
func TestAConnectionThatIsGone(t *testing.T) {
	h := newHost(t)
	look := []string{"snapshot.tree", "-vm=ha-host_VM0"}
	h.serve().run(look...)
	calls := h.count("RetrievePropertiesEx")
	for skip, exit := range map[int]int{calls: 0, calls + 1: 1} {
		h := newHost(t, "--fault", fmt.Sprintf("RetrievePropertiesEx=,as=reset,skip=%d,max=1", skip))
		s := h.serve()
		if a := s.run(look...); a.exit != 0 {
			t.Errorf("%+v", a)
		}
		if a := s.run(look...); a.exit != exit || h.count("Login") != 1 {
			t.Errorf("after %d calls: %+v", skip, a)
		}
	}
}

// A host that does not answer for want of a session has not said that there is no such VM.
func TestARefusalIsNoAbsence(t *testing.T) {
	refused := 0
	for skip := range 12 {
		h := newHost(t, "--fault", fmt.Sprintf("RetrievePropertiesEx=NotAuthenticated,skip=%d", skip))
		s := h.serve()
		for range 3 {
			a := s.run("vm.info", "-json", "./ha-host_VM0")
			if a.exit == 0 && !strings.Contains(a.out, `"name":"ha-host_VM0"`) {
				t.Errorf("after %d calls: %+v", skip, a)
			}
			refused += a.exit
		}
	}
	if refused < 12 {
		t.Errorf("%d of 36 failed", refused)
	}
}

func TestAPasswordThatIsRefused(t *testing.T) {
	h := newHost(t)
	s := h.serve("GOVC_PASSWORD=wrong")
	a := s.run("vm.info", "-json", "ha-host_VM0")
	if a.exit != 1 || !strings.Contains(a.err, "incorrect user name or password") || h.count("Login") != 1 {
		t.Errorf("%d logins, %+v", h.count("Login"), a)
	}
}

func TestWithoutTheClientThatIsKept(t *testing.T) {
	h := newHost(t)
	s := h.serve()
	s.run("about")
	_ = os.RemoveAll(filepath.Join(s.home, "sessions"))
	s.run("about")
	if h.count("Login") != 1 {
		t.Errorf("%d logins", h.count("Login"))
	}
	s.begin(request{Argv: []string{"about"}, Login: true})
	s.end()
	if h.count("Login") != 2 {
		t.Errorf("%d logins", h.count("Login"))
	}
}

func TestAClientThatWasIdleIsCheckedAnew(t *testing.T) {
	h := newHost(t)
	for _, setting := range h.environment("") {
		name, value, _ := strings.Cut(setting, "=")
		if name != "GOVMOMI_HOME" { // read when the program started
			t.Setenv(name, value)
		}
	}
	nothing, _ := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	r := &runner{nothing: nothing}
	calls := func() int {
		before := h.count("")
		if exit, served := r.run(context.Background(), request{Argv: []string{"about"}}, func(reply) {}); exit != 0 || !served {
			t.Errorf("exit code %d, %v", exit, served)
		}
		return h.count("") - before
	}
	calls()
	if n := calls(); n != 0 {
		t.Errorf("%d calls", n)
	}
	r.kept.used = time.Now().Add(-trustedFor - time.Second)
	if n := calls(); n != 1 || h.count("Login") != 1 {
		t.Errorf("%d calls, %d logins", n, h.count("Login"))
	}
}

func TestCancel(t *testing.T) {
	h := newHost(t)
	s := h.serve()
	s.run("about")
	for _, argv := range [][]string{{"vm.ip", "-wait=1h", "ha-host_VM0"}, {"object.collect", "-n=1000", "vm/ha-host_VM0", "name"}} {
		s.begin(request{Argv: argv})
		s.write(`{"cancel":123456}`)
		time.Sleep(300 * time.Millisecond)
		s.write(fmt.Sprintf(`{"cancel":%d}`, s.last))
		begun := time.Now()
		s.end()
		if took := time.Since(begun); took > patience/2 {
			t.Errorf("%q: %v", argv, took)
		}
		s.write(fmt.Sprintf(`{"cancel":%d}`, s.last)) // too late
		if a := s.run("vm.info", "-json", "ha-host_VM0"); a.exit != 0 || a.out == "" {
			t.Errorf("%+v", a)
		}
	}
	if h.count("Login") != 1 {
		t.Errorf("%d logins", h.count("Login"))
	}
}

func TestOutputComesAsItIsPrinted(t *testing.T) {
	h := newHost(t, "--delay", "upload=1500")
	ova := filepath.Join(h.files, "small.ova")
	makeOVA(t, ova)
	s := h.serve()
	s.begin(request{Argv: []string{"import.ova", "-name=web", ova}})
	for said := ""; !strings.Contains(said, "Uploading"); {
		piece, _ := s.next()
		if piece.Exit != nil {
			t.Fatalf("%+v", piece)
		}
		said += string(piece.Out)
	}
	if vms := h.must("vm.info", "web"); strings.Contains(vms, "poweredOn") {
		t.Error(vms)
	}
	if a := s.end(); a.exit != 0 || a.pieces == 0 || !strings.HasSuffix(a.out, "OK\n") {
		t.Errorf("%+v", a)
	}
}

func TestEndsWithItsInput(t *testing.T) {
	h := newHost(t)
	s := h.serve()
	s.begin(request{Argv: []string{"vm.ip", "-wait=1h", "ha-host_VM0"}})
	time.Sleep(300 * time.Millisecond)
	_ = s.in.Close()
	if code := s.ends(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, nonsense := range []string{"hello", `{"id":1,"argv":"about"}`, "[]", `{"id":1,"argv":["about"]`, "\x00"} {
		s := h.serve()
		_, _ = io.WriteString(s.in, nonsense+"\n")
		_ = s.in.Close()
		if code := s.ends(); code != 2 {
			t.Errorf("%q: exit code %d", nonsense, code)
		}
	}
}

func TestNothingPilesUp(t *testing.T) {
	h := newHost(t)
	s := h.serve()
	open := func() int {
		entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	run := func(n int) {
		for range n {
			s.run("object.collect", "-json", "vm/ha-host_VM0", "name")
			s.run("vm.info", "-json", "nosuch")
			s.run("vm.power", "-json", "-on", "ha-host_VM0")
		}
	}
	run(5)
	before := open()
	run(40)
	if after := open(); after > before+3 {
		t.Errorf("%d descriptors, then %d", before, after)
	}
}

func TestKnowsItsCommands(t *testing.T) {
	for name := range runHere {
		if name != "collect" && cli.Commands()[name] == nil {
			t.Errorf("there is no %s", name)
		}
	}
}

// Where sessions are kept is decided before any test runs.
func TestMain(m *testing.M) {
	if os.Getenv("GOVMOMI_HOME") != "" {
		os.Exit(m.Run())
	}
	home, err := os.MkdirTemp("", "govc-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(home)
	self := exec.Command(os.Args[0], os.Args[1:]...)
	self.Env = append(os.Environ(), "GOVMOMI_HOME="+home)
	self.Stdout, self.Stderr = os.Stdout, os.Stderr
	if err := self.Run(); err != nil {
		_ = os.RemoveAll(home)
		os.Exit(1)
	}
}
