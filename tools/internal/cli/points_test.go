package cli_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/tools/internal/cli"
	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

const speeds = "timestamp,value\n2015-08-31 18:22:00,90\n2015-08-31 18:32:00,80\n2015-08-31 18:42:00,81.5\n"

// sending is a collector that has the points of two files.
func sending(t *testing.T) *fakeserver.Collector {
	t.Helper()
	server := fakeserver.StartCollector(t)
	got := sluice(t, "points", "send", "--addr", server.Addr, "--tag", "city=Minneapolis",
		writeFile(t, "speed_6005.csv", speeds),
		writeFile(t, "web.ndjson", `{"source":"web-1","timestamp":1441045320,"metrics":{"cpu":0.5,"mem":7}}`))
	require.Equal(t, 0, got.code, got.stdout+got.stderr)
	return server
}

// receipts replaces what differs from run to run.
func receipts(text string) string {
	text = regexp.MustCompile(`\d+\.\d\ds\n`).ReplaceAllString(text, "TIME\n")
	return regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`).ReplaceAllString(text, "UUID")
}

func TestPointsSendTellsWhatWasAccepted(t *testing.T) {
	server := fakeserver.StartCollector(t)
	got := sluice(t, "points", "send", "--addr", server.Addr, writeFile(t, "speed_6005.csv", speeds))
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `3 of 3 points accepted in TIME
producer UUID, epoch 0, 1 frame
a query may not see them for up to 0.5 s, the batch interval by default; with --wait UUID:1 it does
`, receipts(got.stdout))

	got = sluice(t, "points", "query", "--addr", server.Addr)
	require.Equal(t, `TIMESTAMP            SOURCE      METRIC  TAGS  VALUE
2015-08-31 18:22:00  speed_6005  speed         90
2015-08-31 18:32:00  speed_6005  speed         80
2015-08-31 18:42:00  speed_6005  speed         81.5
`, got.stdout)
}

func TestPointsSendGoesOnAfterBadLinesAndRejectedPointsAndExitsWith1(t *testing.T) {
	server := fakeserver.StartCollector(t)
	dir := t.TempDir()
	bad, good := filepath.Join(dir, "bad_1.csv"), filepath.Join(dir, "good_1.csv")
	require.NoError(t, os.WriteFile(bad, []byte("timestamp,value\n1441045320,1\nnever,1\n12,1\n1441045320,NaN\n13,1\n"), 0o600))
	require.NoError(t, os.WriteFile(good, []byte(speeds), 0o600))
	none := filepath.Join(dir, "none.csv")
	require.NoError(t, os.WriteFile(none, []byte("a,b\n1,2\n"), 0o600))

	got := sluice(t, "points", "send", "--addr", server.Addr, bad, none, good)
	require.Equal(t, 1, got.code)
	require.Equal(t, `4 of 7 points accepted in TIME
3 points rejected:
  2 TIMESTAMP_UNIT
      DIR/bad_1.csv:4  timestamp: is no time in nanoseconds
      DIR/bad_1.csv:6  timestamp: is no time in nanoseconds
  1 METRIC_VALUE_NOT_FINITE
      DIR/bad_1.csv:5  metrics["bad"]: is not finite
1 line could not be read
1 input failed
producer UUID, epoch 0, 1 frame
a query may not see them for up to 0.5 s, the batch interval by default; with --wait UUID:1 it does
`, receipts(strings.ReplaceAll(got.stdout, dir, "DIR")))
	require.Equal(t, `sluice: DIR/bad_1.csv:3: "never" is no timestamp: give RFC 3339, 2006-01-02 15:04:05 or a number since 1970
sluice: DIR/none.csv: no column has timestamps among a, b; name it with --timestamp-column
`, strings.ReplaceAll(got.stderr, dir, "DIR"))

	objects := sluice(t, "points", "send", "--json", "--addr", server.Addr, bad).objects(t)
	require.Len(t, objects, 2)
	require.EqualValues(t, 3, objects[0]["line"])
	require.Equal(t, "incomplete", objects[1]["status"])
	require.EqualValues(t, 1, objects[1]["successful_count"])
	require.EqualValues(t, 3, objects[1]["error_count"])
	require.Equal(t, map[string]any{"TIMESTAMP_UNIT": 2.0, "METRIC_VALUE_NOT_FINITE": 1.0}, objects[1]["error_counts"])
	first := objects[1]["errors"].([]any)[0].(map[string]any)
	require.EqualValues(t, 4, first["line"])
	require.Equal(t, bad, first["file"])
}

func TestPointsSendNeedsNoRightToRead(t *testing.T) {
	server := fakeserver.StartCollector(t)
	server.Denies = collectorv1.DataCollectionService_ListSeries_FullMethodName
	got := sluice(t, "points", "send", "--addr", server.Addr, writeFile(t, "speed_6005.csv", speeds))
	require.Equal(t, 0, got.code, got.stderr)
	require.Contains(t, got.stdout, "3 of 3 points accepted")
}

func TestPointsSendReadsStandardInput(t *testing.T) {
	for name, args := range map[string][]string{"a dash": {"-"}, "nothing": {}} {
		t.Run(name, func(t *testing.T) {
			server := fakeserver.StartCollector(t)
			args := append([]string{"points", "send", "--addr", server.Addr, "--source", "s", "--metric", "m"}, args...)
			got := sluiceWith(t, t.Context(), environment{stdin: "1441045320,1\n1441045330,2\n"}, args...)
			require.Equal(t, 0, got.code, got.stderr)
			got = sluice(t, "points", "series", "--addr", server.Addr)
			require.Equal(t, `SOURCE  METRIC  TAGS  SAMPLES  FIRST                LAST
s       m             2        2015-08-31 18:22:00  2015-08-31 18:22:10
`, got.stdout)
		})
	}
}

// The same input under the same producer counts once, however often it is sent.
func TestPointsSendWithAProducerGoesOnWhereItWas(t *testing.T) {
	server := fakeserver.StartCollector(t)
	path := writeFile(t, "speed_6005.csv", speeds)
	send := func(path string, more ...string) map[string]any {
		got := sluice(t, append([]string{"points", "send", "--json", "--batch", "1", "--producer", "p", "--addr", server.Addr, path}, more...)...)
		require.Equal(t, 0, got.code, got.stderr)
		return got.objects(t)[0]
	}
	require.EqualValues(t, 3, send(path)["successful_count"])
	again := send(path)
	require.EqualValues(t, 0, again["successful_count"])
	require.EqualValues(t, 3, again["skipped_count"])
	require.Equal(t, "passed_over", again["status"])
	require.Equal(t, "nothing was sent: all 3 points of the input were taken before under producer p and epoch 0 and passed over; "+
		"if this is other input, give --epoch 1", again["warning"])

	require.NoError(t, os.WriteFile(path, []byte(speeds+"2015-08-31 18:52:00,1\n"), 0o600))
	longer := send(path)
	require.EqualValues(t, 1, longer["successful_count"])
	require.EqualValues(t, 3, longer["skipped_count"])
	require.Equal(t, "accepted", longer["status"])
	require.Equal(t, "3 points of the input were taken before under producer p and epoch 0 and passed over; "+
		"if this is other input, give --epoch 1", longer["warning"])

	anew := send(path, "--epoch", "1")
	require.EqualValues(t, 4, anew["successful_count"], "a new epoch begins anew")
	require.NotContains(t, anew, "warning")
}

func TestPointsSendWarnsOfPointsThatWerePassedOver(t *testing.T) {
	server := fakeserver.StartCollector(t)
	send := func(name string, more ...string) run {
		got := sluice(t, append([]string{"points", "send", "--producer", "p", "--epoch", "4", "--addr", server.Addr, writeFile(t, name, speeds)}, more...)...)
		require.Equal(t, 0, got.code, got.stderr)
		return got
	}
	require.Empty(t, send("speed_1.csv").stderr)
	other := send("speed_2.csv")
	require.Equal(t, "3 points passed over, which the producer has sent before\nnothing new was sent\n", other.stdout)
	require.Equal(t, "sluice: warning: nothing was sent: all 3 points of the input were taken before under producer p and epoch 4 "+
		"and passed over; if this is other input, give --epoch 5\n", other.stderr)
	require.Empty(t, send("speed_2.csv", "--quiet").stderr)
}

func TestPointsSendRefusesUsageErrors(t *testing.T) {
	file := writeFile(t, "a.csv", speeds)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"a file that is gone":  {[]string{"send", "gone.csv"}, "gone.csv"},
		"a folder":             {[]string{"send", t.TempDir()}, "is a folder"},
		"a file twice":         {[]string{"send", file, file}, "is given twice"},
		"no format":            {[]string{"send", "--format", "xml", file}, "give auto, csv or ndjson"},
		"no unit":              {[]string{"send", "--time-unit", "h", file}, "give auto, s, ms, us or ns"},
		"no batch":             {[]string{"send", "--batch", "0", file}, "--batch 0"},
		"no delay":             {[]string{"send", "--delay", "0", file}, "--delay 0s"},
		"an epoch of nobody":   {[]string{"send", "--epoch", "1", file}, "--epoch means nothing without --producer"},
		"no tag":               {[]string{"send", "--tag", "x", file}, "is not key=value"},
		"no zone":              {[]string{"send", "--timezone", "Mars", file}, "--timezone Mars"},
		"no matcher":           {[]string{"query", "--match", "x"}, "is no matcher"},
		"an operator of C":     {[]string{"query", "--match", "source==x"}, "== is no operator; write ="},
		"no time":              {[]string{"query", "--start", "soon"}, `--start: "soon" is no time`},
		"a span of nothing":    {[]string{"query", "--start", "now", "--end", "-1h"}, "is not before"},
		"no bucket":            {[]string{"stats", "--bucket", "5"}, "--bucket"},
		"too small a bucket":   {[]string{"stats", "--bucket", "1us"}, "give 1ms or more"},
		"no wait":              {[]string{"series", "--wait", "p"}, "is not producer:sequence"},
		"no sequence":          {[]string{"series", "--wait", "p:x"}, "has no sequence"},
		"no output":            {[]string{"query", "--output", "xml"}, "give table, csv or json"},
		"two outputs":          {[]string{"query", "--output", "csv", "--json"}, "contradicts"},
		"a chart as JSON":      {[]string{"query", "--chart", "--json"}, "means nothing for a chart"},
		"no group":             {[]string{"stats", "--by", "source,host"}, "is no group; give source, metric or tag:NAME"},
		"deleting everything":  {[]string{"delete", "--yes"}, "or --all"},
		"all and some":         {[]string{"delete", "--yes", "--all", "--source", "a"}, "--all contradicts"},
		"deleting, not asked":  {[]string{"delete", "--source", "a"}, "give --yes"},
		"a negative limit":     {[]string{"query", "--limit", "-1"}, "--limit -1"},
		"arguments of a query": {[]string{"query", "web-1"}, "wants no arguments"},
	} {
		t.Run(name, func(t *testing.T) {
			got := sluice(t, append([]string{"points"}, test.args...)...)
			require.Equal(t, 2, got.code, got.stderr)
			require.Contains(t, got.stderr, test.want)
			require.Empty(t, got.stdout)
		})
	}
}

func TestPointsNameTheCollectorThatIsNotThere(t *testing.T) {
	addr := freeAddr(t)
	got := sluice(t, "points", "series", "--addr", addr)
	require.Equal(t, 3, got.code)
	require.Contains(t, got.stderr, "nothing answers at "+addr+"; start a server with `bin/sluice-collector`")

	files := fakeserver.Start(t)
	got = sluice(t, "points", "send", "--addr", files.Addr, writeFile(t, "a.csv", speeds))
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "is no Sluice collector; check --addr")
}

func TestTheCollectorsAddressComesFromTheEnvironment(t *testing.T) {
	server := sending(t)
	for name, variables := range map[string]map[string]string{
		"its own":  {"SLUICE_POINTS_ADDR": server.Addr, "SLUICE_ADDR": "127.0.0.1:1"},
		"a shared": {"SLUICE_ADDR": server.Addr},
	} {
		got := sluiceWith(t, t.Context(), environment{variables: variables}, "points", "series")
		require.Equal(t, 0, got.code, name, got.stderr)
	}
}

func TestPointsQuerySelectsAndFormats(t *testing.T) {
	server := sending(t)
	tests := map[string]struct {
		args []string
		want string
	}{
		"a source": {
			[]string{"--source", "web-1", "--metric", "cpu"},
			"TIMESTAMP            SOURCE  METRIC  TAGS              VALUE\n2015-08-31 18:22:00  web-1   cpu     city=Minneapolis  0.5\n",
		},
		"a pattern in a zone": {
			[]string{"--match", `source!~"web.*"`, "--start", "2015-08-31 20:30", "--end", "2015-08-31 20:40", "--timezone", "Europe/Berlin"},
			"TIMESTAMP            SOURCE      METRIC  TAGS              VALUE\n2015-08-31 20:32:00  speed_6005  speed   city=Minneapolis  80\n",
		},
		"CSV": {
			[]string{"--metric", "speed", "--tag", "city=Minneapolis", "--limit", "1", "-o", "csv"},
			"timestamp,source,metric,tags,value\n2015-08-31T18:22:00Z,speed_6005,speed,city=Minneapolis,90\n",
		},
		"JSON": {
			[]string{"--metric", "mem", "--json"},
			`{"timestamp":"2015-08-31T18:22:00Z","source":"web-1","metric":"mem","tags":{"city":"Minneapolis"},"value":7}` + "\n",
		},
		"buckets": {
			[]string{"--metric", "speed", "--bucket", "1h", "-o", "csv"},
			"start,source,metric,tags,count,min,max,mean,first,last\n2015-08-31T18:00:00Z,speed_6005,speed,city=Minneapolis,3,80,90,83.83333333333333,90,81.5\n",
		},
		"nothing": {[]string{"--source", "nobody"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := sluice(t, append([]string{"points", "query", "--addr", server.Addr}, test.args...)...)
			require.Equal(t, 0, got.code, got.stderr)
			require.Equal(t, test.want, got.stdout)
		})
	}
	got := sluice(t, "points", "query", "--limit", "2", "--addr", server.Addr)
	require.Equal(t, 3, strings.Count(got.stdout, "\n"))
	require.Contains(t, got.stderr, "… more")
	require.Empty(t, sluice(t, "points", "query", "--limit", "5", "--addr", server.Addr).stderr)
}

func TestPointsQueryWaits(t *testing.T) {
	server := fakeserver.StartCollector(t)
	sent := sluice(t, "points", "send", "--producer", "a:b", "--addr", server.Addr, writeFile(t, "x.csv", speeds))
	require.Equal(t, 0, sent.code, sent.stderr)
	require.Equal(t, 0, sluice(t, "points", "query", "--wait", "a:b:1", "--addr", server.Addr).code)
	got := sluice(t, "points", "query", "--wait", "a:b:2", "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "POSITION_NOT_REACHED")
}

func TestPointsQueryDrawsEachSeries(t *testing.T) {
	server := sending(t)
	got := sluice(t, "points", "query", "--chart", "--match", "metric=~speed|cpu", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Contains(t, got.stdout, "speed_6005  speed  {city=Minneapolis}\n        90 ┤⠉⠒⠤⢄⡀\n")
	require.Contains(t, got.stdout, "min 80  max 90  mean 83.8333  last 81.5  of 3 samples")
	require.Contains(t, got.stdout, "web-1  cpu  {city=Minneapolis}\n")
	require.Contains(t, got.stdout, "of 1 samples")
	for line := range strings.Lines(got.stdout) {
		require.LessOrEqual(t, len([]rune(line)), 81, line)
	}
}

func TestPointsStatsGroups(t *testing.T) {
	server := sending(t)
	got := sluice(t, "points", "stats", "--by", "source,metric", "-o", "csv", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `source,metric,count,min,max,mean,stddev,p50,p90,p95,p99,rate,first,last
speed_6005,speed,3,80,90,83.83333333333333,0,90,90,90,90,0,2015-08-31T18:22:00Z,2015-08-31T18:42:00Z
web-1,cpu,1,0.5,0.5,0.5,0,0.5,0.5,0.5,0.5,0,2015-08-31T18:22:00Z,2015-08-31T18:22:00Z
web-1,mem,1,7,7,7,0,7,7,7,7,0,2015-08-31T18:22:00Z,2015-08-31T18:22:00Z
`, got.stdout)
	got = sluice(t, "points", "stats", "--addr", server.Addr)
	require.Contains(t, got.stdout, "COUNT  MIN  MAX  MEAN  STDDEV")
	require.EqualValues(t, 5, sluice(t, "points", "stats", "--json", "--addr", server.Addr).objects(t)[0]["count"])
}

func TestPointsDeleteAsks(t *testing.T) {
	for answer, want := range map[string]int{"y\n": 2, "yes\n": 2, "n\n": 5, "": 5} {
		server := sending(t)
		var stdout, stderr bytes.Buffer
		code := cli.Run(t.Context(), cli.Env{
			Args: []string{"points", "delete", "--metric", "speed", "--addr", server.Addr}, InteractiveStdin: true,
			Stdin: strings.NewReader(answer), Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" }, Now: time.Now,
		})
		require.Equal(t, 0, code, stderr.String())
		require.Contains(t, stderr.String(), "This deletes 3 samples for good. Go on? [y/N]")
		require.Len(t, sluice(t, "points", "query", "--json", "--addr", server.Addr).objects(t), want, answer)
	}
}

func TestPointsDeleteOfASpan(t *testing.T) {
	server := sending(t)
	got := sluice(t, "points", "delete", "--yes", "--all", "--end", "2015-08-31 18:30", "--addr", server.Addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, "deleted 3 samples\n", got.stdout)
}

// Standard input that stays open must not keep the command from ending.
func TestPointsSendTellsOfACut(t *testing.T) {
	server := fakeserver.StartCollector(t)
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan int)
	var stdout, stderr bytes.Buffer
	go func() {
		done <- cli.Run(ctx, cli.Env{
			Args:  []string{"points", "send", "--source", "s", "--producer", "p", "--batch", "1", "--addr", server.Addr},
			Stdin: r, Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" }, Now: time.Now,
		})
	}()
	_, err := w.Write([]byte("1441045320,1\n"))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return len(sluice(t, "points", "query", "--json", "--addr", server.Addr).objects(t)) == 1
	}, 10*time.Second, 10*time.Millisecond)
	cancel()
	require.Equal(t, 130, <-done)
	require.Regexp(t, `^sluice: interrupted; [01] points? durable\n$`, stderr.String())
	require.NoError(t, w.Close())
}

// stopper ends a run once the text is written. As standard error it is written
// to from several goroutines.
type stopper struct {
	mu      sync.Mutex
	written strings.Builder

	text string
	stop context.CancelFunc
}

func (s *stopper) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written.String()
}

func (s *stopper) Write(p []byte) (int, error) {
	s.mu.Lock()
	n, err := s.written.Write(p)
	s.mu.Unlock()
	if strings.Contains(s.String(), s.text) {
		s.stop()
	}
	return n, err
}

func TestPointsSendSaysWhyItWaitsAndWhyItWaitedWhenInterrupted(t *testing.T) {
	server := fakeserver.StartCollector(t)
	server.Fails = true
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stderr := &stopper{text: "STORAGE_FAILED", stop: cancel}
	code := cli.Run(ctx, cli.Env{
		Args:  []string{"points", "send", "--source", "s", "--producer", "p", "--retries", "100", "--addr", server.Addr},
		Stdin: strings.NewReader("1441045320,1\n"), Stdout: io.Discard, Stderr: stderr, DrawStderr: true, Getenv: func(string) string { return "" }, Now: time.Now,
	})
	require.Equal(t, 130, code, stderr.String())
	require.Regexp(t, `1 point sent, 0 durable, cut; attempt [0-9]+ in [0-9.]+s: STORAGE_FAILED: the disk fails`, stderr.String())
	require.Contains(t, stderr.String(), "sluice: interrupted after STORAGE_FAILED: the disk fails; 0 points durable\n")
}
