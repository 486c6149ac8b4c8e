package producer

import "github.com/sluice-ingest/sluice/libs/problem"

// maxIDBytes is the length of a producer's name.
const maxIDBytes = 128

// CheckID fails with reason FIELD_INVALID for what can't be a producer's name.
func CheckID(id string) error {
	if len(id) > maxIDBytes {
		return problem.InField(problem.FieldInvalid, "producer_id", "has %d bytes; at most %d are taken", len(id), maxIDBytes)
	}
	for i := range len(id) {
		if !isIDByte(id[i]) {
			return problem.InField(problem.FieldInvalid, "producer_id",
				"%s has a character that is not accepted; use letters, digits and _ . : -", problem.Echo(id))
		}
	}
	return nil
}

func isIDByte(b byte) bool {
	switch {
	case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9':
		return true
	default:
		return b == '_' || b == '.' || b == ':' || b == '-'
	}
}

// NotFound is the problem of a producer that nothing is known of.
func NotFound(key Key) error {
	return problem.InField(problem.ProducerNotFound, "producer_id", "no producer %s is known here", problem.Echo(key.ProducerID))
}
