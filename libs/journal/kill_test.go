package journal

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// childVariable makes this test program a child that appends to the journal in
// its working folder.
const childVariable = "SLUICE_JOURNAL_CHILD"

// runChild appends from four goroutines and prints the end of each record once
// it is durable.
func runChild() int {
	var keys Keys
	if os.Getenv(childVariable) == "sealed" {
		keys = KeysOf(newTestKeys())
	}
	j, _, err := Open("journal", Options{SegmentBytes: 64 << 10, MinFreeBytes: -1, Keys: keys})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for writer := range 4 {
		go func() {
			for i := 0; ; i++ {
				record := childRecord(fmt.Sprintf("%d-%d", writer, i))
				end, err := j.Append(context.Background(), record)
				if err == nil {
					err = j.Wait(context.Background(), end)
				}
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Fprintf(os.Stdout, "%d %d-%d\n", end, writer, i)
			}
		}()
	}
	select {}
}

// childRecord is a record of up to 10 KiB that its name decides.
func childRecord(name string) []byte {
	return []byte(name + " " + strings.Repeat(name, int(name[len(name)-1]-'0')*200))
}

func startChild(t *testing.T, dir string, keys Keys) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(program)
	mode := "plain"
	if keys != nil {
		mode = "sealed"
	}
	cmd.Dir, cmd.Env = dir, append(os.Environ(), childVariable+"="+mode)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

// collect takes the child's acknowledgements down: n of them, and then, if late
// ones count, those that come after stop until it ends.
func collect(t *testing.T, lines *bufio.Scanner, n int, late bool, stop func()) map[Position]string {
	t.Helper()
	acknowledged := map[Position]string{}
	stopped := false
	for lines.Scan() {
		end, name, ok := strings.Cut(lines.Text(), " ")
		if !ok {
			break // the last line was cut
		}
		position, err := strconv.ParseInt(end, 10, 64)
		require.NoError(t, err)
		if !stopped || late {
			acknowledged[Position(position)] = name
		}
		if !stopped && len(acknowledged) == n {
			stopped = true
			stop()
		}
	}
	require.GreaterOrEqual(t, len(acknowledged), n, "the child ended too early")
	return acknowledged
}

// requireAcknowledged checks that a folder has all that was acknowledged.
func requireAcknowledged(t *testing.T, dir string, acknowledged map[Position]string, keys Keys) {
	t.Helper()
	j, recovery, err := Open(filepath.Join(dir, "journal"), Options{SegmentBytes: 64 << 10, MinFreeBytes: -1, Keys: keys})
	require.NoError(t, err)
	require.Empty(t, recovery.Damages)
	records, damages := readAll(t, j, 0)
	require.Empty(t, damages)
	found := 0
	for _, record := range records {
		name, _, _ := strings.Cut(record.data, " ")
		require.Equal(t, string(childRecord(name)), record.data)
		if want, ok := acknowledged[record.end]; ok {
			require.Equal(t, want, name)
			found++
		}
	}
	require.Len(t, acknowledged, found)
	require.NoError(t, j.Close())
}

func TestKill9LosesNothingAcknowledged(t *testing.T) { bothWays(t, testKill9LosesNothingAcknowledged) }

func testKill9LosesNothingAcknowledged(t *testing.T, keys Keys) {
	dir := t.TempDir()
	all := map[Position]string{}
	for range 3 {
		cmd, lines := startChild(t, dir, keys)
		timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		maps.Copy(all, collect(t, lines, 200, true, func() { _ = cmd.Process.Kill() }))
		timer.Stop()
		require.Error(t, cmd.Wait())
		requireAcknowledged(t, dir, all, keys)
	}
}
