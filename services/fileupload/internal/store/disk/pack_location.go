package disk

import (
	"fmt"
	"strconv"
	"strings"
)

// location is where a record lies: in which pack, and from which byte on.
type location struct {
	pack   uint64
	offset int64
}

const (
	// maxLocationLength is that of the longest "-p<pack>-<offset>".
	maxLocationLength = 2 + 16 + 1 + 16
	// maxPackedIDLength leaves room for a location in an identifier.
	maxPackedIDLength = maxIDLength - maxLocationLength
)

// blobID is the identifier of what was put there under id.
func (l location) blobID(id string) string {
	return fmt.Sprintf("%s-p%x-%x", id, l.pack, l.offset)
}

// packedAt splits the identifier of a blob into what it was put under and where it
// lies, and returns false for one that names no place in a pack.
func packedAt(blobID string) (id string, at location, ok bool) {
	rest, offset, ok := cutLast(blobID)
	if !ok {
		return "", location{}, false
	}
	id, pack, ok := cutLast(rest)
	if !ok || !strings.HasPrefix(pack, "p") {
		return "", location{}, false
	}
	number, packErr := strconv.ParseUint(pack[1:], 16, 64)
	start, offsetErr := strconv.ParseInt(offset, 16, 64)
	at = location{pack: number, offset: start}
	// One place has one name only.
	return id, at, packErr == nil && offsetErr == nil && at.blobID(id) == blobID
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '-')
	if i <= 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}
