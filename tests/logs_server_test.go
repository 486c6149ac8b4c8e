package tests

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// logServer is the real log service and a raw client of it.
type logServer struct {
	*testkit.Process
	logsPeer
	dataDir string
}

// logsPeer is a connection to the log service.
type logsPeer struct {
	framesPeer[logsRequest, logsReceipt]

	logs    logaggv1.LogAggregationServiceClient
	streams streamv1.StreamServiceClient
}

// startLogs runs the log service on a data folder of the test.
func startLogs(t *testing.T, args ...string) *logServer {
	t.Helper()
	return startLogsIn(t, t.TempDir(), args...)
}

func startLogsIn(t *testing.T, dataDir string, args ...string) *logServer {
	t.Helper()
	s := launchLogs(t, dataDir, args...)
	s.logsPeer = dialLogs(t, s.Addr)
	return s
}

// launchLogs runs the service and connects no client to it.
func launchLogs(t *testing.T, dataDir string, args ...string) *logServer {
	t.Helper()
	args = append([]string{
		"--listen", "127.0.0.1:0",
		"--admin-listen", "127.0.0.1:0",
		"--data-dir", dataDir,
		"--storage-low-watermark", "0", // a test's disk may be small
	}, args...)
	return &logServer{Process: testkit.Start(t, logsBinary(t), args...), dataDir: dataDir}
}

func logsBinary(t *testing.T) string {
	t.Helper()
	return testkit.Build(t, "services/logagg", "./cmd/sluice-logagg")
}

// dialLogs is dial for the log service.
func dialLogs(t *testing.T, addr string, opts ...grpc.DialOption) logsPeer {
	t.Helper()
	p := dial(t, addr, opts...)
	logs := logaggv1.NewLogAggregationServiceClient(p.conn)
	return logsPeer{
		framesPeer: framesPeer[logsRequest, logsReceipt]{
			positions: logPositions(logs), conn: p.conn, collect: logs.CollectLogs,
			method: logaggv1.LogAggregationService_CollectLogs_FullMethodName,
		},
		logs: logs, streams: p.streams,
	}
}

func logPositions(logs logaggv1.LogAggregationServiceClient) positions {
	return positions{
		get: func(ctx context.Context, producerID string) (*streamv1.ProducerPosition, error) {
			answer, err := logs.GetPosition(ctx, &logaggv1.GetPositionRequest{ProducerId: producerID})
			return answer.GetPosition(), err
		},
		watch: func(ctx context.Context, producerID string) (func() (*streamv1.ProducerPosition, error), error) {
			moves, err := logs.WatchPosition(ctx, &logaggv1.WatchPositionRequest{ProducerId: producerID})
			return func() (*streamv1.ProducerPosition, error) {
				move, err := moves.Recv()
				return move.GetPosition(), err
			}, err
		},
	}
}

// sdk connects by the SDK.
func (s *logServer) sdk(t *testing.T, opts ...client.Option) *client.StreamingClient {
	t.Helper()
	return sdkTo(t, s.Addr, opts...)
}

// writeRules writes a rules file of the test and returns its path.
func writeRules(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.yaml")
	replaceRules(t, path, text)
	return path
}

// replaceRules puts another rules file in place by rename.
func replaceRules(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
	require.NoError(t, os.Rename(path+".new", path))
}
