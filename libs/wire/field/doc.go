// Package field reads and writes the fields of protobuf messages one by one, for
// the few messages that are decoded and encoded by hand.
//
// The wire format is that of https://protobuf.dev/programming-guides/encoding.
package field

import "google.golang.org/protobuf/encoding/protowire"

// Wire types, the lower three bits of a tag. A tag is the field's number shifted
// left by three, and its wire type.
const (
	Varint  = uint64(protowire.VarintType)
	Fixed64 = uint64(protowire.Fixed64Type)
	Bytes   = uint64(protowire.BytesType)
)
