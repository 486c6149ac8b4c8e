package disk_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/disk"
)

// crashEnv makes the test binary the child that is killed: it holds the folder of
// the store.
const crashEnv = "SLUICE_TEST_CRASH_STORE"

// What was put is there after the process was killed at any moment, and what was
// discarded is not. A put that was cut short is there as a whole, damaged, or not at
// all, and can be discarded.
func TestKilledProcessLosesNoPut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	kept := map[string]bool{}
	for range 20 {
		known := runAndKill(t, dir, 1+rand.IntN(60))
		store, err := disk.Open(dir)
		require.NoError(t, err)
		for id, discarded := range known {
			if discarded {
				_, err := store.Open(t.Context(), id)
				require.ErrorIs(t, err, core.ErrNotFound)
				continue
			}
			kept[id] = true
		}
		for _, id := range blobsOf(t, store) {
			if !kept[id] {
				require.NoError(t, store.Discard(t.Context(), id))
			}
		}
		require.ElementsMatch(t, slices.Collect(keysOf(kept)), blobsOf(t, store))
		for id := range kept {
			findBlob(t, store, id, contentOf(id))
		}
		require.NoError(t, store.Close())
	}
	requireNoRoomLost(t, dir, kept)
}

// requireNoRoomLost discards all, after which nothing is left of any pack.
func requireNoRoomLost(t *testing.T, dir string, kept map[string]bool) {
	t.Helper()
	store := openStore(t, dir)
	for id := range kept {
		require.NoError(t, store.Discard(t.Context(), id))
	}
	require.Empty(t, fileNames(t, dir))
}

func keysOf(m map[string]bool) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// contentOf is what the child puts: of several sizes, and made of the identifier.
func contentOf(blobID string) []byte {
	id := blobID[:36]
	return []byte(strings.Repeat(id, 1+int(id[35])*int(id[34])%900))
}

// runAndKill lets a child put and discard, kills it right after it told of so many
// steps, in the middle of the next, and returns what it told of: which blobs it put,
// and whether it discarded them.
func runAndKill(t *testing.T, dir string, steps int) map[string]bool {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	child := exec.CommandContext(t.Context(), binary)
	child.Env = append(os.Environ(), crashEnv+"="+dir)
	child.Stderr = os.Stderr
	output, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())

	told, known := 0, map[string]bool{}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		what, id, _ := strings.Cut(lines.Text(), " ")
		switch what {
		case "put":
			known[id] = false
		case "discarding":
			delete(known, id)
		case "discarded":
			known[id] = true
		}
		told++
		if told == steps {
			require.NoError(t, child.Process.Kill())
		}
	}
	require.NoError(t, lines.Err())
	require.Error(t, child.Wait(), "the child ends only by being killed")
	require.GreaterOrEqual(t, told, steps)
	return known
}

// putUntilKilled is the child.
func putUntilKilled(dir string) int {
	err := putForever(context.Background(), dir, os.Stdout)
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// putForever puts from several goroutines, so that syncs are shared.
func putForever(ctx context.Context, dir string, tell io.Writer) error {
	store, err := disk.Open(dir)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for range 4 {
		group.Go(func() error { return putAndDiscard(ctx, store, tell) })
	}
	return group.Wait()
}

func putAndDiscard(ctx context.Context, store *disk.Store, tell io.Writer) error {
	for {
		id := uuid.Must(uuid.NewV7()).String()
		blobID, err := store.Put(ctx, id, [][]byte{contentOf(id)})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(tell, "put", blobID); err != nil {
			return err
		}
		if rand.IntN(3) > 0 {
			continue
		}
		if err := discard(ctx, store, blobID, tell); err != nil {
			return err
		}
	}
}

func discard(ctx context.Context, store *disk.Store, blobID string, tell io.Writer) error {
	if _, err := fmt.Fprintln(tell, "discarding", blobID); err != nil {
		return err
	}
	if err := store.Discard(ctx, blobID); err != nil {
		return err
	}
	_, err := fmt.Fprintln(tell, "discarded", blobID)
	return err
}
