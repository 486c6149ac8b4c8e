// Package audit records who did what in the audit log: changes, commits of
// client streams, and every caller that was not let in or through.
//
// Of a call that changes something the end is recorded, whatever it was. Of one
// that only reads it is recorded that its caller was refused by the guard, such
// as for its credentials, its scopes or a limit; the rest only with audit.reads.
// A line has identifiers and counts; names, contents and messages of errors are
// in none.
package audit

import (
	"context"
	"errors"

	"google.golang.org/grpc"
	"google.golang.org/grpc/peer"

	"github.com/sluice-ingest/sluice/libs/audit"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/logfield"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/method"
	"github.com/sluice-ingest/sluice/libs/interceptor/requestid"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/status"
)

// Audit records calls. It stands outside of the links that may refuse, and of the
// one that turns errors into statuses. Health checks are exempt.
//
// While a log that is required can't be written it refuses every call with
// STORAGE_FAILED before anything is done.
type Audit struct {
	log *audit.Log
}

// New returns an Audit that writes to log. With nil its interceptors only hand
// the call on.
func New(log *audit.Log) *Audit { return &Audit{log: log} }

// Unary is the interceptor for unary calls.
func (a *Audit) Unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (resp any, err error) {
	if a.log == nil || method.IsHealth(info.FullMethod) {
		return handler(ctx, req)
	}
	if err := a.log.Err(); err != nil {
		return nil, status.From(err)
	}
	ctx, who := logfield.WithPrincipal(ctx)
	c := call{audit: a, ctx: ctx, method: info.FullMethod, who: who}
	err = errPanicked // Until the handler returns.
	defer func() { c.record(err, found{request: req, answer: resp}) }()
	resp, err = handler(ctx, req)
	return resp, err
}

// Stream is the interceptor for streams.
func (a *Audit) Stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	if a.log == nil || method.IsHealth(info.FullMethod) {
		return handler(srv, stream)
	}
	if err := a.log.Err(); err != nil {
		return status.From(err)
	}
	ctx, who := logfield.WithPrincipal(stream.Context())
	c := call{audit: a, ctx: ctx, method: info.FullMethod, who: who}
	wrapped, noted := watch(ctx, stream, info)
	err = errPanicked
	defer func() { c.record(err, noted()) }()
	err = handler(srv, wrapped)
	return err
}

// errPanicked stands for a panic, which passes through.
var errPanicked = status.From(errors.New("the handler panicked"))

// watch returns the stream as the handler gets it, and a function that tells what
// was seen of it.
func watch(ctx context.Context, stream grpc.ServerStream, info *grpc.StreamServerInfo) (grpc.ServerStream, func() found) {
	if !info.IsClientStream {
		s := &serverStream{ServerStream: stream, ctx: ctx}
		return s, func() found { return found{request: s.noted()} }
	}
	s := &clientStream{ServerStream: stream, ctx: ctx}
	return s, func() (f found) {
		f.streamID, f.workID, f.answer = s.noted()
		return f
	}
}

// found is what was seen of a call's messages.
type found struct {
	request, answer  any
	streamID, workID string
}

// call is one call, as far as it is known before its end.
type call struct {
	audit  *Audit
	ctx    context.Context
	method string
	who    *principal.Principal
}

func (c *call) record(err error, f found) {
	does, end := actionOf(c.method), endingOf(err)
	if does.read && !guarded[end.reason] && !c.audit.log.RecordsReads() {
		return
	}
	e := audit.Event{
		Action: does.name, Outcome: end.outcome, Reason: string(end.reason),
		Tenant: c.who.Tenant, Subject: c.who.Subject, Credential: c.who.Credential,
		Peer: peerOf(c.ctx), Method: c.method, RequestID: requestid.From(c.ctx),
		Resource: resourceOf(does, end, f),
	}
	switch {
	case err == nil:
		e.Counts = countsOf(f.answer)
	case end.cut != nil:
		e.Counts = map[string]int64{"durable": end.cut.GetPosition().GetDurable()}
	}
	c.audit.log.Record(e)
}

func resourceOf(does action, end ending, f found) map[string]string {
	resource := make(map[string]string)
	add(resource, "stream_id", f.streamID)
	if does.work != "" {
		add(resource, does.work, f.workID)
		add(resource, does.work, end.cut.GetWorkId())
		add(resource, "stream_id", end.cut.GetStreamId())
	}
	addIdentifiers(resource, f.request)
	if end.outcome == "ok" {
		addIdentifiers(resource, f.answer)
	}
	if len(resource) == 0 {
		return nil
	}
	return resource
}

func peerOf(ctx context.Context) string {
	if p, ok := peer.FromContext(ctx); ok && p.Addr != nil {
		return p.Addr.String()
	}
	return ""
}
