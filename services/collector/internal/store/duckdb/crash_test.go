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

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb"
)

// crashEnv makes the test binary the child that is killed: it holds the folder
// of the store.
const crashEnv = "SLUICE_TEST_CRASH_STORE"

// crashSizes are batches that go into the log, that go over its limit, and
// that go past it.
var crashSizes = []int{1_000, 30_000, 200_000}

// What was applied is there after the process was killed at any moment, and the
// position says exactly what is.
func TestKilledProcessLosesNothing(t *testing.T) {
	dir := t.TempDir()
	var told int64
	for range 12 {
		told = max(told, runAndKill(t, dir, 1+rand.IntN(25)))
		store := openStore(t, dir, duckdb.Options{})
		position := requireWhole(t, store)
		require.GreaterOrEqual(t, position, told)
		require.NoError(t, store.Close())
	}
}

// runAndKill lets a child apply, kills it right after it told of so many
// batches, in the middle of the next, and returns the position it told last.
func runAndKill(t *testing.T, dir string, batches int) int64 {
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
		if count+1 == batches {
			require.NoError(t, child.Process.Kill())
		}
	}
	require.Error(t, child.Wait(), "the child ends only by being killed")
	require.GreaterOrEqual(t, count, batches)
	return told
}

// applyUntilKilled is the child: it tells each position once that is durable.
func applyUntilKilled(dir string) int {
	err := applyForever(context.Background(), dir, os.Stdout)
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func applyForever(ctx context.Context, dir string, tell io.Writer) error {
	store, err := duckdb.Open(ctx, filepath.Join(dir, "points.db"), duckdb.Options{})
	if err != nil {
		return err
	}
	position, err := store.Position(ctx)
	if err != nil {
		return err
	}
	for {
		batch := batchAfter(int64(position), crashSizes[rand.IntN(len(crashSizes))])
		if err := store.Apply(ctx, batch); err != nil {
			return err
		}
		position = batch.Position
		if _, err := fmt.Fprintln(tell, int64(position)); err != nil {
			return err
		}
	}
}

// batchAfter makes the batch after a position, which is the number of samples
// before it. It replaces the first sample of all, by its position.
func batchAfter(position int64, size int) *core.Batch {
	end := position + int64(size)
	state := producer.State{Key: producer.Key{ProducerID: "p"}, Sequence: end, Counts: map[int32]int64{0: end}}
	batch := &core.Batch{
		Position: journal.Position(end), Producers: []producer.State{state}, Late: []int{0},
		Series: []core.Series{{ID: core.SeriesID(end), Source: fmt.Sprint(end)}},
	}
	for number := position; number < end; number++ {
		id, ts, value := core.SeriesID(1+number%seriesCount), number/seriesCount, float64(number)
		if number == position {
			id, ts, value = 1_000_000, 0, float64(end)
		}
		batch.Samples.Series = append(batch.Samples.Series, id)
		batch.Samples.Timestamps = append(batch.Samples.Timestamps, ts)
		batch.Samples.Values = append(batch.Samples.Values, value)
	}
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
	if position == 0 {
		require.Nil(t, state)
		return 0
	}
	require.Equal(t, position, state.Sequence)
	last, err := store.LastSeriesID(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, position, last)

	batches := int64(0)
	require.NoError(t, store.EachSeries(t.Context(), func(core.Series, int64) error {
		batches++
		return nil
	}))
	extents, err := store.Extents(t.Context(), append(everything(0).Series, 1_000_000))
	require.NoError(t, err)
	samples := int64(0)
	for _, extent := range extents {
		samples += extent.Count
	}
	require.Equal(t, position, samples+batches-1, "one sample of each batch stands in for the same one")
	first, err := store.ReadSamples(t.Context(), core.Range{Series: []core.SeriesID{1_000_000}, End: 1}, nil, 10)
	require.NoError(t, err)
	require.Equal(t, []float64{float64(position)}, first.Values)
	return position
}
