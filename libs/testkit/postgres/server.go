package postgres

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const (
	// startTimeout has recovery after a crash in it, on a machine that is busy.
	startTimeout = 60 * time.Second
	// portTries bounds how often another process may be faster in taking the
	// free port that was found.
	portTries = 5
	// portTaken is logged by a server that can't have its port.
	portTaken = "could not create any TCP/IP sockets"
)

// Server is a PostgreSQL that runs. NewDatabase is safe for concurrent use; the
// other methods are for one goroutine.
type Server struct {
	// Addr is where it listens, `host:port`; the same after a restart. A
	// faulty network is put before it.
	Addr string

	cluster   *cluster
	settings  []string
	run       *run
	databases atomic.Int64
}

// Start makes a cluster and returns when it takes connections. Each setting is
// `name=value` as in postgresql.conf. Unless a setting says otherwise fsync is
// off, which loses nothing to [Server.Kill], only to a power cut, and there are
// 100 connections at most. The server ends with the test, and a failed test
// shows its log.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	s, err := start(needBinaries(t), settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Errorf("can't clean up after PostgreSQL: %v", err)
		}
		if t.Failed() {
			t.Logf("the log of PostgreSQL:\n%s", s.run.output)
		}
	})
	return s
}

// Kill ends the server and all its processes with SIGKILL and returns when they
// are gone. It does nothing to a server that has ended.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	if err := s.run.kill(); err != nil {
		t.Fatalf("can't kill all of PostgreSQL: %v", err)
	}
}

// Stop ends the server in an orderly way, with a checkpoint: sessions are ended
// and their transactions rolled back.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.run.signal(syscall.SIGINT)
	select {
	case <-s.run.done:
	case <-time.After(startTimeout):
		t.Fatalf("PostgreSQL does not stop in %v; its log:\n%s", startTimeout, s.run.output)
	}
}

// Restart kills the server if it runs, and returns when it has recovered and
// takes connections again, at the same address.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Kill(t)
	if err := s.serve(); err != nil {
		t.Fatal(err)
	}
}

func start(binaries string, settings []string) (*Server, error) {
	cluster, err := newCluster(binaries)
	if err != nil {
		return nil, err
	}
	s := &Server{cluster: cluster, settings: settings}
	for range portTries {
		if s.Addr, err = freeAddr(); err != nil {
			break
		}
		if err = s.serve(); err == nil || !strings.Contains(s.run.output.String(), portTaken) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, cluster.remove())
	}
	return s, nil
}

// serve starts the server on its address and waits until it is ready.
func (s *Server) serve() error {
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	s.run = launch(s.command(host, port))
	select {
	case <-s.run.output.ready:
		return nil
	case <-s.run.done:
		return fmt.Errorf("PostgreSQL ended before it was ready: %w; its log:\n%s", s.run.err, s.run.output)
	case <-time.After(startTimeout):
		return errors.Join(
			fmt.Errorf("PostgreSQL is not ready after %v; its log:\n%s", startTimeout, s.run.output),
			s.run.kill())
	}
}

func (s *Server) command(host, port string) *exec.Cmd {
	settings := append([]string{
		"listen_addresses=" + host,
		"port=" + port,
		"unix_socket_directories=" + s.cluster.dir,
		"fsync=off",
		"shared_buffers=32MB",
		"max_connections=100",
	}, s.settings...)
	args := []string{"-D", s.cluster.data()}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	cmd := exec.Command(filepath.Join(s.cluster.binaries, "postgres"), args...)
	s.cluster.sandbox(cmd)
	return cmd
}

// close stops the server without a checkpoint and removes its folder.
func (s *Server) close() error {
	s.run.signal(syscall.SIGQUIT)
	select {
	case <-s.run.done:
		return s.cluster.remove()
	case <-time.After(startTimeout):
		return errors.Join(s.run.kill(), s.cluster.remove())
	}
}

// freeAddr returns a loopback address that was free a moment ago.
func freeAddr() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
