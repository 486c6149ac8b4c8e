package server

import (
	"crypto/tls"
	"fmt"
)

// TLSVersion is a version of TLS; the zero value is 1.3.
type TLSVersion uint16

// The versions.
const (
	TLS12 TLSVersion = tls.VersionTLS12
	TLS13 TLSVersion = tls.VersionTLS13
)

// number is the version as crypto/tls has it.
func (v TLSVersion) number() uint16 {
	if v == 0 {
		return tls.VersionTLS13
	}
	return uint16(v)
}

// MarshalText writes "1.2" or "1.3".
func (v TLSVersion) MarshalText() ([]byte, error) {
	if v == TLS12 {
		return []byte("1.2"), nil
	}
	return []byte("1.3"), nil
}

// UnmarshalText reads what MarshalText writes.
func (v *TLSVersion) UnmarshalText(text []byte) error {
	switch string(text) {
	case "1.2":
		*v = TLS12
	case "1.3":
		*v = TLS13
	default:
		return fmt.Errorf("%q is not 1.2 or 1.3", text)
	}
	return nil
}
