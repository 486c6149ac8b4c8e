//go:build !linux

package server

import (
	"net"
	"time"
)

// setUserTimeout does nothing where there is no such bound: keepalive closes dead
// connections later.
func setUserTimeout(net.Conn, time.Duration) {}
