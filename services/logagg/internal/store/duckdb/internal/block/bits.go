package block

import "encoding/binary"

// appendBits appends values of so many bits each, the first one in the lowest
// bits of the first byte.
func appendBits(b []byte, values []uint64, width int) []byte {
	var pending uint64
	filled := 0
	for _, value := range values {
		pending |= value << filled
		if filled+width < 64 {
			filled += width
			continue
		}
		b = binary.LittleEndian.AppendUint64(b, pending)
		pending = value >> (64 - filled) // A shift by 64 gives 0.
		filled += width - 64
	}
	for ; filled > 0; filled -= 8 {
		b = append(b, byte(pending))
		pending >>= 8
	}
	return b
}

// bitBytes is how many bytes so many values take.
func bitBytes(count, width int) int { return (count*width + 7) / 8 }

// readBits reads what appendBits wrote. The data has all the bytes.
func readBits(values []uint64, data []byte, width int) {
	mask := ^uint64(0) >> (64 - width) // For a width of 0 it is 0.
	for i := range values {
		at := i * width
		value := load(data, at/8) >> (at % 8)
		if at%8+width > 64 {
			value |= uint64(data[at/8+8]) << (64 - at%8)
		}
		values[i] = value & mask
	}
}

// load reads up to 8 bytes.
func load(data []byte, at int) uint64 {
	if at+8 <= len(data) {
		return binary.LittleEndian.Uint64(data[at:])
	}
	var last [8]byte
	if at < len(data) {
		copy(last[:], data[at:])
	}
	return binary.LittleEndian.Uint64(last[:])
}
