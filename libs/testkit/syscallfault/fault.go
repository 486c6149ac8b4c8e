package syscallfault

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// attachTime bounds how long strace may take to hold every thread of a process, on
// a machine that is busy.
const attachTime = 30 * time.Second

// Fault is a system call that fails. A test uses it from one goroutine.
type Fault struct {
	t     testing.TB
	cmd   *exec.Cmd
	trace string
	// said is what strace told until it was attached; complete behind ended.
	said  bytes.Buffer
	ended chan struct{}
	hits  int
}

// Rule says which calls fail.
type Rule struct {
	// Error is what they fail with, for example EIO.
	Error string
	// Calls are the names of the system calls, as strace has them.
	Calls []string
	// Paths are those of files and folders, absolute and without links; empty for
	// all. What lies in a folder does not belong to it.
	Paths []string
}

// Inject returns when the calls of the process fail, without any effect. That lasts
// until [Fault.Stop], at most until the end of the test. A process has one fault at a
// time.
func Inject(t testing.TB, pid int, rule Rule) *Fault {
	t.Helper()
	binary, trace := needBinary(t), filepath.Join(t.TempDir(), "trace")
	calls := strings.Join(rule.Calls, ",")
	args := []string{
		"--follow-forks", "--attach", strconv.Itoa(pid), "--output", trace,
		"--signal=none", "--trace=" + calls, "--inject=" + calls + ":error=" + rule.Error,
	}
	for _, path := range rule.Paths {
		args = append(args, "--trace-path="+path)
	}
	f := &Fault{t: t, cmd: exec.Command(binary, args...), trace: trace, ended: make(chan struct{})}
	f.start()
	t.Cleanup(func() { f.Stop() })
	return f
}

// Stop lets the calls work again and returns how many have failed. It does nothing
// to a fault that has been stopped.
func (f *Fault) Stop() (hits int) {
	f.t.Helper()
	select {
	case <-f.ended:
		return f.hits
	default:
	}
	// An error means that strace has ended, with the process.
	_ = f.cmd.Process.Signal(syscall.SIGTERM)
	<-f.ended
	text, err := os.ReadFile(f.trace)
	if err != nil {
		f.t.Fatalf("can't read what strace wrote: %v", err)
	}
	f.hits = bytes.Count(text, []byte("(INJECTED)"))
	return f.hits
}

func (f *Fault) start() {
	f.t.Helper()
	stderr, err := f.cmd.StderrPipe()
	if err == nil {
		err = f.cmd.Start()
	}
	if err != nil {
		f.t.Fatalf("can't run strace: %v", err)
	}
	attached := make(chan struct{})
	go f.listen(stderr, attached)
	select {
	case <-attached:
	case <-f.ended:
		f.t.Fatalf("strace can't attach to the process; are you root? It said:\n%s", f.said.String())
	case <-time.After(attachTime):
		f.Stop()
		f.t.Fatalf("strace did not attach in %v; it said:\n%s", attachTime, f.said.String())
	}
}

// listen reads what strace tells until it ends, and closes attached when it holds
// the process.
func (f *Fault) listen(stderr io.Reader, attached chan<- struct{}) {
	defer close(f.ended)
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		f.said.WriteString(lines.Text() + "\n")
		if attached != nil && strings.Contains(lines.Text(), " attached") {
			close(attached)
			attached = nil
		}
	}
	_ = f.cmd.Wait() // A signal ends it.
}
