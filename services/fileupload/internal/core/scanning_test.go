package core_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// scanFunc is a scanner that does what a test says.
type scanFunc func(ctx context.Context, content io.Reader) (core.ScanVerdict, error)

func (f scanFunc) Scan(ctx context.Context, content io.Reader) (core.ScanVerdict, error) {
	return f(ctx, content)
}

// mark is what scanForMark finds.
var mark = []byte("SLUICE-TEST-MARK")

// scanForMark is a scanner that works.
func scanForMark(_ context.Context, content io.Reader) (core.ScanVerdict, error) {
	all, err := io.ReadAll(content)
	if err != nil || !bytes.Contains(all, mark) {
		return core.ScanVerdict{}, err
	}
	return core.ScanVerdict{Infected: true, Signature: "Test.Mark"}, nil
}

// infected is a content of n bytes with the mark at its end.
func infected(n int) []byte { return append(randomContent(n-len(mark)), mark...) }

// scannedAccount is an account whose contents are scanned.
func scannedAccount(t *testing.T, scans core.Scans) *account {
	t.Helper()
	a := openAccount(t)
	scans.QuarantineExpiry = time.Hour
	a.scanWith(scans)
	return a
}

func (a *account) scanWith(scans core.Scans) {
	a.limits.Scans = scans
	a.uploads = core.NewUploads(a.catalog, a.store, a.limits)
	a.files = core.NewFiles(a.catalog, a.store, a.limits)
}

// named is an opening that names nothing but the file.
func (a *account) named(id string) core.Opening { return a.opening(id, id+".bin", "", everything) }

// inOneMessage is an opening of an upload that the catalog does not know.
func (a *account) inOneMessage(id string, size int) core.Opening {
	opening := a.named(id)
	opening.Bare, opening.Whole, opening.Size = false, true, size
	return opening
}

func (a *account) requireNothingStored(t *testing.T) {
	t.Helper()
	require.Empty(t, a.blobs(t))
	for id, err := range a.store.Parts(t.Context()) {
		require.NoError(t, err)
		require.Fail(t, "a part was left", id)
	}
	require.Zero(t, a.usage(t))
}

func TestContentThatPassesTheScanIsAFile(t *testing.T) {
	content := randomContent(200_000)
	a := scannedAccount(t, core.Scans{Scanner: scanFunc(func(_ context.Context, r io.Reader) (core.ScanVerdict, error) {
		scanned, err := io.ReadAll(r)
		require.True(t, bytes.Equal(content, scanned), "the scanner saw other bytes")
		return core.ScanVerdict{}, err
	})})
	for _, opening := range []core.Opening{a.named("chunks"), a.inOneMessage("whole", len(content))} {
		receipt, err := a.upload(t, opening, content)
		require.NoError(t, err)
		require.Empty(t, receipt.Findings)
		a.requireContent(t, receipt.FileID, content)
		require.NoError(t, a.files.Delete(t.Context(), a.tenant, receipt.FileID))
	}
}

func TestNothingIsVisibleBeforeTheScanHasPassed(t *testing.T) {
	scanning, pass := make(chan struct{}), make(chan struct{})
	a := scannedAccount(t, core.Scans{Scanner: scanFunc(func(ctx context.Context, r io.Reader) (core.ScanVerdict, error) {
		close(scanning)
		<-pass
		return scanForMark(ctx, r)
	})})
	opening := a.named("u")
	opening.Header.TotalSize = 1000
	session, err := a.uploads.Begin(t.Context(), opening)
	require.NoError(t, err)
	require.NoError(t, send(session, 1000))
	done := make(chan error, 1)
	go func() {
		_, err := session.Finish(context.Background())
		done <- session.Close(context.Background(), err)
	}()
	<-scanning
	seen, err := a.uploads.Find(t.Context(), a.key("u"))
	require.NoError(t, err)
	require.Equal(t, core.Scanning, seen.Status)
	share, known := seen.Share()
	require.True(t, known)
	require.Less(t, share, 1.0)
	files, err := a.files.List(t.Context(), core.FileQuery{Tenant: a.tenant, Limit: 10})
	require.NoError(t, err)
	require.Empty(t, files)
	close(pass)
	require.NoError(t, <-done)
	seen, err = a.uploads.Find(t.Context(), a.key("u"))
	require.NoError(t, err)
	require.Equal(t, core.Available, seen.Status)
	share, _ = seen.Share()
	require.InDelta(t, 1, share, 0)
}

