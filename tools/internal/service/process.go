// Package service runs the executable of a Sluice service as a child process.
package service

import (
	"context"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

const (
	// startTimeout bounds the time until a service serves. Recovery after a
	// kill reads no file content, so it is short even then.
	startTimeout = 20 * time.Second
	// stopTimeout bounds a stop: a little more than the service's own bound on
	// its drain.
	stopTimeout = 35 * time.Second
)

// Process is a running service. Safe for concurrent use.
type Process struct {
	cmd  *exec.Cmd
	log  *logTail
	at   Serving
	done chan struct{}
	// waitErr is set before done is closed.
	waitErr error
}

// Start runs the executable and returns once it serves. A service that ends
// instead, or does not serve within 20 seconds, is an error that has the end of
// its log. The caller ends the process with [Process.Kill] or [Process.Stop].
//
// The process has a process group of its own, so that an interrupt from the
// terminal reaches only the caller, who then stops it in order.
func Start(ctx context.Context, executable string, args ...string) (*Process, error) {
	// ctx bounds the start only: the process ends in order, by its owner.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), executable, args...)
	cmd.SysProcAttr = ownGroup()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", executable, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", executable, err)
	}
	p := &Process{cmd: cmd, log: newLogTail(), done: make(chan struct{})}
	go func() {
		p.log.readAll(stderr)
		p.waitErr = cmd.Wait()
		close(p.done)
	}()
	if err := p.awaitServing(ctx); err != nil {
		p.Kill()
		return nil, err
	}
	return p, nil
}

func (p *Process) awaitServing(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	select {
	case p.at = <-p.log.serving:
		return nil
	case <-p.done:
		return fmt.Errorf("%s ended before it served (%s); its log ends with:\n%s", p.cmd.Path, p.cmd.ProcessState, p.log)
	case <-ctx.Done():
		return fmt.Errorf("%s does not serve: %w; its log ends with:\n%s", p.cmd.Path, ctx.Err(), p.log)
	}
}

// Addr is the address that the service takes calls at, `host:port`.
func (p *Process) Addr() string { return p.at.GRPC }

// AdminAddr is the address of its admin port, empty when it has none.
func (p *Process) AdminAddr() string { return p.at.Admin }

// Pid is the identifier of the process.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Log is the end of what the service has logged, at most 50 lines.
func (p *Process) Log() string { return p.log.String() }

// Kill ends the process at once, as `kill -9` does, and waits for its end. It
// does nothing to one that has ended.
func (p *Process) Kill() {
	// Its error can only say that the process has ended already.
	_ = p.cmd.Process.Kill()
	<-p.done
}

// Stop asks the service to drain, waits for its end, and kills it after 35
// seconds. The error tells that it did not end well.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		<-p.done
		return p.endError()
	}
	select {
	case <-p.done:
		return p.endError()
	case <-time.After(stopTimeout):
		p.Kill()
		return fmt.Errorf("%s did not stop within %s and was killed", p.cmd.Path, stopTimeout)
	}
}

func (p *Process) endError() error {
	if p.waitErr == nil {
		return nil
	}
	return fmt.Errorf("%s: %w; its log ends with:\n%s", p.cmd.Path, p.waitErr, p.log)
}
