package field

import "google.golang.org/protobuf/encoding/protowire"

// All tags here take one byte, so the fields are numbered from 1 to 15. As proto3
// has it, fields that are 0 or empty are left out where the functions say so.

// SizeBytes is what a field of so many bytes takes.
func SizeBytes(length int) int {
	return 1 + protowire.SizeBytes(length)
}

// SizeText is what a text takes; an empty one is left out.
func SizeText(text string) int {
	if text == "" {
		return 0
	}
	return SizeBytes(len(text))
}

// SizeVarint is what a number takes; 0 is left out.
func SizeVarint(value int64) int {
	if value == 0 {
		return 0
	}
	return 1 + protowire.SizeVarint(uint64(value))
}

// AppendLength appends the tag of a field of so many bytes, which follow.
func AppendLength(dst []byte, tag uint64, length int) []byte {
	return protowire.AppendVarint(append(dst, byte(tag)), uint64(length))
}

// AppendVarint appends a number, unless it is 0.
func AppendVarint(dst []byte, tag uint64, value int64) []byte {
	if value == 0 {
		return dst
	}
	return protowire.AppendVarint(append(dst, byte(tag)), uint64(value))
}

// AppendText appends a text, unless it is empty.
func AppendText(dst []byte, tag uint64, value string) []byte {
	if value == "" {
		return dst
	}
	return append(AppendLength(dst, tag, len(value)), value...)
}
