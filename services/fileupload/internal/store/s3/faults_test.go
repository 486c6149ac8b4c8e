package s3_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit/faultproxy"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/s3"
)

// shortTimeout lets a stall end soon, and is long for a loaded machine to move
// something.
func shortTimeout(c *s3.Config) { c.Timeout = 2 * time.Second }

func sendingPart(f faultproxy.Fault) faultproxy.Fault   { return f.On(http.MethodPut, "partNumber") }
func beginning(f faultproxy.Fault) faultproxy.Fault     { return f.On(http.MethodPost, "uploads") }
func completing(f faultproxy.Fault) faultproxy.Fault    { return f.On(http.MethodPost, "uploadId") }
func puttingObject(f faultproxy.Fault) faultproxy.Fault { return f.On(http.MethodPut) }

func TestUploadsGetThroughFaults(t *testing.T) {
	store, straight, proxy := behindProxy(t, shortTimeout)
	large, small := content(2*partSize+1000), content(100_000)
	for _, test := range []struct {
		name    string
		fault   faultproxy.Fault
		content []byte
	}{
		{"a part is cut", sendingPart(faultproxy.Fault{CutRequest: 1 << 20}).For(3), large},
		{"a part meets SlowDown", sendingPart(faultproxy.SlowDown()).For(4), large},
		{"a part meets an error of the server", sendingPart(faultproxy.InternalError()).For(4), large},
		{"a part's answer is lost", sendingPart(faultproxy.Fault{LoseAnswer: true}).For(3), large},
		{"a part stalls", sendingPart(faultproxy.Fault{StallRequest: 1 << 20}).For(2), large},
		{"a part's answer stalls", sendingPart(faultproxy.Fault{StallHeader: true}).Once(), large},
		{"a part goes slowly", sendingPart(faultproxy.Fault{RequestRate: 2 << 20}).Once(), large},
		{"the beginning is cut", beginning(faultproxy.Fault{CutAnswer: 10}).For(2), large},
		{"the beginning's answer is lost", beginning(faultproxy.Fault{LoseAnswer: true}).Once(), large},
		{"the beginning meets SlowDown", beginning(faultproxy.SlowDown()).For(3), large},
		{"the completion meets SlowDown", completing(faultproxy.SlowDown()).For(3), large},
		{"the completion's answer is lost", completing(faultproxy.Fault{LoseAnswer: true}).Once(), large},
		{"the completion's answer is cut", completing(faultproxy.Fault{CutAnswer: 20}).Once(), large},
		{"a small file is cut", puttingObject(faultproxy.Fault{CutRequest: 50_000}).For(3), small},
		{"a small file meets SlowDown", puttingObject(faultproxy.SlowDown()).For(3), small},
		{"a small file's answer is lost", puttingObject(faultproxy.Fault{LoseAnswer: true}).For(3), small},
		{"a small file stalls", puttingObject(faultproxy.Fault{StallRequest: 10_000}).Once(), small},
	} {
		t.Run(test.name, func(t *testing.T) {
			proxy.Heal()
			proxy.Inject(test.fault)
			blobID := mustUpload(t, store, test.content)
			require.Equal(t, test.fault.Times, proxy.Hits())
			requireBlob(t, straight, blobID, test.content)
			require.Empty(t, parts(t, straight))
		})
	}
}

