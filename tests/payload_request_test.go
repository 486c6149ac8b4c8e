package tests

import (
	"bytes"
	"fmt"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// attempt is one payload in one field of one method's request.
type attempt struct {
	rpc     rpc
	field   textField
	payload string
	// ending goes behind the payload: an extension that files may have.
	ending string
	// regex has the payload compared as a regular expression.
	regex bool
	// number is the attempt's own, from 1.
	number int64
}

func (a attempt) String() string {
	return fmt.Sprintf("%s %s %.40q%s", a.rpc.Name(), a.field, a.payload, a.ending)
}

// attempts are all for one service's methods that write, or all others.
func attempts(service string, writing bool) (all []attempt) {
	for _, r := range schemaRPCs() {
		if !r.servedBy(service) || writes(r) != writing {
			continue
		}
		for _, field := range textFields(r.Input()) {
			for _, payload := range payloads() {
				a := attempt{rpc: r, field: field, payload: payload}
				all = append(all, a)
				if field.operator() != nil {
					a.regex = true
					all = append(all, a)
				}
				if field.String() == "file_name" && writing && payload != notUTF8 {
					a.ending = ".txt"
					all = append(all, a)
				}
			}
		}
	}
	for i := range all {
		all[i].number = int64(i + 1)
	}
	return all
}

// writes tells whether what a method takes can be read back.
func writes(r rpc) bool {
	switch r.Name() {
	case "UploadFile", "UpdateFile", "CopyFile", "CollectDataPoints", "CollectLogs":
		return true
	default:
		return false
	}
}

// request is a good request but for the payload. fileID is a file that is there.
func (a attempt) request(fileID string) proto.Message {
	m := a.plain(fileID)
	a.field.set(m.ProtoReflect(), a.payload+a.ending)
	if a.regex {
		a.field.setOperator(m.ProtoReflect(), queryv1.MatchOperator_MATCH_OPERATOR_REGEX.Number())
	}
	switch frame := m.(type) {
	case *pointsRequest:
		frame.Sequence = int64(min(len(frame.GetProducerId()), 1))
	case *logsRequest:
		frame.Sequence = int64(min(len(frame.GetProducerId()), 1))
	}
	if waiting := m.ProtoReflect().Descriptor().Fields().ByName("wait_for"); waiting != nil && m.ProtoReflect().Has(waiting) {
		wait := m.ProtoReflect().Mutable(waiting).Message().Interface().(*queryv1.WaitFor)
		wait.Sequence, wait.Timeout = 1, durationpb.New(time.Millisecond)
	}
	return m
}

// encoded is the request in bytes when it has to have what is no UTF-8.
func (a attempt) encoded(m proto.Message) ([]byte, bool) {
	if a.payload != notUTF8 {
		return nil, false
	}
	data, err := proto.Marshal(m)
	if err != nil {
		panic(err) // All texts are UTF-8 here.
	}
	return bytes.ReplaceAll(data, []byte(notUTF8), bytes.Repeat([]byte{0xff}, len(notUTF8))), true
}

// plain is a good request. It selects nothing that is there where it deletes.
func (a attempt) plain(fileID string) proto.Message {
	nobody := &collectorv1.SeriesMatcher{
		Target: collectorv1.SeriesTarget_SERIES_TARGET_SOURCE, Operator: queryv1.MatchOperator_MATCH_OPERATOR_EQUAL, Value: "nobody",
	}
	matchers := []*collectorv1.SeriesMatcher{{
		Target: collectorv1.SeriesTarget_SERIES_TARGET_TAG, Tag: "k", Operator: queryv1.MatchOperator_MATCH_OPERATOR_EQUAL, Value: "v",
	}}
	filter := &logaggv1.LogFilter{
		Fields: []*logaggv1.FieldMatcher{{Name: "k", Operator: queryv1.MatchOperator_MATCH_OPERATOR_EQUAL, Value: "v"}},
		Texts:  []*logaggv1.TextMatcher{{Text: "text"}},
	}
	switch a.rpc.Name() {
	case "UploadFile":
		return &fileuploadv1.UploadFileRequest{FileName: fmt.Sprintf("n%d.txt", a.number), Data: []byte("text"), IsLastChunk: true}
	case "UpdateFile":
		return &fileuploadv1.UpdateFileRequest{FileId: fileID, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"metadata"}}}
	case "CopyFile":
		return &fileuploadv1.CopyFileRequest{FileId: fileID, FileName: "copy.txt"}
	case "CancelStream":
		return &streamv1.CancelStreamRequest{StreamId: uuid.NewString()}
	case "CollectDataPoints":
		return &pointsRequest{Points: []*collectorv1.DataPoint{a.point()}}
	case "QueryDataPoints":
		return &collectorv1.QueryDataPointsRequest{Matchers: matchers}
	case "GetStatistics":
		return &collectorv1.GetStatisticsRequest{Matchers: matchers}
	case "ListSeries":
		return &collectorv1.ListSeriesRequest{Matchers: matchers}
	case "DeleteDataPoints":
		return &collectorv1.DeleteDataPointsRequest{Matchers: append([]*collectorv1.SeriesMatcher{nobody}, matchers...)}
	case "CollectLogs":
		return &logsRequest{Entries: []*logEntry{a.entry()}}
	case "SearchLogs":
		return &logaggv1.SearchLogsRequest{Filter: filter}
	case "GetLogStatistics":
		return &logaggv1.GetLogStatisticsRequest{Filter: filter}
	case "TailLogs":
		return &logaggv1.TailLogsRequest{Filter: filter}
	case "DeleteLogs":
		filter.StartTime, filter.EndTime = new(int64(1)), new(int64(2))
		return &logaggv1.DeleteLogsRequest{Filter: filter}
	case "TestRules":
		return &logaggv1.TestRulesRequest{Entries: []*logEntry{a.entry()}}
	default: // Its only text is the payload's.
		return a.rpc.message(a.rpc.Input())
	}
}

// point and entry can be told by their timestamps.
func (a attempt) point() *collectorv1.DataPoint {
	return &collectorv1.DataPoint{
		Source: "s", Timestamp: tickStart + a.number, Metrics: map[string]float64{"m": 1.5}, Tags: map[string]string{"k": "v"},
	}
}

func (a attempt) entry() *logEntry {
	return &logEntry{
		Application: "a", Level: "info", Timestamp: logStart + a.number, Message: "text", Fields: map[string]string{"k": "v"},
	}
}
