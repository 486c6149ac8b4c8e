package server

import (
	"errors"
	"fmt"
	"math"
	"net"
	"strconv"
	"time"

	"github.com/sluice-ingest/sluice/libs/config"
)

// overhead is how much larger than its payload a message may be on the wire.
const overhead = 64 * config.KiB

// Config is the configuration of a server. [DefaultConfig] has the defaults.
type Config struct {
	Listen      string `koanf:"listen" flag:"listen" help:"host:port to serve gRPC on; port 0 takes a free one"`
	AdminListen string `koanf:"admin_listen" flag:"admin-listen" help:"host:port for metrics, health and profiles over HTTP; empty for none"`
	Insecure    bool   `koanf:"insecure" flag:"insecure" help:"serve gRPC on any address without authentication or TLS"`
	// AdminInsecure says nothing of the gRPC port, nor Insecure of this one.
	AdminInsecure bool `koanf:"admin_insecure" flag:"admin-insecure" help:"open the admin port on any address; metrics and profiles are then open to whoever reaches the port"`
	TLS           TLS  `koanf:"tls" help:"encryption of the gRPC port"`

	DrainGrace   time.Duration `koanf:"drain_grace" flag:"drain-grace" help:"time that open streams get to end by themselves"`
	DrainTimeout time.Duration `koanf:"drain_timeout" flag:"drain-timeout" help:"bound on the whole drain"`

	// MaxConnections and MaxConnectionsPerAddress bound the open connections of the
	// gRPC port, of all clients and of one IPv4 address or IPv6 /64. 0, the default
	// here, is no bound. A service sets them from its section limits.
	MaxConnections           int `koanf:"-"`
	MaxConnectionsPerAddress int `koanf:"-"`

	MaxMessageBytes      config.Bytes  `koanf:"max_message_bytes" flag:"max-message-bytes" help:"largest payload of a message"`
	StreamWindow         config.Bytes  `koanf:"stream_window" flag:"stream-window" help:"what a client may send on a stream ahead of the service"`
	ConnectionWindow     config.Bytes  `koanf:"connection_window" flag:"connection-window" help:"what a client may send on a connection ahead of the service"`
	MaxConcurrentStreams uint32        `koanf:"max_concurrent_streams" flag:"max-concurrent-streams" help:"streams open at once on a connection"`
	MaxHeaderBytes       config.Bytes  `koanf:"max_header_bytes" flag:"max-header-bytes" help:"largest header list of a call"`
	ConnectionTimeout    time.Duration `koanf:"connection_timeout" flag:"connection-timeout" help:"time for a new connection to finish its handshakes, and for the request of a call to come in"`
	Keepalive            Keepalive     `koanf:"keepalive" help:"pings on connections"`
}

// Keepalive says when the server pings an idle client and how often clients
// may ping.
type Keepalive struct {
	Time                time.Duration `koanf:"time" help:"silence after which the server pings a client"`
	Timeout             time.Duration `koanf:"timeout" help:"time for the answer, after which the connection is closed"`
	MinTime             time.Duration `koanf:"min_time" help:"shortest time between a client's pings; who pings more is cut off"`
	PermitWithoutStream bool          `koanf:"permit_without_stream" help:"let clients ping without an open stream"`
}

// DefaultConfig returns the defaults with the given addresses. An empty admin
// address means no admin port.
func DefaultConfig(listen, admin string) Config {
	return Config{
		Listen:               listen,
		AdminListen:          admin,
		DrainGrace:           5 * time.Second,
		DrainTimeout:         30 * time.Second,
		MaxMessageBytes:      config.MiB,
		StreamWindow:         config.MiB,
		ConnectionWindow:     16 * config.MiB,
		MaxConcurrentStreams: 1000,
		MaxHeaderBytes:       16 * config.KiB,
		ConnectionTimeout:    10 * time.Second,
		Keepalive: Keepalive{
			Time:                30 * time.Second,
			Timeout:             10 * time.Second,
			MinTime:             10 * time.Second,
			PermitWithoutStream: true,
		},
	}
}

// Validate tells everything that is wrong with c, or returns nil.
func (c Config) Validate() error {
	return errors.Join(
		checkAddress("listen", c.Listen, "127.0.0.1:7070"),
		c.checkAdminAddress(),
		c.TLS.validate(),
		c.checkDrain(),
		checkSize("max_message_bytes", c.MaxMessageBytes, 1, config.GiB),
		// grpc ignores windows below 64 KiB.
		checkSize("stream_window", c.StreamWindow, 64*config.KiB, math.MaxInt32),
		checkSize("connection_window", c.ConnectionWindow, c.StreamWindow, math.MaxInt32),
		checkSize("max_header_bytes", c.MaxHeaderBytes, config.KiB, config.MiB),
		checkStreams(c.MaxConcurrentStreams),
		checkTime("connection_timeout", c.ConnectionTimeout, time.Millisecond),
		// grpc raises a shorter time to a second by itself.
		checkTime("keepalive.time", c.Keepalive.Time, time.Second),
		checkTime("keepalive.timeout", c.Keepalive.Timeout, time.Millisecond),
		checkTime("keepalive.min_time", c.Keepalive.MinTime, 0),
	)
}

func (c Config) checkAdminAddress() error {
	if c.AdminListen == "" {
		return nil
	}
	return checkAddress("admin_listen", c.AdminListen, "127.0.0.1:7170")
}

func checkAddress(key, address, example string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("%s: %q is not host:port with a port from 0 to 65535; write for example %s", key, address, example)
	}
	return nil
}

func (c Config) checkDrain() error {
	if c.DrainGrace < 0 || c.DrainTimeout < c.DrainGrace || c.DrainTimeout == 0 {
		return fmt.Errorf("drain_grace %s must lie between 0s and drain_timeout %s, which must not be 0s", c.DrainGrace, c.DrainTimeout)
	}
	return nil
}

func checkStreams(n uint32) error {
	if n == 0 {
		return errors.New("max_concurrent_streams: allow at least 1")
	}
	return nil
}

func checkSize(key string, size, least, most config.Bytes) error {
	if size < least || size > most {
		return fmt.Errorf("%s: %s is not between %s and %s", key, size, least, most)
	}
	return nil
}

func checkTime(key string, d, least time.Duration) error {
	if d < least {
		return fmt.Errorf("%s: %s is less than %s", key, d, least)
	}
	return nil
}
