package client

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// StreamingClient is one connection to a Sluice server. It is safe for
// concurrent use. Transfers share the connection and the rate limit.
type StreamingClient struct {
	target  string
	conn    *grpc.ClientConn
	files   fileuploadv1.FileUploadServiceClient
	points  collectorv1.DataCollectionServiceClient
	logs    logaggv1.LogAggregationServiceClient
	streams streamv1.StreamServiceClient

	codec     hotCodec
	chunks    *chunkPool
	frames    *framePool
	chunkSize int
	limiter   *rate.Limiter
	retry     RetryPolicy
	renewal   renewal
	answered  *answered
	// random returns a number in [0, 1).
	random func() float64
}

// NewStreamingClient returns a client for the server at target: host:port such
// as "files.example.com:8443", or a gRPC target with a scheme such as
// "dns:///files.example.com:8443" or "unix:/run/sluice.sock". It makes no connection yet: the first call does.
//
// Without [WithTLS], [WithRootCA], [WithClientCertificate] or [WithPlaintext] a
// loopback target is spoken to in plaintext and any other over TLS with the
// system's root certificates.
//
// It fails when an option or the target is not usable. The caller closes the
// client.
func NewStreamingClient(target string, opts ...Option) (*StreamingClient, error) {
	o := defaultOptions()
	for _, opt := range opts {
		opt(&o)
	}
	if err := o.validate(target); err != nil {
		return nil, err
	}
	dial, credentials, err := o.dial(target)
	if err != nil {
		return nil, err
	}
	answered := new(answered)
	conn, err := grpc.NewClient(target, append(dial, answered.options()...)...)
	if err != nil {
		return nil, fmt.Errorf("client for %q: %w", target, err)
	}
	return &StreamingClient{
		target:    target,
		conn:      conn,
		files:     fileuploadv1.NewFileUploadServiceClient(conn),
		points:    collectorv1.NewDataCollectionServiceClient(conn),
		logs:      logaggv1.NewLogAggregationServiceClient(conn),
		streams:   streamv1.NewStreamServiceClient(conn),
		codec:     newHotCodec(),
		chunks:    newChunkPool(o.chunkSize),
		frames:    newFramePool(),
		chunkSize: o.effectiveChunkSize(),
		limiter:   o.limiter(),
		retry:     o.retry.withDefaults(),
		renewal:   credentials,
		answered:  answered,
		random:    rand.Float64,
	}, nil
}

// Close ends the connection. Transfers in progress fail with the code
// CANCELLED; what the server made durable of them can be resumed.
func (c *StreamingClient) Close() error {
	if err := c.conn.Close(); err != nil {
		return fmt.Errorf("close the connection to %s: %w", c.target, err)
	}
	return nil
}

// Files returns the generated client of the file service on this connection,
// for the calls that the SDK does not wrap. Its errors become an [Error] with
// [FromStatus].
func (c *StreamingClient) Files() fileuploadv1.FileUploadServiceClient { return c.files }

// Points returns the generated client of the collector's service on this
// connection, for the calls that the SDK does not wrap. Its errors become an
// [Error] with [FromStatus].
func (c *StreamingClient) Points() collectorv1.DataCollectionServiceClient { return c.points }

// Logs returns the generated client of the log service on this connection, for
// the calls that the SDK does not wrap. Its errors become an [Error] with
// [FromStatus].
func (c *StreamingClient) Logs() logaggv1.LogAggregationServiceClient { return c.logs }

// Streams returns the generated client of the stream service on this
// connection.
func (c *StreamingClient) Streams() streamv1.StreamServiceClient { return c.streams }

// wakeConnection ends the pause that gRPC makes between two attempts to
// connect, so that our own pause is the only one.
func (c *StreamingClient) wakeConnection() {
	c.conn.ResetConnectBackoff()
	c.conn.Connect()
}

// validate reports the first option that can't be used.
func (o *options) validate(target string) error {
	if err := checkTarget(target); err != nil {
		return err
	}
	switch {
	case o.chunkSize < 1 || o.chunkSize > maxChunkSize:
		return fmt.Errorf("client: chunk size %d is outside 1 to %d bytes", o.chunkSize, maxChunkSize)
	case o.bytesPerSecond < 0:
		return fmt.Errorf("client: rate limit %d is negative; 0 means none", o.bytesPerSecond)
	case o.apiKey != "" && o.source != nil:
		return errors.New("client: WithAPIKey and WithTokenSource exclude each other")
	}
	return errors.Join(o.validateTLS(), o.retry.validate())
}

// pause returns how long to wait before a retry: the server's own demand plus
// a random share of the policy's backoff, so that clients that were cut
// together do not come back together. Where the cut was nobody's fault there is
// no backoff, as long as there is progress.
func (c *StreamingClient) pause(failures int, err error) time.Duration {
	if failures == 1 && resumesAtOnce(err) {
		return retryAfter(err)
	}
	return retryAfter(err) + c.retry.backoff(failures, c.random())
}
