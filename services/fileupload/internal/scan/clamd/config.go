package clamd

import (
	"strings"
	"time"
)

const (
	defaultMaxScans = 8
	defaultTimeout  = 5 * time.Minute
)

// Config tells where clamd is and what may be asked of it.
type Config struct {
	// Address is `host:port`, or the absolute path of a unix socket. There is no
	// encryption: clamd belongs on the same machine or in a network of its own.
	Address string
	// MaxScans is how many scans run at once, each with a connection and 64 KiB of
	// memory; more wait for their turn. 0 or less is 8, which fits clamd's own default of
	// 10 threads (MaxThreads).
	MaxScans int
	// Timeout bounds the wait for a turn, and again the scan from its connection to
	// its verdict. 0 or less is 5 minutes. It has to fit the largest content that is
	// scanned: clamd begins when it has all of it.
	Timeout time.Duration
}

func (c Config) withDefaults() Config {
	if c.MaxScans <= 0 {
		c.MaxScans = defaultMaxScans
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	return c
}

// network is how the address is dialled.
func (c Config) network() string {
	if strings.HasPrefix(c.Address, "/") {
		return "unix"
	}
	return "tcp"
}
