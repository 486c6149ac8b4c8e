package validation_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/interceptor/validation"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func TestCheck(t *testing.T) {
	const nul = "a\x00b"
	tests := []struct {
		name    string
		request any
		field   string
	}{
		{"nothing", &fileuploadv1.GetFileRequest{}, ""},
		{"any other text", &fileuploadv1.GetFileRequest{FileId: "../\n\x1b[31m'; DROP"}, ""},
		{"no message", 7, ""},
		{"a text", &fileuploadv1.GetFileRequest{FileId: nul}, "file_id"},
		{"the key of a map", &logaggv1.LogEntry{Fields: map[string]string{nul: "x"}}, "fields"},
		{"the value of a map", &logaggv1.LogEntry{Fields: map[string]string{"x": nul}}, "fields"},
		{"in a list of messages", &logaggv1.CollectLogsRequest{Entries: []*logaggv1.LogEntry{{}, {Message: nul}}}, "entries[1].message"},
		{"in a list", &collectorv1.GetStatisticsRequest{ByTags: []string{"x", nul}}, "by_tags[1]"},
		{"a list at the bound", &collectorv1.GetStatisticsRequest{ByTags: make([]string, 10_000)}, ""},
		{"a list over the bound", &collectorv1.GetStatisticsRequest{ByTags: make([]string, 10_001)}, "by_tags"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := validation.Check(test.request)
			if test.field == "" {
				require.NoError(t, err)
				return
			}
			require.Equal(t, problem.FieldInvalid, problem.ReasonOf(err))
			require.Equal(t, test.field, problem.Of(err).Field)
		})
	}
}

func TestAnInvalidRequestReachesNoHandler(t *testing.T) {
	_, err := validation.Unary(t.Context(), &fileuploadv1.GetFileRequest{FileId: "\x00"}, &grpc.UnaryServerInfo{},
		func(context.Context, any) (any, error) { panic("called") })
	require.Equal(t, problem.FieldInvalid, problem.ReasonOf(err))
}

func BenchmarkCheck(b *testing.B) {
	var request proto.Message = &collectorv1.GetStatisticsRequest{ByTags: []string{"cpu", "memory"}}
	b.ReportAllocs()
	for b.Loop() {
		_ = validation.Check(request)
	}
}
