package core

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// EncodeDeletion checks what is to be deleted of the applications that the
// principal is granted, and encodes it for the journal.
func EncodeDeletion(filter *logaggv1.LogFilter, granted principal.Patterns) ([]byte, error) {
	if proto.Size(filter) == 0 {
		return nil, problem.InField(problem.FieldInvalid, "filter",
			"has no condition; to delete all entries, set start_time to 0")
	}
	if hasUnknownConditions(filter) {
		return nil, problem.InField(problem.FieldInvalid, "filter",
			"has a condition that this version does not know; leave it out, or use a newer server")
	}
	if _, err := ParseFilter(filter, granted); err != nil {
		return nil, err
	}
	encoded, err := proto.Marshal(&logaggv1.LogDeletion{Filter: filter, Applications: granted})
	if err != nil {
		return nil, fmt.Errorf("encode a deletion: %w", err)
	}
	return encoded, nil
}

// hasUnknownConditions tells whether a newer schema than this one's may have
// meant less than what would be selected here.
func hasUnknownConditions(filter *logaggv1.LogFilter) bool {
	if hasUnknown(filter) {
		return true
	}
	return slices.ContainsFunc(filter.GetFields(), hasUnknown) || slices.ContainsFunc(filter.GetTexts(), hasUnknown)
}

func hasUnknown[M proto.Message](m M) bool { return len(m.ProtoReflect().GetUnknown()) > 0 }
