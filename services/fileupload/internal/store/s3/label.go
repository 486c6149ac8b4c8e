package s3

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/minio/minio-go/v7"
)

// maxLabel is the largest label, in bytes.
const maxLabel = 1024

// Name is the bucket with its prefix.
func (s *Store) Name() string { return s.bucket + "/" + s.prefix }

// ReadLabel returns a small object that is no content, nil when it is not there.
func (s *Store) ReadLabel(ctx context.Context, name string) ([]byte, error) {
	body, _, _, err := s.client.GetObject(ctx, s.bucket, s.prefix+name, minio.GetObjectOptions{})
	if isAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, explain("read "+name, err)
	}
	text, err := io.ReadAll(io.LimitReader(body, maxLabel))
	if err := errors.Join(err, body.Close()); err != nil {
		return nil, explain("read "+name, err)
	}
	return text, nil
}

// WriteLabel makes a small object that is no content.
func (s *Store) WriteLabel(ctx context.Context, name string, text []byte) error {
	options, sumMD5 := s.checksum.ofObject(text)
	_, err := s.client.PutObject(ctx, s.bucket, s.prefix+name, bytes.NewReader(text), int64(len(text)), sumMD5, "", options)
	if err != nil {
		return explain("write "+name, err)
	}
	return nil
}
