package core

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/sluice-ingest/sluice/libs/principal"
)

// sourcesField is the field of a PointDeletion with the patterns of the sources
// that its principal was granted. It is encoded by hand: no condition of a
// request says the same, and a request must not be able to say it.
const sourcesField protowire.Number = 4

var errSources = errors.New("the granted sources cannot be decoded")

// appendSources appends granted sources to an encoded PointDeletion.
func appendSources(encoded []byte, sources principal.Patterns) []byte {
	for _, pattern := range sources {
		encoded = protowire.AppendTag(encoded, sourcesField, protowire.BytesType)
		encoded = protowire.AppendString(encoded, pattern)
	}
	return encoded
}

// deletedSources returns the granted sources of an encoded PointDeletion; none
// when the principal was not confined.
func deletedSources(encoded []byte) (principal.Patterns, error) {
	var sources principal.Patterns
	for len(encoded) > 0 {
		number, wireType, size := protowire.ConsumeField(encoded)
		if size < 0 {
			return nil, errSources
		}
		field := encoded[:size]
		encoded = encoded[size:]
		if number != sourcesField {
			continue
		}
		_, _, tag := protowire.ConsumeTag(field)
		pattern, valid := protowire.ConsumeString(field[tag:])
		if wireType != protowire.BytesType || valid < 0 || pattern == "" {
			return nil, errSources
		}
		sources = append(sources, pattern)
	}
	return sources, nil
}
