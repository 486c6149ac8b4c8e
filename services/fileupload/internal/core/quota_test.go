package core_test

import (
	"context"
	"flag"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

const quotaBytes = 1 << 20

// account is a tenant with a quota on real storage.
type account struct {
	*place

	tenant  string
	uploads *core.Uploads
	files   *core.Files
	limits  core.Limits
}

// anything is taken, of any size.
func anything() core.Policies {
	return core.Policies{Default: core.Policy{Types: core.NewTypePolicy([]string{core.AnyType})}}
}

func openAccount(t *testing.T) *account {
	t.Helper()
	a := &account{place: openPlace(t, t.TempDir()), tenant: "acme", limits: core.Limits{
		ChunkBytes: 1 << 20, CheckpointBytes: 512 << 10,
		UploadExpiry: time.Hour, ReceiptExpiry: time.Hour, Policies: anything(),
		Quotas: core.Quotas{Default: core.Quota{Bytes: quotaBytes, Files: 4}},
	}}
	a.uploads = core.NewUploads(a.catalog, a.store, a.limits)
	a.files = core.NewFiles(a.catalog, a.store, a.limits)
	return a
}

func (a *account) key(id string) core.UploadKey {
	return core.UploadKey{Tenant: a.tenant, Subject: "ann", UploadID: id}
}

func (a *account) begin(t require.TestingT, id string, size int64) (core.Session, error) {
	opening := core.Opening{Key: a.key(id), Header: core.Header{FileName: "a.bin", TotalSize: size}}
	require.NoError(t, a.uploads.Check(context.Background(), &opening))
	return a.uploads.Begin(context.Background(), opening)
}

// send sends so many bytes from where the session is.
func send(session core.Session, bytes int) error {
	return session.Append(context.Background(), core.Chunk{
		Offset: session.Next(), Segments: [][]byte{make([]byte, bytes)}, Size: bytes,
	})
}

// stored stores a file of a declared size.
func (a *account) stored(t require.TestingT, id string, size int) (*core.Receipt, error) {
	session, err := a.begin(t, id, int64(size))
	if err != nil {
		return nil, err
	}
	require.NoError(t, send(session, size))
	receipt, err := session.Finish(context.Background())
	return receipt, session.Close(context.Background(), err)
}

func (a *account) usage(t require.TestingT) core.Usage {
	usage, err := a.catalog.Usage(context.Background(), a.tenant)
	require.NoError(t, err)
	return usage
}

func requireExceeded(t *testing.T, err error, limit string, value int64) {
	t.Helper()
	refusal := problem.Of(err)
	require.Equal(t, problem.QuotaExceeded, refusal.Reason, "%v", err)
	require.Len(t, refusal.Violations, 1)
	require.Equal(t, "tenant", refusal.Violations[0].Subject)
	require.Equal(t, limit, refusal.Violations[0].Limit)
	require.Equal(t, value, refusal.Violations[0].Value)
}

func TestADeclaredSizeIsReservedFromTheStart(t *testing.T) {
	a := openAccount(t)
	session, err := a.begin(t, "a", quotaBytes-10)
	require.NoError(t, err)
	require.Equal(t, core.Usage{ReservedBytes: quotaBytes - 10, ReservedFiles: 1}, a.usage(t))
	_, err = a.begin(t, "b", 11)
	requireExceeded(t, err, "quotas.file_bytes", quotaBytes)
	require.NoError(t, session.Close(t.Context(), nil))
	require.Equal(t, core.Usage{ReservedBytes: quotaBytes - 10, ReservedFiles: 1}, a.usage(t), "it may go on later")
	_, err = a.uploads.Abort(t.Context(), a.key("a"))
	require.NoError(t, err)
	_, err = a.stored(t, "b", 11)
	require.NoError(t, err)
	require.Equal(t, core.Usage{Bytes: 11, Files: 1}, a.usage(t))
}

func TestAnUploadWithoutASizeTakesTheLastByteAndNoMore(t *testing.T) {
	a := openAccount(t)
	session, err := a.begin(t, "a", core.UnknownSize)
	require.NoError(t, err)
	for range 4 {
		require.NoError(t, send(session, quotaBytes/4))
	}
	err = send(session, 1)
	requireExceeded(t, err, "quotas.file_bytes", quotaBytes)
	requireExceeded(t, session.Close(t.Context(), err), "quotas.file_bytes", quotaBytes)
	known, err := a.uploads.Find(t.Context(), a.key("a"))
	require.NoError(t, err)
	require.EqualValues(t, quotaBytes, known.Durable, "nothing acknowledged is lost")

	a.uploads = core.NewUploads(a.catalog, a.store, core.Limits{
		ChunkBytes: 1 << 20, CheckpointBytes: 512 << 10, Policies: anything(),
		Quotas: core.Quotas{Tenants: map[string]core.Quota{"acme": {Bytes: quotaBytes + 1}}},
	})
	session, err = a.begin(t, "a", core.UnknownSize)
	require.NoError(t, err)
	require.EqualValues(t, quotaBytes, session.Next())
	require.NoError(t, send(session, 1), "room was made")
	receipt, err := session.Finish(t.Context())
	require.NoError(t, session.Close(t.Context(), err))
	require.EqualValues(t, quotaBytes+1, receipt.Size)
	require.Equal(t, core.Usage{Bytes: quotaBytes + 1, Files: 1}, a.usage(t))
}

func TestAnUploadThatFailsGivesItsRoomBack(t *testing.T) {
	a := openAccount(t)
	session, err := a.begin(t, "a", 100)
	require.NoError(t, err)
	err = send(session, 101)
	require.Equal(t, problem.SizeMismatch, problem.ReasonOf(err))
	require.Error(t, session.Close(t.Context(), err))
	require.Equal(t, core.Usage{}, a.usage(t))
}

func TestAWholeFileBeyondTheQuotaLeavesNothing(t *testing.T) {
	a := openAccount(t)
	_, err := a.stored(t, "first", quotaBytes-10)
	require.NoError(t, err)
	session, err := a.uploads.Begin(t.Context(), core.Opening{
		Key: a.key("whole"), Header: core.Header{FileName: "a.bin", TotalSize: core.UnknownSize}, Whole: true,
	})
	require.NoError(t, err)
	require.NoError(t, send(session, 11))
	_, err = session.Finish(t.Context())
	requireExceeded(t, err, "quotas.file_bytes", quotaBytes)
	require.Error(t, session.Close(t.Context(), err))
	require.Len(t, a.blobs(t), 1, "the bytes are gone at once")
	require.Empty(t, a.uploads.TakeDoubtful())
	require.Equal(t, core.Usage{Bytes: quotaBytes - 10, Files: 1}, a.usage(t))
}

func TestCopiesCount(t *testing.T) {
	a := openAccount(t)
	receipt, err := a.stored(t, "first", quotaBytes/2)
	require.NoError(t, err)
	duplicate, err := a.files.Copy(t.Context(), "acme", "ann", receipt.FileID, "")
	require.NoError(t, err)
	_, err = a.files.Copy(t.Context(), "acme", "ann", receipt.FileID, "")
	requireExceeded(t, err, "quotas.file_bytes", quotaBytes)
	require.Len(t, a.blobs(t), 1, "the content is there once")
	require.NoError(t, a.files.Delete(t.Context(), "acme", duplicate.ID))
	require.Equal(t, core.Usage{Bytes: quotaBytes / 2, Files: 1}, a.usage(t))
}

func TestTheNumberOfFilesIsBoundedWithUnfinishedOnes(t *testing.T) {
	a := openAccount(t)
	for i := range 2 {
		_, err := a.stored(t, strconv.Itoa(i), 1)
		require.NoError(t, err)
	}
	for _, id := range []string{"c", "d"} {
		session, err := a.begin(t, id, core.UnknownSize)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, session.Close(context.WithoutCancel(t.Context()), nil)) })
	}
	_, err := a.begin(t, "e", core.UnknownSize)
	requireExceeded(t, err, "quotas.files", 4)
}

