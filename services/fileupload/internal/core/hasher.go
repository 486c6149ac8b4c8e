package core

import (
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
)

// inlineBytes is the size below which handing a chunk to another goroutine
// costs more than hashing it.
const inlineBytes = 16 << 10

// hasher computes the SHA-256 of a file beside the writing of it: Begin hands a
// chunk to its goroutine, Wait ends with the chunk. Not safe for concurrent
// use.
type hasher struct {
	sum  hash.Hash
	work chan hashing
	done chan struct{}
	// marked is the state at the last mark, and markErr why there is none.
	marked  []byte
	markErr error
}

// hashing is a chunk to hash, and after how many of its bytes the state is
// marked; -1 for not at all.
type hashing struct {
	segments [][]byte
	mark     int
}

// newHasher goes on from a state that State returned; nil begins anew.
func newHasher(state []byte) (*hasher, error) {
	h := &hasher{sum: sha256.New()}
	if len(state) == 0 {
		return h, nil
	}
	if err := h.sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		return nil, fmt.Errorf("restore the SHA-256 state of a checkpoint: %w", err)
	}
	return h, nil
}

// Begin hashes the segments, which stay untouched until Wait returns, and keeps
// the state after their first mark bytes for Marked; with -1 it keeps the one it
// has.
func (h *hasher) Begin(segments [][]byte, size, mark int) {
	chunk := hashing{segments, mark}
	if size < inlineBytes {
		h.add(chunk)
		return
	}
	if h.work == nil {
		h.start()
	}
	h.work <- chunk
}

// Wait returns when what Begin was given is hashed. size is that of Begin.
func (h *hasher) Wait(size int) {
	if size >= inlineBytes {
		<-h.done
	}
}

func (h *hasher) start() {
	h.work, h.done = make(chan hashing), make(chan struct{}, 1)
	go func(work <-chan hashing, done chan<- struct{}) {
		for chunk := range work {
			h.add(chunk)
			done <- struct{}{}
		}
	}(h.work, h.done)
}

func (h *hasher) add(chunk hashing) {
	left := chunk.mark
	for _, segment := range chunk.segments {
		if left >= 0 && left <= len(segment) {
			h.sum.Write(segment[:left])
			h.mark()
			segment, left = segment[left:], -1
		}
		left -= len(segment)
		h.sum.Write(segment)
	}
}

func (h *hasher) mark() {
	h.marked, h.markErr = h.sum.(encoding.BinaryAppender).AppendBinary(h.marked[:0])
}

// Marked returns the state at the last mark.
func (h *hasher) Marked() ([]byte, error) {
	if h.markErr != nil {
		return nil, fmt.Errorf("save the SHA-256 state: %w", h.markErr)
	}
	return slices.Clone(h.marked), nil
}

// State returns the state over everything hashed so far.
func (h *hasher) State() ([]byte, error) {
	state, err := h.sum.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("save the SHA-256 state: %w", err)
	}
	return state, nil
}

// Sum returns the SHA-256 of everything hashed, in lower-case hexadecimal.
func (h *hasher) Sum() string { return hex.EncodeToString(h.sum.Sum(nil)) }

// Close ends the goroutine.
func (h *hasher) Close() {
	if h.work != nil {
		close(h.work)
		h.work = nil
	}
}
