package postgres

import (
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// outputDelay bounds how long the end of a run waits for processes that have
// outlived the server and still hold its stderr.
const outputDelay = 10 * time.Second

// run is one life of a server.
type run struct {
	cmd    *exec.Cmd
	output *output
	done   chan struct{}
	// err is how it ended; to be read after done.
	err error
}

// launch starts a server that ends with this process. Linux ties that to the
// thread that started it, so a goroutine keeps that thread until the end.
func launch(cmd *exec.Cmd) *run {
	r := &run{cmd: cmd, output: newOutput(), done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = r.output, r.output, outputDelay
	started := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(r.done)
		r.err = cmd.Start()
		close(started)
		if r.err == nil {
			r.err = cmd.Wait()
		}
	}()
	<-started
	return r
}

// signal does nothing to a server that has ended.
func (r *run) signal(signal syscall.Signal) {
	if r.cmd.Process != nil {
		// An error means that it has ended.
		_ = r.cmd.Process.Signal(signal)
	}
}

// kill ends the server and all its processes at once, as a power cut does.
// PostgreSQL's processes are in no group with the server, and one that is in a
// query could still commit after the server's death, so each is killed; the
// stopped server can neither start another nor reap one, whose number would be
// free for a stranger.
func (r *run) kill() error {
	r.signal(syscall.SIGSTOP)
	children, err := r.children()
	for _, child := range children {
		// The only error that can be is that it has ended.
		_ = child.kill()
	}
	r.signal(syscall.SIGKILL)
	<-r.done
	for _, child := range children {
		child.wait()
	}
	return err
}
