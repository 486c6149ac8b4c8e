package s3

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// proofVersion begins every proof of this form.
const proofVersion = "2"

// proof is what the first parts of a multipart upload are known by. As text it
// is the version, the part size in decimal, the nonce of the key, the multipart
// upload and the digest in hexadecimal, with spaces between them.
type proof struct {
	nonce    string
	uploadID string
	partSize int
	// digest is the SHA-256 over the key and the ETags, each behind its number.
	digest [sha256.Size]byte
}

func (p proof) marshal() []byte {
	return fmt.Appendf(nil, "%s %d %s %s %x", proofVersion, p.partSize, p.nonce, p.uploadID, p.digest)
}

func parseProof(text []byte) (proof, error) {
	fields := bytes.SplitN(text, []byte(" "), 5)
	if len(fields) != 5 || string(fields[0]) != proofVersion || !isNonce(string(fields[2])) || len(fields[3]) == 0 {
		return proof{}, fmt.Errorf("the proof is not of this store: %w", core.ErrNotFound)
	}
	partSize, err := strconv.Atoi(string(fields[1]))
	if err != nil || partSize < minPartSize || partSize > maxPartSize {
		return proof{}, fmt.Errorf("the proof has no part size: %w", core.ErrNotFound)
	}
	p := proof{nonce: string(fields[2]), uploadID: string(fields[3]), partSize: partSize}
	if len(fields[4]) != hex.EncodedLen(len(p.digest)) {
		return proof{}, fmt.Errorf("the proof has no digest: %w", core.ErrNotFound)
	}
	if _, err := hex.Decode(p.digest[:], fields[4]); err != nil {
		return proof{}, fmt.Errorf("the proof has no digest: %w", core.ErrNotFound)
	}
	return p, nil
}

func digestOf(key string, parts []minio.CompletePart) (digest [sha256.Size]byte) {
	h := sha256.New()
	_, _ = fmt.Fprintln(h, key) // A hash takes everything.
	for _, part := range parts {
		_, _ = fmt.Fprintf(h, "%d %s\n", part.PartNumber, part.ETag)
	}
	h.Sum(digest[:0])
	return digest
}

// completePart is what completing names a part by that was sent or listed.
func completePart(p minio.ObjectPart) minio.CompletePart {
	return minio.CompletePart{
		PartNumber: p.PartNumber, ETag: strings.Trim(p.ETag, `"`), ChecksumCRC32C: p.ChecksumCRC32C,
	}
}
