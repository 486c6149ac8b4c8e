package s3_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit/faultproxy"
	"github.com/sluice-ingest/sluice/libs/testkit/s3server"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/s3"
)

func startedStore(t *testing.T) (*s3server.Server, *s3.Store) {
	t.Helper()
	server := s3server.Start(t)
	return server, openStore(t, configFor(server.Addr))
}

func TestAnotherReplicaGoesOn(t *testing.T) {
	server := s3server.Start(t)
	c := configFor(server.Addr)
	one, other := openStore(t, c), openStore(t, c)
	id, want := newID(), content(4*partSize+77)
	durable, proof := leavePart(t, one, id, want[:2*partSize+5])
	require.Equal(t, int64(2*partSize), durable)

	part, err := other.Resume(t.Context(), id, durable, proof)
	require.NoError(t, err)
	requireBlob(t, one, mustFinish(t, other, part, id, want[durable:]), want)
	require.Empty(t, parts(t, one))
}

// An upload keeps to the part size and the checksum that it was begun with.
func TestAnUploadGoesOnUnderOtherSettings(t *testing.T) {
	server := s3server.Start(t)
	for _, modes := range [][2]string{{"crc32c", "md5"}, {"crc32c", "none"}, {"md5", "crc32c"}, {"none", "crc32c"}, {"none", "none"}} {
		t.Run(modes[0]+" and then "+modes[1], func(t *testing.T) {
			c := configFor(server.Addr)
			c.Checksum = modes[0]
			id, want := newID(), content(3*partSize+77)
			durable, proof := leavePart(t, openStore(t, c), id, want[:partSize])
			c.Checksum, c.PartSize = modes[1], 8<<20
			store := openStore(t, c)
			part, err := store.Resume(t.Context(), id, durable, proof)
			require.NoError(t, err)
			require.Equal(t, int64(2*partSize), part.Durable(2*partSize+1))
			requireBlob(t, store, mustFinish(t, store, part, id, want[durable:]), want)
		})
	}
}

func TestLargerPartsThanNowAreNotResumed(t *testing.T) {
	server := s3server.Start(t)
	c := configFor(server.Addr)
	c.PartSize = 6 << 20
	id := newID()
	durable, proof := leavePart(t, openStore(t, c), id, content(6<<20))
	c.PartSize = partSize
	_, err := openStore(t, c).Resume(t.Context(), id, durable, proof)
	require.ErrorIs(t, err, core.ErrNotFound)
}

func TestAPartThatAnOlderWriterReplacedIsFound(t *testing.T) {
	server := s3server.Start(t)
	c := configFor(server.Addr)
	c.Checksum = "md5"
	store := openStore(t, c)
	id := newID()
	durable, proof := leavePart(t, store, id, content(3*partSize))

	straight := client(t, server.Addr)
	uploads, err := straight.ListMultipartUploads(t.Context(), c.Bucket, c.Prefix, "", "", "", 10)
	require.NoError(t, err)
	require.Len(t, uploads.Uploads, 1)
	older := content(partSize)
	_, err = straight.PutObjectPart(t.Context(), c.Bucket, uploads.Uploads[0].Key, uploads.Uploads[0].UploadID,
		2, bytes.NewReader(older), partSize, minio.PutObjectPartOptions{})
	require.NoError(t, err)
	_, err = store.Resume(t.Context(), id, durable, proof)
	require.ErrorIs(t, err, core.ErrNotFound)
}

// A part that is replaced while its upload goes on must not get into the blob.
func TestAPartThatIsReplacedBeforeThePublicationIsFound(t *testing.T) {
	server := s3server.Start(t)
	c := configFor(server.Addr)
	c.Checksum = "md5"
	store := openStore(t, c)
	id, want := newID(), content(2*partSize+10)
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, appendAll(part, want))
	require.NoError(t, part.End())
	require.NoError(t, part.Sync())
	require.NoError(t, part.Close())

	straight := client(t, server.Addr)
	uploads, err := straight.ListMultipartUploads(t.Context(), c.Bucket, c.Prefix, "", "", "", 10)
	require.NoError(t, err)
	older := make([]byte, partSize)
	_, err = straight.PutObjectPart(t.Context(), c.Bucket, uploads.Uploads[0].Key, uploads.Uploads[0].UploadID,
		1, bytes.NewReader(older), partSize, minio.PutObjectPartOptions{})
	require.NoError(t, err)
	_, err = store.Publish(t.Context(), id)
	require.Error(t, err)
	requireNoBlob(t, store, id)
}

func TestABlobIsTakenBackByAnotherReplica(t *testing.T) {
	server := s3server.Start(t)
	for _, mode := range []string{"crc32c", "md5", "none"} {
		t.Run(mode, func(t *testing.T) {
			c := configFor(server.Addr)
			c.Checksum = mode
			store := openStore(t, c)
			id, want := newID(), content(3*partSize+99)
			part, err := store.Create(t.Context(), id)
			require.NoError(t, err)
			require.NoError(t, appendAll(part, want))
			require.NoError(t, part.Sync())
			proof := part.Proof(2 * partSize)
			first := mustFinish(t, store, part, id, nil)

			// Twice with the same proof, as after a crash before the next checkpoint.
			var next []byte
			for range 2 {
				other := openStore(t, c)
				part, err := other.Resume(t.Context(), id, 2*partSize, proof)
				require.NoError(t, err)
				next = part.Proof(2 * partSize)
				require.NoError(t, part.Close())
				requireBlob(t, other, first, want)
			}
			part, err = store.Resume(t.Context(), id, 2*partSize, next)
			require.NoError(t, err)
			again := mustFinish(t, store, part, id, want[2*partSize:])
			require.NotEqual(t, first, again)
			sweep(t, store, again)
			requireBlob(t, store, again, want)
		})
	}
}

