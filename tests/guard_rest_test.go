package tests

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
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

// guardPlant is a text that must not be found where it does not belong.
const guardPlant = "PLANTED-content-of-a-client-0815"

// guardContent is full of it.
var guardContent = []byte(strings.Repeat(guardPlant+"\n", 40_000))

// newOuterKey makes a key file by the CLI.
func newOuterKey(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "outer.json")
	guardCommand(t, "encryption", "create-key", path)
	return path
}

// startSealed starts the file service with a key.
func startSealed(t *testing.T, dataDir, key string) *server {
	t.Helper()
	return startServerIn(t, dataDir, "--encryption-key", key, "--checkpoint-bytes", "256KiB")
}

func plantHeader(id string) *fileuploadv1.UploadFileRequest {
	return header("planted.txt", id, int64(len(guardContent)))
}

// sendPlant sends from an offset up to an end.
func (u *upload) sendPlant(offset, end int64) error {
	for ; offset < end; offset += chunkSize {
		part := guardContent[offset:min(offset+chunkSize, end)]
		if err := u.send(&fileuploadv1.UploadFileRequest{Data: part, Offset: offset}); err != nil {
			return err
		}
	}
	return nil
}

func TestSealedUploadResumesAfterAKill(t *testing.T) {
	dataDir := t.TempDir()
	s := startSealed(t, dataDir, newOuterKey(t))
	ctx := bounded(t)
	u := s.mustBegin(ctx, t, plantHeader("planted"))
	require.NoError(t, u.sendPlant(0, 12*chunkSize))
	s.awaitUpload(ctx, t, "planted", durableAtLeast(6*chunkSize))
	s.Kill9()
	requireNowhere(t, dataDir, guardPlant)
	s.Restart()
	fileID := s.finishPlant(ctx, t, "planted", 6*chunkSize-sealedSegment)
	requireNowhere(t, dataDir, guardPlant)
	s.requirePlant(ctx, t, fileID)
}

// sealedSegment is what more a cut may cost where files are sealed.
const sealedSegment = 64 << 10

// finishPlant goes on from where the server says, which is at least so far.
func (s *server) finishPlant(ctx context.Context, t *testing.T, id string, least int64) (fileID string) {
	t.Helper()
	u := s.mustBegin(ctx, t, plantHeader(id))
	hello, err := u.hello()
	require.NoError(t, err)
	require.GreaterOrEqual(t, hello.GetNext(), least)
	require.NoError(t, u.sendPlant(hello.GetNext(), int64(len(guardContent))))
	receipt, err := u.finish()
	require.NoError(t, err)
	return receipt.GetFileId()
}

// requirePlant reads the file, whole and in ranges that begin and end anywhere.
func (s *server) requirePlant(ctx context.Context, t *testing.T, fileID string) {
	t.Helper()
	whole := int64(len(guardContent))
	for _, span := range [][2]int64{{0, whole}, {0, 1}, {sealedSegment - 1, 2}, {sealedSegment, sealedSegment}, {100_001, 300_007}, {whole - 5, 5}} {
		got, err := s.downloadRange(ctx, fileID, span[0], span[1])
		require.NoError(t, err)
		require.True(t, bytes.Equal(guardContent[span[0]:span[0]+span[1]], got), "%d bytes from %d", span[1], span[0])
	}
}

func (s *server) downloadRange(ctx context.Context, fileID string, offset, length int64) (data []byte, err error) {
	stream, err := s.files.DownloadFile(ctx, &fileuploadv1.DownloadFileRequest{FileId: fileID, Offset: offset, Length: &length})
	if err != nil {
		return nil, err
	}
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return data, nil
		}
		if err != nil {
			return data, err
		}
		data = append(data, message.GetData()...)
	}
}

// requireNowhere wants a text in no file of a folder.
func requireNowhere(t *testing.T, dir, text string) {
	t.Helper()
	require.Empty(t, filesWith(t, dir, text))
}

// filesWith returns the files of a folder that hold a text.
func filesWith(t *testing.T, dir, text string) (found []string) {
	t.Helper()
	looked := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(text)) {
			found = append(found, path)
		}
		looked++
		return err
	}))
	require.Positive(t, looked)
	return found
}

