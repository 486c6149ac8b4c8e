package tests

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// marker is in every name and text of the owner's.
const marker = "alices"

// owner is somebody with work of every kind on a service: stored and open.
type owner struct {
	names   workNames
	cursors map[string]string
	// untouched fails the test unless everything is as it was. It ends the work
	// that was open.
	untouched func(*testing.T)
}

func settle(ctx context.Context, t *testing.T, s *tenancy) owner {
	t.Helper()
	o := owner{
		names: workNames{
			fileName: marker + "-secret.txt", upload: marker + "-upload-1", producer: marker + "-producer-1", item: marker + "-item",
		},
		cursors: map[string]string{},
	}
	switch s.service {
	case "fileupload":
		o.settleFiles(ctx, t, dial(t, s.addr, s.options("alice")...))
	case "collector":
		o.settlePoints(ctx, t, dialPoints(t, s.addr, s.options("alice")...))
	default:
		o.settleLogs(ctx, t, dialLogs(t, s.addr, s.options("alice")...))
	}
	streams, err := streamv1.NewStreamServiceClient(s.as(t, "alice")).ListStreams(ctx, &streamv1.ListStreamsRequest{PageSize: 1})
	require.NoError(t, err)
	require.NotEmpty(t, streams.GetNextCursor())
	o.cursors["streams"] = streams.GetNextCursor()
	o.names.stream = streams.GetStreams()[0].GetStreamId()
	return o
}

func (o *owner) settleFiles(ctx context.Context, t *testing.T, p peer) {
	t.Helper()
	content := testkit.NewContent(9, 2*chunkSize)
	var open []*upload
	metadata := map[string]string{marker + "-key": marker + "-value"}
	for i := range 2 {
		u := p.mustBegin(ctx, t, &fileuploadv1.UploadFileRequest{
			FileName: o.names.fileName, Data: []byte("text"), IsLastChunk: true, Metadata: metadata,
		})
		receipt, err := u.finish()
		require.NoError(t, err)
		o.names.file = receipt.GetFileId()
		u = p.mustBegin(ctx, t, header(marker+".bin", fmt.Sprintf("%s-upload-%d", marker, i+1), content.Size()))
		require.NoError(t, u.sendFrom(content, 0, chunkSize))
		open = append(open, u)
	}
	files, err := p.files.ListFiles(ctx, &fileuploadv1.ListFilesRequest{PageSize: 1})
	require.NoError(t, err)
	uploads, err := p.files.ListUploads(ctx, &fileuploadv1.ListUploadsRequest{PageSize: 1})
	require.NoError(t, err)
	o.cursors["files"], o.cursors["uploads"] = files.GetNextCursor(), uploads.GetNextCursor()
	before, err := p.files.GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: o.names.file})
	require.NoError(t, err)
	o.untouched = func(t *testing.T) {
		for _, u := range open {
			require.NoError(t, u.sendFrom(content, chunkSize, content.Size()))
			receipt, err := u.finish()
			require.NoError(t, err)
			require.Equal(t, int32(1), receipt.GetStreamCount())
		}
		after, err := p.files.GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: o.names.file})
		require.NoError(t, err)
		after.File.VerifyTime = before.GetFile().GetVerifyTime() // The owner has it verified.
		requireEqualMessages(t, before, after)
	}
}

func (o *owner) settlePoints(ctx context.Context, t *testing.T, p pointsPeer) {
	t.Helper()
	point := func(i int64) *collectorv1.DataPoint {
		x := tick(o.names.item, i)
		x.Metrics, x.Tags = map[string]float64{marker + "_a": 1, marker + "_b": 2}, map[string]string{marker + "_tag": marker}
		return x
	}
	var open []*frameStream[pointsRequest, pointsReceipt]
	for i := range 2 {
		stream, _ := p.mustOpen(ctx, t, producer(fmt.Sprintf("%s-producer-%d", marker, i+1), 0), numberedFrame(1, point(int64(i))))
		open = append(open, stream)
	}
	for i := range 2 {
		_, err := p.query(ctx, &collectorv1.QueryDataPointsRequest{WaitFor: waitFor(fmt.Sprintf("%s-producer-%d", marker, i+1), 1)})
		require.NoError(t, err)
	}
	series, err := p.points.ListSeries(ctx, &collectorv1.ListSeriesRequest{PageSize: 1})
	require.NoError(t, err)
	o.cursors["series"] = series.GetNextCursor()
	o.untouched = func(t *testing.T) {
		for i, stream := range open {
			require.NoError(t, stream.send(numberedFrame(2, point(int64(10+i)))))
			receipt, err := stream.finish()
			require.NoError(t, err)
			require.Equal(t, int64(2), receipt.GetSuccessfulCount())
		}
		series, err := p.points.ListSeries(ctx, &collectorv1.ListSeriesRequest{
			Matchers: ofSource(o.names.item).matchers, WaitFor: waitFor(marker+"-producer-2", 2),
		})
		require.NoError(t, err)
		require.Len(t, series.GetSeries(), 2)
		for _, one := range series.GetSeries() {
			require.Equal(t, int64(4), one.GetSampleCount())
		}
	}
}

func (o *owner) settleLogs(ctx context.Context, t *testing.T, p logsPeer) {
	t.Helper()
	entry := func(i int64) *logEntry {
		e := plainLog(o.names.item, i).logEntry
		e.Fields = map[string]string{marker + "_field": marker}
		return e
	}
	var open []*frameStream[logsRequest, logsReceipt]
	for i := range 2 {
		stream, _ := p.mustOpen(ctx, t, logProducer(fmt.Sprintf("%s-producer-%d", marker, i+1), 0), logFrame(1, entry(int64(i))))
		open = append(open, stream)
	}
	for i := range 2 {
		_, _, err := p.search(ctx, &logaggv1.SearchLogsRequest{WaitFor: waitFor(fmt.Sprintf("%s-producer-%d", marker, i+1), 1)})
		require.NoError(t, err)
	}
	found := firstFound(ctx, t, p, &logaggv1.SearchLogsRequest{Limit: 1})
	require.NotEmpty(t, found.GetNextCursor())
	o.cursors["search"] = found.GetNextCursor()
	o.untouched = func(t *testing.T) {
		for i, stream := range open {
			require.NoError(t, stream.send(logFrame(2, entry(int64(10+i)))))
			receipt, err := stream.finish()
			require.NoError(t, err)
			require.Equal(t, int64(2), receipt.GetIndexedCount())
		}
		entries, _, err := p.search(ctx, &logaggv1.SearchLogsRequest{
			Filter: ofApplication(o.names.item), WaitFor: waitFor(marker+"-producer-2", 2),
		})
		require.NoError(t, err)
		require.Len(t, entries, 4)
	}
}

// firstFound returns the first part of what a search finds.
func firstFound(ctx context.Context, t *testing.T, p logsPeer, request *logaggv1.SearchLogsRequest) *logaggv1.SearchLogsResponse {
	t.Helper()
	answer, err := p.logs.SearchLogs(ctx, request)
	require.NoError(t, err)
	part, err := answer.Recv()
	require.NoError(t, err)
	return part
}
