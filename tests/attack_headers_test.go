package tests

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestAttackByHeadersIsRefused(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	long := strings.Repeat("x", 20<<10)
	tests := []struct {
		name   string
		fields []string
		// closed tells that the server closes the connection too, not just the stream.
		closed bool
	}{
		{"one_large_header", []string{"x-large", long}, true},
		{"a_large_token", []string{"authorization", "Bearer " + long}, true},
		{"many_headers", many("x-many", "y", 600), false},
		{"a_header_that_compresses_well", many("x-index", strings.Repeat("z", 4000), 5000), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := attack(t, s.Addr, 10)
			id, err := a.open(uploadFile, true, tt.fields...)
			require.NoError(t, err)
			end, err := a.end(ctx)
			if tt.closed {
				require.ErrorIs(t, err, errClosed)
				return
			}
			require.NoError(t, err)
			require.Equal(t, streamEnd{id, resetError(http2.ErrCodeFrameSize)}, end)
			// The connection still serves.
			_, err = a.open(uploadFile, true)
			require.NoError(t, err)
			end, err = a.end(ctx)
			require.NoError(t, err)
			require.Equal(t, "EMPTY_STREAM", refusalOf(end.err).reason)
		})
	}
	t.Run("headers_without_an_end", func(t *testing.T) { testEndlessHeaders(t, s) })
	s.requireRSS(t, 128<<20)
	s.store(ctx, t, "after.bin", testkit.NewContent(4, 1000))
}

// testEndlessHeaders sends CONTINUATION frames until the server has enough.
func testEndlessHeaders(t *testing.T, s *server) {
	t.Helper()
	const most = 64 << 20
	a := attack(t, s.Addr, 10)
	a.mu.Lock()
	defer a.mu.Unlock()
	part := []byte(strings.Repeat("\x00\x01a\x01b", 3000)) // A literal header, again and again.
	err := a.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: part})
	sent := 0
	for err == nil && sent < most {
		err = a.framer.WriteContinuation(1, false, part)
		sent += len(part)
	}
	require.Error(t, err, "the server closes the connection")
	t.Logf("closed within %d KiB", sent>>10)
}

func many(name, value string, n int) []string {
	var fields []string
	for range n {
		fields = append(fields, name, value)
	}
	return fields
}
