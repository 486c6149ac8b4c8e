package tests

import (
	"bytes"
	"compress/gzip"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// TestAStrangersRequestIsNotDecoded sends requests of a million empty entries each,
// in 2 KiB on the wire. Decoded they take some 200 MiB, and grpc-go decodes before
// anybody asks for credentials.
func TestAStrangersRequestIsNotDecoded(t *testing.T) {
	const calls = 32
	i := newIssuer(t)
	s := launchLogs(t, t.TempDir(), i.args(t)...)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	// Field 2 is entries; an empty one takes two bytes.
	_, err := w.Write(bytes.Repeat([]byte{0x12, 0}, 1<<20))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	ctx := bounded(t)
	a := attack(t, s.Addr, calls)
	var all sync.WaitGroup
	for range calls {
		all.Go(func() {
			id, err := a.open(logaggv1.LogAggregationService_TestRules_FullMethodName, false, "grpc-encoding", "gzip")
			if err == nil {
				err = a.data(id, true, grpcMessage(true, packed.Len(), packed.Bytes()))
			}
			if err != nil {
				t.Errorf("send: %v", err)
			}
		})
	}
	all.Wait()
	for range calls {
		end, err := a.end(ctx)
		require.NoError(t, err)
		requireRefused(t, end.err, codes.Unauthenticated, "CREDENTIALS_MISSING")
	}
	requireRSS(t, s.Process, 384<<20)
}

// TestAStrangersHalfRequestsAreCut sends a part of a unary call's request, which
// grpc-go waits for before anybody asks for credentials.
func TestAStrangersHalfRequestsAreCut(t *testing.T) {
	const calls = 500
	i := newIssuer(t)
	s := startServer(t, append(i.args(t), "--connection-timeout", "2s")...)
	ctx := bounded(t)
	for name, method := range map[string]string{
		"unary":  fileuploadv1.FileUploadService_GetFile_FullMethodName,
		"health": healthpb.Health_Watch_FullMethodName,
	} {
		t.Run(name, func(t *testing.T) {
			a := attack(t, s.Addr, calls)
			for range calls {
				id, err := a.open(method, false)
				require.NoError(t, err)
				require.NoError(t, a.data(id, false, grpcMessage(false, 1<<20, []byte{10})))
			}
			begun := time.Now()
			for range calls {
				_, err := a.end(ctx)
				require.NoError(t, err)
			}
			require.Less(t, time.Since(begun), 20*time.Second)
		})
	}
}

// TestStrangersWatchHealthWithinBounds opens health watches, which need no
// credentials.
func TestStrangersWatchHealthWithinBounds(t *testing.T) {
	const watches = 1000
	i := newIssuer(t)
	s := startServer(t, i.args(t)...)
	ctx, cancel := context.WithCancel(bounded(t))
	defer cancel()
	a := attack(t, s.Addr, watches)
	for range watches {
		id, err := a.open(healthpb.Health_Watch_FullMethodName, false)
		require.NoError(t, err)
		require.NoError(t, a.data(id, true, grpcMessage(false, 0, nil)))
	}
	end, err := a.end(ctx)
	require.NoError(t, err)
	require.Equal(t, codes.ResourceExhausted, refusalOf(end.err).code)
	check, err := healthpb.NewHealthClient(s.conn).Check(ctx, &healthpb.HealthCheckRequest{})
	require.NoError(t, err, "a check is not a watch")
	require.Equal(t, healthpb.HealthCheckResponse_SERVING, check.GetStatus())
}
