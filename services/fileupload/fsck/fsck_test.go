package fsck_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/fsck"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

func TestASoundServiceHasNoProblem(t *testing.T) {
	s := open(t)
	s.file(t, "acme", "one")
	shared := s.file(t, "acme", "shared")
	duplicate := shared
	duplicate.ID = newID()
	require.NoError(t, s.catalog.CopyFile(t.Context(), shared.ID, duplicate, core.Quota{}))
	s.file(t, "other", "two")
	s.file(t, "other", "")
	small := newID()
	blobID, err := s.store.Put(t.Context(), small, [][]byte{[]byte("small")})
	require.NoError(t, err)
	s.commit(t, "other", small, blobID, "small")
	begun, sent, published := newID(), newID(), newID()
	s.receiving(t, "third", begun, 0)
	s.part(t, sent, "sent")
	s.receiving(t, "acme", sent, 4)
	s.part(t, published, "published")
	s.publish(t, published)
	s.receiving(t, "acme", published, 9)

	report := s.examine(t, true)
	require.Empty(t, report.Problems)
	require.Empty(t, report.Leftovers)
	require.Equal(t, []int64{6, 3, 6, 1}, []int64{report.Files, report.Uploads, report.Blobs, report.Parts})
	require.Equal(t, 3, report.Tenants)
	require.EqualValues(t, 3+6+6+3+0+5, report.FileBytes)
	require.GreaterOrEqual(t, report.ReadBytes, report.FileBytes-6, "shared content may be read once for all")
	require.Zero(t, s.examine(t, false).ReadBytes)
}

func TestWhatIsLostIsFound(t *testing.T) {
	s := open(t)
	whole, gone, short, rotten := s.file(t, "acme", "whole"), s.file(t, "acme", "gone"), s.file(t, "acme", "short"), s.file(t, "acme", "rotten")
	duplicate := gone
	duplicate.ID = newID()
	require.NoError(t, s.catalog.CopyFile(t.Context(), gone.ID, duplicate, core.Quota{}))
	require.NoError(t, os.Remove(s.blobPath(t, gone.ID)))
	require.NoError(t, os.Truncate(s.blobPath(t, short.ID), 3))
	require.NoError(t, os.WriteFile(s.blobPath(t, rotten.ID), []byte("ROTTEN"), 0o600))
	lost, cut := newID(), newID()
	s.receiving(t, "acme", lost, 10)
	s.part(t, cut, "cut")
	s.receiving(t, "acme", cut, 4)

	want := map[string]string{
		gone.ID: "the storage has lost the content", duplicate.ID: "the storage has lost the content",
		short.ID:         "has 3 bytes; its receipt says 5",
		"upload-" + lost: "the storage has nothing of it; 10 are durable", "upload-" + cut: "the storage has 3 bytes of it; 4 are durable",
	}
	require.Equal(t, want, detailsOf(s.examine(t, false)))
	want[rotten.ID] = "has another SHA-256 than its receipt says"
	deep := s.examine(t, true)
	require.Equal(t, want, detailsOf(deep))
	require.NotContains(t, detailsOf(deep), whole.ID)
	require.EqualValues(t, len(want), deep.ProblemCount)
}

func TestDamageThatIsKnownIsAProblemUntilItIsReadAgain(t *testing.T) {
	s := open(t)
	marked, whole := s.file(t, "acme", "marked"), s.file(t, "acme", "whole")
	duplicate := marked
	duplicate.ID = newID()
	require.NoError(t, s.catalog.CopyFile(t.Context(), marked.ID, duplicate, core.Quota{}))
	verdict := core.Verdict{BlobID: marked.BlobID, At: time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC), Damage: "can't be read after 3 bytes"}
	require.NoError(t, s.catalog.SaveVerdicts(t.Context(), []core.Verdict{verdict, {BlobID: whole.BlobID, At: verdict.At}}))

	shallow, known := s.examine(t, false), "can't be read after 3 bytes, found at 2026-11-22T05:00:00Z; --deep reads it again"
	require.Equal(t, map[string]string{marked.ID: known, duplicate.ID: known}, detailsOf(shallow))
	require.Equal(t, fsck.DamagedContent, shallow.Problems[0].Kind)
	require.EqualValues(t, 2, shallow.ProblemCount)
	require.Empty(t, s.examine(t, true).Problems, "it is whole")

	place := s.place()
	place.Catalog = &healedCatalog{Catalog: s.catalog, verdict: core.Verdict{BlobID: marked.BlobID, At: time.Now()}}
	report, err := fsck.Examine(t.Context(), place, false)
	require.NoError(t, err)
	require.Empty(t, report.Problems, "somebody else has read it meanwhile")
}

// healedCatalog has content verified before a file is looked at once more.
type healedCatalog struct {
	core.Catalog

	verdict core.Verdict
}

func (c *healedCatalog) FindFile(ctx context.Context, tenant, id string) (core.File, error) {
	if err := c.SaveVerdicts(ctx, []core.Verdict{c.verdict}); err != nil {
		return core.File{}, err
	}
	return c.Catalog.FindFile(ctx, tenant, id)
}

// detailsOf are the problems by the file or upload that has them.
func detailsOf(r *fsck.Report) map[string]string {
	details := map[string]string{}
	for _, p := range r.Problems {
		details[p.FileID+p.UploadID] = p.Detail
	}
	return details
}

