package disk

import (
	"fmt"
	"hash/fnv"
	"strings"
)

const (
	partsFolder = "parts"
	blobsFolder = "blobs"
	packsFolder = "packs"
	lostFolder  = "lost"
	partSuffix  = ".part"
	packSuffix  = ".pack"

	// maxIDLength leaves room for the suffix in a file name of 255 bytes.
	maxIDLength = 128
)

// place is where the bytes of an identifier lie, relative to the store.
type place struct {
	part, blob string
	// folder that holds the blob.
	folder string
}

func placeOf(id string) (place, error) {
	if !validID(id) {
		return place{}, fmt.Errorf("disk: invalid identifier %q: use 1 to %d of a-z, 0-9 and '-'", id, maxIDLength)
	}
	folder := blobFolder(bucketOf(id))
	return place{
		part:   partsFolder + "/" + id + partSuffix,
		blob:   folder + "/" + id,
		folder: folder,
	}, nil
}

func validID(id string) bool {
	if id == "" || len(id) > maxIDLength {
		return false
	}
	return !strings.ContainsFunc(id, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
}

// bucketOf spreads identifiers evenly, also those that begin with a time.
func bucketOf(id string) byte {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(id))
	return byte(hash.Sum32())
}

func blobFolder(bucket byte) string {
	return fmt.Sprintf("%s/%02x", blobsFolder, bucket)
}
