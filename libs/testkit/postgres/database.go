package postgres

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// NewDatabase makes an empty database and returns its URL, which has the
// superuser's password in it. The database is dropped at the end of the test,
// with the sessions that still use it, if the server runs then.
func (s *Server) NewDatabase(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	if err := s.tool("createdb", "--template=template0", name); err != nil {
		t.Fatalf("can't make a database: %v; PostgreSQL's log:\n%s", err, s.run.output)
	}
	t.Cleanup(func() { s.drop(t, name) })
	address := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, s.cluster.password),
		Host:     s.Addr,
		Path:     name,
		RawQuery: "sslmode=disable",
	}
	return address.String()
}

func (s *Server) drop(t testing.TB, name string) {
	t.Helper()
	select {
	case <-s.run.done:
		return
	default:
	}
	if err := s.tool("dropdb", "--force", name); err != nil {
		t.Errorf("can't drop the test's database: %v", err)
	}
}

// tool runs one of PostgreSQL's client programs as superuser.
func (s *Server) tool(name string, args ...string) error {
	host, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(s.cluster.binaries, name), args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "PGCONNECT_TIMEOUT=30",
		"PGHOST=" + host, "PGPORT=" + port, "PGUSER=" + superuser, "PGPASSWORD=" + s.cluster.password,
	}
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, output)
	}
	return nil
}