func TestAccountsTellUsageAndLimits(t *testing.T) {
	a := openAccount(t)
	_, err := a.stored(t, "a", 100)
	require.NoError(t, err)
	session, err := a.begin(t, "b", 50)
	require.NoError(t, err)
	defer func() { require.NoError(t, session.Close(t.Context(), nil)) }()
	usage, err := core.NewAccounts(a.catalog, a.limits.Quotas).Usage(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, []quota.Usage{
		{Quota: "file_bytes", Used: 100, Reserved: 50, Limit: quotaBytes}, {Quota: "files", Used: 1, Reserved: 1, Limit: 4},
	}, usage)
}

func TestUploadsSideBySideNeverHaveMoreThanTheQuota(t *testing.T) {
	a := openAccount(t)
	var uploads sync.WaitGroup
	for i := range 4 {
		uploads.Go(func() {
			session, err := a.begin(t, strconv.Itoa(i), core.UnknownSize)
			for err == nil {
				err = send(session, 1+rand.IntN(64<<10))
			}
			_ = session.Close(context.Background(), err)
		})
	}
	uploads.Wait()
	usage := a.usage(t)
	require.LessOrEqual(t, usage.ReservedBytes, int64(quotaBytes))
	durable := int64(0)
	for i := range 4 {
		known, err := a.uploads.Find(t.Context(), a.key(strconv.Itoa(i)))
		require.NoError(t, err)
		durable += known.Durable
	}
	require.LessOrEqual(t, durable, usage.ReservedBytes)
	require.Greater(t, durable, int64(quotaBytes-4*64<<10))
}

