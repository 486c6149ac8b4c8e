package tests

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	usagev1 "github.com/sluice-ingest/sluice/gen/sluice/usage/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// sweepTime bounds how long the server may take to look after what a crash
// left behind.
const sweepTime = 30 * time.Second

// sweepInterval is how often it looks, in place of its default of a minute.
const sweepInterval = "100ms"

// requireNoLeak finishes the uploads, lets the server look after what crashes left
// behind, and wants the data folder to hold each content of a file once and nothing
// else, and the usage to be the sum of the files.
func (l *workload) requireNoLeak(t *testing.T, s *server) {
	t.Helper()
	ctx := bounded(t)
	l.finish(ctx, t)
	s.requireSwept(t)
	l.check(ctx, t)
	listed := l.list(ctx, t)
	s.requireUsage(ctx, t, listed)
	s.requireOnly(t, listed)
}

// requireSwept restarts the server so that it looks often after what it does not
// know, and waits until it has removed all of that.
func (s *server) requireSwept(t *testing.T) {
	t.Helper()
	left := leaveBlob(t, s.dataDir)
	s.Restart("--janitor-interval", sweepInterval, "--lost-expiry", "1ms")
	require.Eventually(t, func() bool {
		// What was set aside is removed when all of it was.
		found, err := readDataFolder(s.dataDir)
		return err == nil && found.blobs[left] == 0 && len(found.lost) == 0
	}, sweepTime, 50*time.Millisecond)
}

// leaveBlob adds a blob that nobody knows, as a crash may, and returns its
// identifier.
func leaveBlob(t *testing.T, dataDir string) string {
	t.Helper()
	made, err := uuid.NewV7()
	require.NoError(t, err)
	id, hash := made.String(), fnv.New32a()
	_, _ = hash.Write([]byte(id))
	folder := fmt.Sprintf("%02x", byte(hash.Sum32()))
	require.NoError(t, os.WriteFile(filepath.Join(dataDir, "blobs", folder, id), []byte("left"), 0o600))
	return id
}

// requireOnly ends the server and wants its folder to hold these files.
func (s *server) requireOnly(t *testing.T, listed map[string]*fileuploadv1.File) {
	t.Helper()
	require.NoError(t, s.Terminate(time.Minute))
	requireNothingElse(t, s.dataDir, listed)
	requirePacked(t, s.dataDir, listed)
	requireSound(t, listed, "--data-dir", s.dataDir)
}

// requireNothingElse wants a data folder to have no part, and no blob but those of
// the files, each content once.
func requireNothingElse(t *testing.T, dataDir string, listed map[string]*fileuploadv1.File) {
	t.Helper()
	found, err := readDataFolder(dataDir)
	require.NoError(t, err)
	require.Empty(t, found.others)
	require.Empty(t, found.parts)
	wanted := contentsOf(listed)
	seen := make(map[string]string)
	for path, sum := range sumsBelow(t, filepath.Join(dataDir, "blobs")) {
		require.Contains(t, wanted, sum, "%s is no file's content", path)
		require.NotContains(t, seen, sum, "%s is there twice", path)
		seen[sum] = path
	}
	for sum, size := range wanted {
		require.True(t, seen[sum] != "" || size <= smallSize, "the %d bytes of %s are nowhere", size, sum)
	}
}

// contentsOf returns the sizes of the contents of files by their SHA-256.
func contentsOf(listed map[string]*fileuploadv1.File) map[string]int64 {
	contents := make(map[string]int64)
	for _, file := range listed {
		contents[file.GetChecksum()] = file.GetSize()
	}
	return contents
}

// requirePacked wants packs to take no more room than the contents need that are in
// no file of their own. Nobody may be writing to them.
func requirePacked(t *testing.T, dataDir string, listed map[string]*fileuploadv1.File) {
	t.Helper()
	const block, header, perPack = 4096, 512, 16 << 10
	found, err := readDataFolder(dataDir)
	require.NoError(t, err)
	packed := contentsOf(listed)
	for _, sum := range sumsBelow(t, filepath.Join(dataDir, "blobs")) {
		delete(packed, sum)
	}
	var needed, taken int64
	for _, size := range packed {
		needed += (size + header + block - 1) / block * block
	}
	for _, room := range found.packs {
		needed += perPack
		taken += room
	}
	require.LessOrEqual(t, taken, needed, "%d contents in %d packs", len(packed), len(found.packs))
}

