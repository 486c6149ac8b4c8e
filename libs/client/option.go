package client

import (
	"crypto/tls"

	"golang.org/x/time/rate"
	"google.golang.org/grpc"
)

const (
	defaultChunkSize = 512 << 10
	// firstChunkSize is the most that is sent before the server's Hello has told what
	// it takes. It is what a server takes of each of a crowd.
	firstChunkSize = 64 << 10
	maxChunkSize   = 64 << 20
	// minLimitedChunk is the smallest chunk that a low rate limit leads to.
	minLimitedChunk = 4 << 10
)

// Option is a setting of a [StreamingClient].
type Option func(*options)

type options struct {
	apiKey         string
	source         TokenSource
	tls            *tls.Config
	rootFile       string
	certFile       string
	keyFile        string
	plaintext      bool
	bytesPerSecond int64
	retry          RetryPolicy
	chunkSize      int
	userAgent      string
	dialOptions    []grpc.DialOption
}

func defaultOptions() options {
	return options{chunkSize: defaultChunkSize, userAgent: "sluice-go"}
}

// WithAPIKey sends the key with every call: [WithTokenSource] with a
// [StaticToken]. An empty key is none.
func WithAPIKey(key string) Option {
	return func(o *options) { o.apiKey = key }
}

// WithTokenSource sends a token of the source with every call. It travels only
// over TLS, to a loopback target, or where [WithPlaintext] was given.
func WithTokenSource(source TokenSource) Option {
	return func(o *options) { o.source = source }
}

// WithClientCertificate uses TLS, and presents the certificate with its key,
// both in PEM, where the server asks for one. The files are read for each new
// connection; while they can't be, the pair read before is presented. When the
// server refuses a call or ends a stream because the certificate has expired or was
// revoked, and the files have another one, the client connects anew and goes on
// where it was.
func WithClientCertificate(certFile, keyFile string) Option {
	return func(o *options) { o.certFile, o.keyFile = certFile, keyFile }
}

// WithRootCA uses TLS, and trusts servers by the certificates of a PEM file
// instead of the system's. The file is read once.
func WithRootCA(file string) Option {
	return func(o *options) { o.rootFile = file }
}

// WithTLS uses TLS with this configuration, also for a loopback target, and with
// what [WithRootCA] and [WithClientCertificate] add to it. The configuration must
// not be changed afterwards.
func WithTLS(config *tls.Config) Option {
	return func(o *options) { o.tls = config }
}

// WithPlaintext does without TLS for any target, and lets API keys and tokens
// travel unencrypted. Use it inside a trusted network only.
func WithPlaintext() Option {
	return func(o *options) { o.plaintext = true }
}

// WithRateLimit bounds the file bytes that all uploads of the client together
// send in a second. 0, the default, means no limit. A low limit makes chunks
// smaller, so that bytes flow evenly.
func WithRateLimit(bytesPerSecond int64) Option {
	return func(o *options) { o.bytesPerSecond = bytesPerSecond }
}

// WithRetry sets how often and how patiently transfers are retried.
func WithRetry(policy RetryPolicy) Option {
	return func(o *options) { o.retry = policy }
}

// WithChunkSize sets the file bytes per message, 512 KiB by default, from 1
// byte to 64 MiB. The largest message that the server names in its Hello caps
// it; before that Hello a chunk has at most 64 KiB.
func WithChunkSize(bytes int) Option {
	return func(o *options) { o.chunkSize = bytes }
}

// WithDialOptions adds gRPC dial options, applied after the client's own. An
// interceptor among them sees the messages of UploadFile, CollectDataPoints
// and CollectLogs as opaque types.
func WithDialOptions(opts ...grpc.DialOption) Option {
	return func(o *options) { o.dialOptions = append(o.dialOptions, opts...) }
}

// WithUserAgent sets the name that the client gives itself, "sluice-go" by
// default. gRPC appends its own.
func WithUserAgent(name string) Option {
	return func(o *options) { o.userAgent = name }
}

// tokens returns nil where calls carry no token.
func (o *options) tokens() TokenSource {
	if o.source == nil && o.apiKey != "" {
		return StaticToken(o.apiKey)
	}
	return o.source
}

// effectiveChunkSize is the chunk size, made smaller where a rate limit would
// send less than eight of them in a second.
func (o *options) effectiveChunkSize() int {
	if o.bytesPerSecond == 0 {
		return o.chunkSize
	}
	return int(min(int64(o.chunkSize), max(minLimitedChunk, o.bytesPerSecond/8)))
}

// limiter returns nil without a limit. Its burst is one chunk: the least that
// lets a chunk pass.
func (o *options) limiter() *rate.Limiter {
	if o.bytesPerSecond == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(o.bytesPerSecond), o.effectiveChunkSize())
}
