package tests

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// fsckFiles has the CLI check the folder of a file service.
func fsckFiles(t *testing.T, dataDir string, args ...string) testkit.Outcome {
	t.Helper()
	args = append([]string{"fsck", "--binary", serverBinary(t), "--deep", dataDir}, args...)
	return testkit.Run(t, testTime, testkit.Build(t, "tools", "./cmd/sluice"), args...)
}

func TestFsckComparesFilesWithTheirContent(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(601, 1<<20)
	whole := s.store(ctx, t, "whole.bin", testkit.NewContent(602, 4096)).GetFileId()
	rotten := s.store(ctx, t, "rotten.bin", content).GetFileId()
	outcome := fsckFiles(t, s.dataDir)
	require.Equal(t, 1, outcome.ExitCode)
	require.Contains(t, outcome.Output, "is used by another process")

	require.NoError(t, s.Terminate(time.Minute))
	outcome = fsckFiles(t, s.dataDir)
	require.Zero(t, outcome.ExitCode, outcome.Output)
	require.Regexp(t, `problems +none\nleftovers +none\n`, outcome.Output)

	damage(t, s.dataDir, rotten)
	outcome = fsckFiles(t, s.dataDir)
	require.Equal(t, 1, outcome.ExitCode)
	require.Regexp(t, `damaged_content +default +`+rotten+` +`+rotten+` +has another SHA-256 than its receipt says`, outcome.Output)
	require.NotContains(t, outcome.Output, whole)
	s.Restart()
	s.requireStored(bounded(t), t, whole, "whole.bin", testkit.NewContent(602, 4096))
}

// What a crash leaves is no damage, whenever it comes.
func TestFsckFindsNothingLostAfterKill9(t *testing.T) {
	s := startServer(t, "--checkpoint-bytes", "1MiB")
	load := newWorkload(s.peer, seed(t))
	for range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), testTime)
		ended := make(chan error, 1)
		go func() { ended <- load.run(ctx) }()
		select {
		case err := <-ended:
			require.NoError(t, err, "the workload failed before the crash")
		case <-time.After(300 * time.Millisecond):
		}
		s.Kill9()
		cancel()
		<-ended
		outcome := fsckFiles(t, s.dataDir, "--json")
		require.Zero(t, outcome.ExitCode, outcome.Output)
		s.Restart()
		load.check(bounded(t), t)
	}
	// The service has removed what the crashes had left, but for uploads that go on.
	require.NoError(t, s.Terminate(time.Minute))
	outcome := fsckFiles(t, s.dataDir, "--json")
	require.Zero(t, outcome.ExitCode, outcome.Output)
	var report struct {
		Files     int64 `json:"files"`
		Leftovers []struct {
			Kind string `json:"kind"`
		} `json:"leftovers"`
	}
	require.NoError(t, json.Unmarshal([]byte(outcome.Output), &report))
	require.Positive(t, report.Files)
	for _, left := range report.Leftovers {
		require.NotEqual(t, "unknown_part", left.Kind, "a start removes those")
	}
	s.Restart()
}

// getFile asks for a file.
func (p peer) getFile(ctx context.Context, t *testing.T, id string) *fileuploadv1.File {
	t.Helper()
	file, err := p.files.GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: id})
	require.NoError(t, err)
	return file.GetFile()
}

func TestTheScrubberFindsAFlippedByteBesideServing(t *testing.T) {
	s := startServer(t, "--scrub-interval", "200ms")
	ctx := bounded(t)
	content := testkit.NewContent(603, 1<<20)
	rotten := s.store(ctx, t, "rotten.bin", content).GetFileId()
	paths, err := filepath.Glob(filepath.Join(s.dataDir, "blobs", "*", rotten))
	require.NoError(t, err)
	require.Len(t, paths, 1)
	original, err := os.ReadFile(paths[0])
	require.NoError(t, err)

	damage(t, s.dataDir, rotten)
	const patience, often = 30 * time.Second, 50 * time.Millisecond
	require.Eventually(t, func() bool {
		file := s.getFile(ctx, t, rotten)
		return file.GetDamageTime() != nil && file.GetDamage() != ""
	}, patience, often)
	require.Eventually(t, func() bool {
		metrics := s.get(ctx, t, "/metrics")
		return strings.Contains(metrics, "sluice_fileupload_scrub_damaged_contents 1\n") &&
			strings.Contains(metrics, "sluice_fileupload_scrub_damage_found_total 1\n")
	}, patience, often)
	require.Contains(t, s.Logs(), "stored content is damaged")
	again := s.store(ctx, t, "again.bin", content)
	require.False(t, again.GetDeduplicated(), "damaged content is not shared")
	s.requireStored(ctx, t, again.GetFileId(), "again.bin", content)

	require.NoError(t, os.WriteFile(paths[0], original, 0o600))
	require.Eventually(t, func() bool { return s.getFile(ctx, t, rotten).GetDamageTime() == nil }, patience, often)
	s.requireStored(ctx, t, rotten, "rotten.bin", content)
}

func TestADownloadOfTheWholeSavesTheDamageThatItFinds(t *testing.T) {
	s := startServer(t, "--scrub-rate", "0")
	ctx := bounded(t)
	id := s.store(ctx, t, "rotten.bin", testkit.NewContent(604, 1<<20)).GetFileId()
	damage(t, s.dataDir, id)
	_, err := s.download(ctx, id)
	require.Error(t, err)
	require.NotEmpty(t, s.getFile(ctx, t, id).GetDamage())
	require.NotContains(t, s.get(ctx, t, "/metrics"), "sluice_fileupload_scrub_", "nothing is read back")
}
