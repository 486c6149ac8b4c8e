package testkit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// startTimeout bounds the time from starting a service to its "serving"
	// line. Recovery after a crash is in it, on a machine that is busy.
	startTimeout = 60 * time.Second
	// tailLines is how much of the log a failed test shows.
	tailLines = 30
)

// Process is a service that runs. A test uses it from one goroutine, except
// for Logs, PID, PeakRSS and Kill9, which are safe for concurrent use.
type Process struct {
	// Addr and AdminAddr are where the service listens, `host:port`; AdminAddr
	// is empty when it has no admin port.
	Addr, AdminAddr string

	t      testing.TB
	binary string
	args   []string
	run    *run
	// earlier is the log of the runs before a restart.
	earlier string
}

// Start runs a service and returns when it serves, which it tells by a JSON
// log line on stderr with msg "serving" and the fields grpc and admin. The
// process is killed at the end of the test; a failed test shows the end of its
// log, and a log of a panic or a data race fails the test.
func Start(t testing.TB, binary string, args ...string) *Process {
	t.Helper()
	p := &Process{t: t, binary: binary, args: args}
	t.Cleanup(p.cleanup)
	p.start(args)
	return p
}

// Restart ends the process by [Process.Kill9] if it runs, and starts it anew
// at the same addresses with the same arguments and the extra ones behind
// them.
func (p *Process) Restart(extra ...string) {
	p.t.Helper()
	p.Kill9()
	p.earlier += p.run.log.String()
	args := append([]string(nil), p.args...)
	args = append(args, "--listen", p.Addr)
	if p.AdminAddr != "" {
		args = append(args, "--admin-listen", p.AdminAddr)
	}
	p.start(append(args, extra...))
}

// Kill9 ends the process with SIGKILL and returns when it is gone. It does
// nothing to one that has ended.
func (p *Process) Kill9() { p.run.kill() }

// Terminate sends SIGTERM and returns how the process ended, as
// [exec.Cmd.Wait] tells it: nil is exit status 0. A process that is still
// there after timeout is killed, and that is an error.
func (p *Process) Terminate(timeout time.Duration) error {
	p.Signal(syscall.SIGTERM)
	select {
	case <-p.run.done:
		return p.run.err
	case <-time.After(timeout):
		p.run.kill()
		return fmt.Errorf("the process was still there %v after SIGTERM and had to be killed", timeout)
	}
}

// Signal sends a signal; to a process that has ended it does nothing.
func (p *Process) Signal(signal os.Signal) {
	p.t.Helper()
	err := p.run.cmd.Process.Signal(signal)
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Errorf("can't send %v to process %d: %v", signal, p.PID(), err)
	}
}

// Wait returns when the process has ended by itself, and how, as
// [exec.Cmd.Wait] tells it.
func (p *Process) Wait() error {
	<-p.run.done
	return p.run.err
}

// Logs returns what the process has written to stdout and stderr, the runs
// before a restart included.
func (p *Process) Logs() string { return p.earlier + p.run.log.String() }

// PID of the process.
func (p *Process) PID() int { return p.run.cmd.Process.Pid }

// PeakRSS returns the largest resident memory that the running process has had
// since it started, in bytes.
func (p *Process) PeakRSS() (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		return 0, err
	}
	_, rest, ok := bytes.Cut(status, []byte("VmHWM:"))
	if !ok {
		return 0, fmt.Errorf("process %d has no VmHWM: it has ended", p.PID())
	}
	fields := bytes.Fields(rest)
	kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
	return kib << 10, err
}

func (p *Process) start(args []string) {
	p.t.Helper()
	p.run = launch(p.binary, args)
	select {
	case line := <-p.run.log.serving:
		p.Addr, p.AdminAddr = line.GRPC, line.Admin
	case <-p.run.done:
		p.t.Fatalf("%s ended before it served: %v", p.binary, p.run.err)
	case <-time.After(startTimeout):
		p.t.Fatalf("%s does not serve after %v", p.binary, startTimeout)
	}
}

// alarms are what a process never logs unless it has a bug.
var alarms = []string{"WARNING: DATA RACE", "fatal error: ", "panic: ", "panic in a call"}

func (p *Process) cleanup() {
	p.Kill9()
	for _, alarm := range alarms {
		if _, found, ok := strings.Cut(p.Logs(), alarm); ok {
			p.t.Errorf("the log of %s has an alarm: %s%.4000s", p.binary, alarm, found)
		}
	}
	if p.t.Failed() {
		p.t.Logf("the end of the log of %s:\n%s", p.binary, tail(p.Logs(), tailLines))
	}
}

// run is one life of a process.
type run struct {
	cmd  *exec.Cmd
	log  *logBuffer
	done chan struct{}
	// err is how it ended; to be read after done.
	err error
}

// launch starts a process that dies with this one. Linux ties that to the
// thread that started it, so a goroutine keeps that thread until the end.
func launch(binary string, args []string) *run {
	r := &run{cmd: exec.Command(binary, args...), log: newLogBuffer(), done: make(chan struct{})}
	r.cmd.Stdout, r.cmd.Stderr = r.log, r.log
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	started := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(r.done)
		r.err = r.cmd.Start()
		close(started)
		if r.err == nil {
			r.err = r.cmd.Wait()
		}
	}()
	<-started
	return r
}

func (r *run) kill() {
	if r.cmd.Process != nil {
		// An error means that it has ended.
		_ = r.cmd.Process.Kill()
	}
	<-r.done
}
