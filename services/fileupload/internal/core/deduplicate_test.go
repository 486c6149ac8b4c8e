package core_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// everything may be read.
var everything = core.Readable{Any: true}

// opening is a first message that names a content and carries nothing.
func (a *account) opening(id, name, checksum string, readable core.Readable) core.Opening {
	return core.Opening{
		Key: a.key(id), Bare: true, Readable: readable,
		Header: core.Header{FileName: name, TotalSize: core.UnknownSize, Checksum: checksum},
	}
}

// upload brings a file in with chunks.
func (a *account) upload(t require.TestingT, opening core.Opening, content []byte) (*core.Receipt, error) {
	ctx := context.Background()
	session, err := a.uploads.Begin(ctx, opening)
	if err != nil {
		return nil, err
	}
	for !session.Finished() && session.Next() < int64(len(content)) {
		data := content[session.Next():min(session.Next()+64<<10, int64(len(content)))]
		err := session.Append(ctx, core.Chunk{Offset: session.Next(), Segments: [][]byte{data}, Size: len(data)})
		require.NoError(t, err)
	}
	receipt, err := session.Finish(ctx)
	return receipt, session.Close(ctx, err)
}

func (a *account) requireContent(t *testing.T, id string, want []byte) {
	t.Helper()
	file, err := a.files.Find(t.Context(), a.tenant, id)
	require.NoError(t, err)
	blob, err := a.files.Open(t.Context(), &file)
	require.NoError(t, err)
	got, err := io.ReadAll(io.NewSectionReader(blob, 0, blob.Size()))
	require.NoError(t, err)
	require.NoError(t, blob.Close())
	require.True(t, bytes.Equal(want, got))
}

