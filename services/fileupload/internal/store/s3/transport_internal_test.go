package s3

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// roundTripper is a server that a test makes up.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func newRequest(t *testing.T, method, url string, body io.Reader) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, body)
	require.NoError(t, err)
	return request
}

// silent answers after a while, unless it is given up before.
func silent(d time.Duration) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		select {
		case <-time.After(d):
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
}

func TestARequestThatBringsNothingForwardEnds(t *testing.T) {
	const url = "http://server/files/blobs/id"
	for _, test := range []struct {
		name, method, url, source string
		takes                     time.Duration
		stalls                    bool
	}{
		{"quick", http.MethodPut, url, "", 29 * time.Second, false},
		{"silent", http.MethodPut, url, "", 31 * time.Second, true},
		{"completing", http.MethodPost, url + "?uploadId=u", "", 9 * time.Minute, false},
		{"completing for ever", http.MethodPost, url + "?uploadId=u", "", 11 * time.Minute, true},
		{"copying", http.MethodPut, url, "files/blobs/other", 9 * time.Minute, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := &transport{next: silent(test.takes), timeout: 30 * time.Second}
				request := newRequest(t, test.method, test.url, nil)
				request.Header.Set("X-Amz-Copy-Source", test.source)
				answer, err := tr.RoundTrip(request)
				if test.stalls {
					require.ErrorIs(t, err, errStalled)
					require.ErrorContains(t, err, "s3.timeout")
					return
				}
				require.NoError(t, err)
				require.NoError(t, answer.Body.Close())
			})
		})
	}
}

// A slow network that moves something is waited for.
func TestARequestThatMovesGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &transport{timeout: 30 * time.Second, next: roundTripper(func(r *http.Request) (*http.Response, error) {
			for range 10 {
				time.Sleep(29 * time.Second)
				if _, err := r.Body.Read(make([]byte, 1)); err != nil {
					return nil, errors.Join(err, r.Context().Err())
				}
			}
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, r.Context().Err()
		})}
		answer, err := tr.RoundTrip(newRequest(t, http.MethodPut, "http://server/", strings.NewReader("0123456789")))
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
	})
}

// Who reads an object may take as long as it likes between two reads.
func TestAReaderThatPausesIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &transport{timeout: 30 * time.Second, next: roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("content")), Request: r}, nil
		})}
		request := newRequest(t, http.MethodGet, "http://server/files/blobs/id", nil)
		answer, err := tr.RoundTrip(request)
		require.NoError(t, err)
		for _, want := range "content" {
			time.Sleep(time.Hour)
			b := make([]byte, 1)
			_, err := answer.Body.Read(b)
			require.NoError(t, err)
			require.Equal(t, string(want), string(b))
		}
		require.NoError(t, answer.Body.Close())
	})
}

// net/http may go on reading from a body after the request has ended, when its
// bytes belong to the next part.
func TestABodyIsNotReadAfterItsRequest(t *testing.T) {
	var held io.Reader
	tr := &transport{timeout: time.Minute, next: roundTripper(func(r *http.Request) (*http.Response, error) {
		held = r.Body
		return nil, io.ErrUnexpectedEOF
	})}
	_, err := tr.RoundTrip(newRequest(t, http.MethodPut, "http://server/", strings.NewReader("content")))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	n, err := held.Read(make([]byte, 10))
	require.ErrorIs(t, err, io.ErrClosedPipe)
	require.Zero(t, n)
}

func TestAnAnswerWithoutEndIsRefused(t *testing.T) {
	endless := io.NopCloser(io.LimitReader(zeros{}, maxAnswer+2))
	tr := &transport{timeout: time.Minute, next: roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: endless}, nil
	})}
	_, err := tr.RoundTrip(newRequest(t, http.MethodGet, "http://server/files?list-type=2", nil))
	require.ErrorContains(t, err, "look whether s3.endpoint is an S3 server")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// What a server says of the range it sends decides where bytes are put.
func FuzzWholeSize(f *testing.F) {
	f.Add("bytes 0-99/100", int64(0))
	f.Add("bytes 10-99/100", int64(10))
	f.Add("bytes 10-99/*", int64(10))
	f.Add("bytes 100-99/100", int64(100))
	f.Add("", int64(0))
	f.Fuzz(func(t *testing.T, text string, start int64) {
		size, err := wholeSize(text, start)
		if err != nil {
			require.ErrorIs(t, err, errNoRange)
			return
		}
		require.Greater(t, size, start)
		require.True(t, strings.HasPrefix(text, "bytes "), text)
	})
}
