package tests

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// guardKind is a service as the guard's tests see it: all three look the same.
type guardKind struct {
	name string
	// service is its folder and the end of its binary's name.
	service string
	launch  func(t *testing.T, dataDir string, args ...string) *testkit.Process
	// open begins a work whose first part is durable, or is made so by a cut.
	open func(ctx context.Context, t *testing.T, p guardPeer, id string) guardStream
	// follow opens the streams from the server that go on until somebody ends them,
	// of a work that is open. Each returns when it has ended, and why.
	follow func(ctx context.Context, t *testing.T, p guardPeer, id string) map[string]func() error
	// next opens the work anew and returns where the server wants it to go on.
	next func(ctx context.Context, t *testing.T, p guardPeer, id string) int64
	// probe begins a new work, tells whether the server greets it, and goes away.
	probe func(ctx context.Context, p guardPeer) error
	// plant stores planted contents. It returns what deletes them, and the receipt.
	plant func(ctx context.Context, t *testing.T, p guardPeer) (remove func() error, receipt string)
	// spoil sends planted contents in a stream that is refused.
	spoil func(ctx context.Context, p guardPeer) error
	// collects and deletes are what the audit log calls a client stream and a
	// deletion.
	collects, deletes string
}

// guardStream is an open client stream.
type guardStream struct {
	ended func() error
	// durable is what a cut tells, and next where the work goes on.
	durable, next int64
	// send sends one more small part, and finish ends the work.
	send   func() error
	finish func() error
}

var guardKinds = []guardKind{
	{name: "files", service: "fileupload", open: openGuardFile, follow: followFiles, next: nextOfFile, probe: probeFile,
		plant: plantFile, spoil: spoilFile, collects: "file.upload", deletes: "file.delete",
		launch: func(t *testing.T, dataDir string, args ...string) *testkit.Process {
			t.Helper()
			return launchServer(t, dataDir, args...).Process
		}},
	{name: "points", service: "collector", open: openGuardPoints, follow: followPoints, next: nextOfPoints, probe: probePoints,
		plant: plantPoint, spoil: spoilPoint, collects: "points.collect", deletes: "points.delete",
		launch: func(t *testing.T, dataDir string, args ...string) *testkit.Process {
			t.Helper()
			return launchCollector(t, dataDir, args...).Process
		}},
	{name: "logs", service: "logagg", open: openGuardLogs, follow: followLogs, next: nextOfLogs, probe: probeLogs,
		plant: plantLog, spoil: spoilLog, collects: "logs.collect", deletes: "logs.delete",
		launch: func(t *testing.T, dataDir string, args ...string) *testkit.Process {
			t.Helper()
			return launchLogs(t, dataDir, args...).Process
		}},
}

// forEachKind runs a test of all services at once: these tests mostly wait.
func forEachKind(t *testing.T, test func(t *testing.T, kind guardKind)) {
	t.Helper()
	for _, kind := range guardKinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			test(t, kind)
		})
	}
}

const (
	guardFile = "guarded.bin"
	// guardPart is the size of one small part of a file.
	guardPart = 1000
)

func openGuardFile(ctx context.Context, t *testing.T, p guardPeer, id string) guardStream {
	t.Helper()
	content := testkit.NewContent(7, chunkSize+1000*guardPart)
	u := p.mustBegin(ctx, t, &fileuploadv1.UploadFileRequest{FileName: guardFile, UploadId: id})
	require.NoError(t, u.sendFrom(content, 0, chunkSize))
	p.awaitUpload(ctx, t, id, receivedAtLeast(chunkSize))
	sent := int64(chunkSize)
	return guardStream{
		ended: u.ended, durable: chunkSize, next: chunkSize,
		send: func() error {
			sent += guardPart
			return u.send(chunk(content, sent-guardPart, guardPart))
		},
		finish: func() error {
			if err := u.send(&fileuploadv1.UploadFileRequest{IsLastChunk: true, Offset: sent}); err != nil {
				return err
			}
			_, err := u.finish()
			return err
		},
	}
}

func openGuardPoints(ctx context.Context, t *testing.T, p guardPeer, id string) guardStream {
	t.Helper()
	sequence := int64(1)
	s, _ := p.points.mustOpen(ctx, t, producer(id, 0), numberedFrame(sequence, numberedPoint(id, 0)))
	p.points.awaitDurable(ctx, t, id, sequence)
	return frameGuardStream(s, func() *pointsRequest {
		sequence++
		return numberedFrame(sequence, numberedPoint(id, sequence-1))
	})
}

func openGuardLogs(ctx context.Context, t *testing.T, p guardPeer, id string) guardStream {
	t.Helper()
	sequence := int64(1)
	s, _ := p.logs.mustOpen(ctx, t, logProducer(id, 0), logFrame(sequence, plainLog(id, 0).logEntry))
	p.logs.awaitDurable(ctx, t, id, sequence)
	return frameGuardStream(s, func() *logsRequest {
		sequence++
		return logFrame(sequence, plainLog(id, sequence-1).logEntry)
	})
}

