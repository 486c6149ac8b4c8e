// Package logging writes one line for each call.
package logging

import (
	"context"
	"slices"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/logging"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/logfield"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/method"
)

// Logging writes a line when a call ends: its service, method, code, duration,
// peer and request id, its tenant and subject once they are known, and the
// reason and field of an error. It writes no payload and no metadata, and not
// the error's text, which may quote the caller; only of an error without a
// reason, which is not ours, it writes the text.
//
// Errors that the client can mend are info, the server's own are warnings and
// errors. The lines of health checks and reflection are debug, and so is the
// line at the start of a stream.
type Logging struct {
	log *zap.Logger
}

// New returns a Logging that writes to log.
func New(log *zap.Logger) *Logging { return &Logging{log: log} }

// Unary returns the interceptor for unary calls.
func (l *Logging) Unary() grpc.UnaryServerInterceptor {
	return logging.UnaryServerInterceptor(logging.LoggerFunc(l.write), options()...)
}

// Stream returns the interceptor for streams.
func (l *Logging) Stream() grpc.StreamServerInterceptor {
	finished := logging.StreamServerInterceptor(logging.LoggerFunc(l.write), options()...)
	return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		return finished(srv, stream, info, func(srv any, stream grpc.ServerStream) error {
			l.log.Debug("started stream", logfield.From(stream.Context())...)
			return handler(srv, stream)
		})
	}
}

func options() []logging.Option {
	return []logging.Option{
		logging.WithLogOnEvents(logging.FinishCall),
		logging.WithDisableLoggingFields(logging.SystemTag[0], logging.ComponentFieldKey),
		logging.WithDurationField(logging.DurationToDurationField),
		logging.WithErrorFields(errorFields),
		logging.WithLevels(level),
	}
}

// level is the middleware's word for ours.
func level(code codes.Code) logging.Level {
	switch logfield.Level(code) {
	case zapcore.ErrorLevel:
		return logging.LevelError
	case zapcore.WarnLevel:
		return logging.LevelWarn
	default:
		return logging.LevelInfo
	}
}

const reasonKey, textKey = "reason", "grpc.error"

// errorFields are the reason of a status, and the field at fault if there is
// one.
func errorFields(err error) logging.Fields {
	for _, detail := range grpcstatus.Convert(err).Details() {
		info, ok := detail.(*errdetails.ErrorInfo)
		if !ok {
			continue
		}
		fields := logging.Fields{reasonKey, info.GetReason()}
		if field := info.GetMetadata()["field"]; field != "" {
			fields = append(fields, "field", field)
		}
		return fields
	}
	return nil
}

func (l *Logging) write(ctx context.Context, level logging.Level, text string, fields ...any) {
	if entry := l.log.Check(zapLevel(ctx, level), text); entry != nil {
		entry.Write(withoutText(logfield.Zap(fields))...)
	}
}

// withoutText drops the error's text where the reason is known.
func withoutText(fields []zap.Field) []zap.Field {
	known := slices.ContainsFunc(fields, func(f zap.Field) bool { return f.Key == reasonKey })
	return slices.DeleteFunc(fields, func(f zap.Field) bool { return known && f.Key == textKey })
}

func zapLevel(ctx context.Context, level logging.Level) zapcore.Level {
	full, _ := grpc.Method(ctx)
	switch {
	case method.IsHealth(full), method.IsReflection(full):
		return zapcore.DebugLevel
	case level >= logging.LevelError:
		return zapcore.ErrorLevel
	case level >= logging.LevelWarn:
		return zapcore.WarnLevel
	default:
		return zapcore.InfoLevel
	}
}
