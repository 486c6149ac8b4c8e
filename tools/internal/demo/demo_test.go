package demo_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/binary"
	"github.com/sluice-ingest/sluice/tools/internal/demo"
	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

// lax has the test binary, run again as a child, play a service that refuses
// nothing and has no rules, and loose a collector that loses points.
const (
	lax   = "SLUICE_TEST_LAX"
	loose = "SLUICE_TEST_LOOSE"
)

func TestMain(m *testing.M) {
	var server *grpc.Server
	switch {
	case os.Getenv(lax) != "":
		collector := fakeserver.NewCollector()
		collector.Validates = false
		server = fakeserver.New().GRPC()
		collectorv1.RegisterDataCollectionServiceServer(server, collector)
		logaggv1.RegisterLogAggregationServiceServer(server, fakeserver.NewLogs())
	case os.Getenv(loose) != "":
		collector := fakeserver.NewCollector()
		collector.LosesPoints = true
		server = collector.GRPC()
	default:
		os.Exit(m.Run())
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(os.Stderr, `{"msg":"serving","grpc":%q}`+"\n", listener.Addr())
	panic(server.Serve(listener))
}

func TestDemoGoesAsExpectedAndLeavesNothingBehind(t *testing.T) {
	files, collector, logs := build(t, "fileupload"), build(t, "collector"), build(t, "logagg")
	t.Setenv("TMPDIR", t.TempDir())
	var out bytes.Buffer
	cfg := config(&out)
	cfg.Files, cfg.Collector, cfg.Logs = files, collector, logs
	err := demo.Run(t.Context(), cfg)
	require.NoError(t, err, out.String())
	for _, line := range []string{
		"refused: INVALID_ARGUMENT, SIZE_LIMIT_EXCEEDED",
		"refused: INVALID_ARGUMENT, NAME_INVALID",
		"200 MiB stored, resumed at ",
		"200 MiB came back equal",
		"2 × METRIC_VALUE_NOT_FINITE",
		"9,985 points accepted, 15 rejected, each with its reason",
		"19,970 samples of 9,985 points stored",
		"200,000 points stored, none lost, none twice",
		"10,000 entries in one stream, 20 frames",
		"2 × EMPTY, first entry",
		"redact    private-key            10",
		" 12 rejected, 100 redacted",
		"charged card [redacted:card] at terminal 7",
		" entries found as they have to be, each once",
		"none of 100 secrets is in any file or answer",
		"deployment step 5 of 5",
		"50,000 entries stored, none lost, none twice",
		"All 18 steps went as expected",
	} {
		require.Contains(t, out.String(), line)
	}
	for line := range strings.Lines(out.String()) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), 80, line)
	}
	require.NotContains(t, out.String(), "\x1b", "no escape sequences without a terminal")
	requireEmpty(t, os.Getenv("TMPDIR"))
}

func TestDemoFailsWithAServiceThatRefusesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv(lax, "1")
	var out bytes.Buffer
	cfg := config(&out)
	cfg.Files, cfg.Colour = os.Args[0], true
	err := demo.Run(t.Context(), cfg)
	require.ErrorContains(t, err, "step 4")
	require.ErrorContains(t, err, "it must be refused with SIZE_LIMIT_EXCEEDED")
	require.Contains(t, out.String(), "\x1b[31mFAILED")
	require.NotContains(t, out.String(), "as expected")
	requireEmpty(t, os.Getenv("TMPDIR"))
}

func TestDemoFailsWithACollectorThatRejectsNothingOrLosesPoints(t *testing.T) {
	for variable, want := range map[string]string{
		lax:   "step 2, Send 10,000 data points in batches of 100, 15 of them invalid: the receipt counts 10000 points accepted",
		loose: "step 3, Sum up what was sent: 19772 samples are stored, not the 19970",
	} {
		t.Run(variable, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			t.Setenv(variable, "1")
			var out bytes.Buffer
			cfg := config(&out)
			cfg.Collector = os.Args[0]
			err := demo.RunPoints(t.Context(), cfg)
			require.ErrorContains(t, err, want)
			require.NotContains(t, out.String(), "as expected")
			requireEmpty(t, os.Getenv("TMPDIR"))
		})
	}
}

func TestDemoFailsWithALogServiceWithoutRules(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv(lax, "1")
	var out bytes.Buffer
	cfg := config(&out)
	cfg.Logs = os.Args[0]
	err := demo.RunLogs(t.Context(), cfg)
	require.ErrorContains(t, err, "step 3, Send 10,000 log entries, some with secrets, 12 of them invalid: "+
		"the entries were rejected for the reasons map[APPLICATION_INVALID:3], not map[APPLICATION_INVALID:3 EMPTY:2")
	require.NotContains(t, out.String(), "as expected")
	requireEmpty(t, os.Getenv("TMPDIR"))
}

// config has no executables.
func config(out io.Writer) demo.Config {
	return demo.Config{Out: out, Now: time.Now, LevelColour: func(client.Level) string { return "" }}
}

// build compiles a service as it is in the checkout.
func build(t *testing.T, service string) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	root, ok := binary.Checkout(dir)
	require.True(t, ok)
	path := filepath.Join(t.TempDir(), "sluice-"+service)
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/sluice-"+service)
	cmd.Dir = filepath.Join(root, "services", service)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, strings.TrimSpace(string(output)))
	return path
}

func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}
