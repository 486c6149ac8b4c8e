package logfield

import (
	"go.uber.org/zap/zapcore"
	"google.golang.org/grpc/codes"
)

// Level is how loud a call that ended with code is in the log. What the client
// can mend is info. RESOURCE_EXHAUSTED may be a full disk and DATA_LOSS a
// damaged file, so both are warnings.
func Level(code codes.Code) zapcore.Level {
	switch code {
	case codes.Internal, codes.Unknown:
		return zapcore.ErrorLevel
	case codes.Unavailable, codes.ResourceExhausted, codes.DataLoss:
		return zapcore.WarnLevel
	default:
		return zapcore.InfoLevel
	}
}