func TestWhatBelongsToNothingIsLeftOver(t *testing.T) {
	s := open(t)
	s.file(t, "acme", "kept")
	part, blob, quarantined := newID(), newID(), newID()
	s.part(t, part, "part")
	s.part(t, blob, "blob")
	s.publish(t, blob)
	s.part(t, quarantined, "quarantined")
	report := s.examine(t, false)
	require.True(t, report.Sound, "a crash leaves such")
	require.ElementsMatch(t, []fsck.Leftover{
		{Kind: fsck.UnknownPart, ID: part}, {Kind: fsck.UnknownPart, ID: quarantined}, {Kind: fsck.UnknownBlob, ID: blob},
	}, report.Leftovers)
	place := s.place()
	place.Grace = time.Hour
	young, err := fsck.Examine(t.Context(), place, false)
	require.NoError(t, err)
	require.Empty(t, young.Leftovers, "another replica may be about to commit them")
}

// addingStore adds to the names of blobs, as that of S3 does.
type addingStore struct{ core.Store }

const added = "-added"

func (s addingStore) Open(ctx context.Context, id string) (core.Blob, error) {
	name, found := strings.CutSuffix(id, added)
	if !found {
		return nil, core.ErrNotFound
	}
	return s.Store.Open(ctx, name)
}

func (s addingStore) Blobs(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for id, err := range s.Store.Blobs(ctx) {
			if !yield(id+added, err) {
				return
			}
		}
	}
}

func TestAPublishedUploadIsThereUnderALongerName(t *testing.T) {
	s := open(t)
	whole, cut, gone := newID(), newID(), newID()
	for _, id := range []string{whole, cut} {
		s.part(t, id, "published")
		s.publish(t, id)
	}
	s.receiving(t, "acme", whole, 9)
	s.receiving(t, "acme", cut, 10)
	s.receiving(t, "acme", gone, 9)
	place := s.place()
	place.Store = addingStore{s.store}
	report, err := fsck.Examine(t.Context(), place, false)
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"upload-" + cut: "the storage has 9 bytes of it; 10 are durable", "upload-" + gone: "the storage has nothing of it; 9 are durable",
	}, detailsOf(report))
	require.Empty(t, report.Leftovers)
}

// growingStore lists a part from the second time on.
type growingStore struct {
	core.Store

	id     string
	listed bool
}

func (s *growingStore) Parts(context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if s.listed {
			yield(s.id+added, nil)
		}
		s.listed = true
	}
}

func TestAPartThatCameMeanwhileIsThere(t *testing.T) {
	s := open(t)
	id := newID()
	s.receiving(t, "acme", id, 9)
	place := s.place()
	place.Store, place.PartSize = &growingStore{Store: s.store, id: id}, nil
	report, err := fsck.Examine(t.Context(), place, false)
	require.NoError(t, err)
	require.Empty(t, report.Problems)
}

func TestListsAreBounded(t *testing.T) {
	s := open(t)
	for range 120 {
		s.part(t, newID(), "part")
		s.receiving(t, "acme", newID(), 1)
	}
	report := s.examine(t, false)
	require.EqualValues(t, 120, report.ProblemCount)
	require.Len(t, report.Problems, 100)
	require.EqualValues(t, 120, report.LeftoverCount)
	require.Len(t, report.Leftovers, 100)
}

// pagedCatalog lists one tenant at a time.
type pagedCatalog struct{ core.Catalog }

func (c pagedCatalog) Tenants(ctx context.Context, after string, _ int) ([]string, error) {
	return c.Catalog.Tenants(ctx, after, 1)
}

func TestAllTenantsAreExamined(t *testing.T) {
	s := open(t)
	for _, tenant := range []string{"one", "two", "three"} {
		s.file(t, tenant, "content of "+tenant)
	}
	place := s.place()
	place.Catalog = pagedCatalog{s.catalog}
	report, err := fsck.Examine(t.Context(), place, false)
	require.NoError(t, err)
	require.Equal(t, 3, report.Tenants)
	require.EqualValues(t, 3, report.Files)
}

// changingStore has somebody else change things before a blob is opened.
type changingStore struct {
	core.Store

	change func(id string)
}

func (s *changingStore) Open(ctx context.Context, id string) (core.Blob, error) {
	s.change(id)
	return s.Store.Open(ctx, id)
}

func TestWhatChangesMeanwhileIsNoProblem(t *testing.T) {
	s := open(t)
	file := s.file(t, "acme", "deleted meanwhile")
	part := newID()
	s.receiving(t, "acme", part, 10)
	place := s.place()
	place.Grace = time.Hour
	place.Store = &changingStore{Store: s.store, change: func(id string) {
		if id == part {
			gone, err := s.catalog.ForgetUpload(t.Context(), uploadOf("acme", part))
			require.NoError(t, err)
			require.True(t, gone)
			return
		}
		end := core.End{At: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}
		orphan, err := s.catalog.DeleteFile(t.Context(), "acme", file.ID, core.FileAvailable, end)
		require.NoError(t, err)
		require.NoError(t, s.store.Discard(t.Context(), orphan))
	}}
	report, err := fsck.Examine(t.Context(), place, true)
	require.NoError(t, err)
	require.Empty(t, report.Problems)
}

// downStore can't be asked.
type downStore struct{ core.Store }

var errDown = errors.New("connection refused")

func (downStore) Open(context.Context, string) (core.Blob, error) { return nil, errDown }

func TestAStorageThatIsDownIsNoDamage(t *testing.T) {
	s := open(t)
	s.file(t, "acme", "one")
	place := s.place()
	place.Store = downStore{s.store}
	for _, deep := range []bool{false, true} {
		_, err := fsck.Examine(t.Context(), place, deep)
		require.ErrorIs(t, err, errDown)
		require.ErrorContains(t, err, "look at the files")
	}
}