func sha(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func TestTheSameContentIsStoredOnce(t *testing.T) {
	a, content := openAccount(t), randomContent(100_000)
	first, err := a.upload(t, a.opening("1", "a.bin", "", everything), content)
	require.NoError(t, err)
	require.False(t, first.Deduplicated)
	second, err := a.upload(t, a.opening("2", "b.bin", "", everything), content)
	require.NoError(t, err)
	require.True(t, second.Deduplicated)
	require.NotEqual(t, first.FileID, second.FileID)
	require.Len(t, a.blobs(t), 1)
	for id, err := range a.store.Parts(t.Context()) {
		require.NoError(t, err)
		require.Fail(t, "a part was left", id)
	}
	require.Equal(t, core.Usage{Bytes: 200_000, Files: 2}, a.usage(t), "quotas count what each file has")

	require.NoError(t, a.files.Delete(t.Context(), a.tenant, first.FileID))
	a.requireContent(t, second.FileID, content)
	require.NoError(t, a.files.Delete(t.Context(), a.tenant, second.FileID))
	require.Empty(t, a.blobs(t))
}

func TestContentThatOnlyOthersMayReadIsSharedInSilence(t *testing.T) {
	a, content := openAccount(t), randomContent(100_000)
	_, err := a.upload(t, a.opening("1", "secret.bin", "", everything), content)
	require.NoError(t, err)
	for name, readable := range map[string]core.Readable{
		"mine.bin":   {},
		"public.bin": {Any: true, Names: principal.Patterns{"public*"}},
	} {
		receipt, err := a.upload(t, a.opening(name, name, "", readable), content)
		require.NoError(t, err)
		require.False(t, receipt.Deduplicated, name)
	}
	require.Len(t, a.blobs(t), 1)
}

func TestNamedContentIsAnsweredBeforeItIsSent(t *testing.T) {
	a, content := openAccount(t), randomContent(100_000)
	_, err := a.upload(t, a.opening("1", "a.bin", "", everything), content)
	require.NoError(t, err)
	session, err := a.uploads.Begin(t.Context(), a.opening("2", "b.bin", sha(content), everything))
	require.NoError(t, err)
	require.True(t, session.Finished())
	require.EqualValues(t, len(content), session.Next())
	receipt, err := session.Finish(t.Context())
	require.NoError(t, session.Close(t.Context(), err))
	require.True(t, receipt.Deduplicated)
	require.Equal(t, "b.bin", receipt.FileName)
	a.requireContent(t, receipt.FileID, content)
	again, err := a.upload(t, a.opening("2", "b.bin", sha(content), everything), nil)
	require.NoError(t, err)
	require.Equal(t, receipt, again, "a retry gets the same receipt")
}

func TestNamedContentThatMayNotBeReadIsSent(t *testing.T) {
	a, content := openAccount(t), randomContent(100_000)
	a.limits.Quotas = core.Quotas{}
	a.uploads = core.NewUploads(a.catalog, a.store, a.limits)
	_, err := a.upload(t, a.opening("1", "secret.bin", "", everything), content)
	require.NoError(t, err)
	for name, opening := range map[string]core.Opening{
		"without the scope": a.opening("2", "b.bin", sha(content), core.Readable{}),
		"without the name":  a.opening("3", "b.bin", sha(content), core.Readable{Any: true, Names: principal.Patterns{"b*"}}),
		"another content":   a.opening("4", "b.bin", sha(content[1:]), everything),
		"another size": {
			Key: a.key("5"), Bare: true, Readable: everything,
			Header: core.Header{FileName: "b.bin", TotalSize: 7, Checksum: sha(content)},
		},
	} {
		session, err := a.uploads.Begin(t.Context(), opening)
		require.NoError(t, err, name)
		require.False(t, session.Finished(), name)
		require.NoError(t, session.Close(t.Context(), nil))
	}
}

func TestNamedContentHasToFitTheName(t *testing.T) {
	a, content := openAccount(t), []byte("plain words")
	a.limits.Policies.Default.Types = core.NewTypePolicy([]string{".txt", ".png"})
	a.uploads = core.NewUploads(a.catalog, a.store, a.limits)
	_, err := a.upload(t, a.opening("1", "a.txt", "", everything), content)
	require.NoError(t, err)
	_, err = a.uploads.Begin(t.Context(), a.opening("2", "a.png", sha(content), everything))
	require.Equal(t, problem.TypeMismatch, problem.ReasonOf(err))
}

func TestIfAbsentMakesNoSecondFile(t *testing.T) {
	a, content := openAccount(t), randomContent(100_000)
	first, err := a.upload(t, a.opening("1", "a.bin", "", everything), content)
	require.NoError(t, err)
	for id, checksum := range map[string]string{"named": sha(content), "sent": ""} {
		opening := a.opening(id, "a.bin", checksum, everything)
		opening.Header.IfAbsent = true
		receipt, err := a.upload(t, opening, content)
		require.NoError(t, err)
		require.True(t, receipt.Existed)
		require.Equal(t, first.FileID, receipt.FileID)
		again, err := a.upload(t, opening, nil)
		require.NoError(t, err)
		require.Equal(t, receipt, again)
	}
	opening := a.opening("other", "b.bin", "", everything)
	opening.Header.IfAbsent = true
	other, err := a.upload(t, opening, content)
	require.NoError(t, err)
	require.False(t, other.Existed, "of another name there was none")
	require.Equal(t, core.Usage{Bytes: 200_000, Files: 2}, a.usage(t))
}

func TestContentThatTheStorageLostIsStoredAnew(t *testing.T) {
	a, content := openAccount(t), randomContent(100_000)
	first, err := a.upload(t, a.opening("1", "a.bin", "", everything), content)
	require.NoError(t, err)
	require.NoError(t, a.store.Discard(t.Context(), a.blobs(t)[0]))
	second, err := a.upload(t, a.opening("2", "a.bin", sha(content), everything), content)
	require.NoError(t, err)
	require.False(t, second.Deduplicated)
	a.requireContent(t, second.FileID, content)
	damaged, err := a.files.Find(t.Context(), a.tenant, first.FileID)
	require.NoError(t, err)
	require.NotEmpty(t, damaged.Damage)
	require.False(t, damaged.DamagedAt.IsZero())
}

// Uploads of one content beside deletions of its files: what a receipt names can be
// read, and in the end nothing is left.
func TestSharedContentOutlivesConcurrentDeletions(t *testing.T) {
	a, content := openAccount(t), randomContent(5_000)
	a.limits.Quotas = core.Quotas{}
	a.uploads = core.NewUploads(a.catalog, a.store, a.limits)
	var workers sync.WaitGroup
	for worker := range 4 {
		workers.Go(func() {
			for i := range 25 {
				opening := a.opening(fmt.Sprintf("%d-%d", worker, i), "a.bin", sha(content), everything)
				receipt, err := a.upload(t, opening, content)
				if err != nil {
					t.Error(err)
					return
				}
				a.requireContent(t, receipt.FileID, content)
				if err := a.files.Delete(context.Background(), a.tenant, receipt.FileID); err != nil {
					t.Error(err)
				}
			}
		})
	}
	workers.Wait()
	require.Empty(t, a.blobs(t))
	require.Equal(t, core.Usage{}, a.usage(t))
}

func TestAFileThatHasExpiredIsNotShared(t *testing.T) {
	a, content := openAccount(t), randomContent(1000)
	first := a.opening("1", "a.bin", "", everything)
	first.Header.FileExpiresAt = time.Now().Add(50 * time.Millisecond)
	gone, err := a.upload(t, first, content)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := a.files.Find(t.Context(), a.tenant, gone.FileID)
		return problem.ReasonOf(err) == problem.FileNotFound
	}, 10*time.Second, time.Millisecond)
	again := a.opening("2", "a.bin", "", everything)
	again.Header.IfAbsent = true
	receipt, err := a.upload(t, again, content)
	require.NoError(t, err)
	require.False(t, receipt.Existed)
	a.requireContent(t, receipt.FileID, content)
}

