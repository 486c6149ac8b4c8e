package postgres

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// orphanEnv makes a test process start a server and wait to be killed.
const orphanEnv = "SLUICE_POSTGRES_ORPHAN"

func TestAKilledTestProcessLeavesNoServer(t *testing.T) {
	if os.Getenv(orphanEnv) != "" {
		beKilled(t)
	}
	needBinaries(t)
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), orphanEnv+"=1")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	pid, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
	number, err := strconv.Atoi(pid)
	require.NoError(t, err)
	defer func() { require.NoError(t, os.RemoveAll(dir)) }()
	fd, err := unix.PidfdOpen(number, 0)
	require.NoError(t, err)

	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	child{fd: fd}.wait()
	require.Empty(t, processesIn(t, dir+"/data"))
}

func beKilled(t *testing.T) {
	t.Helper()
	s, err := start(needBinaries(t), nil)
	require.NoError(t, err)
	_, err = fmt.Fprintln(os.Stdout, s.run.cmd.Process.Pid, s.cluster.dir)
	require.NoError(t, err)
	select {}
}
