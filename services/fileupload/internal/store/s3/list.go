package s3

import (
	"context"
	"iter"

	"github.com/minio/minio-go/v7"
)

// uploadsAtOnce is how many multipart uploads the server lists in one answer.
const uploadsAtOnce = 1000

// Parts yields, with its nonce, the identifier of every key that has a multipart
// upload, but for one that is left over beside its object, and of every small part
// that is ended here.
func (s *Store) Parts(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, id := range s.sessions.inMemory() {
			if !yield(id, nil) {
				return
			}
		}
		last := ""
		for upload, err := range s.partUploads(ctx) {
			if err != nil {
				yield("", explain("list parts", err))
				return
			}
			id, ok := s.blobIDOf(upload.Key)
			if !ok || id == last {
				continue
			}
			last = id
			if !yield(id, nil) {
				return
			}
		}
	}
}

// partUploads yields the multipart uploads that are not left over.
func (s *Store) partUploads(ctx context.Context) iter.Seq2[minio.ObjectMultipartInfo, error] {
	return func(yield func(minio.ObjectMultipartInfo, error) bool) {
		for upload, err := range s.uploads(ctx, s.prefix+blobsFolder) {
			leftOver := false
			if err == nil {
				leftOver, err = s.isLeftOver(ctx, upload)
			}
			if !leftOver && !yield(upload, err) || err != nil {
				return
			}
		}
	}
}

// Blobs yields the identifier, with its nonce, of every object below blobs.
func (s *Store) Blobs(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for object, err := range s.objects(ctx, s.prefix+blobsFolder) {
			if err != nil {
				yield("", explain("list blobs", err))
				return
			}
			if id, ok := s.blobIDOf(object.Key); ok && !yield(id, nil) {
				return
			}
		}
	}
}

// uploads yields the multipart uploads of keys that begin with prefix. It ends
// after the first error.
func (s *Store) uploads(ctx context.Context, prefix string) iter.Seq2[minio.ObjectMultipartInfo, error] {
	return func(yield func(minio.ObjectMultipartInfo, error) bool) {
		keyMarker, uploadMarker := "", ""
		for {
			page, err := s.client.ListMultipartUploads(ctx, s.bucket, prefix, keyMarker, uploadMarker, "", uploadsAtOnce)
			if err != nil {
				yield(minio.ObjectMultipartInfo{}, err)
				return
			}
			for _, upload := range page.Uploads {
				if !yield(upload, nil) {
					return
				}
			}
			if !page.IsTruncated {
				return
			}
			keyMarker, uploadMarker = page.NextKeyMarker, page.NextUploadIDMarker
		}
	}
}

// objects yields the objects whose keys begin with prefix. It ends after the
// first error.
func (s *Store) objects(ctx context.Context, prefix string) iter.Seq2[minio.ObjectInfo, error] {
	return func(yield func(minio.ObjectInfo, error) bool) {
		if err := ctx.Err(); err != nil {
			yield(minio.ObjectInfo{}, err)
			return
		}
		options := minio.ListObjectsOptions{Prefix: prefix, Recursive: true}
		for object := range s.client.ListObjectsIter(ctx, s.bucket, options) {
			if !yield(object, object.Err) || object.Err != nil {
				return
			}
		}
	}
}

// isLeftOver tells whether the key became an object after the multipart upload
// was begun: another one was completed, and nobody knows of this one, since the
// answer to its beginning was lost.
func (s *Store) isLeftOver(ctx context.Context, upload minio.ObjectMultipartInfo) (bool, error) {
	object, err := s.stat(ctx, upload.Key)
	if isAbsent(err) {
		return false, nil
	}
	return err == nil && !upload.Initiated.After(object.LastModified), err
}
