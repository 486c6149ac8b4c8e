package block

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
)

// The ways in which the values of a variable are kept.
const (
	asTexts byte = iota
	// asNumbers is for decimal numbers without leading zeros.
	asNumbers
	// asPadded is for decimal numbers with the same number of digits.
	asPadded
	// asHex is for hexadecimal numbers in lower case with the same, even number
	// of digits.
	asHex
)

const (
	// maxDigits is how many decimal digits surely fit an int64.
	maxDigits = 18
	// maxVariables bounds the values of a column, each of which takes a byte of
	// text at least.
	maxVariables = 8 << 20
)

// variable collects the values of one variable.
type variable struct {
	bytes []byte
	// ends of the values in bytes.
	ends []int
}

func (v *variable) reset() { v.bytes, v.ends = v.bytes[:0], v.ends[:0] }

func (v *variable) add(value []byte) {
	v.bytes = append(v.bytes, value...)
	v.ends = append(v.ends, len(v.bytes))
}

// all calls each with every value.
func (v *variable) all(each func(value []byte)) {
	from := 0
	for _, end := range v.ends {
		each(v.bytes[from:end])
		from = end
	}
}

// traits are what all values of a variable have in common.
type traits struct {
	decimal, hex, leadingZeros bool
	shortest, longest          int
}

func (v *variable) traits() traits {
	t := traits{decimal: true, hex: true, shortest: len(v.bytes)}
	v.all(func(value []byte) {
		t.shortest, t.longest = min(t.shortest, len(value)), max(t.longest, len(value))
		t.leadingZeros = t.leadingZeros || len(value) != 1 && value[0] == '0'
		if !t.hex {
			return
		}
		for _, c := range value {
			if c-'0' >= 10 {
				t.decimal = false
				t.hex = t.hex && c-'a' < 6
			}
		}
	})
	t.decimal = t.decimal && t.hex && t.longest <= maxDigits
	return t
}

func (t traits) way() byte {
	same := t.shortest == t.longest
	switch {
	case t.decimal && !t.leadingZeros:
		return asNumbers
	case t.decimal && same:
		return asPadded
	case t.hex && same && t.longest%2 == 0:
		return asHex
	default:
		return asTexts
	}
}

// appendTo appends the values to a block, and those that are texts to others.
func (v *variable) appendTo(b, texts []byte) (block, allTexts []byte) {
	t := v.traits()
	way := t.way()
	b = append(binary.AppendUvarint(b, uint64(len(v.ends))), way)
	switch way {
	case asNumbers:
		return appendInts(b, v.numbers()), texts
	case asPadded:
		return appendInts(append(b, byte(t.longest)), v.numbers()), texts
	case asHex:
		b = binary.AppendUvarint(b, uint64(t.longest))
		b, _ = hex.AppendDecode(b, v.bytes)
		return b, texts
	default:
		lengths := make([]int64, 0, len(v.ends))
		v.all(func(value []byte) { lengths = append(lengths, int64(len(value))) })
		return appendInts(b, lengths), append(texts, v.bytes...)
	}
}

func (v *variable) numbers() []int64 {
	numbers := make([]int64, 0, len(v.ends))
	v.all(func(value []byte) {
		number := int64(0)
		for _, digit := range value {
			number = number*10 + int64(digit-'0')
		}
		numbers = append(numbers, number)
	})
	return numbers
}

// values are the values of a variable that were read.
type values struct {
	way     byte
	numbers []int64
	// bytes are the texts or the hexadecimal numbers.
	bytes []byte
	// size is the number of digits, or of bytes of a hexadecimal number.
	size int
	// ends of the texts in bytes.
	ends []int64
	// count of the values, and next of them.
	count, next int
}

// readValues reads a variable of so many values. Its texts come first in texts,
// which it returns without them.
func readValues(r *reader, texts []byte, count int) (v values, rest []byte) {
	if v.count = r.count(count); v.count != count {
		r.fail()
	}
	v.way = r.byte()
	switch v.way {
	case asNumbers:
		v.numbers = readInts(r, v.count)
	case asPadded:
		v.size = int(r.byte())
		v.numbers = readInts(r, v.count)
	case asHex:
		v.size = r.count(2*len(r.data)) / 2
		v.bytes = r.bytes(v.size * v.count)
	case asTexts:
		return readTexts(r, v, texts)
	default:
		r.fail()
	}
	return v, texts
}

func readTexts(r *reader, v values, texts []byte) (values, []byte) {
	v.ends = readInts(r, v.count)
	end := int64(0)
	for i, length := range v.ends {
		if length < 0 || length > int64(len(texts))-end {
			r.fail()
			return v, texts
		}
		end += length
		v.ends[i] = end
	}
	v.bytes = texts[:end]
	return v, texts[end:]
}

// appendNext appends the next value to a text.
func (v *values) appendNext(b []byte) []byte {
	i := v.next
	v.next++
	switch v.way {
	case asNumbers:
		return strconv.AppendInt(b, v.numbers[i], 10)
	case asPadded:
		return appendPadded(b, v.numbers[i], v.size)
	case asHex:
		return hex.AppendEncode(b, v.bytes[i*v.size:(i+1)*v.size])
	default:
		from := int64(0)
		if i > 0 {
			from = v.ends[i-1]
		}
		return append(b, v.bytes[from:v.ends[i]]...)
	}
}

func appendPadded(b []byte, number int64, digits int) []byte {
	from := len(b)
	for range digits {
		b = append(b, '0')
	}
	for i := len(b) - 1; i >= from && number > 0; i-- {
		b[i] = byte('0' + number%10)
		number /= 10
	}
	return b
}
