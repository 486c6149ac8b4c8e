package core

import (
	"context"
	"errors"
	"hash"
	"io"
	"runtime"
	"sync"

	"github.com/sluice-ingest/sluice/libs/flow"
)

// readingBytes is how much of a file is read back in one turn.
const readingBytes = 1 << 20

// reading reads whole files back, as many at a time as there are processors, in
// turns that are fair between tenants: a call costs its caller nothing but the wait.
// Who waits for a turn has no buffer. Safe for concurrent use.
type reading struct {
	turns   *flow.Turns
	buffers sync.Pool
}

func newReading() *reading {
	return &reading{
		turns:   flow.NewTurns(runtime.GOMAXPROCS(0)),
		buffers: sync.Pool{New: func() any { return new([readingBytes]byte) }},
	}
}

// hash adds what a blob has to sum, and returns how many bytes that were. One that
// ends early is no error. It fails with the cause of ctx.
func (r *reading) hash(ctx context.Context, tenant string, sum hash.Hash, blob Blob) (size int64, err error) {
	for size < blob.Size() && err == nil {
		var n int
		n, err = r.part(ctx, tenant, sum, blob, size)
		size += int64(n)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return size, err
}

func (r *reading) part(ctx context.Context, tenant string, sum hash.Hash, blob Blob, from int64) (int, error) {
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	if err := r.turns.Take(ctx, tenant, readingBytes); err != nil {
		return 0, err
	}
	defer r.turns.Done(tenant)
	buffer := r.buffers.Get().(*[readingBytes]byte) //nolint:forcetypeassert // nothing else is put there
	defer r.buffers.Put(buffer)
	n, err := blob.ReadAt(buffer[:min(readingBytes, blob.Size()-from)], from)
	sum.Write(buffer[:n])
	return n, err
}
