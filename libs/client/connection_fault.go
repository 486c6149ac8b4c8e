package client

import (
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
)

// ConnectionFault is why no server could be reached, as far as it is known.
type ConnectionFault int

// The faults of a connection.
const (
	// FaultNone: a server was reached, or the error is of something else.
	FaultNone ConnectionFault = iota
	// FaultRefused: nothing listens at the address.
	FaultRefused
	// FaultUnknownHost: the host has no address.
	FaultUnknownHost
	// FaultServerPlaintext: TLS was used, and the server speaks none.
	FaultServerPlaintext
	// FaultServerTLS: plaintext was used, and the server hangs up as one does
	// that wants TLS.
	FaultServerTLS
	// FaultUntrusted: the server's certificate could not be verified.
	FaultUntrusted
	// FaultOther: anything else; the error's text tells.
	FaultOther
	// FaultHungUp: the server hangs up before there is a connection, though the
	// client has spoken with it before: it stops or starts, or what is between
	// does.
	FaultHungUp
)

// String returns the fault in a few words, for people.
func (f ConnectionFault) String() string {
	switch f {
	case FaultNone:
		return "no fault"
	case FaultRefused:
		return "connection refused"
	case FaultUnknownHost:
		return "unknown host"
	case FaultServerPlaintext:
		return "the server speaks no TLS"
	case FaultServerTLS:
		return "the server may want TLS"
	case FaultUntrusted:
		return "certificate not trusted"
	case FaultOther:
		return "connection failed"
	case FaultHungUp:
		return "the server hangs up"
	default:
		return fmt.Sprintf("ConnectionFault(%d)", int(f))
	}
}

// transportTexts are what gRPC says of a connection that can't be made. It
// gives nothing better than text.
var transportTexts = []struct {
	text  string
	fault ConnectionFault
}{
	{"connection refused", FaultRefused},
	{"no such host", FaultUnknownHost},
	{"name resolver", FaultUnknownHost},
	{"first record does not look like a TLS handshake", FaultServerPlaintext},
	{"x509:", FaultUntrusted},
	{"failed to verify certificate", FaultUntrusted},
	{"error reading server preface", FaultServerTLS},
}

// ConnectionFault returns why no server could be reached.
func (e *Error) ConnectionFault() ConnectionFault {
	if e.Reason != "" || e.Code != codes.Unavailable || strings.HasPrefix(e.Message, tokenSourceFailed) {
		return FaultNone
	}
	for _, entry := range transportTexts {
		if strings.Contains(e.Message, entry.text) {
			return e.known(entry.fault)
		}
	}
	return FaultOther
}

// known is a fault in the light of what the client knows of the server.
func (e *Error) known(fault ConnectionFault) ConnectionFault {
	if fault == FaultServerTLS && e.answered {
		return FaultHungUp
	}
	return fault
}
