package duckdb_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/journal"
)

// crashEnv makes the test binary the child that is killed: it holds the folder
// of the store.
const crashEnv = "SLUICE_TEST_CRASH_STORE"

// crashSizes are pieces that go into the log, that go over its limit, and that
// go past it.
var crashSizes = []int{1_000, 30_000, 200_000}

// What was applied is there after the process was killed at any moment, and the
// position says exactly what is.
func TestKilledProcessLosesNothing(t *testing.T) {
	dir := t.TempDir()
	var told journal.Position
	for range 12 {
		told = max(told, runAndKill(t, dir, 1+rand.IntN(15)))
		db := openRows(t, dir, duckdb.Options{})
		require.GreaterOrEqual(t, requireWhole(t, db), told)
		require.NoError(t, db.Close())
	}
}

// runAndKill lets a child apply, kills it right after it told of so many
// pieces, in the middle of the next, and returns the position it told last.
func runAndKill(t *testing.T, dir string, pieces int) journal.Position {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	child := exec.CommandContext(t.Context(), binary)
	child.Env = append(os.Environ(), crashEnv+"="+dir)
	child.Stderr = os.Stderr
	output, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())

	told, count := int64(0), 0
	for lines := bufio.NewScanner(output); lines.Scan(); count++ {
		told, err = strconv.ParseInt(lines.Text(), 10, 64)
		require.NoError(t, err)
		if count+1 == pieces {
			require.NoError(t, child.Process.Kill())
		}
	}
	require.Error(t, child.Wait(), "the child ends only by being killed")
	require.GreaterOrEqual(t, count, pieces)
	return journal.Position(told)
}

// applyUntilKilled is the child: it tells each position once that is durable.
func applyUntilKilled(dir string) int {
	err := applyForever(context.Background(), dir, os.Stdout)
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func applyForever(ctx context.Context, dir string, tell io.Writer) error {
	db, err := duckdb.Open(ctx, filepath.Join(dir, "rows.db"), rowsSchema, duckdb.Options{})
	if err != nil {
		return err
	}
	position, err := db.Position(ctx)
	if err != nil {
		return err
	}
	for {
		p := pieceAfter(position, crashSizes[rand.IntN(len(crashSizes))])
		if err := p.apply(ctx, db); err != nil {
			return err
		}
		position = p.end()
		if _, err := fmt.Fprintln(tell, int64(position)); err != nil {
			return err
		}
	}
}
