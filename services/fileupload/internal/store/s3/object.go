package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"
)

// errNoRange says that the server sent something else than was asked for.
var errNoRange = errors.New("the server does not answer for the range that it was asked for")

// stat looks at an object. An answer to HEAD has no body that says what is
// absent, the object, the bucket or the access key, or whether it is the server's
// at all, so that GET is asked then.
func (s *Store) stat(ctx context.Context, key string) (minio.ObjectInfo, error) {
	object, err := s.client.StatObject(ctx, s.bucket, key, minio.StatObjectOptions{})
	if !isForeign(err) {
		return object, err
	}
	body, _, _, err := s.client.GetObject(ctx, s.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return minio.ObjectInfo{}, err
	}
	_ = body.Close() // It came in this moment.
	return s.client.StatObject(ctx, s.bucket, key, minio.StatObjectOptions{})
}

// get asks for size bytes from start on, or what there is of them. The object
// has its whole size. With an ETag it must be that object still.
func (s *Store) get(ctx context.Context, key, etag string, start, size int64) (io.ReadCloser, minio.ObjectInfo, error) {
	var options minio.GetObjectOptions
	err := options.SetRange(start, start+size-1)
	if etag != "" {
		err = errors.Join(err, options.SetMatchETag(etag))
	}
	if err != nil {
		return nil, minio.ObjectInfo{}, err
	}
	body, object, header, err := s.client.GetObject(ctx, s.bucket, key, options)
	if err != nil {
		return nil, minio.ObjectInfo{}, err
	}
	if object.Size, err = wholeSize(header.Get("Content-Range"), start); err != nil {
		return nil, minio.ObjectInfo{}, errors.Join(err, body.Close())
	}
	return body, object, nil
}

// wholeSize returns the size of the object whose bytes from start on an answer
// brings.
func wholeSize(contentRange string, start int64) (int64, error) {
	of, found := strings.CutPrefix(contentRange, fmt.Sprintf("bytes %d-", start))
	_, total, slash := strings.Cut(of, "/")
	size, err := strconv.ParseInt(total, 10, 64)
	if !found || !slash || err != nil || size <= start {
		return 0, fmt.Errorf("%w: %q for the bytes from %d on", errNoRange, contentRange, start)
	}
	return size, nil
}

// remove is no error for an object that is not there.
func (s *Store) remove(ctx context.Context, key string) error {
	err := s.client.RemoveObject(ctx, s.bucket, key, minio.RemoveObjectOptions{})
	if isAbsent(err) {
		return nil
	}
	return err
}
