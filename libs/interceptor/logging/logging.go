// Package logging writes one line for each call.
package logging

import (
	"context"

	"github.com/grpc-ecosystem/go-grpc-middleware/v2/interceptors/logging"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/logfield"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/method"
)

// Logging writes a line when a call ends: its service, method, code, duration,
// peer and request id, its tenant and subject once they are known, and the
// error as the caller gets it. It writes no payload and no metadata.
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

func (l *Logging) write(ctx context.Context, level logging.Level, text string, fields ...any) {
	if entry := l.log.Check(zapLevel(ctx, level), text); entry != nil {
		entry.Write(logfield.Zap(fields)...)
	}
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
