package duckdb_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	libduckdb "github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb"
)

// crashEnv makes the test binary the child that is killed: it holds the folder
// of the store.
const crashEnv = "SLUICE_TEST_CRASH_STORE"

// crashSizes are batches of a part of a block, which are put together later, and
// of several.
var crashSizes = []int{10, 1_000, 20_000}

// What was applied and deleted is there and gone after the process was killed
// at any moment, and the position says exactly what is.
func TestKilledProcessLosesNothing(t *testing.T) {
	dir := t.TempDir()
	var told int64
	for range 12 {
		told = max(told, runAndKill(t, dir, 1+rand.IntN(40)))
		store := openStore(t, dir, libduckdb.Options{})
		position := requireWhole(t, store)
		require.GreaterOrEqual(t, position, told)
		require.NoError(t, store.Close())
	}
}

// runAndKill lets a child change the store, kills it right after it told of so
// many changes, in the middle of the next, and returns the position it told
// last.
func runAndKill(t *testing.T, dir string, changes int) int64 {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	child := exec.CommandContext(t.Context(), binary)
	child.Env = append(os.Environ(), crashEnv+"="+dir)
	child.Stderr = os.Stderr
	output, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())

	var told int64
	count := 0
	for lines := bufio.NewScanner(output); lines.Scan(); count++ {
		told, err = strconv.ParseInt(lines.Text(), 10, 64)
		require.NoError(t, err)
		if count+1 == changes {
			require.NoError(t, child.Process.Kill())
		}
	}
	require.Error(t, child.Wait(), "the child ends only by being killed")
	require.GreaterOrEqual(t, count, changes)
	return told
}

// changeUntilKilled is the child: it tells each position once that is durable.
func changeUntilKilled(dir string) int {
	err := changeForever(context.Background(), dir, os.Stdout)
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func changeForever(ctx context.Context, dir string, tell io.Writer) error {
	store, err := duckdb.Open(ctx, filepath.Join(dir, "logs.db"), libduckdb.Options{})
	if err != nil {
		return err
	}
	position, err := store.Position(ctx)
	if err != nil {
		return err
	}
	for {
		if rand.IntN(4) == 0 {
			position |= 1
			_, err = store.Delete(ctx, tenant, doomed(), position)
		} else {
			batch := batchAfter(int64(position), crashSizes[rand.IntN(len(crashSizes))])
			position, err = batch.Position, store.Apply(ctx, batch)
		}
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(tell, int64(position)); err != nil {
			return err
		}
	}
}

// doomedApplication has every tenth entry, which deletions select.
const doomedApplication = "doomed"

func doomed() *core.Filter {
	return &core.Filter{Start: math.MinInt64, End: math.MaxInt64, Applications: []string{doomedApplication}}
}

// batchAfter makes the batch after a position, which is twice the ID of the last
// entry before it, and one more after a deletion.
func batchAfter(position int64, size int) *core.Batch {
	g := newGenerator()
	g.next = int(position / 2)
	g.random = rand.New(rand.NewPCG(uint64(position), 0))
	batch := g.batch(size)
	for i := range batch.Rows {
		if batch.Rows[i].ID%10 == 0 {
			batch.Rows[i].Application = doomedApplication
		}
	}
	batch.Position = journal.Position(2 * g.next)
	batch.Producers = []producer.State{{Key: producer.Key{ProducerID: "p"}, Sequence: int64(g.next)}}
	return batch
}

// requireWhole checks that the parts of the store belong together, and returns
// its position.
func requireWhole(t *testing.T, store core.Store) int64 {
	t.Helper()
	now, err := store.Position(t.Context())
	require.NoError(t, err)
	position := int64(now)
	state, err := store.Producer(t.Context(), producer.Key{ProducerID: "p"})
	require.NoError(t, err)
	last, err := store.LastEntryID(t.Context())
	require.NoError(t, err)
	require.Equal(t, position/2, last)
	if last == 0 {
		require.Nil(t, state)
		return position
	}
	require.Equal(t, last, state.Sequence)
	rows, err := store.Count(t.Context(), &core.Count{
		Tenant: tenant, Filter: core.Filter{Start: math.MinInt64, End: math.MaxInt64}, ByApplication: true,
	}, 100)
	require.NoError(t, err)
	kept, marked := int64(0), int64(0)
	for _, row := range rows {
		if row.Application == doomedApplication {
			marked = row.Count
		} else {
			kept += row.Count
		}
	}
	require.Equal(t, last-last/10, kept)
	if position%2 == 1 {
		require.Zero(t, marked)
	}
	found, _, err := store.Search(t.Context(), &core.Search{
		Tenant: tenant, Filter: core.Filter{Start: math.MinInt64, End: math.MaxInt64}, Limit: 50, Bytes: 1 << 20,
	})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	return position
}
