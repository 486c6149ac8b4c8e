package clamd

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// startTimeout is for a machine that is busy.
	startTimeout = 60 * time.Second
	// pollInterval is how often a starting server is asked whether it answers.
	pollInterval = 20 * time.Millisecond
	// portTries bounds how often another process may be faster in taking the
	// free port that was found.
	portTries = 5
	// cannotBind is logged by a server that can't have its port and goes on with
	// its unix socket alone.
	cannotBind = "TCP: Cannot bind to"
)

// errPortTaken says that another process listens on the server's port.
var errPortTaken = errors.New("clamd's port is taken by another process")

// Server is a clamd that runs. It is for one goroutine.
type Server struct {
	// Socket is the path of its unix socket, and Addr where it listens for TCP,
	// `host:port`; the same after a restart.
	Socket, Addr string

	binary, dir string
	settings    []string
	run         *run
}

// Start returns when clamd answers. Each setting is a line of clamd.conf and
// counts before the defaults: streams of at most 1 MiB (`StreamMaxLength 1M`),
// an alert for what exceeds clamd's limits (`AlertExceedsMax yes`), 4 threads.
// The server ends with the test, and a failed test shows its log.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	s, err := start(needBinary(t), settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Kill()
		if err := os.RemoveAll(s.dir); err != nil {
			t.Errorf("can't clean up after clamd: %v", err)
		}
		if t.Failed() {
			t.Logf("the log of clamd:\n%s", s.run.output)
		}
	})
	return s
}

// Kill ends the server with SIGKILL and returns when it is gone. It does nothing
// to one that has ended.
func (s *Server) Kill() {
	s.run.signal(syscall.SIGKILL)
	<-s.run.done
}

// Restart kills the server if it runs, and returns when it answers again at the
// same addresses.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Kill()
	if err := s.serve(); err != nil {
		t.Fatal(err)
	}
}

// start makes a folder below that for temporary files, and not below a test's,
// whose path may be too long for a unix socket.
func start(binary string, settings []string) (*Server, error) {
	dir, err := os.MkdirTemp("", "sluice-clamd-")
	if err != nil {
		return nil, err
	}
	s := &Server{Socket: filepath.Join(dir, "clamd.sock"), binary: binary, dir: dir, settings: settings}
	for range portTries {
		if err = s.configure(); err != nil {
			break
		}
		if err = s.serve(); !errors.Is(err, errPortTaken) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// serve starts the server and waits until it answers.
func (s *Server) serve() error {
	s.run = launch(exec.Command(s.binary, "--config-file="+s.configFile()))
	deadline := time.After(startTimeout)
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if strings.Contains(s.run.output.String(), cannotBind) {
				s.Kill()
				return errPortTaken
			}
			if s.answers() {
				return nil
			}
		case <-s.run.done:
			return fmt.Errorf("clamd ended before it answered: %w; its log:\n%s", s.run.err, s.run.output)
		case <-deadline:
			s.Kill()
			return fmt.Errorf("clamd does not answer after %v; its log:\n%s", startTimeout, s.run.output)
		}
	}
}

// answers tells whether the server answers PING at both addresses.
func (s *Server) answers() bool {
	return ping("unix", s.Socket) && ping("tcp", s.Addr)
}

func ping(network, address string) bool {
	conn, err := net.Dial(network, address)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return false
	}
	if _, err := io.WriteString(conn, "zPING\x00"); err != nil {
		return false
	}
	answer, err := io.ReadAll(conn)
	return err == nil && string(answer) == "PONG\x00"
}
