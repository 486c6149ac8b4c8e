// Package address bounds what one network address may start and hold open. It
// asks for no credentials, so it stands before the authentication and costs
// little.
package address

import (
	"net"
	"net/netip"
)

// v6Bits is how much of an IPv6 address counts: a subscriber or host has at
// least a /64, and may call from any address in it.
const v6Bits = 64

// Of returns the address that a limit holds for: an IPv4 address (also one that
// is mapped into IPv6) or an IPv6 /64. The zero Prefix stands for all peers
// without an IP address, those of Unix sockets and of connections in memory.
func Of(addr net.Addr) netip.Prefix {
	ip := ipOf(addr).Unmap()
	bits := ip.BitLen()
	if ip.Is6() {
		bits = v6Bits
	}
	// Prefix takes a zone off, and fails only for a wrong number of bits.
	prefix, _ := ip.Prefix(bits)
	return prefix
}

func ipOf(addr net.Addr) netip.Addr {
	switch addr := addr.(type) {
	case nil:
		return netip.Addr{}
	case *net.TCPAddr:
		return addr.AddrPort().Addr()
	default:
		port, _ := netip.ParseAddrPort(addr.String()) // A name is no address.
		return port.Addr()
	}
}
