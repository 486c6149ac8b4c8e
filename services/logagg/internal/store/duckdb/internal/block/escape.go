package block

import (
	"bytes"
	"encoding/binary"
)

const (
	// separator stands between the name and the value of a field.
	separator = 0xFE
	// escape begins what stands for a byte like this, a separator or a hole in a
	// text. None of them is in UTF-8.
	escape = 0xFD
)

// appendEscaped appends a text without the bytes that mean something.
func appendEscaped(b []byte, text string) []byte {
	if i := firstAbove(text); i < len(text) {
		return appendEscapedSlowly(append(b, text[:i]...), text[i:])
	}
	return append(b, text...)
}

// firstAbove returns the place of the first bytes that may have to be escaped.
func firstAbove(text string) int {
	const above = 0x8080808080808080
	i := 0
	for ; i+8 <= len(text); i += 8 {
		if binary.LittleEndian.Uint64([]byte(text[i:i+8]))&above != 0 {
			return i
		}
	}
	for ; i < len(text); i++ {
		if text[i] >= 0x80 {
			break
		}
	}
	return i
}

func appendEscapedSlowly(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c >= escape {
			b = append(b, escape, c-escape)
		} else {
			b = append(b, c)
		}
	}
	return b
}

// unescape takes back what appendEscaped did, in place.
func unescape(b []byte) []byte {
	at := bytes.IndexByte(b, escape)
	if at < 0 {
		return b
	}
	plain := b[:at]
	for i := at; i < len(b); i++ {
		c := b[i]
		if c == escape && i+1 < len(b) {
			i++
			c = escape + b[i]
		}
		plain = append(plain, c)
	}
	return plain
}