func TestWhatCouldNotBeScannedBecomesWhatThePolicySays(t *testing.T) {
	down := func(context.Context, io.Reader) (core.ScanVerdict, error) { return core.ScanVerdict{}, errInjected }
	encrypted := func(context.Context, io.Reader) (core.ScanVerdict, error) {
		return core.ScanVerdict{}, fmt.Errorf("encrypted: %w", core.ErrUnscannable)
	}
	stalled := func(ctx context.Context, _ io.Reader) (core.ScanVerdict, error) {
		<-ctx.Done()
		return core.ScanVerdict{}, fmt.Errorf("asking the scanner: %w", ctx.Err())
	}
	hasty := func(context.Context, io.Reader) (core.ScanVerdict, error) { return core.ScanVerdict{}, nil }
	for name, test := range map[string]struct {
		scans core.Scans
		want  problem.Reason
	}{
		"scanner down":                {core.Scans{Scanner: scanFunc(down)}, problem.ScanFailed},
		"scanner stalled":             {core.Scans{Scanner: scanFunc(stalled), Timeout: time.Millisecond}, problem.ScanFailed},
		"scanner that did not look":   {core.Scans{Scanner: scanFunc(hasty)}, problem.ScanFailed},
		"encrypted":                   {core.Scans{Scanner: scanFunc(encrypted)}, problem.NotScannable},
		"larger than what is scanned": {core.Scans{Scanner: scanFunc(scanForMark), MaxBytes: 999}, problem.NotScannable},
	} {
		for _, whole := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, whole %t", name, whole), func(t *testing.T) {
				requireUnscanned(t, test.scans, test.want, whole)
			})
		}
	}
}

// requireUnscanned checks what becomes of content that scans can't scan.
func requireUnscanned(t *testing.T, scans core.Scans, reason problem.Reason, whole bool) {
	t.Helper()
	content := randomContent(1000)
	uploaded := func(becomes core.Unscannable) (*account, *core.Receipt, error) {
		scans.Unscannable = becomes
		a := scannedAccount(t, scans)
		opening := a.named("u")
		if whole {
			opening = a.inOneMessage("u", len(content))
		}
		receipt, err := a.upload(t, opening, content)
		return a, receipt, err
	}
	a, _, err := uploaded(core.RejectUnscannable)
	require.Equal(t, reason, problem.ReasonOf(err))
	require.Equal(t, reason == problem.NotScannable, core.EndsUpload(err))
	if whole || core.EndsUpload(err) {
		a.requireNothingStored(t)
	}
	a, _, err = uploaded(core.QuarantineUnscannable)
	require.Equal(t, problem.Quarantined, problem.ReasonOf(err))
	require.Contains(t, problem.Of(err).Public(), "not scanned")
	files, err := a.files.ListQuarantined(t.Context(), core.FileQuery{Tenant: a.tenant, Limit: 10})
	require.NoError(t, err)
	require.Len(t, files, 1)
	require.Contains(t, files[0].Quarantine, "not scanned")

	a, receipt, err := uploaded(core.AcceptUnscannable)
	require.NoError(t, err)
	require.Len(t, receipt.Findings, 1)
	require.Equal(t, "NOT_SCANNED", receipt.Findings[0].Reason)
	a.requireContent(t, receipt.FileID, content)
}

func TestAfterAFailedScanNothingIsSentAgain(t *testing.T) {
	fail := true
	a := scannedAccount(t, core.Scans{Scanner: scanFunc(func(ctx context.Context, r io.Reader) (core.ScanVerdict, error) {
		if fail {
			return core.ScanVerdict{}, errInjected
		}
		return scanForMark(ctx, r)
	})})
	content := randomContent(100_000)
	for range 3 {
		_, err := a.upload(t, a.named("u"), content)
		require.Equal(t, problem.ScanFailed, problem.ReasonOf(err))
	}
	fail = false
	session, err := a.uploads.Begin(t.Context(), a.named("u"))
	require.NoError(t, err)
	require.EqualValues(t, len(content), session.Next())
	receipt, err := session.Finish(t.Context())
	require.NoError(t, session.Close(t.Context(), err))
	a.requireContent(t, receipt.FileID, content)
	require.Len(t, a.blobs(t), 1)
	require.Equal(t, core.Usage{Bytes: 100_000, Files: 1}, a.usage(t))
}