func TestNothingNewBeginsOnALowDisk(t *testing.T) {
	a := openAccount(t)
	receipt, err := a.stored(t, "stored", 10)
	require.NoError(t, err)
	session, err := a.begin(t, "begun", 20)
	require.NoError(t, err)
	require.NoError(t, send(session, 10))
	require.NoError(t, session.Close(t.Context(), nil))

	a.limits.NewWork = func() error { return problem.New(problem.StorageLow, "low") }
	a.uploads, a.files = core.NewUploads(a.catalog, a.store, a.limits), core.NewFiles(a.catalog, a.store, a.limits)
	err = a.uploads.Check(t.Context(), &core.Opening{Key: a.key("new"), Header: core.Header{FileName: "a.bin", TotalSize: 1}})
	require.Equal(t, problem.StorageLow, problem.ReasonOf(err))
	_, err = a.files.Copy(t.Context(), "acme", "ann", receipt.FileID, "")
	require.Equal(t, problem.StorageLow, problem.ReasonOf(err))

	session, err = a.begin(t, "begun", 20)
	require.NoError(t, err, "what was begun goes on")
	require.NoError(t, send(session, 10))
	_, err = session.Finish(t.Context())
	require.NoError(t, session.Close(t.Context(), err))
	require.NoError(t, a.files.Delete(t.Context(), "acme", receipt.FileID))
}

// fewer has rapid try a part of the cases, for a test that syncs files.
func fewer(t *testing.T) {
	t.Helper()
	checks := flag.Lookup("rapid.checks").Value
	all := checks.String()
	number, err := strconv.Atoi(all)
	require.NoError(t, err)
	require.NoError(t, checks.Set(strconv.Itoa(max(1, number/5))))
	t.Cleanup(func() { require.NoError(t, checks.Set(all)) })
}

// TestUsageIsWhatIsThere runs random uploads, copies and deletions, and compares
// the usage with what there is after each.
func TestUsageIsWhatIsThere(t *testing.T) {
	a := openAccount(t)
	fewer(t)
	rapid.Check(t, func(t *rapid.T) {
		a.tenant += "'"
		sizes, receiving := map[string]int64{}, map[string]bool{}
		next := 0
		t.Repeat(map[string]func(*rapid.T){
			"store": func(t *rapid.T) {
				next++
				if receipt, err := a.stored(t, strconv.Itoa(next), rapid.IntRange(0, quotaBytes/2).Draw(t, "size")); err == nil {
					sizes[receipt.FileID] = receipt.Size
				}
			},
			"leave unfinished": func(t *rapid.T) {
				next++
				session, err := a.begin(t, strconv.Itoa(next), core.UnknownSize)
				if err != nil {
					t.Skip("the quota is used up")
				}
				err = send(session, rapid.IntRange(0, quotaBytes/2).Draw(t, "size"))
				require.Equal(t, problem.ReasonOf(err), problem.ReasonOf(session.Close(context.Background(), err)))
				receiving[strconv.Itoa(next)] = true
			},
			"abort": func(t *rapid.T) {
				for id := range receiving {
					_, err := a.uploads.Abort(context.Background(), a.key(id))
					require.NoError(t, err)
					delete(receiving, id)
					return
				}
			},
			"delete": func(t *rapid.T) {
				for id := range sizes {
					require.NoError(t, a.files.Delete(context.Background(), a.tenant, id))
					delete(sizes, id)
					return
				}
			},
			"": func(t *rapid.T) {
				usage := a.usage(t)
				require.EqualValues(t, len(sizes), usage.Files)
				require.EqualValues(t, len(receiving), usage.ReservedFiles)
				bytes := int64(0)
				for _, size := range sizes {
					bytes += size
				}
				require.Equal(t, bytes, usage.Bytes)
				require.LessOrEqual(t, usage.Bytes+usage.ReservedBytes, int64(quotaBytes))
			},
		})
	})
}
