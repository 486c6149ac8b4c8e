package core_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/sealed"
)

// Chunks that fit no segment of 64 KiB, and a checkpoint after every second.
const (
	sealedChunk      = 50_000
	sealedCheckpoint = 4 * sealedChunk
)

// Whatever step of the disk below fails or is the last of a process, a sealed
// upload goes on from what was promised: the SHA-256 state of a checkpoint is
// that of its whole segments.
func TestASealedUploadSurvivesTheFailureOfAnyStep(t *testing.T) {
	content := randomContent(6*sealedChunk + 500)
	keys := sealedKeys(t)
	none := newFaults(fault{})
	_, err := sendSealed(t, sealedUploads(openPlace(t, t.TempDir()), none, keys), content, none, new(int64))
	require.NoError(t, err)
	for _, of := range everyFault(none.counts) {
		t.Run(of.String(), func(t *testing.T) {
			dir, durable := t.TempDir(), int64(0)
			f := newFaults(of)
			_, err := sendSealed(t, sealedUploads(openPlace(t, dir), f, keys), content, f, &durable)
			f.lose(t, dir)
			if err == nil {
				durable = int64(len(content))
			}
			place, none := openPlace(t, dir), newFaults(fault{})
			receipt, err := sendSealed(t, sealedUploads(place, none, keys), content, none, &durable)
			require.NoError(t, err)
			requireSealedFile(t, sealed.New(place.store, keys), receipt, content)
		})
	}
}

func sealedKeys(t *testing.T) *seal.Keys {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.json")
	_, err := seal.CreateKeyset(path)
	require.NoError(t, err)
	keys, err := seal.Open(t.Context(), seal.Config{Key: path}, nil)
	require.NoError(t, err)
	return keys
}

func sealedUploads(p *place, f *faults, keys *seal.Keys) *core.Uploads {
	return core.NewUploads(&faultCatalog{p.catalog, f}, sealed.New(&faultStore{p.store, f}, keys), core.Limits{
		ChunkBytes: sealedChunk, CheckpointBytes: sealedCheckpoint,
		UploadExpiry: time.Hour, ReceiptExpiry: time.Hour, Policies: anything(),
	})
}

// sendSealed carries the upload on for one stream. durable is what was promised
// before, and then what is promised.
func sendSealed(
	t *testing.T, uploads *core.Uploads, content []byte, f *faults, durable *int64,
) (*core.Receipt, error) {
	t.Helper()
	session, err := uploads.Begin(t.Context(), core.Opening{
		Key:    core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: "u"},
		Header: core.Header{FileName: "a.bin", TotalSize: int64(len(content))},
	})
	if err != nil {
		return nil, err
	}
	if !session.Finished() {
		require.GreaterOrEqual(t, session.Next(), *durable, "what was promised is lost")
	}
	receipt, err := appendSealed(t.Context(), session, content, f)
	err = session.Close(t.Context(), err)
	_, *durable = session.Position()
	return receipt, err
}

// appendSealed waits for each checkpoint to be under way, so that none covers
// what comes after it.
func appendSealed(ctx context.Context, session core.Session, content []byte, f *faults) (*core.Receipt, error) {
	checkpoints, at := 0, session.Next()
	for next := at; !session.Finished() && next < int64(len(content)); next = session.Next() {
		data := content[next:min(next+sealedChunk, int64(len(content)))]
		if err := session.Append(ctx, core.Chunk{Offset: next, Segments: [][]byte{data}, Size: len(data)}); err != nil {
			return nil, err
		}
		if session.Next()-at >= sealedCheckpoint/2 {
			checkpoints, at = checkpoints+1, session.Next()/(64<<10)*(64<<10)
			f.await("Sync", checkpoints)
		}
	}
	return session.Finish(ctx)
}

func requireSealedFile(t *testing.T, store core.Store, receipt *core.Receipt, content []byte) {
	t.Helper()
	sum := sha256.Sum256(content)
	require.Equal(t, hex.EncodeToString(sum[:]), receipt.Checksum)
	blob, err := store.Open(t.Context(), receipt.FileID) // what nobody shares has the file's identifier
	require.NoError(t, err)
	got, err := io.ReadAll(io.NewSectionReader(blob, 0, blob.Size()))
	require.NoError(t, err)
	require.NoError(t, blob.Close())
	require.Equal(t, content, got)
}
