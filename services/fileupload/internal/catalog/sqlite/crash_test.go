package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/catalog/sqlite"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// crashEnv makes the test binary the child that is killed: it holds the path
// of the catalog.
const crashEnv = "SLUICE_TEST_CRASH_CATALOG"

// What was committed is there after the process was killed at any moment, and
// a change that was cut short is there as a whole or not at all.
func TestKilledProcessLosesNoCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	var committed []string
	for range 20 {
		committed = append(committed, runAndKill(t, path, 1+rand.IntN(40))...)
		catalog, err := sqlite.Open(t.Context(), path)
		require.NoError(t, err)
		for _, id := range committed {
			requireWhole(t, catalog, id)
		}
		files, err := catalog.ListFiles(t.Context(), core.FileQuery{Tenant: "acme", Limit: 1 << 20})
		require.NoError(t, err)
		for i := range files {
			requireWhole(t, catalog, files[i].ID)
		}
		require.NoError(t, catalog.Close())
	}
}

// runAndKill lets a child commit, kills it right after it told of so many
// commits, in the middle of the next, and returns all that it told of.
func runAndKill(t *testing.T, path string, commits int) []string {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	child := exec.CommandContext(t.Context(), binary)
	child.Env = append(os.Environ(), crashEnv+"="+path)
	child.Stderr = os.Stderr
	output, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())

	var told []string
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		told = append(told, lines.Text())
		if len(told) == commits {
			require.NoError(t, child.Process.Kill())
		}
	}
	require.NoError(t, lines.Err())
	require.Error(t, child.Wait(), "the child ends only by being killed")
	require.GreaterOrEqual(t, len(told), commits)
	return told
}

// commitUntilKilled is the child: it tells each identifier once it is
// committed.
func commitUntilKilled(path string) int {
	err := commitForever(context.Background(), path, os.Stdout)
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func commitForever(ctx context.Context, path string, tell io.Writer) error {
	catalog, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	for {
		id := uuid.NewString()
		upload, file := finishedUpload(id)
		if err := catalog.CompleteUpload(ctx, upload, file); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(tell, id); err != nil {
			return err
		}
	}
}

func finishedUpload(id string) (core.Upload, core.File) {
	now := time.Now().UTC()
	upload := core.Upload{
		UploadKey: core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: id},
		FileID:    id, Status: core.Available, Receipt: &core.Receipt{FileID: id},
		CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(time.Hour),
	}
	return upload, core.File{ID: id, Tenant: "acme", Owner: "ann", CreatedAt: now, UpdatedAt: now}
}

// requireWhole checks that both halves of a completion are there.
func requireWhole(t *testing.T, catalog core.Catalog, id string) {
	t.Helper()
	_, err := catalog.FindFile(t.Context(), "acme", id)
	require.NoError(t, err, id)
	upload, err := catalog.FindUpload(t.Context(), core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: id})
	require.NoError(t, err, id)
	require.Equal(t, id, upload.Receipt.FileID)
}
