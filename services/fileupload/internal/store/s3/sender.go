package s3

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/minio/minio-go/v7"
)

// errClosed ends what is on its way when a part is closed.
var errClosed = errors.New("the part was closed before it was synced")

// sender brings the parts of one multipart upload to the server, some at once.
// One goroutine sends; settle and proof may run beside it.
type sender struct {
	store  *Store
	blobID string
	key    string
	size   int // of every part but the last
	sums   checksum

	ctx    context.Context
	cancel context.CancelCauseFunc
	// slots has an element for each part on its way.
	slots chan struct{}
	work  sync.WaitGroup

	// mu guards what follows; changed is signalled when whole or failed have.
	mu       sync.Mutex
	changed  *sync.Cond
	uploadID string
	// parts are those handed out; one without an ETag is on its way.
	parts []minio.CompletePart
	// whole is how many of the first parts the server has.
	whole int
	// failed is the first failure, which no later success mends.
	failed error
}

func newSender(ctx context.Context, s *Store, blobID string, size int) *sender {
	ctx, cancel := context.WithCancelCause(ctx)
	n := &sender{
		store: s, blobID: blobID, key: s.prefix + blobsFolder + blobID, size: size, sums: s.checksum,
		ctx: ctx, cancel: cancel, slots: make(chan struct{}, s.inFlight),
	}
	n.changed = sync.NewCond(&n.mu)
	return n
}

// goOn makes the parts of a multipart upload, which the server has, the first
// ones.
func (n *sender) goOn(uploadID string, parts []minio.CompletePart) {
	n.sums = n.sums.goingOn(parts)
	n.uploadID, n.parts, n.whole = uploadID, parts, len(parts)
}

// begun tells whether there is a multipart upload.
func (n *sender) begun() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.uploadID != ""
}

// send takes over a buffer and waits for a slot, not for the server. The first
// one begins the multipart upload.
func (n *sender) send(buffer []byte) error {
	if err := n.begin(); err != nil {
		return n.fail(err)
	}
	select {
	case n.slots <- struct{}{}:
	case <-n.ctx.Done():
		return n.fail(context.Cause(n.ctx))
	}
	number := n.next()
	n.work.Go(func() {
		part, err := n.putPart(number, buffer)
		n.store.buffers.put(buffer)
		<-n.slots
		n.arrived(number, part, err)
	})
	return n.failure()
}

// begin makes the multipart upload. When the answer is lost the server has one
// more, without parts.
func (n *sender) begin() error {
	if n.begun() {
		return nil
	}
	uploadID, err := n.store.client.NewMultipartUpload(n.ctx, n.store.bucket, n.key, n.sums.ofUpload())
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.uploadID = uploadID
	return nil
}

// next hands out a number.
func (n *sender) next() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	number := len(n.parts) + 1
	n.parts = append(n.parts, minio.CompletePart{PartNumber: number})
	return number
}

func (n *sender) arrived(number int, part minio.CompletePart, err error) {
	if err != nil {
		_ = n.fail(err)
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.parts[number-1] = part
	for n.whole < len(n.parts) && n.parts[n.whole].ETag != "" {
		n.whole++
	}
	n.changed.Broadcast()
}

// fail keeps the first failure, and returns it.
func (n *sender) fail(err error) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.failed == nil {
		n.failed = err
	}
	n.changed.Broadcast()
	return n.failed
}

func (n *sender) failure() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.failed
}

// settle waits until the server has what was handed out before.
func (n *sender) settle() (completion, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	handedOut := len(n.parts)
	for n.failed == nil && (n.whole < handedOut) {
		n.changed.Wait()
	}
	return completion{uploadID: n.uploadID, parts: slices.Clip(n.parts[:handedOut])}, n.failed
}

// stop breaks off what is on its way, and returns when nothing is.
func (n *sender) stop() {
	n.cancel(errClosed)
	n.work.Wait()
}

func (n *sender) proof(parts int) []byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	if parts == 0 || parts > n.whole {
		return nil
	}
	return proof{
		uploadID: n.uploadID, nonce: nonceOf(n.blobID), partSize: n.size, digest: digestOf(n.key, n.parts[:parts]),
	}.marshal()
}

// putPart sends one part and returns what completing names it by.
func (n *sender) putPart(number int, body []byte) (minio.CompletePart, error) {
	sent, err := n.store.client.PutObjectPart(n.ctx, n.store.bucket, n.key, n.uploadID, number,
		bytes.NewReader(body), int64(len(body)), n.sums.ofPart(body))
	if err == nil && sent.ETag == "" {
		err = errors.New("the server has answered without an ETag: look whether s3.endpoint is an S3 server")
	}
	return completePart(sent), err
}
