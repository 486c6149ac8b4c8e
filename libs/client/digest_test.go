package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"google.golang.org/grpc/mem"
)

// Whatever pieces attempts offer, with gaps and repeats, the sum is that of the
// whole content.
func TestDigestOfPiecesIsThatOfTheContent(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	data := randomBytes(50_000)
	for round := range 50 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			content := &countingReader{reader: bytes.NewReader(data)}
			d := newDigester(content, newChunkPool(3000))
			for range 1 + random.IntN(4) {
				h := startHashing(t.Context(), d)
				place := random.IntN(len(data))
				for place < len(data) && random.IntN(12) > 0 {
					size := min(1+random.IntN(5000), len(data)-place)
					h.queue <- piece{data: mem.SliceBuffer(data[place : place+size]), offset: int64(place)}
					place += size
				}
				h.stop()
			}
			sum, err := d.sum(t.Context(), int64(len(data)))
			if err != nil || sum != hexSum(data) {
				t.Errorf("sum %s, error %v", sum, err)
			}
			if content.bytes > len(data) {
				t.Errorf("%d bytes were read for %d", content.bytes, len(data))
			}
		})
	}
}

// A resumed attempt in the same process hashes only what was not hashed before.
func TestDigestTakesNoByteTwice(t *testing.T) {
	data := randomBytes(10 * testChunk)
	content := &countingReader{reader: bytes.NewReader(data)}
	pool := newChunkPool(testChunk)
	d := newDigester(content, pool)
	for _, from := range []int{0, 2, 5} {
		h := startHashing(t.Context(), d)
		for i := from; i < from+5; i++ {
			c := pool.newChunk(int64(i * testChunk))
			c.seal(copy(c.room(), data[i*testChunk:]))
			h.offer(c)
			c.release()
		}
		h.stop()
	}
	if sum, err := d.sum(t.Context(), int64(len(data))); err != nil || sum != hexSum(data) {
		t.Errorf("sum %s, error %v", sum, err)
	}
	if content.bytes != 0 {
		t.Errorf("%d bytes were read again", content.bytes)
	}
}

func TestDigestStopsReadingAGapWithItsContext(t *testing.T) {
	d := newDigester(bytes.NewReader(randomBytes(10*testChunk)), newChunkPool(testChunk))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.sum(ctx, 10*testChunk); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if sum, err := d.sum(t.Context(), 10*testChunk); err != nil || sum != hexSum(randomBytes(10*testChunk)) {
		t.Errorf("after the stop: %s, %v", sum, err)
	}
}
