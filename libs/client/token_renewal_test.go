package client

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// Tokens expire under way many times: each point is stored once.
func TestSendDataPointsGoesOnWithFreshTokens(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake, guard := newFakeCollector(), newTokenGuard(time.Minute)
		c, stop := guard.serve(t, guard, func(s *grpc.Server) { collectorv1.RegisterDataCollectionServiceServer(s, fake) },
			WithRetry(RetryPolicy{MaxAttempts: 2}))
		defer stop()
		points, sent := testPoints(1200), make(chan *DataPoint)
		go func() {
			defer close(sent)
			for _, p := range points {
				sent <- p
				time.Sleep(time.Second)
			}
		}()
		result, err := c.SendDataPoints(t.Context(), sent, WithBatchSize(7))
		mustResult(t, result, err)
		wantStored(t, fake, points)
		if result.Successful != 1200 || result.Duplicates != 0 || result.Attempts < 20 || guard.refusals != 0 {
			t.Errorf("%+v with %d refusals", result, guard.refusals)
		}
	})
}

func TestSendLogsGoesOnWithFreshTokens(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake, guard := newFakeLogs(), newTokenGuard(time.Minute)
		c, stop := guard.serve(t, guard, func(s *grpc.Server) { logaggv1.RegisterLogAggregationServiceServer(s, fake) },
			WithRetry(RetryPolicy{MaxAttempts: 2}))
		defer stop()
		entries, sent := testEntries(300), make(chan *LogEntry)
		go func() {
			defer close(sent)
			for _, e := range entries {
				sent <- e
				time.Sleep(2 * time.Second)
			}
		}()
		result, err := c.SendLogs(t.Context(), sent, WithBatchSize(3))
		if err != nil {
			t.Fatal(err)
		}
		if result.Received != 300 || result.Indexed != int64(len(fake.stored())) || result.Duplicates != 0 || result.Attempts < 10 {
			t.Errorf("%+v with %d stored", result, len(fake.stored()))
		}
	})
}

func TestUploadWithRetryGoesOnWithFreshTokens(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake, guard := newFakeServer(), newTokenGuard(10*time.Second)
		c, stop := guard.serve(t, guard, func(s *grpc.Server) { fileuploadv1.RegisterFileUploadServiceServer(s, fake) },
			WithRetry(RetryPolicy{MaxAttempts: 2}), WithRateLimit(100_000))
		defer stop()
		data := randomBytes(10_000_000)
		receipt, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", data), WithProgress(func(Progress) {}))
		mustReceipt(t, receipt, err)
		if !slices.Equal(fake.only(t).data, data) || receipt.Attempts < 10 || guard.refusals != 0 {
			t.Errorf("%+v with %d refusals", receipt, guard.refusals)
		}
	})
}

func TestTailLogsGoesOnWithFreshTokens(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake, guard := newFakeLogs(), newTokenGuard(time.Minute)
		fake.tail = func(_ *logaggv1.TailLogsRequest, stream tailStream) error {
			if err := stream.Send(&logaggv1.TailLogsResponse{}); err != nil {
				return err
			}
			<-stream.Context().Done()
			return stream.Context().Err()
		}
		c, stop := guard.serve(t, guard, func(s *grpc.Server) { logaggv1.RegisterLogAggregationServiceServer(s, fake) },
			WithRetry(RetryPolicy{MaxAttempts: 2}))
		defer stop()
		begun := time.Now()
		events, err := tailEvents(t.Context(), c, LogFilter{}, 20)
		if want := slices.Repeat([]string{"started", "gap"}, 10); !slices.Equal(events, want) || err != nil {
			t.Errorf("events %v, error %v", events, err)
		}
		if lasted := time.Since(begun); lasted != 10*time.Minute {
			t.Errorf("ten tokens lasted %s: there is a pause between them", lasted)
		}
	})
}