func TestIfAbsentTellsNothingOfWhatMayNotBeRead(t *testing.T) {
	a, content := openAccount(t), randomContent(1000)
	theirs := a.opening("1", "a.bin", "", everything)
	theirs.Key.Subject = "bob"
	_, err := a.upload(t, theirs, content)
	require.NoError(t, err)
	mine := a.opening("2", "a.bin", "", core.Readable{})
	mine.Header.IfAbsent = true
	receipt, err := a.upload(t, mine, content)
	require.NoError(t, err)
	require.False(t, receipt.Existed)
}

// Another replica carries the upload to its end while a stream here still has it.
func TestAStreamThatWasOvertakenRemovesNothing(t *testing.T) {
	a, content := openAccount(t), randomContent(100_000)
	opening := a.opening("1", "a.bin", "", everything)
	old, err := a.uploads.Begin(t.Context(), opening)
	require.NoError(t, err)
	require.NoError(t, old.Append(t.Context(), core.Chunk{Segments: [][]byte{content[:1000]}, Size: 1000}))
	other := *a
	other.uploads = core.NewUploads(a.catalog, a.store, a.limits)
	receipt, err := other.upload(t, opening, content)
	require.NoError(t, err)

	cause := problem.New(problem.ChecksumMismatch, "the old stream has other bytes")
	require.Equal(t, problem.ChecksumMismatch, problem.ReasonOf(old.Close(t.Context(), cause)))
	a.requireContent(t, receipt.FileID, content)
}

func TestAnOlderStreamChangesNothing(t *testing.T) {
	a, content := openAccount(t), randomContent(100_000)
	opening := a.opening("1", "a.bin", "", everything)
	old, err := a.uploads.Begin(t.Context(), opening)
	require.NoError(t, err)
	chunk := core.Chunk{Segments: [][]byte{content[:1000]}, Size: 1000}
	require.NoError(t, old.Append(t.Context(), chunk))

	// Another replica begins the next stream.
	other := core.NewUploads(a.catalog, a.store, a.limits)
	_, err = a.catalog.ContinueUpload(t.Context(), opening.Key, time.Now(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	_, err = old.Finish(t.Context())
	require.Equal(t, problem.Fenced, problem.ReasonOf(err), "%v", err)
	require.Equal(t, problem.Fenced, problem.ReasonOf(old.Close(t.Context(), err)))
	known, err := other.Find(t.Context(), opening.Key)
	require.NoError(t, err)
	require.Equal(t, core.Receiving, known.Status)
}

// The catalog looks again in the transaction: it must not take an older file that
// the uploader may not read.
func TestNamedContentIsSharedWithWhatMayBeRead(t *testing.T) {
	a, content := openAccount(t), randomContent(1000)
	_, err := a.upload(t, a.opening("1", "secret.bin", "", everything), content)
	require.NoError(t, err)
	public, err := a.upload(t, a.opening("2", "public.bin", "", everything), content)
	require.NoError(t, err)
	readable := core.Readable{Any: true, Names: principal.Patterns{"public*"}}
	named, err := a.upload(t, a.opening("3", "public-too.bin", sha(content), readable), nil)
	require.NoError(t, err)
	require.True(t, named.Deduplicated)

	gone := deletingCatalog{Catalog: a.catalog, delete: func() {
		for _, id := range []string{public.FileID, named.FileID} {
			require.NoError(t, a.files.Delete(t.Context(), a.tenant, id))
		}
	}}
	a.uploads = core.NewUploads(gone, a.store, a.limits)
	session, err := a.uploads.Begin(t.Context(), a.opening("4", "public-3.bin", sha(content), readable))
	require.NoError(t, err)
	require.False(t, session.Finished(), "what it may read is gone")
	require.NoError(t, session.Close(t.Context(), nil))
}

// deletingCatalog deletes files between the search for a content and its use.
type deletingCatalog struct {
	core.Catalog
	delete func()
}

func (c deletingCatalog) FindContent(ctx context.Context, query core.ContentQuery) (core.File, error) {
	defer c.delete()
	return c.Catalog.FindContent(ctx, query)
}
