// Package telemetry makes what a service tells about itself: its log and its
// metrics.
package telemetry

import (
	"fmt"
	"io"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// The formats of the log.
const (
	FormatJSON    = "json"
	FormatConsole = "console"
)

// Config is the configuration of the log.
type Config struct {
	Level  string `koanf:"level" flag:"log-level" help:"lowest level to log: debug, info, warn or error"`
	Format string `koanf:"format" flag:"log-format" help:"json, or console for people"`
}

// DefaultConfig logs from the level info on, as JSON.
func DefaultConfig() Config {
	return Config{Level: "info", Format: FormatJSON}
}

// Validate tells what is wrong with c, or returns nil.
func (c Config) Validate() error {
	if _, err := c.level(); err != nil {
		return err
	}
	if c.Format != FormatJSON && c.Format != FormatConsole {
		return fmt.Errorf("log format %q is unknown: use json or console", c.Format)
	}
	return nil
}

func (c Config) level() (zapcore.Level, error) {
	switch c.Level {
	case "debug", "info", "warn", "error":
		return zapcore.ParseLevel(c.Level)
	}
	return 0, fmt.Errorf("log level %q is unknown: use debug, info, warn or error", c.Level)
}

// NewLogger returns a logger that writes one line for each entry to out, at
// once and without sampling. A JSON line has "time" (RFC 3339, UTC), "level",
// "logger" when named, "msg" and the entry's fields. The logger is safe for
// concurrent use even when out is not.
func NewLogger(c Config, out io.Writer) (*zap.Logger, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	level, err := c.level()
	if err != nil {
		return nil, err
	}
	sink := zapcore.Lock(zapcore.AddSync(out))
	return zap.New(zapcore.NewCore(c.encoder(), sink, level), zap.ErrorOutput(sink)), nil
}

func (c Config) encoder() zapcore.Encoder {
	fields := zap.NewProductionEncoderConfig()
	fields.TimeKey = "time"
	fields.EncodeTime = encodeTime
	fields.EncodeDuration = zapcore.StringDurationEncoder
	if c.Format == FormatConsole {
		fields.EncodeLevel = zapcore.CapitalLevelEncoder
		return zapcore.NewConsoleEncoder(fields)
	}
	return zapcore.NewJSONEncoder(fields)
}