// What interrupts taking back leaves the blob or the part whole.
func TestTakingBackGetsThroughFaults(t *testing.T) {
	for name, fault := range map[string]faultproxy.Fault{
		"no beginning":     beginning(faultproxy.Fault{LoseAnswer: true}),
		"no copies":        sendingPart(faultproxy.InternalError()).After(1),
		"no look at it":    faultproxy.SlowDown().On(http.MethodHead),
		"no list of parts": faultproxy.SlowDown().On(http.MethodGet, "uploadId"),
	} {
		t.Run(name, func(t *testing.T) {
			store, straight, proxy := behindProxy(t, func(c *s3.Config) { c.Attempts = 2 })
			id, want := newID(), content(3*partSize)
			part, err := straight.Create(t.Context(), id)
			require.NoError(t, err)
			require.NoError(t, appendAll(part, want))
			require.NoError(t, part.Sync())
			proof := part.Proof(2 * partSize)
			first := mustFinish(t, straight, part, id, nil)

			proxy.Inject(fault)
			_, err = store.Resume(t.Context(), id, 2*partSize, proof)
			require.Error(t, err)
			require.NotErrorIs(t, err, core.ErrNotFound, "it must not be forgotten")
			proxy.Heal()
			part, err = store.Resume(t.Context(), id, 2*partSize, proof)
			require.NoError(t, err)
			requireBlob(t, straight, first, want)
			again := mustFinish(t, store, part, id, want[2*partSize:])
			sweep(t, straight, again)
			requireBlob(t, straight, again, want)
		})
	}
}

// Errors that say nothing about what is there are not taken for absence.
func TestAResumptionThatFailsIsNoAbsence(t *testing.T) {
	store, straight, proxy := behindProxy(t, func(c *s3.Config) { c.Attempts = 2 })
	id := newID()
	durable, proof := leavePart(t, straight, id, content(partSize))
	for name, fault := range map[string]faultproxy.Fault{
		"refused": faultproxy.SlowDown(), "cut": {CutAnswer: 10}, "lost": {LoseAnswer: true},
		"another bucket": {Status: http.StatusNotFound, Body: faultproxy.ErrorBody("NoSuchBucket")},
		"no server":      {Status: http.StatusNotFound, Body: pageOf404},
		"no permission":  {Status: http.StatusForbidden, Body: faultproxy.ErrorBody("AccessDenied")},
	} {
		t.Run(name, func(t *testing.T) {
			proxy.Heal()
			proxy.Inject(fault)
			_, err := store.Resume(t.Context(), id, durable, proof)
			require.Error(t, err)
			require.NotErrorIs(t, err, core.ErrNotFound)
		})
	}
}

func TestWhatALostAnswerLeftOverIsAborted(t *testing.T) {
	store, straight, proxy := behindProxy(t)
	proxy.Inject(beginning(faultproxy.Fault{LoseAnswer: true}).Once())
	id := newID()
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, appendAll(part, content(partSize)))
	require.NoError(t, part.Sync())
	require.NoError(t, straight.AbortLeftovers(t.Context(), time.Now().Add(time.Hour)))
	going := parts(t, straight)
	require.Len(t, going, 1, "the upload goes on")
	blobID := mustFinish(t, store, part, id, nil)
	require.Equal(t, going[0], blobID)

	require.Empty(t, parts(t, straight), "it is no part that may be discarded")
	proxy.Requests()
	require.NoError(t, store.AbortLeftovers(t.Context(), time.Now().Add(-time.Hour)))
	require.Zero(t, aborts(proxy), "it may be in use still")
	require.NoError(t, store.AbortLeftovers(t.Context(), time.Now().Add(time.Hour)))
	require.Equal(t, 1, aborts(proxy))
	requireBlob(t, straight, blobID, content(partSize))
}

func aborts(proxy *faultproxy.Proxy) int {
	count := 0
	for _, request := range proxy.Requests() {
		if strings.HasPrefix(request, http.MethodDelete) {
			count++
		}
	}
	return count
}

func TestALargeBlobIsCopiedInSteps(t *testing.T) {
	server, store := startedStore(t)
	want := content(2*partSize + 1000)
	blobID := mustUpload(t, store, want)
	require.NoError(t, store.SetAsideInSteps(t.Context(), blobID, int64(len(want)), partSize))
	c := client(t, server.Addr)
	var copies []minio.ObjectInfo
	for object := range c.ListObjectsIter(t.Context(), s3server.Bucket, minio.ListObjectsOptions{Recursive: true}) {
		require.NoError(t, object.Err)
		copies = append(copies, object)
	}
	require.Len(t, copies, 2)
	require.Equal(t, copies[0].Size, copies[1].Size)
	require.Equal(t, copies[0].ETag, copies[1].ETag)
}
