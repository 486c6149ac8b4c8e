package cli_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

func TestStreamsList(t *testing.T) {
	server := streaming(t)
	got := sluice(t, "streams", "list", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `STREAM ID  STATE      RECEIVED  DURABLE  STARTED              SUBJECT      PEER         METHOD      WORK ID
s-1        receiving  20 MiB    10 MiB   2026-11-22 10:00:00  acme/backup  10.0.0.1:99  UploadFile  u-1
`, got.stdout)
	require.Equal(t, []map[string]any{{
		"stream_id": "s-1", "method": "/sluice.fileupload.v1.FileUploadService/UploadFile", "work_id": "u-1",
		"tenant": "acme", "subject": "backup", "peer": "10.0.0.1:99", "state": "receiving",
		"start_time": "2026-11-22T10:00:00Z", "message_count": 80.0, "byte_count": 20.0 * mib, "received": 20.0 * mib, "durable": 10.0 * mib,
	}}, sluice(t, "streams", "list", "--json", "--addr", server.Addr).objects(t))
}

func TestStreamsWatchPrintsEachChangeUntilTheServerEnds(t *testing.T) {
	server := streaming(t)
	got := sluice(t, "streams", "watch", "--interval", "100ms", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `TIME      STREAM ID                             WORK ID                               STATE          RECEIVED       DURABLE  SUBJECT
12:00:00  s-1                                   u-1                                   receiving        20 MiB        10 MiB  acme/backup
`, got.stdout)
	require.Equal(t, "s-1\n", sluice(t, "streams", "watch", "-q", "--addr", server.Addr).stdout)
}

func TestStreamsOfPointsAreCountedInFrames(t *testing.T) {
	server := streaming(t)
	server.Streams[0].Method = "/sluice.collector.v1.DataCollectionService/CollectDataPoints"
	server.Streams[0].Position = &streamv1.Position{Received: 7, Durable: 1}
	require.Contains(t, sluice(t, "streams", "list", "--addr", server.Addr).stdout, "  7 frames  1 frame  ")
	require.Contains(t, sluice(t, "streams", "watch", "--addr", server.Addr).stdout, "      7 frames       1 frame  acme")
}

func TestStreamsCancel(t *testing.T) {
	server := streaming(t)
	got := sluice(t, "streams", "cancel", "s-1", "s-2", "--reason", "maintenance", "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Equal(t, "cancelled s-1\n", got.stdout)
	require.Equal(t, "sluice: s-2: STREAM_NOT_FOUND: there is no such stream\n", got.stderr)
}

func streaming(t *testing.T) *fakeserver.Server {
	t.Helper()
	server := fakeserver.Start(t)
	server.Streams = []*streamv1.Stream{{
		StreamId: "s-1", Method: "/sluice.fileupload.v1.FileUploadService/UploadFile", WorkId: "u-1",
		Tenant: "acme", Subject: "backup", Peer: "10.0.0.1:99", State: streamv1.StreamState_STREAM_STATE_RECEIVING,
		StartTime:    timestamppb.New(time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)),
		MessageCount: 80, ByteCount: 20 * mib, Position: &streamv1.Position{Received: 20 * mib, Durable: 10 * mib},
	}}
	return server
}
