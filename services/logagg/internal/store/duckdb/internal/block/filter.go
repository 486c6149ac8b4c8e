package block

import (
	"encoding/binary"
	"math/bits"
)

// A filter tells of a set of hashes that one is not in it, or that it may be:
// it is a Bloom filter.
const (
	// pairBits and wordBits are how many bits a hash takes: for the fields one
	// of 1,000 answers is wrong, for the words one of 100.
	pairBits = 16
	wordBits = 10
	// probes is how many bits a hash sets.
	probes = 7
)

// hashSet collects different hashes.
type hashSet struct {
	slots []uint64
	count int
}

func (s *hashSet) reset() {
	clear(s.slots)
	s.count = 0
}

// add adds a hash; 0 stands for an empty slot, and is never looked up either.
func (s *hashSet) add(hash uint64) {
	if 2*s.count >= len(s.slots) {
		s.grow()
	}
	mask := len(s.slots) - 1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case hash:
			return
		case 0:
			s.slots[i] = hash
			s.count++
			return
		}
	}
}

func (s *hashSet) grow() {
	old := s.slots
	s.slots, s.count = make([]uint64, max(1024, 4*len(old))), 0
	for _, hash := range old {
		if hash != 0 {
			s.add(hash)
		}
	}
}

// appendTo appends the filter of the set.
func (s *hashSet) appendTo(b []byte, bitsEach int) []byte {
	size := (s.count*bitsEach + 7) / 8
	from := len(b)
	b = append(b, make([]byte, size)...)
	filter := b[from:]
	for _, hash := range s.slots {
		if hash != 0 {
			eachProbe(hash, size, func(at uint64) bool {
				filter[at/8] |= 1 << (at % 8)
				return true
			})
		}
	}
	return b
}

// MayHold tells whether a filter's set may have all the hashes.
func MayHold(filter []byte, hashes []uint64) bool {
	for _, hash := range hashes {
		if len(filter) == 0 {
			return false
		}
		found := true
		eachProbe(hash, len(filter), func(at uint64) bool {
			found = filter[at/8]>>(at%8)&1 == 1
			return found
		})
		if !found {
			return false
		}
	}
	return true
}

// eachProbe calls each with the places of a hash's bits until it returns false.
func eachProbe(hash uint64, size int, each func(at uint64) bool) {
	step := hash>>32 | 1
	for range probes {
		at, _ := bits.Mul64(hash, uint64(size)*8)
		if !each(at) {
			return
		}
		hash = (hash ^ step) * prime
	}
}

const (
	basis = 0xcbf29ce484222325
	prime = 0x9e3779b97f4a7c15
)

// finish spreads what was hashed over all bits, and is not 0.
func finish(hash uint64) uint64 {
	hash ^= hash >> 32
	hash *= prime
	hash ^= hash >> 29
	return max(hash*prime, 1)
}

// hashOf hashes a text.
func hashOf(hash uint64, text string) uint64 {
	for ; len(text) >= 8; text = text[8:] {
		hash = mix(hash ^ binary.LittleEndian.Uint64([]byte(text[:8])))
	}
	for i := range len(text) {
		hash = (hash ^ uint64(text[i])) * prime
	}
	return hash
}

func mix(hash uint64) uint64 {
	high, low := bits.Mul64(hash, prime)
	return high ^ low
}

// PairHash is the hash of a field in the filter of the fields.
func PairHash(name, value string) uint64 {
	return finish(hashOf(mix(hashOf(basis, name)), value))
}
