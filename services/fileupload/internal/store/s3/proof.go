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
const proofVersion = "1"

// proof is what the first parts of a multipart upload are known by. As text it
// is the version, the part size in decimal, the multipart upload and the digest in
// hexadecimal, with spaces between them.
type proof struct {
	uploadID string
	partSize int
	// digest is the SHA-256 over the key and the ETags, each behind its number.
	digest [sha256.Size]byte
}

func (p proof) marshal() []byte {
	return fmt.Appendf(nil, "%s %d %s %x", proofVersion, p.partSize, p.uploadID, p.digest)
}

func parseProof(text []byte) (proof, error) {
	fields := bytes.SplitN(text, []byte(" "), 4)
	if len(fields) != 4 || string(fields[0]) != proofVersion || len(fields[2]) == 0 {
		return proof{}, fmt.Errorf("the proof is not of this store: %w", core.ErrNotFound)
	}
	partSize, err := strconv.Atoi(string(fields[1]))
	if err != nil || partSize < minPartSize || partSize > maxPartSize {
		return proof{}, fmt.Errorf("the proof has no part size: %w", core.ErrNotFound)
	}
	p := proof{uploadID: string(fields[2]), partSize: partSize}
	if len(fields[3]) != hex.EncodedLen(len(p.digest)) {
		return proof{}, fmt.Errorf("the proof has no digest: %w", core.ErrNotFound)
	}
	if _, err := hex.Decode(p.digest[:], fields[3]); err != nil {
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
