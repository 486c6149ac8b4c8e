package telemetry

import (
	"time"

	"go.uber.org/zap/zapcore"
)

// timeLayout has a fixed width, so that lines sort by their text.
const timeLayout = "2006-01-02T15:04:05.000000Z"

func encodeTime(t time.Time, out zapcore.PrimitiveArrayEncoder) {
	out.AppendString(t.UTC().Format(timeLayout))
}
