// Package block keeps up to 8,192 log entries in five pieces of bytes, which are
// written once and read apart.
//
// # Texts
//
// A column of texts is kept as shapes and variables: what is the same in many
// texts is kept once, and of each text the number of its shape and the values
// of its variables. A variable's values stand together with those that have the
// same text before them in their word, whatever the shapes: as numbers, packed
// to the bits they need; as hexadecimal numbers of one length, in bytes; or as
// texts, compressed by zstd together with the shapes.
//
// # Bytes
//
// Numbers are varints of Protocol Buffers' encoding, signed ones in zigzag; a
// text is its length and its bytes.
//
//	heads     entries, ints timestamps, ints levels, dictionary applications,
//	          dictionary categories, ints IDs, ints redacted
//	messages  column
//	fields    entries, dictionary layouts, count, then for each field its name
//	          and, after its length, its column
//	pairs     Bloom filter of the hashes of names with their values
//	words     Bloom filter of the hashes of the messages' words in lower case
//
//	dictionary  count, its texts, ints of each entry's text
//	column      texts, shapes, ints of each text's shape, ints of the shapes'
//	            lengths, number of variables, length and bytes of the zstd
//	            frame, variables
//	variable    count, byte 0 to 3; 0: ints of the lengths, the texts are in the
//	            frame after the shapes; 1: ints; 2: number of digits, ints;
//	            3: number of digits, the bytes
//	ints        byte 0, groups; or byte 1, the first value, and groups of the
//	            differences from each value to the next
//	groups      unit, then for each 128 values the smallest one, a byte for the
//	            width, and in so many bits, from the lowest on, each value's
//	            distance from the smallest one in units
//
// A layout is the numbers of the columns of an entry's fields in their order.
// Column 0 has the fields for which there is no column of their own: name, byte
// 0xFE, value. In a shape, byte 0xFF is a variable. Where one of the bytes 0xFD
// to 0xFF, which are not in UTF-8, stands in a text, it is byte 0xFD and its
// distance from that.
package block
