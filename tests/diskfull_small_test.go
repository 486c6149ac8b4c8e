package tests

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestFullDiskRefusesSmallFiles fills the disk with files that share packs, until
// neither they nor the catalog have room. What was acknowledged is there, and with a
// little room files can be deleted, whose room is used again.
func TestFullDiskRefusesSmallFiles(t *testing.T) {
	t.Run("tmpfs", func(t *testing.T) { testFullDiskOfSmallFiles(t, testkit.SmallDisk(t, 24<<20)) })
	t.Run("ext4", func(t *testing.T) { testFullDiskOfSmallFiles(t, testkit.NewExt4(t, 32).Data()) })
}

func testFullDiskOfSmallFiles(t *testing.T, disk string) {
	t.Helper()
	dataDir := filepath.Join(disk, "sluice")
	require.NoError(t, os.Mkdir(dataDir, 0o700))
	// With no room at all the catalog can't note a deletion.
	ballast := filepath.Join(disk, "ballast")
	testkit.NewContent(900, 1<<20).WriteFile(t, ballast)
	s := startServerIn(t, dataDir)
	ctx := bounded(t)
	stored := make(map[string]*work)
	require.Less(t, s.fillWithSmallFiles(ctx, t, stored), largestFill, "the disk gets full")
	before := len(stored)
	t.Logf("%d files fit", before)
	s.requireExactly(ctx, t, stored)

	require.NoError(t, os.Remove(ballast))
	for id := range stored {
		if len(stored) == before/2 {
			break
		}
		_, err := s.files.DeleteFile(ctx, &fileuploadv1.DeleteFileRequest{FileId: id})
		require.NoError(t, err)
		delete(stored, id)
	}
	left := len(stored)
	s.fillWithSmallFiles(ctx, t, stored)
	require.Greater(t, len(stored), left, "the room of the deleted ones is used")
	s.requireExactly(ctx, t, stored)
	s.Kill9()
	s.Restart()
	s.requireExactly(ctx, t, stored)
}

// largestFill bounds how many small files are tried.
const largestFill = 5000

// fillWithSmallFiles stores files by their identifiers until ten in a row are
// refused, and returns how many it tried.
func (s *server) fillWithSmallFiles(ctx context.Context, t *testing.T, stored map[string]*work) (tried int) {
	t.Helper()
	for refused := 0; refused < 10 && tried < largestFill; tried++ {
		id := uuid.NewString()
		seed := uint64(len(stored)*largestFill + tried + 900)
		w := &work{id: id, name: fmt.Sprintf("full-%s.bin", id), content: testkit.NewContent(seed, 60_000), whole: true}
		u, err := s.begin(ctx, w.first())
		require.NoError(t, err)
		receipt, err := u.finish()
		if err != nil {
			requireRefused(t, err, codes.ResourceExhausted, "STORAGE_FULL")
			refused++
			continue
		}
		refused = 0
		stored[receipt.GetFileId()] = w
	}
	return tried
}

// requireExactly wants these files to be there and whole, and no others.
func (s *server) requireExactly(ctx context.Context, t *testing.T, stored map[string]*work) {
	t.Helper()
	listed := newWorkload(s.peer, 0).list(ctx, t)
	require.Len(t, listed, len(stored))
	for id, w := range stored {
		require.Contains(t, listed, id)
		s.requireStored(ctx, t, id, w.name, w.content)
	}
}
