package s3

import (
	"crypto/md5" //nolint:gosec // a checksum of transport, which some servers know no better than
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net/http"

	"github.com/minio/minio-go/v7"
)

// How a server verifies what it is sent.
const (
	checksumCRC32C = "crc32c"
	checksumMD5    = "md5"
	checksumNone   = "none"
)

func checksums() []string { return []string{checksumCRC32C, checksumMD5, checksumNone} }

// The headers of a CRC32C, for a body and for what a multipart upload will have.
const (
	headerCRC32C    = "X-Amz-Checksum-Crc32c"
	headerAlgorithm = "X-Amz-Checksum-Algorithm"
)

// checksum is one of the modes. The bodies are in memory, so that the sum goes
// before them in a header, which more servers know than a trailer.
type checksum string

// ofObject are the options of sending a whole object, and its MD5 if any.
func (c checksum) ofObject(body []byte) (options minio.PutObjectOptions, sumMD5 string) {
	options.DisableContentSha256 = true
	switch c {
	case checksumCRC32C:
		options.UserMetadata = map[string]string{headerCRC32C: sumCRC32C(body)}
	case checksumMD5:
		sumMD5 = sumOfMD5(body)
	}
	return options, sumMD5
}

// ofPart are the options of sending a part.
func (c checksum) ofPart(body []byte) minio.PutObjectPartOptions {
	options := minio.PutObjectPartOptions{DisableContentSha256: true}
	switch c {
	case checksumCRC32C:
		options.CustomHeader = http.Header{headerCRC32C: {sumCRC32C(body)}}
	case checksumMD5:
		options.Md5Base64 = sumOfMD5(body)
	}
	return options
}

// ofUpload are the options of beginning a multipart upload.
func (c checksum) ofUpload() minio.PutObjectOptions {
	if c != checksumCRC32C {
		return minio.PutObjectOptions{}
	}
	return minio.PutObjectOptions{UserMetadata: map[string]string{headerAlgorithm: "CRC32C"}}
}

// goingOn is the mode of an upload whose first parts are there. It keeps to what
// these have: S3 takes no part with another sum. Copied parts have none, and take
// MD5s beside them.
func (c checksum) goingOn(parts []minio.CompletePart) checksum {
	switch {
	case len(parts) > 0 && parts[0].ChecksumCRC32C != "":
		return checksumCRC32C
	case c == checksumCRC32C:
		return checksumMD5
	}
	return c
}

func sumCRC32C(body []byte) string {
	sum := crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli))
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
}

func sumOfMD5(body []byte) string {
	sum := md5.Sum(body) //nolint:gosec // see the import
	return base64.StdEncoding.EncodeToString(sum[:])
}
