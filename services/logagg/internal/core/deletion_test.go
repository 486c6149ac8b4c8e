package core

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// withUnknown gives a message a field of a newer schema.
func withUnknown[M proto.Message](m M) M {
	unknown := protowire.AppendTag(nil, 1000, protowire.VarintType)
	m.ProtoReflect().SetUnknown(protowire.AppendVarint(unknown, 1))
	return m
}

func TestADeletionNeedsConditionsThatAreKnown(t *testing.T) {
	for name, filter := range map[string]*logaggv1.LogFilter{
		"no filter":             nil,
		"no condition":          {},
		"one of a newer schema": withUnknown(&logaggv1.LogFilter{}),
		"also a known one":      withUnknown(&logaggv1.LogFilter{Applications: []string{"shop"}}),
		"in a matcher of fields": {
			Fields: []*logaggv1.FieldMatcher{withUnknown(&logaggv1.FieldMatcher{Name: "k", Operator: 1, Value: "v"})},
		},
		"in a matcher of texts": {Texts: []*logaggv1.TextMatcher{withUnknown(&logaggv1.TextMatcher{Text: "x"})}},
	} {
		_, err := EncodeDeletion(filter, nil)
		require.Equal(t, problem.FieldInvalid, problem.ReasonOf(err), name)
	}
	_, err := EncodeDeletion(&logaggv1.LogFilter{StartTime: new(int64(0))}, nil)
	require.NoError(t, err)
}
