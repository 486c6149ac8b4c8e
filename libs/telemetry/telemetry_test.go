package telemetry_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/telemetry"
)

func TestConfigValidate(t *testing.T) {
	require.NoError(t, telemetry.DefaultConfig().Validate())
	tests := []struct {
		name, want string
		cfg        telemetry.Config
	}{
		{"empty", `log level "" is unknown: use debug, info, warn or error`, telemetry.Config{}},
		{"fatal", `log level "fatal" is unknown: use debug, info, warn or error`, telemetry.Config{Level: "fatal", Format: "json"}},
		{"format", `log format "xml" is unknown: use json or console`, telemetry.Config{Level: "debug", Format: "xml"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.EqualError(t, test.cfg.Validate(), test.want)
			_, err := telemetry.NewLogger(test.cfg, &bytes.Buffer{})
			require.EqualError(t, err, test.want)
		})
	}
}

func TestJSONLine(t *testing.T) {
	var out bytes.Buffer
	log, err := telemetry.NewLogger(telemetry.DefaultConfig(), &out)
	require.NoError(t, err)
	log.Debug("below the level")
	log.Named("part").Info("serving", zap.Duration("took", 1500*time.Millisecond), zap.Int("n", 3))

	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line), "exactly one JSON line: %s", out.String())
	when, err := time.Parse(time.RFC3339Nano, line["time"].(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), when, time.Minute)
	delete(line, "time")
	require.Equal(t, map[string]any{"level": "info", "logger": "part", "msg": "serving", "took": "1.5s", "n": 3.0}, line)
}

func TestLevels(t *testing.T) {
	tests := []struct {
		level string
		lines int
	}{{"debug", 4}, {"info", 3}, {"warn", 2}, {"error", 1}}
	for _, test := range tests {
		var out bytes.Buffer
		log, err := telemetry.NewLogger(telemetry.Config{Level: test.level, Format: "console"}, &out)
		require.NoError(t, err)
		log.Debug("d")
		log.Info("i")
		log.Warn("w")
		log.Error("e")
		require.Equal(t, test.lines, bytes.Count(out.Bytes(), []byte("\n")), "at %s:\n%s", test.level, out.String())
		require.Contains(t, out.String(), "ERROR\te\n")
	}
}

func TestRegistryHasProcessRuntimeAndBuild(t *testing.T) {
	families, err := telemetry.NewRegistry().Gather()
	require.NoError(t, err)
	names := map[string]bool{}
	for _, family := range families {
		names[family.GetName()] = true
	}
	for _, want := range []string{"go_goroutines", "process_resident_memory_bytes", "process_open_fds", "go_build_info"} {
		require.True(t, names[want], "%s is missing", want)
	}
}
