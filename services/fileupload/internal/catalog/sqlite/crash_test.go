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
	"golang.org/x/sync/errgroup"

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
		files, err := catalog.ListFiles(t.Context(), core.FileQuery{Tenant: "acme", Status: core.FileAvailable, Limit: 1 << 20})
		require.NoError(t, err)
		for i := range files {
			requireWhole(t, catalog, files[i].ID)
		}
		requireExactUsage(t, catalog)
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

// commitForever commits from several goroutines, so that commits are shared.
func commitForever(ctx context.Context, path string, tell io.Writer) error {
	catalog, err := sqlite.Open(ctx, path)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for range 4 {
		group.Go(func() error { return commitAgainAndAgain(ctx, catalog, tell) })
	}
	return group.Wait()
}

func commitAgainAndAgain(ctx context.Context, catalog core.Catalog, tell io.Writer) error {
	for {
		id := uuid.NewString()
		if err := leaveReservation(ctx, catalog, "unfinished-"+id); err != nil {
			return err
		}
		completion := finished(id)
		completion.Quota = crashQuota
		if _, err := catalog.CompleteUpload(ctx, completion); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(tell, id); err != nil {
			return err
		}
	}
}

// finished is a completion with content of its own.
func finished(id string) core.Completion {
	now := time.Now().UTC()
	return core.Completion{
		Upload: core.Upload{
			UploadKey: core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: id},
			FileID:    id, Status: core.Available, Receipt: &core.Receipt{FileID: id},
			CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(time.Hour),
		},
		File: core.File{
			ID: id, BlobID: id, Tenant: "acme", Owner: "ann", Size: 7, Checksum: "content of " + id,
			CreatedAt: now, UpdatedAt: now, Status: core.FileAvailable,
		},
		Own: true,
	}
}

// leaveReservation leaves an upload that is receiving, or gives it up again.
func leaveReservation(ctx context.Context, catalog core.Catalog, id string) error {
	upload := finished(id).Upload
	upload.Status, upload.Receipt, upload.Reserved = core.Receiving, nil, 10
	if err := catalog.CreateUpload(ctx, upload, crashQuota); err != nil {
		return err
	}
	if err := catalog.Reserve(ctx, upload, 25, crashQuota); err != nil {
		return err
	}
	switch rand.IntN(3) {
	case 0:
		return catalog.AbortUpload(ctx, upload.UploadKey, time.Now(), time.Now().Add(time.Hour))
	case 1:
		_, err := catalog.ForgetUpload(ctx, upload)
		return err
	}
	return nil
}

// crashQuota is wide enough for every run.
var crashQuota = core.Quota{Bytes: 1 << 40, Files: 1 << 40}

// requireExactUsage recomputes the usage from the rows.
func requireExactUsage(t *testing.T, catalog core.Catalog) {
	t.Helper()
	files, err := catalog.ListFiles(t.Context(), core.FileQuery{Tenant: "acme", Status: core.FileAvailable, Limit: 1 << 20})
	require.NoError(t, err)
	uploads, err := catalog.ListUploads(t.Context(), core.UploadQuery{
		Tenant: "acme", Subject: "ann", Statuses: []core.Status{core.Receiving}, Limit: 1 << 20,
	})
	require.NoError(t, err)
	want := core.Usage{Files: int64(len(files)), ReservedFiles: int64(len(uploads))}
	for i := range files {
		want.Bytes += files[i].Size
	}
	for i := range uploads {
		want.ReservedBytes += uploads[i].Reserved
	}
	got, err := catalog.Usage(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, want, got)
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
