package core_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const (
	chunkBytes = 1000
	// checkpointBytes lets every second chunk begin a checkpoint.
	checkpointBytes = 4 * chunkBytes
)

// client uploads one file over and over until it has its receipt.
type client struct {
	content []byte
	whole   bool
	// shared tells that another file of the tenant has the content.
	shared bool
	// id of the upload, "u" by default.
	id string
	// durable is what the service has promised to keep.
	durable int64
}

// Whatever step fails or is the last of a process, the upload goes on from what
// was promised, and ends with one file, whole, and its true receipt.
func TestAnUploadSurvivesTheFailureOfAnyStep(t *testing.T) {
	for name, c := range map[string]client{
		"in chunks":               {content: randomContent(6*chunkBytes + 500)},
		"ending at a checkpoint":  {content: randomContent(4 * chunkBytes)},
		"whole in its first":      {content: randomContent(chunkBytes), whole: true},
		"empty and whole":         {whole: true},
		"empty, after its header": {},
		"in chunks, shared":       {content: randomContent(5 * chunkBytes), shared: true},
		"whole, shared":           {content: randomContent(chunkBytes), whole: true, shared: true},
	} {
		t.Run(name, func(t *testing.T) {
			all := everyFault(stepsOf(t, c))
			require.NotEmpty(t, all)
			for _, f := range all {
				t.Run(f.String(), func(t *testing.T) { survives(t, f, c) })
			}
		})
	}
}

// stepsOf counts the steps of an upload where nothing fails.
func stepsOf(t *testing.T, c client) map[string]int {
	t.Helper()
	place, none := openPlace(t, t.TempDir()), newFaults(fault{})
	c.prepare(t, place)
	receipt, err := c.upload(t, newUploads(place, none), none)
	require.NoError(t, err)
	c.requireTrue(t, place, receipt)
	return none.counts
}

func survives(t *testing.T, of fault, c client) {
	t.Helper()
	dir := t.TempDir()
	t.Run("before", func(t *testing.T) {
		place, f := openPlace(t, dir), newFaults(of)
		c.prepare(t, place)
		receipt, err := c.upload(t, newUploads(place, f), f)
		f.lose(t, dir)
		if err == nil {
			c.requireTrue(t, place, receipt)
		}
	})
	t.Run("after", func(t *testing.T) {
		place := openPlace(t, dir)
		janitor := place.janitor()
		_, err := janitor.SweepParts(t.Context())
		require.NoError(t, err)
		require.NoError(t, janitor.SweepBlobs(t.Context(), uuid.Must(uuid.NewV7())))
		_, err = janitor.SettleDoubts(t.Context())
		require.NoError(t, err)
		none := newFaults(fault{})
		receipt, err := c.upload(t, newUploads(place, none), none)
		require.NoError(t, err)
		c.requireTrue(t, place, receipt)
		c.requireNothingElse(t, place, receipt.FileID)
	})
}

// prepare stores the content for another file that shares it.
func (c *client) prepare(t *testing.T, p *place) {
	t.Helper()
	if !c.shared {
		return
	}
	other := client{content: c.content, id: "other"}
	none := newFaults(fault{})
	_, err := other.upload(t, newUploads(p, none), none)
	require.NoError(t, err)
}

func newUploads(p *place, f *faults) *core.Uploads {
	return core.NewUploads(&faultCatalog{p.catalog, f}, &faultStore{p.store, f}, core.Limits{
		ChunkBytes: chunkBytes, CheckpointBytes: checkpointBytes,
		UploadExpiry: time.Hour, ReceiptExpiry: time.Hour, Policies: anything(),
	})
}

// upload carries the upload on for one stream.
func (c *client) upload(t *testing.T, uploads *core.Uploads, f *faults) (*core.Receipt, error) {
	t.Helper()
	session, err := uploads.Begin(t.Context(), core.Opening{
		Key:    core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: cmp.Or(c.id, "u")},
		Header: core.Header{FileName: "a.bin", TotalSize: int64(len(c.content))},
		Whole:  c.whole,
		Size:   len(c.content),
	})
	if err != nil {
		return nil, err
	}
	if !session.Finished() {
		require.GreaterOrEqual(t, session.Next(), c.durable, "what was promised is lost")
	}
	receipt, err := c.send(t.Context(), session, f)
	err = session.Close(t.Context(), err)
	_, c.durable = session.Position()
	if c.whole && err != nil {
		c.durable = 0
	}
	return receipt, err
}

// send sends what the session has not got, and ends the file. It waits for each
// checkpoint to be under way, so that no checkpoint covers what comes after it.
func (c *client) send(ctx context.Context, session core.Session, f *faults) (*core.Receipt, error) {
	checkpoints, at := 0, session.Next()
	for next := at; !session.Finished() && next < int64(len(c.content)); next = session.Next() {
		data := c.content[next:min(next+chunkBytes, int64(len(c.content)))]
		if err := session.Append(ctx, core.Chunk{Offset: next, Segments: [][]byte{data}, Size: len(data)}); err != nil {
			return nil, err
		}
		if session.Next()-at >= checkpointBytes/2 {
			checkpoints, at = checkpoints+1, session.Next()
			f.await("Sync", checkpoints)
		}
	}
	return session.Finish(ctx)
}

// requireTrue checks that a receipt says what is stored, and that this is what
// was sent.
func (c *client) requireTrue(t *testing.T, p *place, receipt *core.Receipt) {
	t.Helper()
	sum := sha256.Sum256(c.content)
	require.Equal(t, hex.EncodeToString(sum[:]), receipt.Checksum)
	require.Equal(t, int64(len(c.content)), receipt.Size)
	file, err := p.catalog.FindFile(t.Context(), "acme", receipt.FileID)
	require.NoError(t, err)
	require.Equal(t, receipt.Checksum, file.Checksum)
	blob, err := p.store.Open(t.Context(), file.BlobID)
	require.NoError(t, err)
	content, err := io.ReadAll(io.NewSectionReader(blob, 0, blob.Size()))
	require.NoError(t, err)
	require.NoError(t, blob.Close())
	require.True(t, bytes.Equal(c.content, content), "the stored bytes are others")
}

// requireNothingElse checks that there is one file, or two that share a content,
// without a part beside it.
func (c *client) requireNothingElse(t *testing.T, p *place, id string) {
	t.Helper()
	file, err := p.catalog.FindFile(t.Context(), "acme", id)
	require.NoError(t, err)
	require.Equal(t, []string{file.BlobID}, p.blobs(t))
	for part, err := range p.store.Parts(t.Context()) {
		require.NoError(t, err)
		require.Fail(t, "a part was left", part)
	}
	files, err := p.catalog.ListFiles(t.Context(), core.FileQuery{Tenant: "acme", Status: core.FileAvailable, Limit: 10})
	require.NoError(t, err)
	if c.shared {
		require.Len(t, files, 2)
	} else {
		require.Len(t, files, 1)
	}
}

func randomContent(n int) []byte {
	content := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(content) // It never fails.
	return content
}
