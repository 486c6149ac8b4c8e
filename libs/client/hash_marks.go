package client

import (
	"crypto/sha256"
	"encoding"
	"fmt"
	"hash"
	"slices"
)

// A digester marks its state first each firstMarkStep bytes, and more rarely once
// there would be more than mostMarks: what is read again for the SHA-256 of a
// beginning is at most 1/128 of what was hashed, or one step.
const (
	firstMarkStep = 16 << 20
	mostMarks     = 256
)

// hashMarks are states of a SHA-256 at places in a content, in order.
type hashMarks struct {
	step  int64
	marks []hashMark
}

type hashMark struct {
	place int64
	// state is as crypto/sha256 marshals it.
	state []byte
}

func newHashMarks() *hashMarks { return &hashMarks{step: firstMarkStep} }

// next returns the first place behind at where the state is to be marked.
func (m *hashMarks) next(at int64) int64 { return at - at%m.step + m.step }

// mark notes the state of a hash over the bytes before place.
func (m *hashMarks) mark(place int64, sum hash.Hash) error {
	state, err := sum.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return fmt.Errorf("save the SHA-256 state at byte %d: %w", place, err)
	}
	if len(m.marks) == mostMarks {
		m.step *= 2
		m.marks = slices.DeleteFunc(m.marks, func(k hashMark) bool { return k.place%m.step != 0 })
	}
	if place%m.step == 0 {
		m.marks = append(m.marks, hashMark{place, state})
	}
	return nil
}

// before returns a hash over the bytes before a place, which is to be brought on
// to at, and the place.
func (m *hashMarks) before(at int64) (hash.Hash, int64, error) {
	sum := sha256.New()
	for _, k := range slices.Backward(m.marks) {
		if k.place > at {
			continue
		}
		if err := sum.(encoding.BinaryUnmarshaler).UnmarshalBinary(k.state); err != nil {
			return nil, 0, fmt.Errorf("restore the SHA-256 state at byte %d: %w", k.place, err)
		}
		return sum, k.place, nil
	}
	return sum, 0, nil
}
