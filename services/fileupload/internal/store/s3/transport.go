package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
)

const (
	// silentWork is how many times longer a server may take that completes or
	// copies before it answers.
	silentWork = 20
	// maxAnswer is the longest answer that is no object: a list of 1,000 names
	// takes a tenth.
	maxAnswer = 16 << 20
	// idleConnections are kept for the next requests.
	idleConnections = 256
)

// errStalled ends a request that brings nothing forward.
var errStalled = errors.New("nothing moved")

// newTransport returns the connections to a server, and what bounds the time of
// requests over them.
func newTransport(secure bool, timeout time.Duration) (*http.Transport, http.RoundTripper, error) {
	connections, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, nil, err
	}
	connections.ResponseHeaderTimeout = 0 // The watch knows what a request is.
	connections.MaxIdleConnsPerHost = idleConnections
	connections.WriteBufferSize = 64 << 10
	connections.ReadBufferSize = 64 << 10
	return connections, &transport{next: connections, timeout: timeout}, nil
}

// transport ends requests that stall, and reads every answer but an object to
// its end, so that one that ends early is a request that failed and is tried
// again. Safe for concurrent use.
type transport struct {
	next    http.RoundTripper
	timeout time.Duration
}

// RoundTrip sends a request. Nobody reads from its body any more when it
// returns, though net/http may still hold it.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	w := startWatch(ctx, t.limit(request), cancel)
	request = request.WithContext(ctx)
	if request.Body != nil {
		body := &requestBody{body: request.Body, watch: w}
		defer body.detach()
		request.Body = body
	}
	answer, err := t.next.RoundTrip(request)
	w.stop()
	if err != nil {
		cancel(nil)
		return nil, w.explain(err)
	}
	answer.Body = &answerBody{body: answer.Body, watch: w, cancel: cancel}
	if isObject(request, answer) {
		return answer, nil
	}
	return readWhole(answer)
}

func (t *transport) limit(request *http.Request) time.Duration {
	completes := request.Method == http.MethodPost && request.URL.Query().Has("uploadId")
	if completes || request.Header.Get("X-Amz-Copy-Source") != "" {
		return silentWork * t.timeout
	}
	return t.timeout
}

// isObject tells whether the answer is content, which may be long.
func isObject(request *http.Request, answer *http.Response) bool {
	return request.Method == http.MethodGet && request.URL.RawQuery == "" && answer.StatusCode < 300
}

func readWhole(answer *http.Response) (*http.Response, error) {
	content, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	_ = answer.Body.Close() // It was only read.
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(content) > maxAnswer {
		return nil, fmt.Errorf("the answer is longer than %d bytes: look whether s3.endpoint is an S3 server", maxAnswer)
	}
	answer.Body = io.NopCloser(bytes.NewReader(content))
	return answer, nil
}
