package s3

import "context"

// Discard aborts multipart uploads and removes objects: of an upload all that
// there are, and of a blob its own. A part that another process is just sending
// may come behind it: the server keeps its bytes until the multipart upload is
// aborted again, by PurgeSetAside or a rule of the bucket.
func (s *Store) Discard(ctx context.Context, id string) error {
	if err := s.DiscardPart(ctx, id); err != nil {
		return err
	}
	blobIDs, err := s.blobsOf(ctx, id)
	if err != nil {
		return explain("discard", err)
	}
	for _, blobID := range blobIDs {
		if err := s.remove(ctx, s.prefix+blobsFolder+blobID); err != nil {
			return explain("discard", err)
		}
	}
	return nil
}

// DiscardPart aborts multipart uploads, as Discard does, and leaves objects.
func (s *Store) DiscardPart(ctx context.Context, id string) error {
	key, err := s.keyOf(id)
	if err != nil {
		return err
	}
	s.sessions.forget(id)
	for upload, err := range s.uploads(ctx, key) {
		if err != nil {
			return explain("discard part", err)
		}
		if blobID, ok := s.blobIDOf(upload.Key); !ok || !covers(id, blobID) {
			continue
		}
		if err := s.abort(ctx, upload.Key, upload.UploadID); err != nil {
			return explain("discard part", err)
		}
	}
	return nil
}

// abort is no error for an upload that is gone.
func (s *Store) abort(ctx context.Context, key, uploadID string) error {
	err := s.client.AbortMultipartUpload(ctx, s.bucket, key, uploadID)
	if isAbsent(err) {
		return nil
	}
	return err
}

// blobsOf returns the blobs that an identifier means: every one that an upload
// has, or the one that the identifier is, whether it is there or not.
func (s *Store) blobsOf(ctx context.Context, id string) (blobIDs []string, err error) {
	key, err := s.keyOf(id)
	if err != nil {
		return nil, err
	}
	if isBlobID(id) {
		return []string{id}, nil
	}
	for object, err := range s.objects(ctx, key) {
		if err != nil {
			return nil, err
		}
		if blobID, ok := s.blobIDOf(object.Key); ok && covers(id, blobID) {
			blobIDs = append(blobIDs, blobID)
		}
	}
	return blobIDs, nil
}
