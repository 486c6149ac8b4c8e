package client

import (
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of an entry of a map.
const (
	fieldKey   protowire.Number = 1
	fieldValue protowire.Number = 2
)

// Why an item can't be encoded.
var (
	errNil     = errors.New("it is nil")
	errNotUTF8 = errors.New("is not UTF-8")
)

// names are the keys of a map in order, each with its encoded field.
type names struct {
	sorted []string
	keys   []byte
	// ends of the encoded fields in keys.
	ends []int
}

// learn takes the keys of a map over.
func learn[V any](n *names, m map[string]V) error {
	n.sorted, n.keys, n.ends = n.sorted[:0], n.keys[:0], n.ends[:0]
	for name := range m {
		n.sorted = append(n.sorted, name)
	}
	slices.Sort(n.sorted)
	for i, name := range n.sorted {
		if !utf8.ValidString(name) {
			n.sorted = n.sorted[:i]
			return fmt.Errorf("name %q %w", name, errNotUTF8)
		}
		n.keys = protowire.AppendTag(n.keys, fieldKey, protowire.BytesType)
		n.keys = protowire.AppendString(n.keys, name)
		n.ends = append(n.ends, len(n.keys))
	}
	return nil
}

// key returns the encoded key field of a name.
func (n *names) key(i int) []byte {
	start := 0
	if i > 0 {
		start = n.ends[i-1]
	}
	return n.keys[start:n.ends[i]]
}

// within tells whether a map has all the names.
func (n *names) within(m map[string]string) bool {
	for _, name := range n.sorted {
		if _, ok := m[name]; !ok {
			return false
		}
	}
	return true
}

// appendTexts appends the entries of a map of texts as a field. The names are
// those of the last map; they are learnt anew only if this one has others.
func appendTexts(b []byte, field protowire.Number, texts map[string]string, n *names) ([]byte, error) {
	if len(texts) != len(n.sorted) || !n.within(texts) {
		if err := learn(n, texts); err != nil {
			return b, err
		}
	}
	for i, name := range n.sorted {
		value := texts[name]
		if !utf8.ValidString(value) {
			return b, fmt.Errorf("%q has a value that %w", name, errNotUTF8)
		}
		key := n.key(i)
		b = protowire.AppendTag(b, field, protowire.BytesType)
		b = protowire.AppendVarint(b, uint64(len(key)+protowire.SizeTag(fieldValue)+protowire.SizeBytes(len(value))))
		b = append(b, key...)
		b = protowire.AppendTag(b, fieldValue, protowire.BytesType)
		b = protowire.AppendString(b, value)
	}
	return b, nil
}
