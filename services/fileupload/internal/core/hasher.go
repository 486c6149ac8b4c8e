package core

import (
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"fmt"
	"hash"
)

// inlineBytes is the size below which handing a chunk to another goroutine
// costs more than hashing it.
const inlineBytes = 16 << 10

// hasher computes the SHA-256 of a file beside the writing of it: Begin hands a
// chunk to its goroutine, Wait ends with the chunk. Not safe for concurrent
// use.
type hasher struct {
	sum  hash.Hash
	work chan [][]byte
	done chan struct{}
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

// Begin hashes the segments, which stay untouched until Wait returns.
func (h *hasher) Begin(segments [][]byte, size int) {
	if size < inlineBytes {
		h.add(segments)
		return
	}
	if h.work == nil {
		h.start()
	}
	h.work <- segments
}

// Wait returns when what Begin was given is hashed. size is that of Begin.
func (h *hasher) Wait(size int) {
	if size >= inlineBytes {
		<-h.done
	}
}

func (h *hasher) start() {
	h.work, h.done = make(chan [][]byte), make(chan struct{}, 1)
	go func(work <-chan [][]byte, done chan<- struct{}) {
		for segments := range work {
			h.add(segments)
			done <- struct{}{}
		}
	}(h.work, h.done)
}

func (h *hasher) add(segments [][]byte) {
	for _, segment := range segments {
		h.sum.Write(segment)
	}
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