func frameGuardStream[Q, R any](s *frameStream[Q, R], next func() *Q) guardStream {
	return guardStream{
		ended: s.ended, durable: 1, next: 2,
		send: func() error { return s.send(next()) },
		finish: func() error {
			_, err := s.finish()
			return err
		},
	}
}

// drained reads until the server ends a stream, and returns why.
func drained(receive func() error) func() error {
	return func() error {
		for {
			if err := receive(); err != nil {
				if errors.Is(err, io.EOF) {
					return nil
				}
				return err
			}
		}
	}
}

func followStreams(ctx context.Context, t *testing.T, p guardPeer) func() error {
	t.Helper()
	watch, err := p.streams.WatchStreams(ctx, &streamv1.WatchStreamsRequest{IntervalMs: 100})
	require.NoError(t, err)
	return drained(func() error {
		_, err := watch.Recv()
		return err
	})
}

func followFiles(ctx context.Context, t *testing.T, p guardPeer, id string) map[string]func() error {
	t.Helper()
	watch, err := p.files.WatchUpload(ctx, &fileuploadv1.WatchUploadRequest{UploadId: id})
	require.NoError(t, err)
	return map[string]func() error{
		"WatchStreams": followStreams(ctx, t, p),
		"WatchUpload": drained(func() error {
			_, err := watch.Recv()
			return err
		}),
		"DownloadFile": slowDownload(ctx, t, p),
	}
}

// slowDownload reads a file so slowly that it takes eight seconds.
func slowDownload(ctx context.Context, t *testing.T, p guardPeer) func() error {
	t.Helper()
	file := p.store(ctx, t, "large.bin", testkit.NewContent(3, 24<<20)).GetFileId()
	download, err := p.files.DownloadFile(ctx, &fileuploadv1.DownloadFileRequest{FileId: file})
	require.NoError(t, err)
	return drained(func() error {
		<-time.After(20 * time.Millisecond)
		_, err := download.Recv()
		return err
	})
}

func followPoints(ctx context.Context, t *testing.T, p guardPeer, id string) map[string]func() error {
	t.Helper()
	watch, err := p.points.points.WatchPosition(ctx, &collectorv1.WatchPositionRequest{ProducerId: id})
	require.NoError(t, err)
	return map[string]func() error{
		"WatchStreams": followStreams(ctx, t, p),
		"WatchPosition": drained(func() error {
			_, err := watch.Recv()
			return err
		}),
	}
}

func followLogs(ctx context.Context, t *testing.T, p guardPeer, id string) map[string]func() error {
	t.Helper()
	watch, err := p.logs.logs.WatchPosition(ctx, &logaggv1.WatchPositionRequest{ProducerId: id})
	require.NoError(t, err)
	return map[string]func() error{
		"WatchStreams": followStreams(ctx, t, p),
		"TailLogs":     p.logs.tail(ctx, t, nil).ended,
		"WatchPosition": drained(func() error {
			_, err := watch.Recv()
			return err
		}),
	}
}

func nextOfFile(ctx context.Context, t *testing.T, p guardPeer, id string) int64 {
	t.Helper()
	hello, err := p.mustBegin(ctx, t, &fileuploadv1.UploadFileRequest{FileName: guardFile, UploadId: id}).hello()
	require.NoError(t, err)
	return hello.GetNext()
}

func nextOfPoints(ctx context.Context, t *testing.T, p guardPeer, id string) int64 {
	t.Helper()
	_, hello := p.points.mustOpen(ctx, t, producer(id, 0))
	return hello.GetNext()
}

func nextOfLogs(ctx context.Context, t *testing.T, p guardPeer, id string) int64 {
	t.Helper()
	_, hello := p.logs.mustOpen(ctx, t, logProducer(id, 0))
	return hello.GetNext()
}

func probeFile(ctx context.Context, p guardPeer) error {
	u, err := p.begin(ctx, header(guardFile, newWork(), guardPart))
	if err != nil {
		return err
	}
	defer u.cancel()
	_, err = u.hello()
	return err
}

func probePoints(ctx context.Context, p guardPeer) error {
	return probeFrames(ctx, p.points.framesPeer, producer(newWork(), 0))
}

func probeLogs(ctx context.Context, p guardPeer) error {
	return probeFrames(ctx, p.logs.framesPeer, logProducer(newWork(), 0))
}

func probeFrames[Q, R any](ctx context.Context, p framesPeer[Q, R], first *Q) error {
	s, err := p.open(ctx, first)
	if err != nil {
		return err
	}
	defer s.cancel()
	_, err = s.hello()
	return err
}

// newWork names a work that nobody has named before.
func newWork() string { return uuid.NewString() }
