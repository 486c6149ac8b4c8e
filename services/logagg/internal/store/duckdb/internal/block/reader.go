package block

import (
	"encoding/binary"
	"errors"
)

// ErrDamaged says that data is not what a [Writer] wrote.
var ErrDamaged = errors.New("a block of log entries is damaged")

// reader reads data that may be damaged. After the first fault it returns zeros
// only.
type reader struct {
	data []byte
	err  error
}

func (r *reader) fail() {
	r.data, r.err = nil, ErrDamaged
}

func (r *reader) uvarint() uint64 {
	value, size := binary.Uvarint(r.data)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.data = r.data[size:]
	return value
}

func (r *reader) varint() int64 {
	value := r.uvarint()
	return int64(value>>1) ^ -int64(value&1)
}

// count reads a number that is at most limit.
func (r *reader) count(limit int) int {
	value := r.uvarint()
	if value > uint64(limit) {
		r.fail()
		return 0
	}
	return int(value)
}

func (r *reader) byte() byte {
	if len(r.data) == 0 {
		r.fail()
		return 0
	}
	value := r.data[0]
	r.data = r.data[1:]
	return value
}

// bytes returns the next bytes, which are part of the data.
func (r *reader) bytes(count int) []byte {
	if count > len(r.data) {
		r.fail()
		return nil
	}
	value := r.data[:count:count]
	r.data = r.data[count:]
	return value
}

// text reads bytes after their number.
func (r *reader) text() []byte { return r.bytes(r.count(len(r.data))) }

func appendText[T []byte | string](b []byte, text T) []byte {
	b = binary.AppendUvarint(b, uint64(len(text)))
	return append(b, text...)
}
