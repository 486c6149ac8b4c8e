package s3

import (
	"testing"

	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

func TestADigestTellsKeysNumbersAndETags(t *testing.T) {
	part := func(number int, etag string) minio.CompletePart {
		return minio.CompletePart{PartNumber: number, ETag: etag}
	}
	digests := map[[32]byte]bool{}
	for _, d := range [][32]byte{
		digestOf("key", []minio.CompletePart{part(1, "a"), part(2, "b")}),
		digestOf("other", []minio.CompletePart{part(1, "a"), part(2, "b")}),
		digestOf("key", []minio.CompletePart{part(1, "a"), part(2, "c")}),
		digestOf("key", []minio.CompletePart{part(1, "a"), part(3, "b")}),
		digestOf("key", []minio.CompletePart{part(2, "b"), part(1, "a")}),
		digestOf("key", []minio.CompletePart{part(1, "a")}),
	} {
		digests[d] = true
	}
	require.Len(t, digests, 6)
}

// A proof comes from the catalog, which may be an older one or damaged.
func FuzzParseProof(f *testing.F) {
	whole := proof{nonce: newNonce(), uploadID: "upload", partSize: minPartSize, digest: digestOf("key", nil)}
	f.Add(whole.marshal())
	f.Add([]byte("2 5242880   "))
	f.Add([]byte("2 5242880 0123456789ab  00"))
	f.Add([]byte("1 5242880 0123456789ab upload 00"))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parseProof(text)
		if err != nil {
			require.ErrorIs(t, err, core.ErrNotFound)
			return
		}
		again, err := parseProof(p.marshal())
		require.NoError(t, err)
		require.Equal(t, p, again)
		require.NotEmpty(t, p.uploadID)
		require.True(t, isBlobID(withNonce("id", p.nonce)))
		require.GreaterOrEqual(t, p.partSize, minPartSize)
	})
}
