package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
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

func TestDigestOfAPrefix(t *testing.T) {
	const step = 8 * testChunk
	data := randomBytes(40*step + 3)
	content := &countingReader{reader: bytes.NewReader(data)}
	d := newDigester(content, newChunkPool(testChunk))
	d.marks.step = step
	if _, err := d.sum(t.Context(), 39*step); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{0, 1, step - 1, step, step + 1, 20*step + 5, 39*step - 1, 39 * step, 40 * step} {
		content.bytes = 0
		sum, err := d.prefix(t.Context(), size)
		if err != nil || sum != hexSum(data[:size]) {
			t.Errorf("of %d bytes: %s, %v", size, sum, err)
		}
		if content.bytes > step {
			t.Errorf("of %d bytes: %d were read again", size, content.bytes)
		}
	}
	if sum, err := d.sum(t.Context(), int64(len(data))); err != nil || sum != hexSum(data) {
		t.Errorf("of all: %s, %v", sum, err)
	}
}

func TestDigestKeepsFewMarks(t *testing.T) {
	m := newHashMarks()
	m.step = 16
	sum := sha256.New()
	place := int64(0)
	for range 3000 {
		next := m.next(place)
		sum.Write(make([]byte, next-place))
		if err := m.mark(next, sum); err != nil {
			t.Fatal(err)
		}
		place = next
	}
	if len(m.marks) > mostMarks || len(m.marks) < mostMarks/2 {
		t.Errorf("%d marks", len(m.marks))
	}
	for _, at := range []int64{0, 15, place / 3, place - 1, place} {
		begun, from, err := m.before(at)
		if err != nil || from > at || at-from > place/(mostMarks/2) {
			t.Fatalf("before %d: %d, %v", at, from, err)
		}
		begun.Write(make([]byte, at-from))
		if got := hex.EncodeToString(begun.Sum(nil)); got != hexSum(make([]byte, at)) {
			t.Errorf("before %d: %s", at, got)
		}
	}
}
