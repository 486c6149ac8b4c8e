package s3_test

import (
	"bytes"
	"context"
	"io"
	"iter"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/libs/testkit/faultproxy"
	"github.com/sluice-ingest/sluice/libs/testkit/s3server"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/s3"
)

// partSize is the smallest that S3 takes.
const partSize = 5 << 20

// configFor is for a server or a proxy before it, with a prefix of its own.
func configFor(addr string) s3.Config {
	c := s3.DefaultConfig()
	c.Endpoint, c.Bucket, c.Prefix = addr, s3server.Bucket, newID()+"/"
	c.AccessKey, c.SecretKey = s3server.AccessKey, s3server.SecretKey
	c.PathStyle, c.Insecure = true, true
	c.PartSize = partSize
	return c
}

func openStore(t testing.TB, c s3.Config) *s3.Store {
	t.Helper()
	store, err := s3.Open(context.Background(), c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// behindProxy returns a store whose requests go through a proxy, and one of the
// same place that goes straight to the server.
func behindProxy(t *testing.T, change ...func(*s3.Config)) (store, straight *s3.Store, proxy *faultproxy.Proxy) {
	t.Helper()
	server := s3server.Start(t)
	proxy = faultproxy.New(t, server.Addr)
	c := configFor(proxy.Addr())
	for _, f := range change {
		f(&c)
	}
	store = openStore(t, c)
	c.Endpoint = server.Addr
	c.Timeout = time.Minute
	return store, openStore(t, c), proxy
}

// client speaks to the server without the store.
func client(t *testing.T, addr string) *minio.Core {
	t.Helper()
	straight, err := minio.NewCore(addr, &minio.Options{
		Creds:  credentials.NewStaticV4(s3server.AccessKey, s3server.SecretKey, ""),
		Region: s3server.Region, BucketLookup: minio.BucketLookupPath,
	})
	require.NoError(t, err)
	return straight
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// segments cuts content as gRPC hands it over.
func segments(content []byte) [][]byte {
	var cut [][]byte
	for len(content) > 0 {
		n := min(len(content), 256<<10)
		cut, content = append(cut, content[:n]), content[n:]
	}
	return cut
}

func appendAll(part core.Part, content []byte) error {
	for _, segment := range segments(content) {
		if err := part.Append([][]byte{segment}); err != nil {
			return err
		}
	}
	return nil
}

// upload makes content a blob and returns its identifier.
func upload(t *testing.T, store core.Store, id string, content []byte) (blobID string, err error) {
	t.Helper()
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	return finish(t, store, part, id, content)
}

// finish appends what is left and makes the part a blob, whose identifier it returns.
func finish(t *testing.T, store core.Store, part core.Part, id string, rest []byte) (blobID string, err error) {
	t.Helper()
	defer func() { require.NoError(t, part.Close()) }()
	for _, step := range []func() error{
		func() error { return appendAll(part, rest) }, part.End, part.Sync, part.Close,
	} {
		if err := step(); err != nil {
			return "", err
		}
	}
	return store.Publish(t.Context(), id)
}

// mustUpload is upload of an upload of its own, which succeeds.
func mustUpload(t *testing.T, store core.Store, content []byte) (blobID string) {
	t.Helper()
	blobID, err := upload(t, store, newID(), content)
	require.NoError(t, err)
	return blobID
}

// mustFinish is finish that succeeds.
func mustFinish(t *testing.T, store core.Store, part core.Part, id string, rest []byte) (blobID string) {
	t.Helper()
	blobID, err := finish(t, store, part, id, rest)
	require.NoError(t, err)
	return blobID
}

// leavePart leaves a part with the content synced, and returns its proof.
func leavePart(t *testing.T, store core.Store, id string, content []byte) (durable int64, proof []byte) {
	t.Helper()
	part, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	require.NoError(t, appendAll(part, content))
	require.NoError(t, part.Sync())
	durable = part.Durable(int64(len(content)))
	proof = part.Proof(durable)
	require.NoError(t, part.Close())
	return durable, proof
}

func requireBlob(t *testing.T, store core.Store, id string, want []byte) {
	t.Helper()
	blob, err := store.Open(t.Context(), id)
	require.NoError(t, err)
	defer func() { require.NoError(t, blob.Close()) }()
	got, err := io.ReadAll(io.NewSectionReader(blob, 0, blob.Size()))
	require.NoError(t, err)
	require.Len(t, got, len(want))
	require.True(t, bytes.Equal(want, got), "the blob has other bytes") // A diff would be as long as they are.
}

// requireNoBlob checks that an upload has become none.
func requireNoBlob(t *testing.T, store core.Store, id string) {
	t.Helper()
	for _, blobID := range blobs(t, store) {
		require.NotEqual(t, id, blobID[:len(id)])
	}
}

func parts(t *testing.T, store core.Store) []string {
	t.Helper()
	return collect(t, store.Parts(t.Context()))
}

func blobs(t *testing.T, store core.Store) []string {
	t.Helper()
	return collect(t, store.Blobs(t.Context()))
}

func collect(t *testing.T, found iter.Seq2[string, error]) []string {
	t.Helper()
	var ids []string
	for id, err := range found {
		require.NoError(t, err)
		ids = append(ids, id)
	}
	return ids
}

// sweep does what the janitor does when one blob alone has been committed.
func sweep(t *testing.T, store core.Store, committed string) {
	t.Helper()
	for _, id := range append(parts(t, store), blobs(t, store)...) {
		if id == committed {
			continue
		}
		_, err := store.SetAside(t.Context(), id)
		require.NoError(t, err)
		require.NoError(t, store.Discard(t.Context(), id))
	}
	require.Empty(t, parts(t, store))
	require.Equal(t, []string{committed}, blobs(t, store))
}

// content returns bytes that differ from part to part.
func content(size int) []byte { return testkit.NewContent(42, int64(size)).Bytes(0, size) }
