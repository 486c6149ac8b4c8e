package s3

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
)

const (
	// nonceMark stands before the nonce. An s is no hexadecimal digit, so that no
	// UUID ends like a blob's identifier.
	nonceMark   = "-s"
	nonceLength = 12
)

// newNonce returns a nonce that no other part of the upload has.
func newNonce() string {
	var random [nonceLength / 2]byte
	_, _ = rand.Read(random[:]) // It never fails.
	return hex.EncodeToString(random[:])
}

// withNonce is the identifier of the blob that a part with this nonce becomes.
func withNonce(id, nonce string) string { return id + nonceMark + nonce }

// uploadOf returns what a blob's identifier begins with, and any other
// identifier as it is.
func uploadOf(id string) string {
	if !isBlobID(id) {
		return id
	}
	return id[:len(id)-len(nonceMark)-nonceLength]
}

// nonceOf returns what a blob's identifier ends with.
func nonceOf(blobID string) string { return blobID[len(blobID)-nonceLength:] }

// isBlobID tells whether an identifier ends with a nonce.
func isBlobID(id string) bool {
	at := len(id) - len(nonceMark) - nonceLength
	return at > 0 && id[at:at+len(nonceMark)] == nonceMark && isNonce(id[at+len(nonceMark):])
}

func isNonce(text string) bool {
	return len(text) == nonceLength && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'f')
	})
}

// covers tells whether an identifier means a blob: it is the blob's, or that of
// the upload whose blob it is.
func covers(id, blobID string) bool { return id == blobID || id == uploadOf(blobID) }
