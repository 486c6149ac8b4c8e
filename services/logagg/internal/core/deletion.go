package core

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// EncodeDeletion checks what is to be deleted, and encodes it for the journal.
func EncodeDeletion(filter *logaggv1.LogFilter) ([]byte, error) {
	if proto.Size(filter) == 0 {
		return nil, problem.InField(problem.FieldInvalid, "filter",
			"has no condition; to delete all entries, set start_time to 0")
	}
	if _, err := ParseFilter(filter); err != nil {
		return nil, err
	}
	encoded, err := proto.Marshal(&logaggv1.LogDeletion{Filter: filter})
	if err != nil {
		return nil, fmt.Errorf("encode a deletion: %w", err)
	}
	return encoded, nil
}