func TestAScanOutlivesItsClientAndNotItsServer(t *testing.T) {
	for name, test := range map[string]struct {
		cause error
		ends  bool
	}{
		"client gone":    {cause: context.Canceled},
		"deadline":       {cause: context.DeadlineExceeded},
		"fenced":         {cause: problem.New(problem.Fenced, "taken over")},
		"aborted":        {cause: problem.New(problem.WorkEnded, "aborted"), ends: true},
		"drain":          {cause: problem.New(problem.Draining, "draining"), ends: true},
		"cut by a human": {cause: problem.New(problem.StreamCancelled, "cancelled"), ends: true},
	} {
		t.Run(name, func(t *testing.T) {
			stream, cut := context.WithCancelCause(t.Context())
			a := scannedAccount(t, core.Scans{
				Unscannable: core.AcceptUnscannable, // The end of a stream is not the scanner's failure.
				Scanner: scanFunc(func(ctx context.Context, r io.Reader) (core.ScanVerdict, error) {
					cut(test.cause)
					if test.ends {
						<-ctx.Done()
						return core.ScanVerdict{}, ctx.Err()
					}
					return scanForMark(ctx, r)
				}),
			})
			session, err := a.uploads.Begin(t.Context(), a.named("u"))
			require.NoError(t, err)
			require.NoError(t, send(session, 1000))
			receipt, err := session.Finish(stream)
			err = session.Close(stream, err)
			if !test.ends {
				require.NoError(t, err)
				a.requireContent(t, receipt.FileID, make([]byte, 1000))
				return
			}
			require.Equal(t, problem.ReasonOf(test.cause), problem.ReasonOf(err))
			known, err := a.uploads.Find(t.Context(), a.key("u"))
			require.NoError(t, err)
			require.Equal(t, core.Receiving, known.Status)
			require.EqualValues(t, 1000, known.Durable, "it can be resumed")
		})
	}
}

// brokenStore has blobs that can't be read.
type brokenStore struct{ core.Store }

type brokenBlob struct{ core.Blob }

func (s brokenStore) Open(ctx context.Context, id string) (core.Blob, error) {
	blob, err := s.Store.Open(ctx, id)
	return brokenBlob{blob}, err
}

func (brokenBlob) ReadAt([]byte, int64) (int, error) { return 0, errInjected }

func TestContentThatCannotBeReadIsNotTheScannersFailure(t *testing.T) {
	for _, scanner := range []scanFunc{
		scanForMark,
		func(_ context.Context, r io.Reader) (core.ScanVerdict, error) {
			_, _ = io.ReadAll(r)
			return core.ScanVerdict{}, nil // It takes what it got for the whole.
		},
	} {
		a := scannedAccount(t, core.Scans{Unscannable: core.AcceptUnscannable, Scanner: scanner})
		a.uploads = core.NewUploads(a.catalog, brokenStore{a.store}, a.limits)
		_, err := a.upload(t, a.named("u"), randomContent(1000))
		require.Equal(t, problem.StorageFailed, problem.ReasonOf(err))
		require.ErrorIs(t, err, errInjected)
	}
}

func TestWhatATenantHasAlreadyIsNotScannedAgain(t *testing.T) {
	scans := 0
	a := scannedAccount(t, core.Scans{Scanner: scanFunc(func(ctx context.Context, r io.Reader) (core.ScanVerdict, error) {
		scans++
		return scanForMark(ctx, r)
	})})
	for _, id := range []string{"1", "2"} {
		_, err := a.upload(t, a.named(id), randomContent(1000))
		require.NoError(t, err)
	}
	require.Equal(t, 1, scans)
}

func TestContentThatNoScanHasPassedIsNotSharedWhereScansAreMade(t *testing.T) {
	a, content := openAccount(t), infected(1000)
	clean, err := a.upload(t, a.named("before"), content)
	require.NoError(t, err)
	a.scanWith(core.Scans{Scanner: scanFunc(scanForMark), QuarantineExpiry: time.Hour})
	named, err := a.uploads.Begin(t.Context(), a.opening("named", "named.bin", clean.Checksum, everything))
	require.NoError(t, err)
	require.False(t, named.Finished(), "it has to send")
	require.NoError(t, named.Close(t.Context(), nil))
	for _, opening := range []core.Opening{a.named("sent"), a.inOneMessage("whole", len(content))} {
		_, err = a.upload(t, opening, content)
		require.Equal(t, problem.Quarantined, problem.ReasonOf(err))
	}
	a.requireContent(t, clean.FileID, content)
}

func TestATenantsPolicyCanDoWithoutScans(t *testing.T) {
	a := openAccount(t)
	a.limits.Policies.Tenants = map[string]core.Policy{a.tenant: {Unscanned: true}}
	a.scanWith(core.Scans{Scanner: scanFunc(func(context.Context, io.Reader) (core.ScanVerdict, error) {
		return core.ScanVerdict{}, errors.New("nobody should ask")
	})})
	_, err := a.upload(t, a.named("u"), infected(1000))
	require.NoError(t, err)
}
