package disk

import (
	"context"
	"errors"
	"hash/crc32"
)

// packing is one content on its way into a pack. The packer has it until done got
// its answer.
type packing struct {
	id      string
	content [][]byte
	size    int64
	sum     uint32
	// done gets the place of the record once it is durable.
	done chan packed
}

type packed struct {
	at  location
	err error
}

// newPacking sums the content up, in its caller and not in the one that writes.
func newPacking(id string, content [][]byte) *packing {
	one := &packing{id: id, content: content, done: make(chan packed, 1)}
	for _, segment := range content {
		one.size += int64(len(segment))
		one.sum = crc32.Update(one.sum, castagnoli, segment)
	}
	return one
}

var errClosed = errors.New("disk: the store is closed")

// put brings a content into a pack, together with others. Who has begun to be served
// waits for the end of it.
func (p *packer) put(ctx context.Context, one *packing) (blobID string, err error) {
	select {
	case p.waiting <- one:
	case <-ctx.Done():
		return "", ctx.Err()
	case <-p.closing:
		return "", errClosed
	}
	stored := <-one.done
	if stored.err != nil {
		return "", stored.err
	}
	return stored.at.blobID(one.id), nil
}
