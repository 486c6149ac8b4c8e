package client

import (
	"net"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/keepalive"
)

// The connection's settings. The windows bound what a download holds in memory
// and are static, so that no bandwidth probe makes them grow.
const (
	keepaliveTime    = 20 * time.Second
	keepaliveTimeout = 10 * time.Second
	connectTimeout   = 10 * time.Second
	maxReconnectWait = 2 * time.Second
	streamWindow     = 1 << 20
	connWindow       = 4 << 20
	maxResponseBytes = 4 << 20
)

// dial returns the gRPC options for target, and what renews the credentials.
func (o *options) dial(target string) ([]grpc.DialOption, renewal, error) {
	plaintext := o.plaintext || (!o.wantsTLS() && isLocal(target))
	transport, certificate, err := o.transport(plaintext)
	if err != nil {
		return nil, renewal{}, err
	}
	credentials := renewal{source: o.tokens(), certificate: certificate}
	opts := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithUserAgent(o.userAgent),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: reconnectBackoff(), MinConnectTimeout: connectTimeout}),
		grpc.WithStaticStreamWindowSize(streamWindow),
		grpc.WithStaticConnWindowSize(connWindow),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxResponseBytes)),
	}
	if credentials.source != nil {
		opts = append(opts, grpc.WithPerRPCCredentials(tokenCredentials{source: credentials.source, plaintext: plaintext}))
	}
	if credentials.source != nil || credentials.certificate != nil {
		opts = append(opts, grpc.WithChainUnaryInterceptor(credentials.unary))
	}
	return append(opts, o.dialOptions...), credentials, nil
}

// reconnectBackoff keeps gRPC's own pause between attempts to connect short,
// since a transfer's retry has a pause too.
func reconnectBackoff() backoff.Config {
	config := backoff.DefaultConfig
	config.BaseDelay = 100 * time.Millisecond
	config.MaxDelay = maxReconnectWait
	return config
}

// isLocal tells whether target can only be reached from this machine: a
// loopback address, localhost, or a Unix socket.
func isLocal(target string) bool {
	scheme, rest, found := strings.Cut(target, ":")
	if found && (scheme == "unix" || scheme == "unix-abstract") {
		return true
	}
	if found && strings.HasPrefix(rest, "//") {
		_, target, _ = strings.Cut(rest[2:], "/")
	} else if scheme == "dns" || scheme == "passthrough" {
		target = rest
	}
	host, _, err := net.SplitHostPort(target)
	if err != nil {
		host = strings.Trim(target, "[]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
