package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"unicode/utf8"

	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/failure"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// explain says what went wrong and, where it is known, what to do about it.
func (a *app) explain(err error) string {
	if a.timedOut(err) {
		return "gave up after " + a.globals.timeout.String() + " (--timeout)"
	}
	e, ok := client.AsError(err)
	switch {
	case !ok:
		return err.Error()
	case e.Code == codes.Unimplemented:
		return "what answers at " + a.globals.addr + " is no Sluice " + a.service.name + "; check --addr"
	case e.Reason == "DRAINING":
		return "the server at " + a.globals.addr + " is shutting down; try again when it is back"
	case e.ConnectionFault() != client.FaultNone:
		return unavailable(a.globals.addr, a.service, e)
	}
	if text := a.notUTF8(e); text != "" {
		return text
	}
	return failure.Of(e).Line() + advice(e.Reason)
}

// notUTF8 names the argument that made a request which can't be sent, if that is why
// e came. gRPC does not say more than that there is one.
func (a *app) notUTF8(e *client.Error) string {
	if e.Code != codes.Internal || !strings.Contains(e.Message, "invalid UTF-8") {
		return ""
	}
	for _, arg := range a.env.Args {
		if !utf8.ValidString(arg) {
			return "the argument " + human.Text(arg) + " is not UTF-8; the server takes only UTF-8"
		}
	}
	return ""
}

// timedOut tells whether --timeout ended what failed. With --limit-rate that
// may be before the time is over: when the next chunk can't go out in it.
func (a *app) timedOut(err error) bool {
	return a.globals.timeout > 0 && errors.Is(client.FromStatus(err), context.DeadlineExceeded)
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

// unavailable explains why no service was reached.
func unavailable(addr string, s service, e *client.Error) string {
	switch e.ConnectionFault() {
	case client.FaultRefused:
		return "nothing answers at " + addr + "; " + startAdvice(addr, s)
	case client.FaultUnknownHost:
		return "the host of " + addr + " is not known; check --addr"
	case client.FaultServerPlaintext:
		return "the server at " + addr + " speaks no TLS; give --plaintext"
	case client.FaultUntrusted:
		return "the certificate of " + addr + " is not trusted; give its authority with --tls-ca (" + human.Text(e.Message) + ")"
	case client.FaultServerTLS:
		return "the server at " + addr + " hangs up; it may want TLS: give --tls or --tls-ca"
	case client.FaultHungUp:
		return "the server at " + addr + " hangs up, though it had answered; try again when it is back"
	case client.FaultNone, client.FaultOther:
	}
	return "cannot reach " + addr + ": " + human.Text(e.Message)
}

// startAdvice tells how to get a server only where the user can start one.
func startAdvice(addr string, s service) string {
	if !isLoopback(addr) {
		return "check --addr and that the server runs"
	}
	return fmt.Sprintf("start a server with %#q (or %#q where it is installed), or give the address of one with --addr",
		"bin/"+s.executable, s.executable)
}

func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
