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
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// guardUsage is a line of `sluice usage --json`.
type guardUsage struct {
	Quota    string `json:"quota"`
	Used     int64  `json:"used"`
	Reserved int64  `json:"reserved"`
	Limit    int64  `json:"limit"`
}

// usage asks the CLI, with a key.
func (g *guard) usage(t *testing.T, key string) map[string]guardUsage {
	t.Helper()
	command := []string{"usage"}
	if g.kind.name != "files" {
		command = append(command, g.kind.name)
	}
	output := guardCommand(t, append(command, "--json", "--addr", g.Addr, "--tls-ca", g.certs.CAFile, "--api-key", key)...)
	usages := map[string]guardUsage{}
	decoder := json.NewDecoder(strings.NewReader(output))
	for decoder.More() {
		var u guardUsage
		require.NoError(t, decoder.Decode(&u), output)
		usages[u.Quota] = u
	}
	return usages
}

// TestQuotaOfFilesHoldsThroughAKill reserves by declared sizes, and has the
// process killed with an upload open.
func TestQuotaOfFilesHoldsThroughAKill(t *testing.T) {
	g := startGuard(t, guardKinds[0], "--quotas-file-bytes", "1MiB", "--quotas-files", "2")
	ctx := bounded(t)
	_, key := g.createKey(t, "acme", "alice")
	_, foreign := g.createKey(t, "umbrella", "bob")
	p := g.dial(t, key)
	content := testkit.NewContent(1, 800<<10)
	u := p.mustBegin(ctx, t, header("large.bin", "large", content.Size()))
	require.NoError(t, u.sendFrom(content, 0, 2*chunkSize))
	p.awaitUpload(ctx, t, "large", receivedAtLeast(2*chunkSize))
	reserved := map[string]guardUsage{
		"file_bytes": {"file_bytes", 0, content.Size(), 1 << 20}, "files": {"files", 0, 1, 2},
	}
	require.Equal(t, reserved, g.usage(t, key))
	for range 2 {
		_, err := p.begun(ctx, header("second.bin", "second", 400<<10))
		requireRefused(t, err, codes.ResourceExhausted, "QUOTA_EXCEEDED")
		g.dial(t, foreign).store(ctx, t, "foreign.bin", testkit.NewContent(2, 300<<10))
		g.Restart() // Kills.
		require.Equal(t, reserved, g.usage(t, key), "reserved through the crash")
	}
	t.Run("the_upload_has_its_room", func(t *testing.T) {
		p.mustResume(ctx, t, "large.bin", "large", content)
		require.Equal(t, guardUsage{"file_bytes", content.Size(), 0, 1 << 20}, g.usage(t, key)["file_bytes"])
	})
	t.Run("an_abort_gives_back", func(t *testing.T) {
		u := p.mustBegin(ctx, t, header("other.bin", "other", 200<<10))
		g.Restart()
		require.Error(t, u.ended())
		require.Equal(t, int64(200<<10), g.usage(t, key)["file_bytes"].Reserved)
		_, err := p.files.AbortUpload(ctx, &fileuploadv1.AbortUploadRequest{UploadId: "other"})
		require.NoError(t, err)
		require.Equal(t, guardUsage{"files", 1, 0, 2}, g.usage(t, key)["files"])
	})
	t.Run("the_number_of_files", func(t *testing.T) {
		p.store(ctx, t, "small.bin", testkit.NewContent(3, 10))
		_, err := p.begun(ctx, header("third.bin", "third", 10))
		requireRefused(t, err, codes.ResourceExhausted, "QUOTA_EXCEEDED")
	})
}

// begun begins an upload and waits for the server's answer.
func (p guardPeer) begun(ctx context.Context, first *fileuploadv1.UploadFileRequest) (*upload, error) {
	u, err := p.begin(ctx, first)
	if err != nil {
		return nil, err
	}
	_, err = u.hello()
	return u, err
}

// TestQuotaOfADayHoldsThroughAKill fills the quota of points and of entries.
func TestQuotaOfADayHoldsThroughAKill(t *testing.T) {
	for _, kind := range guardKinds[1:] {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			quota := map[string]string{"points": "points", "logs": "entries"}[kind.name]
			g := startGuard(t, kind, "--quotas-"+quota+"-per-day", "4")
			ctx := bounded(t)
			_, key := g.createKey(t, "acme", "alice")
			p, work := g.dial(t, key), newWork()
			open := kind.open(ctx, t, p, work)
			require.NoError(t, open.send())
			require.NoError(t, open.finish())
			require.Equal(t, int64(2), g.usage(t, key)[quota+"_per_day"].Used)
			g.Restart()
			require.Equal(t, int64(2), g.usage(t, key)[quota+"_per_day"].Used)
			open = kind.open(ctx, t, p, newWork())
			require.NoError(t, open.send())
			require.NoError(t, open.send(), "a frame beyond the quota is refused when it arrives")
			requireRefused(t, open.finish(), codes.ResourceExhausted, "QUOTA_EXCEEDED")
			require.Equal(t, int64(4), g.usage(t, key)[quota+"_per_day"].Used)
			_, foreign := g.createKey(t, "umbrella", "bob")
			require.NoError(t, kind.open(ctx, t, g.dial(t, foreign), newWork()).finish(), "another tenant has its own")
		})
	}
}

// TestLowDiskRefusesNewWorkAndFinishesOld fills a small disk and clears it.
func TestLowDiskRefusesNewWorkAndFinishesOld(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind guardKind) {
		t.Helper()
		disk := testkit.SmallDisk(t, 200<<20)
		g := startGuardIn(t, kind, filepath.Join(disk, "sluice"), lowDiskArgs(kind)...)
		ctx := bounded(t)
		p := g.always(t)
		open := kind.open(ctx, t, p, newWork())
		ballast := filepath.Join(disk, "ballast")
		testkit.NewContent(51, freeBytes(t, disk)-(40<<20)).WriteFile(t, ballast)
		require.Eventually(t, func() bool { return refusalOf(kind.probe(ctx, p)).reason == "STORAGE_LOW" },
			awaitTime, 100*time.Millisecond)
		r := requireRefused(t, kind.probe(ctx, p), codes.ResourceExhausted, "STORAGE_LOW")
		require.Positive(t, r.retryAfter)
		require.NoError(t, open.send())
		require.NoError(t, open.finish(), "what was begun finishes")
		require.NoError(t, os.Remove(ballast))
		require.Eventually(t, func() bool { return kind.probe(ctx, p) == nil }, awaitTime, 100*time.Millisecond)
	})
}

func lowDiskArgs(kind guardKind) []string {
	args := []string{"--storage-low-watermark", "64MiB"}
	if kind.name == "files" {
		return args
	}
	return append(args, "--journal-min-free-space", "16MiB", "--journal-segment-size", "8MiB")
}
