package client

import (
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
)

// The pause is the server's RetryInfo plus the policy's backoff.
func TestUploadWithRetryPauses(t *testing.T) {
	bubble(t, func(t *testing.T) {
		delays := []time.Duration{0, 5 * time.Second, 0}
		fake := newFakeServer()
		fake.refuse = func(stream int) error {
			if stream > len(delays) {
				return nil
			}
			return draining(delays[stream-1], 0)
		}
		c, stop := fake.serve(t, WithRetry(RetryPolicy{InitialBackoff: time.Second, MaxBackoff: 3 * time.Second}))
		defer stop()
		c.random = func() float64 { return 0.5 }
		receipt, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", []byte("x")))
		mustReceipt(t, receipt, err)
		want := []time.Duration{500 * time.Millisecond, 6 * time.Second, 1500 * time.Millisecond}
		for i, pause := range want {
			if got := fake.stream(i + 2).at.Sub(fake.stream(i + 1).at); got != pause {
				t.Errorf("pause %d was %s, want %s", i+1, got, pause)
			}
		}
		if receipt.Attempts != 4 || receipt.Duration != 8*time.Second {
			t.Errorf("%d attempts in %s", receipt.Attempts, receipt.Duration)
		}
	})
}

func TestUploadWithRetryGivesUpWithoutProgress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		fake.refuse = func(int) error { return draining(0, 0) }
		c, stop := fake.serve(t, WithRetry(RetryPolicy{MaxAttempts: 3}))
		defer stop()
		_, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", []byte("x")))
		wantError(t, err, codes.Unavailable, "DRAINING")
		if fake.streamCount() != 3 {
			t.Errorf("%d attempts", fake.streamCount())
		}
	})
}

func TestUploadWithRetryGoesOnWhileThereIsProgress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		fake.fault = func(stream int, received int64) error {
			if received >= int64(stream)*testChunk {
				return draining(0, received)
			}
			return nil
		}
		c, stop := fake.serve(t, WithChunkSize(testChunk), WithRetry(RetryPolicy{MaxAttempts: 2}))
		defer stop()
		receipt, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", randomBytes(10*testChunk+1)))
		mustReceipt(t, receipt, err)
		if receipt.Attempts < 10 {
			t.Errorf("%d attempts", receipt.Attempts)
		}
	})
}

func TestUploadWithRetryObeysTheReason(t *testing.T) {
	retryInfo := &errdetails.RetryInfo{RetryDelay: durationpb.New(time.Second)}
	tests := []struct {
		name  string
		err   error
		again bool
	}{
		{"draining", draining(0, 0), true},
		{"storage failed", fakeError(codes.Unavailable, "STORAGE_FAILED", "x"), true},
		{"aborted otherwise", fakeError(codes.Aborted, "", "x"), true},
		{"damaged chunk", fakeError(codes.DataLoss, reasonChunkChecksum, "x"), true},
		{"full with RetryInfo", fakeError(codes.ResourceExhausted, "STORAGE_FULL", "x", retryInfo), true},
		{"full without RetryInfo", fakeError(codes.ResourceExhausted, "STORAGE_FULL", "x"), false},
		{"fenced", fakeError(codes.Aborted, reasonFenced, "x"), false},
		{"cancelled by an operator", fakeError(codes.Canceled, "STREAM_CANCELLED", "x"), false},
		{"invalid", fakeError(codes.InvalidArgument, "NAME_INVALID", "x"), false},
		{"damaged content", fakeError(codes.DataLoss, "CONTENT_DAMAGED", "x"), false},
		{"internal", fakeError(codes.Internal, "INTERNAL", "transport of the thing"), false},
		{"unauthenticated", fakeError(codes.Unauthenticated, "CREDENTIALS_MISSING", "x"), false},
		{"ended", fakeError(codes.FailedPrecondition, "WORK_ENDED", "x"), false},
		{"token expired, without a source", fakeError(codes.Unauthenticated, reasonTokenExpired, "x"), false},
		{"too old", fakeError(codes.Unavailable, reasonStreamTooOld, "x"), true},
		{"too slow", fakeError(codes.DeadlineExceeded, reasonStreamTooSlow, "x"), true},
		{"memory exhausted", fakeError(codes.ResourceExhausted, "MEMORY_EXHAUSTED", "x", retryInfo), true},
		{"quota exceeded until tomorrow", fakeError(codes.ResourceExhausted, reasonQuotaExceeded, "x", retryInfo), false},
		{"scan failed", fakeError(codes.Unavailable, "SCAN_FAILED", "x", retryInfo), true},
		{"quarantined", fakeError(codes.FailedPrecondition, "QUARANTINED", "x", retryInfo), false},
		{"not scannable", fakeError(codes.InvalidArgument, "NOT_SCANNABLE", "x", retryInfo), false},
		{"not permitted", fakeError(codes.PermissionDenied, "PERMISSION_DENIED", "x"), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				fake := newFakeServer()
				fake.refuse = func(stream int) error {
					if stream == 1 {
						return test.err
					}
					return nil
				}
				c, stop := fake.serve(t)
				defer stop()
				_, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", []byte("x")))
				if again := fake.streamCount() == 2; again != test.again || (err == nil) != test.again {
					t.Errorf("%d streams, error %v", fake.streamCount(), err)
				}
			})
		})
	}
}

func TestUploadWithRetryStopsPausingWithItsContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		fake.refuse = func(int) error { return draining(time.Hour, 0) }
		c, stop := fake.serve(t)
		defer stop()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := time.Now()
		_, err := c.UploadWithRetry(ctx, writeFile(t, "a.bin", []byte("x")))
		wantError(t, err, codes.Unavailable, "DRAINING")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != time.Minute {
			t.Errorf("error %v after %s", err, time.Since(begun))
		}
	})
}

// The answer got lost: the retry takes the same receipt and sends nothing.
func TestUploadWithRetryTakesTheReceiptOfALostAnswer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		fake := newFakeServer()
		data := randomBytes(3 * testChunk)
		fake.fault = func(stream int, received int64) error {
			if stream == 1 && received == int64(len(data)) {
				fake.drop()
			}
			return nil
		}
		c, stop := fake.serve(t, WithChunkSize(testChunk))
		defer stop()
		receipt, err := c.UploadWithRetry(t.Context(), writeFile(t, "a.bin", data))
		mustReceipt(t, receipt, err)
		if receipt.Attempts != 2 || fake.stream(2).bytes != 0 || len(fake.files) != 1 {
			t.Errorf("%d attempts, %d bytes again, %d files", receipt.Attempts, fake.stream(2).bytes, len(fake.files))
		}
	})
}
