package client

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// idleStream tells of each message that comes.
type idleStream struct {
	grpc.ServerStream

	received chan struct{}
}

func (s idleStream) RecvMsg(m any) error {
	err := s.ServerStream.RecvMsg(m)
	if err == nil {
		s.received <- struct{}{}
	}
	return err
}

// endIdle ends client streams on which nothing comes for 5 minutes.
func endIdle(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	if !info.IsClientStream {
		return handler(srv, stream)
	}
	received, ended := make(chan struct{}, 100), make(chan error, 1)
	go func() { ended <- handler(srv, idleStream{stream, received}) }()
	for {
		select {
		case err := <-ended:
			return err
		case <-received:
		case <-time.After(5 * time.Minute):
			return fakeError(codes.DeadlineExceeded, reasonStreamIdle, "no message came")
		}
	}
}

func serveIdle(t *testing.T, fake *fakeCollector) (*StreamingClient, func()) {
	t.Helper()
	server := grpc.NewServer(grpc.StreamInterceptor(endIdle),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Second}))
	return serveServer(t, server, func(s *grpc.Server) { collectorv1.RegisterDataCollectionServiceServer(s, fake) },
		fake.wrap, WithRetry(RetryPolicy{MaxAttempts: 2}))
}

// A stream that was ended because nothing came is opened again when something
// does, and not before.
func TestSendDataPointsRestsWhileNothingComes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeCollector()
		c, stop := serveIdle(t, fake)
		defer stop()
		points := make(chan *DataPoint)
		go func() {
			defer close(points)
			for i := range 5 {
				points <- testPoint(i)
				time.Sleep(10 * time.Hour)
			}
		}()
		states := map[TransferState]int{}
		result, err := c.SendDataPoints(t.Context(), points, WithProgressInterval(time.Minute),
			WithSendProgress(func(p SendProgress) { states[p.State]++ }))
		mustResult(t, result, err)
		wantStored(t, fake, testPoints(5))
		// One for each point, and one for the end of the channel.
		if result.Attempts != 6 || fake.streamCount() != 6 || result.Duplicates != 0 {
			t.Errorf("%d streams: %+v", fake.streamCount(), result)
		}
		if states[TransferWaiting] > 0 || states[TransferRunning] < 2900 {
			t.Errorf("states %v: a rest is no failure", states)
		}
		if second := fake.stream(2).at.Sub(fake.stream(1).at); second < 10*time.Hour || second > 10*time.Hour+time.Second {
			t.Errorf("the second stream was opened after %s", second)
		}
	})
}

func TestARestEndsWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c, stop := serveIdle(t, newFakeCollector())
		defer stop()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		points := make(chan *DataPoint, 1)
		points <- testPoint(0)
		_, err := c.SendDataPoints(ctx, points)
		e := sendError(t, err, codes.DeadlineExceeded, "")
		if !errors.Is(err, context.DeadlineExceeded) || e.DurablePoints != 1 {
			t.Errorf("error %v with %d points durable", err, e.DurablePoints)
		}
	})
}

// An upload always has something to send.
func TestUploadWithRetryGoesOnAfterAnIdleCut(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		fake.fault = func(stream int, _ int64) error {
			if stream == 1 {
				return fakeError(codes.DeadlineExceeded, reasonStreamIdle, "no message came")
			}
			return nil
		}
		c, stop := fake.serve(t)
		defer stop()
		receipt, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", randomBytes(1000)))
		mustReceipt(t, receipt, err)
		if receipt.Attempts != 2 || receipt.Duration != 0 {
			t.Errorf("%d attempts in %s", receipt.Attempts, receipt.Duration)
		}
	})
}

// What is of the stream is no deadline of the caller's.
func TestAnIdleOrSlowStreamMissedNoDeadline(t *testing.T) {
	for reason, want := range map[string]bool{
		reasonStreamIdle: false, reasonStreamTooSlow: false, "DEADLINE_EXCEEDED": true, "POSITION_NOT_REACHED": true,
	} {
		err := FromStatus(fakeError(codes.DeadlineExceeded, reason, "x"))
		if errors.Is(err, context.DeadlineExceeded) != want {
			t.Errorf("%s: %v", reason, !want)
		}
	}
}
