package s3server

import (
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
)

// run is one life of the server's process.
type run struct {
	cmd  *exec.Cmd
	done chan struct{}
	// err is how it ended; to be read after done.
	err error

	mu  sync.Mutex
	log strings.Builder
}

// launch starts a process that dies with this one. Linux ties that to the
// thread that started it, so a goroutine keeps that thread until the end.
func launch(path string, args []string) *run {
	r := &run{cmd: exec.Command(path, args...), done: make(chan struct{})}
	r.cmd.Stdout, r.cmd.Stderr = r, r
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
	if r == nil {
		return
	}
	if r.cmd.Process != nil {
		_ = r.cmd.Process.Kill() // An error means that it has ended.
	}
	<-r.done
}

// Write takes the process's output.
func (r *run) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Write(p)
}

func (r *run) output() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}
