package message_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/testserver"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// The transport answers these by itself, with its own code and words. The
// handler still gets the problem, and so do the metrics and the log.
func TestErrorsThatTheTransportSendsItself(t *testing.T) {
	oversized := append([]byte{0, 0, 0, 2*limit>>8 + 1, 0}, make([]byte, 2*limit+256)...)
	tests := []struct {
		name     string
		encoding string
		body     []byte
		sent     codes.Code
		got      problem.Reason
	}{
		{"more than twice the limit", "", oversized, codes.ResourceExhausted, problem.MessageTooLarge},
		{"not what its encoding says", "gzip", []byte{1, 0, 0, 0, 3, 'a', 'b', 'c'}, codes.Internal, problem.MalformedMessage},
		{"compressed without an encoding", "", []byte{1, 0, 0, 0, 3, 'a', 'b', 'c'}, codes.Internal, problem.MalformedMessage},
		{"unknown frame flag", "", []byte{7, 0, 0, 0, 0}, codes.Internal, problem.MalformedMessage},
		{"stream ends inside the message", "", []byte{0, 0, 0, 0, 9, 'a'}, codes.Internal, problem.MalformedMessage},
		{"stream ends inside the frame's header", "", []byte{0, 0, 0}, codes.Internal, problem.MalformedMessage},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			opts, got := options(prometheus.NewRegistry())
			listener := testserver.Serve(t, accept, opts...)
			require.Equal(t, test.sent, post(t, listener.DialContext, test.encoding, test.body))
			require.Equal(t, test.got, problem.ReasonOf(<-got.errs))
		})
	}
}

// post sends body as the whole stream and returns the code of the answer.
func post(t *testing.T, dial func(context.Context) (net.Conn, error), encoding string, body []byte) codes.Code {
	t.Helper()
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		Protocols:   new(http.Protocols),
	}
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()

	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		"http://test"+testserver.StreamMethod, bytes.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/grpc")
	request.Header.Set("TE", "trailers")
	if encoding != "" {
		request.Header.Set("Grpc-Encoding", encoding)
	}
	response, err := transport.RoundTrip(request)
	require.NoError(t, err)
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err)

	// A response of trailers alone comes as headers.
	text := response.Trailer.Get("Grpc-Status") + response.Header.Get("Grpc-Status")
	code, err := strconv.ParseUint(text, 10, 32)
	require.NoError(t, err)
	return codes.Code(code)
}
