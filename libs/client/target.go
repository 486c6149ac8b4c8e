package client

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"google.golang.org/grpc/resolver"
)

// checkTarget refuses what gRPC would take for the name of a host and never
// reach: an address of the web, or a host without a port.
func checkTarget(target string) error {
	if target == "" {
		return errors.New("client: the target is empty; give host:port")
	}
	scheme, _, _ := strings.Cut(target, ":")
	switch strings.ToLower(scheme) {
	case "http", "https", "grpc", "grpcs", "tcp":
		if strings.Contains(target, "://") {
			return fmt.Errorf("client: the target %q begins with %s://; give host:port alone", target, scheme)
		}
	}
	if strings.Contains(target, "://") || resolver.Get(scheme) != nil {
		// gRPC and its resolver know what may follow.
		return nil
	}
	host, port, err := net.SplitHostPort(target)
	if err != nil || host == "" {
		return fmt.Errorf("client: the target %q is not host:port, such as localhost:7070", target)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("client: the target %q has no port from 1 to 65535; give host:port", target)
	}
	return nil
}
