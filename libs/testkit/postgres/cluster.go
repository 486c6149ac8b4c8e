package postgres

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// superuser is the role that the tests connect as.
const superuser = "sluice"

// cluster is a folder that initdb has filled, and who may use it.
type cluster struct {
	// binaries is the folder of PostgreSQL's binaries, dir the cluster's own.
	binaries, dir string
	// owner runs the server; nil is the user of the tests.
	owner    *syscall.Credential
	password string
}

// newCluster makes the folder below that for temporary files, and not below a
// test's, which nobody but its owner may enter.
func newCluster(binaries string) (*cluster, error) {
	owner, err := serverUser()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "sluice-postgres-")
	if err != nil {
		return nil, err
	}
	c := &cluster{binaries: binaries, dir: dir, owner: owner, password: rand.Text()}
	if err := c.initialise(); err != nil {
		return nil, errors.Join(err, c.remove())
	}
	return c, nil
}

// initialise runs initdb. The collation is ICU's for English, as on many a
// server, so that a test sees an order that relies on the default one.
func (c *cluster) initialise() error {
	passwordFile := filepath.Join(c.dir, "password")
	if err := os.WriteFile(passwordFile, []byte(c.password), 0o600); err != nil {
		return err
	}
	if err := c.giveAway(c.dir, passwordFile); err != nil {
		return err
	}
	initdb := exec.Command(filepath.Join(c.binaries, "initdb"),
		"--pgdata="+c.data(), "--no-sync", "--no-instructions",
		"--username="+superuser, "--pwfile="+passwordFile, "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US")
	c.sandbox(initdb)
	if output, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb (is it version 15 or newer, and may the server's user enter %s?): %w: %s",
			filepath.Dir(c.dir), err, output)
	}
	return nil
}

// data is PostgreSQL's data directory.
func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *cluster) remove() error { return os.RemoveAll(c.dir) }

// giveAway makes the paths those of the server's user.
func (c *cluster) giveAway(paths ...string) error {
	if c.owner == nil {
		return nil
	}
	for _, path := range paths {
		if err := os.Chown(path, int(c.owner.Uid), int(c.owner.Gid)); err != nil {
			return err
		}
	}
	return nil
}

// sandbox makes cmd run as the server's user, in the cluster's folder and
// without the PG variables of whoever runs the tests.
func (c *cluster) sandbox(cmd *exec.Cmd) {
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	// The end of the tests stops the server at once; SIGKILL would leave its
	// other processes and its shared memory behind.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner, Pdeathsig: syscall.SIGQUIT}
}

// serverUser returns nil when the tests themselves may run the server.
func serverUser() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL refuses to run as root: make a user postgres: %w", err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
