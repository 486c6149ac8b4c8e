package postgres

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// query runs SQL with psql and returns its rows, one a line.
func query(t *testing.T, url, sql string) string {
	t.Helper()
	output, err := psql(t, url, sql).CombinedOutput()
	require.NoError(t, err, string(output))
	return strings.TrimSpace(string(output))
}

// psql has a minute.
func psql(t *testing.T, url, sql string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, filepath.Join(needBinaries(t), "psql"),
		"-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, url)
}

func TestCommittedRowsOutliveAKill(t *testing.T) {
	s := Start(t)
	addr, url := s.Addr, s.NewDatabase(t)
	query(t, url, "CREATE TABLE rows (id int); INSERT INTO rows SELECT generate_series(1, 1000)")
	s.Kill(t)
	s.Kill(t)
	require.Error(t, psql(t, url, "SELECT 1").Run())
	s.Restart(t)
	require.Equal(t, addr, s.Addr)
	require.Equal(t, "1000", query(t, url, "SELECT count(*) FROM rows"))
}

func TestKillLeavesNoProcessInAQuery(t *testing.T) {
	s := Start(t)
	sleeper := psql(t, s.NewDatabase(t), "SELECT pg_sleep(50)")
	require.NoError(t, sleeper.Start())
	url := s.NewDatabase(t)
	require.Eventually(t, func() bool {
		return query(t, url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1"
	}, 30*time.Second, 50*time.Millisecond)

	s.Kill(t)
	require.Error(t, sleeper.Wait())
	require.Empty(t, processesIn(t, s.cluster.data()))
}

// processesIn returns the processes whose working folder is dir.
func processesIn(t *testing.T, dir string) []string {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	require.NoError(t, err)
	var found []string
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && target == dir {
			found = append(found, link)
		}
	}
	return found
}

func TestProcessesInFindsThoseOfARunningServer(t *testing.T) {
	require.NotEmpty(t, processesIn(t, Shared(t).cluster.data()))
}

func TestStopIsOrderly(t *testing.T) {
	s := Start(t)
	url := s.NewDatabase(t)
	s.Stop(t)
	require.NoError(t, s.run.err)
	require.Contains(t, s.run.output.String(), "database system is shut down")
	require.Error(t, psql(t, url, "SELECT 1").Run())
	s.Restart(t)
	require.NotContains(t, s.run.output.String(), "automatic recovery")
	require.Equal(t, "1", query(t, url, "SELECT 1"))
}

func TestSettingsReachTheServer(t *testing.T) {
	url := Start(t, "fsync=on", "max_connections=7").NewDatabase(t)
	require.Equal(t, "on|7", query(t, url,
		"SELECT current_setting('fsync'), current_setting('max_connections')"))
	require.Equal(t, "off", query(t, Shared(t).NewDatabase(t), "SHOW fsync"))
}

func TestAWrongSettingIsTold(t *testing.T) {
	_, err := start(needBinaries(t), []string{"no_such_setting=1"})
	require.ErrorContains(t, err, "ended before it was ready")
	require.ErrorContains(t, err, `unrecognized configuration parameter "no_such_setting"`)
}

func TestTheEndOfATestRemovesItsServer(t *testing.T) {
	var s *Server
	t.Run("starts", func(t *testing.T) { s = Start(t) })
	require.NoDirExists(t, s.cluster.dir)
	require.Empty(t, processesIn(t, s.cluster.data()))
}

func TestAServerWithoutItsPasswordIsClosed(t *testing.T) {
	url := strings.Replace(Shared(t).NewDatabase(t), Shared(t).cluster.password, "wrong", 1)
	output, err := psql(t, url, "SELECT 1").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(output), "password authentication failed")
}