// A source that lags behind the server's clock gives the token that was refused
// once more, unless it can be told.
func TestASourceThatGivesTheRefusedTokenAgain(t *testing.T) {
	send := func(t *testing.T, guard *tokenGuard, source TokenSource) error {
		t.Helper()
		fake := newFakeCollector()
		c, stop := guard.serve(t, source, func(s *grpc.Server) { collectorv1.RegisterDataCollectionServiceServer(s, fake) })
		defer stop()
		sent := make(chan *DataPoint)
		go func() {
			defer close(sent)
			sent <- testPoint(0)
			time.Sleep(90 * time.Second)
			select {
			case sent <- testPoint(1):
			case <-time.After(time.Hour):
			}
		}()
		_, err := c.SendDataPoints(t.Context(), sent)
		if err == nil {
			wantStored(t, fake, testPoints(2))
		}
		return err
	}
	t.Run("and can't be told", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			guard := newTokenGuard(time.Minute)
			guard.stale = time.Hour
			begun := time.Now()
			e := sendError(t, send(t, guard, guard), codes.Unauthenticated, reasonTokenExpired)
			if e.DurablePoints != 1 || guard.issued != 1 || time.Since(begun) > 80*time.Second {
				t.Errorf("after %s: %+v", time.Since(begun), e)
			}
			time.Sleep(2 * time.Hour)
		})
	})
	t.Run("and can be told", func(t *testing.T) {
		bubble(t, func(t *testing.T) {
			guard := newTokenGuard(time.Minute)
			guard.stale = time.Hour
			if err := send(t, guard, forgettingGuard{guard}); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(guard.forgotten, "token-1") || guard.issued != 2 {
				t.Errorf("%d tokens issued, forgotten %v", guard.issued, guard.forgotten)
			}
		})
	})
}

// At a call's start too: unary calls and queries are made again, as they did
// nothing.
func TestCallsRefusedAtTheirStartAreMadeAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		logs, collector, guard := newFakeLogs(), exampleCollector(), newTokenGuard(time.Minute)
		logs.statistics = func(*logaggv1.GetLogStatisticsRequest) (*logaggv1.GetLogStatisticsResponse, error) {
			return &logaggv1.GetLogStatisticsResponse{}, nil
		}
		guard.stale = time.Hour
		c, stop := guard.serve(t, forgettingGuard{guard}, func(s *grpc.Server) {
			logaggv1.RegisterLogAggregationServiceServer(s, logs)
			collectorv1.RegisterDataCollectionServiceServer(s, collector)
		})
		defer stop()
		for range 3 {
			if _, err := c.Logs().GetLogStatistics(t.Context(), &logaggv1.GetLogStatisticsRequest{}); err != nil {
				t.Error(err)
			}
			time.Sleep(2 * time.Minute)
			request := &collectorv1.QueryDataPointsRequest{BucketDuration: 60}
			for _, err := range c.QueryBuckets(t.Context(), request) {
				if err != nil {
					t.Error(err)
				}
			}
			time.Sleep(2 * time.Minute)
		}
		if guard.refusals != 5 {
			t.Errorf("%d refusals", guard.refusals)
		}
	})
}

// A server that refuses whatever it is given is not asked for ever.
func TestFreshTokensThatAreRefusedAreTriedAsOftenAsThePolicySays(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake, guard := newFakeCollector(), newTokenGuard(0)
		c, stop := guard.serve(t, guard, func(s *grpc.Server) { collectorv1.RegisterDataCollectionServiceServer(s, fake) },
			WithRetry(RetryPolicy{MaxAttempts: 4}))
		defer stop()
		_, err := sendAll(t, c, testPoints(1))
		sendError(t, err, codes.Unauthenticated, reasonCredentialsExpired)
		if guard.refusals != 4 {
			t.Errorf("%d attempts", guard.refusals)
		}
	})
}

func TestViolationsTellWhichLimitWasHit(t *testing.T) {
	err := FromStatus(fakeError(codes.ResourceExhausted, reasonQuotaExceeded, "no room", &errdetails.QuotaFailure{
		Violations: []*errdetails.QuotaFailure_Violation{{
			Subject: "tenant", QuotaMetric: "quotas.bytes", QuotaValue: 1000, Description: "1 kB stored",
		}},
	}))
	e := wantError(t, err, codes.ResourceExhausted, reasonQuotaExceeded)
	want := []Violation{{Subject: "tenant", Limit: "quotas.bytes", Value: 1000, Description: "1 kB stored"}}
	if !slices.Equal(e.Violations, want) || e.Error() != "no room; the limit of the tenant is quotas.bytes = 1000 (QUOTA_EXCEEDED)" {
		t.Errorf("%+v: %s", e.Violations, e)
	}
}
