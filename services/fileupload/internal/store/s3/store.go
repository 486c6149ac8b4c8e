package s3

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/minio/minio-go/v7"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Store is a [core.Store] in a bucket. Several processes may use one bucket and
// prefix at once, and go on with each other's parts. Discard, DiscardPart and
// SetAside take an upload's identifier for every part and blob that any process
// ever began under it, and a blob's, which Publish, Put, Parts and Blobs return,
// for that one alone.
type Store struct {
	client      minio.Core
	connections *http.Transport
	bucket      string
	prefix      string
	partSize    int
	inFlight    int
	attempts    int
	checksum    checksum
	buffers     *buffers
	sessions    *sessions
}

var _ core.Store = (*Store)(nil)

// Open connects to the bucket and fails when it is not there or may not be
// used. The caller closes the store.
func Open(ctx context.Context, c Config) (*Store, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	connections, transport, err := newTransport(!c.Insecure, c.Timeout)
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	client, err := minio.NewCore(c.Endpoint, clientOptions(c, transport))
	if err != nil {
		return nil, fmt.Errorf("s3: use s3.endpoint %s: %w", c.Endpoint, err)
	}
	s := &Store{
		client: *client, connections: connections, bucket: c.Bucket, prefix: c.Prefix,
		partSize: int(c.PartSize), inFlight: c.PartsInFlight, attempts: c.Attempts,
		checksum: checksum(c.Checksum), buffers: newBuffers(int(c.PartSize)), sessions: newSessions(),
	}
	if err := s.checkBucket(ctx); err != nil {
		connections.CloseIdleConnections()
		return nil, err
	}
	return s, nil
}

func clientOptions(c Config, transport http.RoundTripper) *minio.Options {
	lookup := minio.BucketLookupDNS
	if c.PathStyle {
		lookup = minio.BucketLookupPath
	}
	return &minio.Options{
		Creds:        newCredentials(c),
		Secure:       !c.Insecure,
		Transport:    transport,
		Region:       c.Region,
		BucketLookup: lookup,
		MaxRetries:   c.Attempts,
	}
}

// checkBucket lists what the prefix begins with: HEAD would not tell a wrong key
// from a bucket that is not there.
func (s *Store) checkBucket(ctx context.Context) error {
	for _, err := range s.objects(ctx, s.prefix+blobsFolder) {
		switch {
		case err == nil:
			return nil
		case isForeign(err):
			return explain("list bucket "+s.bucket, err)
		case minio.ToErrorResponse(err).Code == minio.NoSuchBucket:
			return fmt.Errorf("s3: there is no bucket %s: make it, or name another in s3.bucket", s.bucket)
		}
		return fmt.Errorf("s3: list bucket %s: look at s3.endpoint, s3.region, s3.access_key and what the key may do: %w", s.bucket, err)
	}
	return nil
}

// Close releases the connections. Parts and blobs are closed before.
func (s *Store) Close() error {
	s.connections.CloseIdleConnections()
	return nil
}

// StreamBytes returns the most bytes that one open part holds in memory.
func (s *Store) StreamBytes() int64 { return int64(s.inFlight+1) * int64(s.partSize) }

// Put stores a content by one request. It returns the blob's identifier after an
// error, too, since the blob may be there.
func (s *Store) Put(ctx context.Context, id string, content [][]byte) (string, error) {
	blobID, err := newBlobID(id)
	if err != nil {
		return "", err
	}
	err = s.putObject(ctx, s.prefix+blobsFolder+blobID, bytes.Join(content, nil))
	return blobID, explain("put blob", err)
}

func (s *Store) putObject(ctx context.Context, key string, body []byte) error {
	options, sumMD5 := s.checksum.ofObject(body)
	_, err := s.client.PutObject(ctx, s.bucket, key, bytes.NewReader(body), int64(len(body)), sumMD5, "", options)
	return err
}

// Create begins an empty part. It asks the server nothing: of the parts that
// there are it knows those that were ended here.
func (s *Store) Create(ctx context.Context, id string) (core.Part, error) {
	blobID, err := newBlobID(id)
	if err != nil {
		return nil, err
	}
	opened, ok := s.sessions.create(id, blobID)
	if !ok {
		return nil, fmt.Errorf("s3: create part: %w", core.ErrExists)
	}
	return newPart(ctx, s, opened, s.partSize), nil
}
