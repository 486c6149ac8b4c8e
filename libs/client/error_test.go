package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestFromStatusReadsTheDetails(t *testing.T) {
	err := FromStatus(fmt.Errorf("wrapped: %w", draining(3*time.Second, 42)))
	e := wantError(t, err, codes.Unavailable, "DRAINING")
	if e.RetryAfter != 3*time.Second || e.Position != (Position{42, 42}) {
		t.Errorf("%+v", e)
	}
	if got := status.Convert(err); len(got.Details()) != 3 {
		t.Errorf("status lost its details: %v", got)
	}
}

func TestFromStatusReadsTheField(t *testing.T) {
	st, err := status.New(codes.InvalidArgument, "file_name: is empty").WithDetails(&errdetails.ErrorInfo{
		Domain: "sluice", Reason: "NAME_INVALID", Metadata: map[string]string{"field": "file_name"},
	})
	if err != nil {
		t.Fatal(err)
	}
	e := wantError(t, FromStatus(st.Err()), codes.InvalidArgument, "NAME_INVALID")
	if e.Field != "file_name" || e.Error() != "file_name: is empty (NAME_INVALID)" {
		t.Errorf("%q in field %q", e.Error(), e.Field)
	}
}

func TestFromStatusIgnoresOtherDomains(t *testing.T) {
	st, err := status.New(codes.Aborted, "x").WithDetails(&errdetails.ErrorInfo{Domain: "proxy", Reason: "FENCED"})
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, FromStatus(st.Err()), codes.Aborted, "")
}

func TestFromStatusLeavesOtherErrorsAlone(t *testing.T) {
	if err := FromStatus(nil); err != nil {
		t.Errorf("nil became %v", err)
	}
	plain := errors.New("plain")
	if err := FromStatus(plain); !errors.Is(err, plain) {
		t.Errorf("a plain error became %v", err)
	}
}

func TestAsErrorFindsTheStatusBelowWhatWrapsIt(t *testing.T) {
	sent := &Error{Code: codes.Aborted, Message: "cut", UploadID: "u1"}
	if e, ok := AsError(fmt.Errorf("upload a: %w", sent)); !ok || e != sent {
		t.Errorf("%v is not the error of the SDK", e)
	}
	e, ok := AsError(fmt.Errorf("list: %w", fakeError(codes.NotFound, "FILE_NOT_FOUND", "no such file")))
	if !ok || e.Code != codes.NotFound || e.Reason != "FILE_NOT_FOUND" || e.Message != "no such file" {
		t.Errorf("%+v", e)
	}
	for _, err := range []error{nil, errors.New("plain")} {
		if e, ok := AsError(err); ok || e != nil {
			t.Errorf("%v became %v", err, e)
		}
	}
}

func TestAConnectionFaultIsNoAnswerOfAServer(t *testing.T) {
	tests := []struct {
		err  error
		want ConnectionFault
	}{
		{status.Error(codes.Unavailable, "dial tcp: lookup nowhere.invalid: no such host"), FaultUnknownHost},
		{status.Error(codes.Unavailable, "keepalive ping failed to receive ACK within timeout"), FaultOther},
		{status.Error(codes.Internal, "connection refused"), FaultNone},
		{fakeError(codes.Unavailable, "DRAINING", "connection refused"), FaultNone},
	}
	for _, test := range tests {
		e, _ := AsError(test.err)
		if got := e.ConnectionFault(); got != test.want {
			t.Errorf("%v: fault %q, want %q", test.err, got, test.want)
		}
	}
}

func TestErrorMatchesTheContextsEnd(t *testing.T) {
	deadline := FromStatus(status.Error(codes.DeadlineExceeded, "too late"))
	if !errors.Is(deadline, context.DeadlineExceeded) {
		t.Error("DEADLINE_EXCEEDED is not the context's error")
	}
	// The server may cancel too; that is not the caller's context.
	if errors.Is(FromStatus(fakeError(codes.Canceled, "STREAM_CANCELLED", "x")), context.Canceled) {
		t.Error("an operator's cancel looks like the caller's")
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{status.Error(codes.Unavailable, "dial tcp 127.0.0.1:1: connect: connection refused"), "that the server runs"},
		{status.Error(codes.Unavailable, "tls: first record does not look like a TLS handshake"), "WithPlaintext"},
		{status.Error(codes.Unavailable, "error reading server preface: EOF"), "WithTLS"},
		{status.Error(codes.Unavailable, "x509: certificate signed by unknown authority"), "root certificate"},
		{status.Error(codes.Unavailable, "name resolver error: produced zero addresses"), "check the address"},
		{fakeError(codes.Unauthenticated, "CREDENTIALS_MISSING", "no credentials"), "WithAPIKey"},
		{fakeError(codes.Aborted, "FENCED", "taken over"), "only one run"},
	}
	for _, test := range tests {
		if text := FromStatus(test.err).Error(); !strings.Contains(text, test.want) {
			t.Errorf("%q does not say %q", text, test.want)
		}
	}
}

func TestABrokenTransportIsRetried(t *testing.T) {
	tests := []struct {
		code codes.Code
		text string
		want bool
	}{
		{codes.Internal, "stream terminated by RST_STREAM with error code: INTERNAL_ERROR", true},
		{codes.Canceled, "stream terminated by RST_STREAM with error code: CANCEL", true},
		{codes.Internal, "unexpected EOF", true},
		{codes.Unknown, "error reading from server: read: connection reset by peer", true},
		{codes.Internal, "grpc: failed to unmarshal the received message", false},
		{codes.Unknown, "something else", false},
		{codes.Canceled, "context canceled", false},
	}
	for _, test := range tests {
		if got := retryable(FromStatus(status.Error(test.code, test.text))); got != test.want {
			t.Errorf("%v %q: retryable is %v", test.code, test.text, got)
		}
	}
}
