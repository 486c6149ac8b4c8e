package core

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/sluice-ingest/sluice/libs/principal"
)

// applicationsField is the field of a LogDeletion with the patterns of the applications
// that its principal was granted. It is encoded by hand: no condition of a
// request says the same, and a request must not be able to say it.
const applicationsField protowire.Number = 2

var errApplications = errors.New("the granted applications cannot be decoded")

// appendApplications appends granted applications to an encoded LogDeletion.
func appendApplications(encoded []byte, applications principal.Patterns) []byte {
	for _, pattern := range applications {
		encoded = protowire.AppendTag(encoded, applicationsField, protowire.BytesType)
		encoded = protowire.AppendString(encoded, pattern)
	}
	return encoded
}

// deletedApplications returns the granted applications of an encoded LogDeletion; none
// when the principal was not confined.
func deletedApplications(encoded []byte) (principal.Patterns, error) {
	var applications principal.Patterns
	for len(encoded) > 0 {
		number, wireType, size := protowire.ConsumeField(encoded)
		if size < 0 {
			return nil, errApplications
		}
		field := encoded[:size]
		encoded = encoded[size:]
		if number != applicationsField {
			continue
		}
		_, _, tag := protowire.ConsumeTag(field)
		pattern, valid := protowire.ConsumeString(field[tag:])
		if wireType != protowire.BytesType || valid < 0 || pattern == "" {
			return nil, errApplications
		}
		applications = append(applications, pattern)
	}
	return applications, nil
}
