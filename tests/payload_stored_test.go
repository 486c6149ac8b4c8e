package tests

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// storedFile reads back what was accepted for a file and says what differs.
func storedFile(ctx context.Context, conn *grpc.ClientConn, a attempt, o outcome) string {
	files := fileuploadv1.NewFileUploadServiceClient(conn)
	var fileID string
	switch answer := o.answers[0].(type) {
	case *fileuploadv1.UploadFileResponse:
		fileID = answer.GetFileId()
	case interface{ GetFile() *fileuploadv1.File }:
		fileID = answer.GetFile().GetFileId()
	}
	answer, err := files.GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: fileID})
	if err != nil {
		return err.Error()
	}
	got, request := answer.GetFile(), a.request(fileID)
	if m, ok := request.(interface{ GetMetadata() map[string]string }); ok && !maps.Equal(m.GetMetadata(), got.GetMetadata()) {
		return fmt.Sprintf("the metadata became %.200q", got.GetMetadata())
	}
	if m, ok := request.(interface{ GetFileName() string }); ok {
		return faultOfName(ctx, files, got, m.GetFileName())
	}
	return ""
}

// faultOfName says what is wrong with the name of a file, and with the list of
// the files whose names begin with it.
func faultOfName(ctx context.Context, files fileuploadv1.FileUploadServiceClient, got *fileuploadv1.File, name string) string {
	if name != got.GetFileName() {
		return fmt.Sprintf("the name became %q", got.GetFileName())
	}
	list, err := files.ListFiles(ctx, &fileuploadv1.ListFilesRequest{NamePrefix: name, PageSize: 1000})
	if err != nil {
		return err.Error()
	}
	if list.GetNextCursor() == "" && !slices.ContainsFunc(list.GetFiles(), func(f *fileuploadv1.File) bool { return f.GetFileId() == got.GetFileId() }) {
		return "the list has not the file of this name"
	}
	for _, file := range list.GetFiles() {
		if !strings.HasPrefix(file.GetFileName(), name) {
			return fmt.Sprintf("the list has %q", file.GetFileName())
		}
	}
	return ""
}

// storedPoints reads all points back and requires those accepted, exactly. It
// looks for each text on its own, too.
func storedPoints(ctx context.Context, t *testing.T, h *hostile, accepted []attempt) {
	t.Helper()
	p := dialPoints(t, h.Addr)
	_, err := p.deliver(ctx, producer("last", 0), numberedFrame(1, tick("last", 0)))
	require.NoError(t, err)
	want, bySource, byTag := map[int64]string{}, map[string]int{"last": 2}, map[string]int{}
	for _, a := range accepted {
		point := a.request("").(*pointsRequest).GetPoints()[0]
		for metric := range point.GetMetrics() {
			want[point.GetTimestamp()] = seriesText(point.GetSource(), metric, point.GetTags())
		}
		bySource[point.GetSource()]++
		byTag[point.GetTags()["k"]]++
	}
	got := map[int64]string{}
	for timestamp, s := range queried(ctx, t, p, &collectorv1.QueryDataPointsRequest{WaitFor: waitFor("last", 1)}) {
		if s.GetSource() != "last" {
			got[timestamp] = seriesText(s.GetSource(), s.GetMetric(), s.GetTags())
		}
	}
	require.Len(t, got, len(want))
	require.Equal(t, want, got)
	for source, count := range bySource {
		if source != "last" {
			require.Len(t, queried(ctx, t, p, ofSource(source).request()), count, "%q", source)
		}
	}
	for value, count := range byTag {
		m := &collectorv1.SeriesMatcher{
			Target: collectorv1.SeriesTarget_SERIES_TARGET_TAG, Tag: "k", Operator: ofSource("").matchers[0].GetOperator(), Value: value,
		}
		if value != "" && len(value) <= 255 {
			require.Len(t, queried(ctx, t, p, &collectorv1.QueryDataPointsRequest{Matchers: []*collectorv1.SeriesMatcher{m}}), count, "%q", value)
		}
	}
}

func seriesText(source, metric string, tags map[string]string) string {
	return fmt.Sprintf("%q %q %q", source, metric, tags)
}

// queried returns the series of each sample by its timestamp.
func queried(ctx context.Context, t *testing.T, p pointsPeer, request *collectorv1.QueryDataPointsRequest) map[int64]*collectorv1.Series {
	t.Helper()
	parts, err := p.points.QueryDataPoints(ctx, request)
	require.NoError(t, err)
	all, samples := map[int64]*collectorv1.Series{}, map[int64]*collectorv1.Series{}
	for {
		part, err := parts.Recv()
		if err != nil {
			require.ErrorContains(t, err, "EOF")
			return samples
		}
		for _, s := range part.GetSeries() {
			all[s.GetSeriesId()] = s
		}
		for i, timestamp := range part.GetTimestamps() {
			samples[timestamp] = all[part.GetSeriesIds()[i]]
		}
	}
}

// storedLogs does as storedPoints.
func storedLogs(ctx context.Context, t *testing.T, h *hostile, accepted []attempt) {
	t.Helper()
	p := dialLogs(t, h.Addr)
	_, err := p.deliver(ctx, logProducer("last", 0), logFrame(1, plainLog("last", 0).logEntry))
	require.NoError(t, err)
	entries, _, err := p.search(ctx, &logaggv1.SearchLogsRequest{WaitFor: waitFor("last", 1)})
	require.NoError(t, err)
	got := map[int64]*logaggv1.LogRecord{}
	for _, entry := range entries {
		got[entry.GetTimestamp()] = entry
	}
	texts := map[string]bool{}
	for _, a := range accepted {
		want := a.request("").(*logsRequest).GetEntries()[0]
		record := got[want.GetTimestamp()]
		require.NotNil(t, record, "%v", a)
		require.Equal(t, want.GetApplication(), record.GetApplication(), "%v", a)
		require.Equal(t, want.GetMessage(), record.GetMessage(), "%v", a)
		require.Equal(t, want.GetFields()["k"], record.GetFields()["k"], "%v", a)
		require.Subset(t, record.GetFields(), want.GetFields(), "%v", a)
		if level, kept := record.GetFields()["level_text"]; kept {
			require.Equal(t, want.GetLevel(), level, "%v", a)
		}
		if len(want.GetMessage()) <= 1000 {
			texts[want.GetMessage()] = true
		}
	}
	require.Len(t, got, len(accepted)+1)
	for text := range texts {
		requireFound(ctx, t, p, got, text)
	}
}

// requireFound wants a search for a text to find the entries that have it.
func requireFound(ctx context.Context, t *testing.T, p logsPeer, all map[int64]*logaggv1.LogRecord, text string) {
	t.Helper()
	if text == "" || strings.ContainsRune(text, 0) {
		return
	}
	count := 0
	for _, record := range all {
		if strings.Contains(record.GetMessage(), text) {
			count++
		}
	}
	entries, _, err := p.search(ctx, &logaggv1.SearchLogsRequest{Filter: &logaggv1.LogFilter{Texts: []*logaggv1.TextMatcher{{Text: text}}}})
	require.NoError(t, err, "%q", text)
	require.Len(t, entries, count, "%q", text)
}