// requireNoneSetAside wants no content to be kept whose deletion was acknowledged. A
// power cut may bring some back.
func (l *workload) requireNoneSetAside(t *testing.T, s *server) {
	t.Helper()
	deleted := make(map[string]string)
	for _, file := range l.deleted {
		// What goes in one message leaves bytes behind when it has to go again.
		if file.deleted && !file.whole && l.onlyOne(file) {
			deleted[file.content.SHA256()] = file.name
		}
	}
	for path, sum := range sumsBelow(t, filepath.Join(s.dataDir, "lost")) {
		require.NotContains(t, deleted, sum, "%s was deleted", path)
	}
}

// sumsBelow returns the SHA-256 of each file below dir by its path.
func sumsBelow(t *testing.T, dir string) map[string]string {
	t.Helper()
	sums := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return ignoreGone(err)
		}
		sums[path], err = sha256Of(path)
		if os.IsNotExist(err) {
			delete(sums, path)
		}
		return ignoreGone(err)
	})
	require.NoError(t, err)
	return sums
}

func sha256Of(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), err
}

// requireUsage wants the tenant's usage to be the sum of its files.
func (p peer) requireUsage(ctx context.Context, t *testing.T, listed map[string]*fileuploadv1.File) {
	t.Helper()
	var bytes int64
	for _, file := range listed {
		bytes += file.GetSize()
	}
	answer, err := usagev1.NewUsageServiceClient(p.conn).GetUsage(ctx, &usagev1.GetUsageRequest{})
	require.NoError(t, err)
	used := make(map[string]int64)
	for _, usage := range answer.GetUsages() {
		require.Zero(t, usage.GetReserved(), usage.GetQuota())
		used[usage.GetQuota()] = usage.GetUsed()
	}
	require.Equal(t, map[string]int64{"file_bytes": bytes, "files": int64(len(listed))}, used)
}

// requireSound has the service's own check read all content, and wants it to find
// these files, no problem and no leftover.
func requireSound(t *testing.T, listed map[string]*fileuploadv1.File, args ...string) {
	t.Helper()
	args = append([]string{"fsck", "--deep"}, args...)
	outcome := testkit.Run(t, testTime, serverBinary(t), args...)
	require.Zero(t, outcome.ExitCode, outcome.Output)
	var report struct {
		Sound     bool  `json:"sound"`
		Files     int   `json:"files"`
		Uploads   int   `json:"uploads"`
		Leftovers int64 `json:"leftover_count"`
	}
	_, text, found := strings.Cut(outcome.Output, "{")
	require.True(t, found, outcome.Output)
	require.NoError(t, json.Unmarshal([]byte("{"+text), &report), outcome.Output)
	require.True(t, report.Sound, outcome.Output)
	require.Equal(t, len(listed), report.Files)
	require.Zero(t, report.Uploads, outcome.Output)
	require.Zero(t, report.Leftovers, outcome.Output)
}

// receiving counts the uploads that are unfinished: those of which bytes are
// durable, and all.
func (l *workload) receiving(ctx context.Context, t *testing.T) (some, all int) {
	t.Helper()
	request := &fileuploadv1.ListUploadsRequest{
		PageSize: 7,
		Statuses: []fileuploadv1.UploadStatus{fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING},
	}
	for {
		page, err := l.server().files.ListUploads(ctx, proto.CloneOf(request))
		require.NoError(t, err)
		for _, upload := range page.GetUploads() {
			all++
			if upload.GetPosition().GetDurable() > 0 {
				some++
			}
		}
		if page.GetNextCursor() == "" {
			return some, all
		}
		request.Cursor = page.GetNextCursor()
	}
}

// finish goes on with the open uploads up to their receipts.
func (l *workload) finish(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, w := range l.open {
		receipt, err := l.upload(ctx, w)
		require.NoError(t, err, w.name)
		l.keep(receipt.GetFileId(), w)
	}
	l.open = nil
	_, all := l.receiving(ctx, t)
	require.Zero(t, all, "uploads that nobody began")
}
