package server

import (
	"errors"
	"fmt"
	"net"
	"strings"
)

// CheckExposure refuses to serve gRPC beyond this machine without both
// authentication and TLS, unless Insecure is set, and to open the admin port
// beyond it, unless AdminInsecure is set. authenticated tells whether the
// service authenticates its callers.
func (c Config) CheckExposure(authenticated bool) error {
	return errors.Join(c.checkListenExposure(authenticated), c.checkAdminExposure())
}

func (c Config) checkListenExposure(authenticated bool) error {
	var missing []string
	if !authenticated {
		missing = append(missing, "authentication")
	}
	if !c.TLS.Enabled() {
		missing = append(missing, "TLS (--tls-cert-file and --tls-key-file)")
	}
	if c.Insecure || len(missing) == 0 || !isExposed(c.Listen) {
		return nil
	}
	return fmt.Errorf("refusing to listen on %s, which others can reach: configure %s, listen on 127.0.0.1, or accept the risk with --insecure",
		c.Listen, strings.Join(missing, " and "))
}

func (c Config) checkAdminExposure() error {
	if c.AdminInsecure || !isExposed(c.AdminListen) {
		return nil
	}
	return fmt.Errorf("refusing to open the admin port on %s, which others can reach and read metrics and profiles from: set --admin-listen to an address of 127.0.0.1 or to nothing, or accept the risk with --admin-insecure",
		c.AdminListen)
}

// isExposed tells whether others than this machine can reach an address. No name
// but localhost is trusted, and no host means all interfaces. What is no host:port
// is reached by nobody: it can't be listened on, which Validate says.
func isExposed(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return !strings.EqualFold(host, "localhost") && (ip == nil || !ip.IsLoopback())
}
