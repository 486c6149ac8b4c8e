package s3

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/minio/minio-go/v7"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Store is a [core.Store] in a bucket. Several processes may use one bucket and
// prefix at once, and go on with each other's parts.
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

	mu sync.Mutex
	// ended are the parts that only have to be published, by identifier; guarded
	// by mu.
	ended map[string]completion
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
		checksum: checksum(c.Checksum), buffers: newBuffers(int(c.PartSize)), ended: map[string]completion{},
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

// Put stores a content by one request.
func (s *Store) Put(ctx context.Context, id string, content [][]byte) (string, error) {
	key, err := s.keyOf(id)
	if err != nil {
		return "", err
	}
	body := bytes.Join(content, nil)
	return id, explain("put blob", s.putObject(ctx, key, body))
}

func (s *Store) putObject(ctx context.Context, key string, body []byte) error {
	options, sumMD5 := s.checksum.ofObject(body)
	_, err := s.client.PutObject(ctx, s.bucket, key, bytes.NewReader(body), int64(len(body)), sumMD5, "", options)
	return err
}

// Create begins an empty part. It asks the server nothing: of the parts that
// there are it knows those that were ended here.
func (s *Store) Create(ctx context.Context, id string) (core.Part, error) {
	key, err := s.keyOf(id)
	if err != nil {
		return nil, err
	}
	if s.hasEnded(id) {
		return nil, fmt.Errorf("s3: create part: %w", core.ErrExists)
	}
	return newPart(ctx, s, id, key, s.partSize), nil
}

// Discard aborts every multipart upload of the key and removes the object. A
// part that another process is just sending may come behind it: the server
// keeps its bytes until the upload is aborted again, by PurgeSetAside or a rule
// of the bucket.
func (s *Store) Discard(ctx context.Context, id string) error {
	key, err := s.keyOf(id)
	if err != nil {
		return err
	}
	s.forgetEnded(id)
	if _, err := s.abortAll(ctx, key); err != nil {
		return explain("discard", err)
	}
	return explain("discard", s.remove(ctx, key))
}

// DiscardPart aborts every multipart upload of the key, as Discard does, and
// leaves an object.
func (s *Store) DiscardPart(ctx context.Context, id string) error {
	key, err := s.keyOf(id)
	if err != nil {
		return err
	}
	s.forgetEnded(id)
	_, err = s.abortAll(ctx, key)
	return explain("discard part", err)
}

// abortAll returns how many multipart uploads of the key there were.
func (s *Store) abortAll(ctx context.Context, key string) (aborted int, err error) {
	for upload, err := range s.uploads(ctx, key) {
		if err != nil {
			return aborted, err
		}
		if upload.Key != key {
			continue
		}
		if err := s.abort(ctx, key, upload.UploadID); err != nil {
			return aborted, err
		}
		aborted++
	}
	return aborted, nil
}

// abort is no error for an upload that is gone.
func (s *Store) abort(ctx context.Context, key, uploadID string) error {
	err := s.client.AbortMultipartUpload(ctx, s.bucket, key, uploadID)
	if isAbsent(err) {
		return nil
	}
	return err
}