// What the server has not answered for is not said to be durable, then or later.
func TestAFailureStays(t *testing.T) {
	for name, fault := range map[string]faultproxy.Fault{
		"refused": faultproxy.SlowDown(), "cut": {CutRequest: 1 << 20}, "stalled": {StallRequest: 1 << 20},
		"damaged": {FlipRequest: 1 << 20}, "its answer lost": {LoseAnswer: true},
	} {
		t.Run(name, func(t *testing.T) {
			store, straight, proxy := behindProxy(t, shortTimeout, func(c *s3.Config) { c.Attempts = 2 })
			id, want := newID(), content(3*partSize)
			part, err := store.Create(t.Context(), id)
			require.NoError(t, err)
			require.NoError(t, appendAll(part, want[:partSize]))
			require.NoError(t, part.Sync())
			proof := part.Proof(partSize)

			proxy.Inject(sendingPart(fault))
			_ = appendAll(part, want[partSize:]) // It may notice or leave it to Sync.
			failed := part.Sync()
			require.Error(t, failed)
			require.Nil(t, part.Proof(3*partSize))
			proxy.Heal()
			require.Equal(t, failed, part.Sync(), "no later success mends it")
			require.Error(t, part.Append([][]byte{[]byte("more")}))
			_ = part.End()
			require.Error(t, part.Sync())
			require.NoError(t, part.Close())
			_, err = store.Publish(t.Context(), id)
			require.ErrorIs(t, err, core.ErrNotFound)

			resumed, err := straight.Resume(t.Context(), id, partSize, proof)
			require.NoError(t, err)
			requireBlob(t, straight, mustFinish(t, straight, resumed, id, want[partSize:]), want)
		})
	}
}

// versitygw says of a completion that was killed under way that it is done.
func TestACompletionThatIsOnlyClaimedPublishesNothing(t *testing.T) {
	store, straight, proxy := behindProxy(t, func(c *s3.Config) { c.Attempts = 2 })
	id, want := newID(), content(2*partSize)
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, appendAll(part, want))
	require.NoError(t, part.End())
	require.NoError(t, part.Sync())
	proof := part.Proof(2 * partSize)
	const claimed = `<CompleteMultipartUploadResult><Bucket>files</Bucket><ETag>"1-2"</ETag></CompleteMultipartUploadResult>`
	proxy.Inject(completing(faultproxy.Fault{Status: http.StatusOK, Body: claimed}))
	_, err = store.Publish(t.Context(), id)
	require.ErrorContains(t, err, "does not exist")
	require.Equal(t, 1, proxy.Hits())
	require.NoError(t, part.Close())

	proxy.Heal()
	resumed, err := straight.Resume(t.Context(), id, 2*partSize, proof)
	require.NoError(t, err)
	requireBlob(t, straight, mustFinish(t, straight, resumed, id, nil), want)
}

func TestADamagedBodyIsRefused(t *testing.T) {
	for _, mode := range []string{"crc32c", "md5"} {
		t.Run(mode, func(t *testing.T) {
			store, straight, proxy := behindProxy(t, func(c *s3.Config) { c.Checksum = mode })
			proxy.Inject(faultproxy.Fault{FlipRequest: 5000}.On(http.MethodPut))
			id := newID()
			_, err := store.Put(t.Context(), id, [][]byte{content(10_000)})
			require.Error(t, err)
			requireNoBlob(t, straight, id)
			_, err = upload(t, store, newID(), content(partSize))
			require.Error(t, err)
		})
	}
}

func TestAFullServerIsToldApart(t *testing.T) {
	store, straight, proxy := behindProxy(t)
	for name, fault := range map[string]faultproxy.Fault{
		"quota":         {Status: http.StatusForbidden, Body: faultproxy.ErrorBody("QuotaExceeded")},
		"full":          {Status: http.StatusInsufficientStorage, Body: faultproxy.ErrorBody("XMinioStorageFull")},
		"only a status": {Status: http.StatusInsufficientStorage},
	} {
		t.Run(name, func(t *testing.T) {
			proxy.Heal()
			proxy.Inject(fault.On(http.MethodPut))
			id := newID()
			_, err := store.Put(t.Context(), id, [][]byte{[]byte("content")})
			require.ErrorIs(t, err, core.ErrNoSpace)
			_, err = upload(t, store, id, content(partSize+1))
			require.ErrorIs(t, err, core.ErrNoSpace)
			requireNoBlob(t, straight, id)
		})
	}
}

