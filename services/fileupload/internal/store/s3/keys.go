package s3

import (
	"fmt"
	"strings"
	"time"
)

const (
	blobsFolder = "blobs/"
	lostFolder  = "lost/"

	// lostTime is the form of the moment that the key of a lost blob begins with.
	lostTime = "20060102T150405Z"

	// maxIDLength leaves room for prefix and folder in a key of 1,024 bytes.
	maxIDLength = 128
)

// keyOf returns the key of a blob, which the keys of an upload's blobs begin
// with when the identifier is the upload's.
func (s *Store) keyOf(id string) (string, error) {
	if !validID(id) {
		return "", fmt.Errorf("s3: invalid identifier %q: use 1 to %d of a-z, 0-9 and '-'", id, maxIDLength)
	}
	return s.prefix + blobsFolder + id, nil
}

// newBlobID returns an identifier, used never before, for a blob of an upload.
func newBlobID(id string) (string, error) {
	blobID := withNonce(id, newNonce())
	if !validID(id) || isBlobID(id) || !validID(blobID) {
		return "", fmt.Errorf("s3: invalid identifier %q of an upload: use 1 to %d of a-z, 0-9 and '-', and not a blob's",
			id, maxIDLength-len(blobID)+len(id))
	}
	return blobID, nil
}

// blobIDOf returns the identifier of the blob of a key, and false for a key that
// is not the store's.
func (s *Store) blobIDOf(key string) (string, bool) {
	id, found := strings.CutPrefix(key, s.prefix+blobsFolder)
	return id, found && validID(id) && isBlobID(id)
}

// lostKey is where a blob goes that is set aside at now.
func (s *Store) lostKey(id string, now time.Time) string {
	return s.prefix + lostFolder + now.UTC().Format(lostTime) + "." + id
}

// lostSince returns when the blob of a key was set aside, and false for a key
// that is not the store's.
func (s *Store) lostSince(key string) (time.Time, bool) {
	name, _ := strings.CutPrefix(key, s.prefix+lostFolder)
	stamp, id, _ := strings.Cut(name, ".")
	since, err := time.Parse(lostTime, stamp)
	return since, err == nil && validID(id)
}

func validID(id string) bool {
	if id == "" || len(id) > maxIDLength {
		return false
	}
	return !strings.ContainsFunc(id, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
}
