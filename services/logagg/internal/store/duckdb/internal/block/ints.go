package block

import (
	"encoding/binary"
	"math/bits"
)

// groupSize is how many values of a column share their smallest value and
// their width in bits, so that one odd value makes few others large.
const groupSize = 128

// appendInts appends a column of numbers: the differences between neighbours
// where these are smaller than the numbers, all divided by what they have in
// common.
func appendInts(b []byte, values []int64) []byte {
	if len(values) == 0 {
		return b
	}
	plain := append([]int64(nil), values...)
	deltas := deltasOf(values)
	if bitsOf(deltas[1:]) < bitsOf(plain) {
		b = binary.AppendVarint(append(b, 1), values[0])
		return appendGroups(b, deltas[1:])
	}
	return appendGroups(append(b, 0), plain)
}

func deltasOf(values []int64) []int64 {
	deltas := make([]int64, len(values))
	last := int64(0)
	for i, value := range values {
		deltas[i], last = value-last, value
	}
	return deltas
}

// bitsOf is about how many bits the groups of values take.
func bitsOf(values []int64) int {
	total := 0
	for ; len(values) > 0; values = values[min(groupSize, len(values)):] {
		low, high := extremes(values[:min(groupSize, len(values))])
		total += 16 + bits.Len64(uint64(high)-uint64(low))*min(groupSize, len(values))
	}
	return total
}

func extremes(values []int64) (low, high int64) {
	low, high = values[0], values[0]
	for _, value := range values {
		low, high = min(low, value), max(high, value)
	}
	return low, high
}

func appendGroups(b []byte, values []int64) []byte {
	unit := commonUnit(values)
	b = binary.AppendUvarint(b, unit)
	var packed [groupSize]uint64
	for len(values) > 0 {
		group := values[:min(groupSize, len(values))]
		values = values[len(group):]
		low, high := extremes(group)
		for i, value := range group {
			packed[i] = (uint64(value) - uint64(low)) / unit
		}
		width := bits.Len64((uint64(high) - uint64(low)) / unit)
		b = append(binary.AppendVarint(b, low), byte(width))
		b = appendBits(b, packed[:len(group)], width)
	}
	return b
}

// commonUnit is the largest number that divides all differences of the values.
func commonUnit(values []int64) uint64 {
	unit := uint64(0)
	for _, value := range values {
		a, b := uint64(value)-uint64(values[0]), unit
		if value < values[0] {
			a = -a
		}
		for b != 0 {
			a, b = b, a%b
		}
		if unit = a; unit == 1 {
			break
		}
	}
	return max(unit, 1)
}

// readInts reads a column of so many numbers.
func readInts(r *reader, count int) []int64 {
	values := make([]int64, count)
	if count == 0 {
		return values
	}
	if r.byte() == 0 {
		readGroups(r, values)
		return values
	}
	values[0] = r.varint()
	readGroups(r, values[1:])
	for i := 1; i < count; i++ {
		values[i] += values[i-1]
	}
	return values
}

func readGroups(r *reader, values []int64) {
	unit := r.uvarint()
	var packed [groupSize]uint64
	for len(values) > 0 && r.err == nil {
		group := values[:min(groupSize, len(values))]
		values = values[len(group):]
		low, width := r.varint(), int(r.byte())
		if width > 64 {
			r.fail()
			return
		}
		data := r.bytes(bitBytes(len(group), width))
		if r.err != nil {
			return
		}
		if width == 0 {
			fill(group, low)
			continue
		}
		readBits(packed[:len(group)], data, width)
		for i := range group {
			group[i] = int64(uint64(low) + packed[i]*unit)
		}
	}
}

func fill(values []int64, value int64) {
	for i := range values {
		values[i] = value
	}
}