func TestReadsGetThroughFaults(t *testing.T) {
	store, straight, proxy := behindProxy(t, shortTimeout)
	want := content(2*partSize + 1000)
	blobID := mustUpload(t, straight, want)
	for name, fault := range map[string]faultproxy.Fault{
		"cut at once": {CutAnswer: 1}, "cut": {CutAnswer: 3 << 20}, "stalled": {StallAnswer: 1 << 20},
		"slow": {AnswerRate: 4 << 20}, "lost": {LoseAnswer: true}, "refused": faultproxy.SlowDown(),
	} {
		t.Run(name, func(t *testing.T) {
			proxy.Heal()
			proxy.Inject(fault.On(http.MethodGet).For(2))
			requireBlob(t, store, blobID, want)
			require.Positive(t, proxy.Hits())
		})
	}
}

func TestAReadThatNeverSucceedsEnds(t *testing.T) {
	store, straight, proxy := behindProxy(t, shortTimeout, func(c *s3.Config) { c.Attempts = 2 })
	blob, err := store.Open(t.Context(), mustUpload(t, straight, content(1<<20)))
	require.NoError(t, err)
	for name, fault := range map[string]faultproxy.Fault{
		"cut": {CutAnswer: 1}, "stalled": {StallHeader: true}, "refused": faultproxy.InternalError(),
	} {
		t.Run(name, func(t *testing.T) {
			proxy.Heal()
			proxy.Inject(fault.On(http.MethodGet))
			n, err := blob.ReadAt(make([]byte, 1<<19), 1<<19)
			require.Error(t, err)
			require.Less(t, n, 100)
		})
	}
	require.NoError(t, blob.Close())
}

func TestAServerThatStartsAnewIsWaitedFor(t *testing.T) {
	server, store := startedStore(t)
	id, want := newID(), content(3*partSize)
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, appendAll(part, want[:2*partSize]))
	require.NoError(t, part.Sync())
	server.Restart()
	requireBlob(t, store, mustFinish(t, store, part, id, want[2*partSize:]), want)
}

// An answer of 404 may be about the bucket or the access key: versitygw says so
// of a key that it does not know, and to HEAD without a reason. It may also be that
// of a load balancer that has lost the server.
func TestAnotherAbsenceIsNotTheBlobs(t *testing.T) {
	store, straight, proxy := behindProxy(t)
	blobID := mustUpload(t, straight, content(100_000))
	for name, body := range map[string]string{
		"no bucket": faultproxy.ErrorBody("NoSuchBucket"), "no user": faultproxy.ErrorBody("XAdminUserNotFound"),
		"a page": pageOf404, "text": "default backend - 404", "no code": faultproxy.ErrorBody(""), "nothing": "",
	} {
		t.Run(name, func(t *testing.T) {
			proxy.Heal()
			proxy.Inject(faultproxy.Fault{Status: http.StatusNotFound, Body: body})
			_, err := store.Open(t.Context(), blobID)
			require.Error(t, err)
			require.NotErrorIs(t, err, core.ErrNotFound)
			for _, id := range []string{blobID, newID()} {
				_, err = store.SetAside(t.Context(), id)
				require.Error(t, err)
				require.Error(t, store.Discard(t.Context(), id))
			}
			for _, err := range store.Blobs(t.Context()) {
				require.Error(t, err)
			}
			_, err = store.ReadLabel(t.Context(), "STORE_ID")
			require.Error(t, err)
		})
	}
	requireBlob(t, straight, blobID, content(100_000))
}

// pageOf404 is what a load balancer answers.
const pageOf404 = "<html><body><h1>404 Not Found</h1></body></html>"

func TestAnAnswerOfNoS3ServerIsExplained(t *testing.T) {
	store, _, proxy := behindProxy(t)
	proxy.Inject(faultproxy.Fault{Status: http.StatusNotFound, Body: pageOf404})
	_, err := store.Open(t.Context(), newID())
	require.ErrorContains(t, err, "404 without an S3 error code")
	_, err = s3.Open(t.Context(), configFor(proxy.Addr()))
	require.ErrorContains(t, err, "look at s3.endpoint and at what stands before it")
}