// TestOuterKeyIsRotated goes the way that the CLI's help says, with an upload
// open all the time.
func TestOuterKeyIsRotated(t *testing.T) {
	dataDir, key := t.TempDir(), newOuterKey(t)
	s := startSealed(t, dataDir, key)
	ctx := bounded(t)
	fileID := s.finishPlant(ctx, t, "before", 0)
	u := s.mustBegin(ctx, t, plantHeader("open"))
	require.NoError(t, u.sendPlant(0, 12*chunkSize))
	s.awaitUpload(ctx, t, "open", durableAtLeast(6*chunkSize))
	old := strings.Fields(guardCommand(t, "encryption", "show-key", "-q", key))
	require.Len(t, old, 1)
	guardCommand(t, "encryption", "rotate-key", key)
	s.Restart()
	s.requirePlant(ctx, t, fileID)
	require.NoError(t, s.Terminate(awaitTime))
	guardCommand(t, "encryption", "rewrap", "--data-dir", dataDir, "--key", key)
	guardCommand(t, "encryption", "drop-key", "--yes", key, old[0])
	s.Restart()
	s.requirePlant(ctx, t, fileID)
	s.requirePlant(ctx, t, s.finishPlant(ctx, t, "open", 6*chunkSize-sealedSegment))
	requireNowhere(t, dataDir, guardPlant)
}

func TestAlteredByteOfASealedFileIsFound(t *testing.T) {
	dataDir := t.TempDir()
	s := startSealed(t, dataDir, newOuterKey(t))
	ctx := bounded(t)
	fileID := s.finishPlant(ctx, t, "altered", 0)
	damage(t, dataDir, fileID+"-sealed")
	_, err := s.download(ctx, fileID)
	requireRefused(t, err, codes.DataLoss, "CONTENT_DAMAGED")
	_, err = s.downloadRange(ctx, fileID, 700_000, 10)
	requireRefused(t, err, codes.DataLoss, "CONTENT_DAMAGED")
	_, err = s.downloadRange(ctx, fileID, 0, 10)
	require.NoError(t, err, "the other segments are whole")
}

// TestWrongOuterKeyIsRefusedAtTheStart also tries none, and changes nothing.
func TestWrongOuterKeyIsRefusedAtTheStart(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind guardKind) {
		t.Helper()
		dataDir, key := t.TempDir(), newOuterKey(t)
		args := sealedArgs(kind, key)
		g := startGuardIn(t, kind, dataDir, args...)
		ctx := bounded(t)
		p, work := g.always(t), newWork()
		open := kind.open(ctx, t, p, work)
		g.Kill9()
		require.Error(t, open.ended())
		for name, wrong := range map[string][]string{"another": sealedArgs(kind, newOuterKey(t)), "none": nil} {
			outcome := kind.refuses(t, dataDir, wrong...)
			require.NotZero(t, outcome.ExitCode, name)
			require.Regexp(t, "the key (that )?it was written with", outcome.Output, name)
		}
		g.Restart()
		require.LessOrEqual(t, kind.next(ctx, t, p, work), open.next)
	})
}

func sealedArgs(kind guardKind, key string) []string {
	args := []string{"--encryption-key", key}
	if kind.name != "files" {
		args = append(args, "--encryption-volume-encrypted")
	}
	return args
}

// refuses runs the service, which must not start.
func (k guardKind) refuses(t *testing.T, dataDir string, args ...string) testkit.Outcome {
	t.Helper()
	binary := testkit.Build(t, "services/"+k.service, "./cmd/sluice-"+k.service)
	return testkit.Run(t, 30*time.Second, binary, append([]string{
		"--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--data-dir", dataDir,
	}, args...)...)
}

// TestJournalIsSealed kills a service before its store has anything.
func TestJournalIsSealed(t *testing.T) {
	for _, kind := range guardKinds[1:] {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			dataDir, key := t.TempDir(), newOuterKey(t)
			outcome := kind.refuses(t, dataDir, "--encryption-key", key)
			require.Equal(t, 2, outcome.ExitCode)
			require.Contains(t, outcome.Output, "encryption.volume_encrypted")
			require.Contains(t, outcome.Output, "would stay plain all the same")

			g := startGuardIn(t, kind, dataDir, append(sealedArgs(kind, key), "--store-batch-interval", "1m")...)
			ctx := bounded(t)
			p := g.always(t)
			open := kind.open(ctx, t, p, guardPlant) // It names the source, or the application.
			g.Kill9()
			require.Error(t, open.ended())
			requireNowhere(t, dataDir, guardPlant)
			g.Restart("--store-batch-interval", "50ms")
			g.requireItems(t, guardPlant, 1, 1)
		})
	}
}
