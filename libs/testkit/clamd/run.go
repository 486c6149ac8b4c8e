package clamd

import (
	"bytes"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// run is one life of a server.
type run struct {
	cmd    *exec.Cmd
	output *output
	done   chan struct{}
	// err is how it ended; to be read after done.
	err error
}

// launch starts a server that dies with this process. Linux ties that to the
// thread that started it, so a goroutine keeps that thread until the end.
func launch(cmd *exec.Cmd) *run {
	r := &run{cmd: cmd, output: &output{}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = r.output, r.output
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
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

// output keeps what a server writes. Safe for concurrent use.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write never fails.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
