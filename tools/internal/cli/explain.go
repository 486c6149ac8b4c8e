package cli

import (
	"context"
	"errors"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/tools/internal/failure"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// explain says what went wrong and, where it is known, what to do about it.
func (a *app) explain(err error) string {
	f := failure.Of(err)
	switch {
	case errors.Is(err, context.DeadlineExceeded) || failure.CodeOf(err) == codes.DeadlineExceeded:
		return "not done within --timeout " + a.globals.timeout.String() + "; give it more time"
	case f.Code == "":
		return err.Error()
	case failure.CodeOf(err) == codes.Unimplemented:
		return "what answers at " + a.globals.addr + " is no Sluice file service; check --addr"
	case f.Reason == "" && failure.CodeOf(err) == codes.Unavailable:
		return unavailable(a.globals.addr, f.Message)
	}
	return describe(f) + advice(f.Reason)
}

// describe writes a failure in one line: `reason: text`.
func describe(f failure.Failure) string {
	label := f.Reason
	if label == "" {
		label = f.Code
	}
	if label == "" {
		return human.Text(f.Message)
	}
	return label + ": " + human.Text(f.Message)
}

// advice is what the caller can do about a reason beyond what the server's own
// text says.
func advice(reason string) string {
	switch reason {
	case "CREDENTIALS_MISSING":
		return "\nGive an API key in SLUICE_API_KEY; `sluice keys create` makes one."
	case "CREDENTIALS_INVALID", "CREDENTIALS_EXPIRED":
		return "\nCheck SLUICE_API_KEY; `sluice keys list` shows the server's keys."
	}
	return ""
}

// unavailable explains why no service was reached, from the text of the
// transport: gRPC gives nothing better.
func unavailable(addr, text string) string {
	switch {
	case strings.Contains(text, "connection refused"):
		return "nothing answers at " + addr + "; start the server with `task up` or give --addr"
	case strings.Contains(text, "no such host"), strings.Contains(text, "name resolver"):
		return "the host of " + addr + " is not known; check --addr"
	case strings.Contains(text, "first record does not look like a TLS handshake"):
		return "the server at " + addr + " speaks no TLS; give --plaintext"
	case strings.Contains(text, "x509:"), strings.Contains(text, "failed to verify certificate"):
		return "the certificate of " + addr + " is not trusted; give its authority with --tls-ca (" + human.Text(text) + ")"
	case strings.Contains(text, "error reading server preface"):
		return "the server at " + addr + " hangs up; it may want TLS: give --tls or --tls-ca"
	}
	return "cannot reach " + addr + ": " + human.Text(text)
}
