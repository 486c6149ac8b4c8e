package cli_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/tools/internal/cli"
	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

const shopLog = `2026-11-22 10:00:00,000 INFO a.Shop - started
2026-11-22 10:00:01,500 ERROR a.Shop - it broke
java.io.IOException: no
	at a.Shop.run(Shop.java:1)
2026-11-22 10:00:02,000 DEBUG a.Shop - idle
stray line
`

// shopLogs is a log service that has the entries of two files.
func shopLogs(t *testing.T, prepare ...func(*logService)) *logService {
	t.Helper()
	server := startLogs(t, prepare...)
	got := sluice(t, "logs", "send", "--addr", server.addr, writeFile(t, "shop.log", shopLog),
		writeFile(t, "access.log", `1.2.3.4 - - [22/Nov/2026:11:00:03 +0100] "GET /a HTTP/1.1" 503 7 "-" "-"`))
	require.Equal(t, 0, got.code, got.stdout+got.stderr)
	return server
}

// logReceipts replaces what differs from run to run.
func logReceipts(text string) string {
	text = regexp.MustCompile(`\d+\.\d\ds\n`).ReplaceAllString(text, "TIME\n")
	return regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`).ReplaceAllString(text, "UUID")
}

func TestLogsSendTellsTheFormatAndWhatWasTaken(t *testing.T) {
	server := startLogs(t)
	path := writeFile(t, "shop.log", shopLog)
	got := sluice(t, "logs", "send", "--addr", server.addr, path)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `DIR/shop.log: timestamp and level (log4j), 6 lines, 4 entries
4 entries in TIME
  4 indexed
2 lines were joined to the entry before them
1 line was not in the format and is an entry of plain text
producer UUID, epoch 0, 1 frame
a search may not see them for up to 1 s, the batch interval by default; with --wait UUID:1 it does
`, logReceipts(strings.ReplaceAll(got.stdout, filepath.Dir(path), "DIR")))

	got = sluice(t, "logs", "search", "--order", "oldest", "--addr", server.addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `2026-11-22 10:00:00.000 INFO  shop started
2026-11-22 10:00:01.500 ERROR shop it broke
    java.io.IOException: no
    	at a.Shop.run(Shop.java:1)
2026-11-22 10:00:02.000 DEBUG shop idle
2026-11-22 10:00:02.000 -     shop stray line
`, got.stdout)
}

func TestLogsSendGoesOnAfterAnInputThatFailsAndExitsWith1(t *testing.T) {
	server := startLogs(t)
	dir := t.TempDir()
	wide, packed := filepath.Join(dir, "wide.log"), filepath.Join(dir, "auth.log.1.gz")
	require.NoError(t, os.WriteFile(wide, []byte("\xff\xfea\x00"), 0o600))
	var content bytes.Buffer
	w := gzip.NewWriter(&content)
	_, err := w.Write([]byte("Mar 27 13:06:56 h sshd[1]: one\nMar 27 13:06:57 h cron: two\n"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, os.WriteFile(packed, content.Bytes(), 0o600))

	got := sluice(t, "logs", "send", "--json", "--addr", server.addr, wide, packed)
	require.Equal(t, 1, got.code)
	require.Equal(t, "sluice: DIR/wide.log: it is UTF-16; convert it to UTF-8, for example with iconv\n", strings.ReplaceAll(got.stderr, dir, "DIR"))
	objects := got.objects(t)
	require.Len(t, objects, 2)
	require.Equal(t, wide, objects[0]["file"])
	require.Equal(t, "incomplete", objects[1]["status"])
	require.EqualValues(t, 2, objects[1]["indexed_count"])
	input := objects[1]["inputs"].([]any)[0].(map[string]any)
	require.Equal(t, "rfc3164", input["format"])
	require.EqualValues(t, 2, input["entries"])
	found := sluice(t, "logs", "search", "--json", "--addr", server.addr).objects(t)
	require.Equal(t, "cron", found[0]["application"])
	require.Equal(t, "sshd", found[1]["application"])
}

func TestLogsSendReadsStandardInputInTheZoneGiven(t *testing.T) {
	for name, args := range map[string][]string{"a dash": {"-"}, "nothing": {}} {
		t.Run(name, func(t *testing.T) {
			server := startLogs(t)
			args := append([]string{"logs", "send", "--timezone", "Europe/Berlin", "--application", "x", "--level", "warn", "--addr", server.addr}, args...)
			got := sluiceWith(t, t.Context(), environment{stdin: "Jul  1 12:00:00 h p: m\n"}, args...)
			require.Equal(t, 0, got.code, got.stderr)
			require.Equal(t, "sluice: standard input: syslog (RFC 3164)\n", got.stderr)
			got = sluice(t, "logs", "search", "--fields", "--addr", server.addr)
			require.Equal(t, "2026-07-01 10:00:00.000 WARN  x m host=h program=p\n", got.stdout)
		})
	}
}

// The same input under the same producer counts once, however often it is sent.
func TestLogsSendWithAProducerGoesOnWhereItWas(t *testing.T) {
	server := startLogs(t)
	path := writeFile(t, "shop.log", shopLog)
	send := func(more ...string) run {
		got := sluice(t, append([]string{"logs", "send", "--batch-size", "1", "--producer", "p", "--addr", server.addr, path}, more...)...)
		require.Equal(t, 0, got.code, got.stderr)
		return got
	}
	require.EqualValues(t, 4, send("--json").objects(t)[0]["indexed_count"])
	again := send()
	require.Contains(t, again.stdout, "4 entries passed over, which the producer has sent before\n")
	require.Contains(t, again.stdout, "nothing new was sent\n")
	require.Equal(t, "sluice: warning: nothing was sent: 4 entries of the input had come before under producer p and epoch 0 "+
		"and were passed over; if this is other input, give --epoch 1\n", again.stderr)
	require.Empty(t, send("--quiet").stderr)

	require.NoError(t, os.WriteFile(path, []byte(shopLog+"2026-11-22 10:00:03,000 INFO a.Shop - more\n"), 0o600))
	longer := send("--json").objects(t)[0]
	require.EqualValues(t, 1, longer["indexed_count"])
	require.EqualValues(t, 4, longer["skipped_count"])
	require.EqualValues(t, 5, send("--json", "--epoch", "1").objects(t)[0]["indexed_count"], "a new epoch begins anew")
	require.Len(t, sluice(t, "logs", "search", "--json", "--limit", "0", "--addr", server.addr).objects(t), 10)
}

func TestLogsRefuseUsageErrors(t *testing.T) {
	file := writeFile(t, "a.log", shopLog)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"a file that is gone":    {[]string{"send", "gone.log"}, "gone.log"},
		"a folder":               {[]string{"send", t.TempDir()}, "is a folder"},
		"a file twice":           {[]string{"send", file, file}, "is given twice"},
		"no format":              {[]string{"send", "--format", "xml", file}, "give auto, combined, nginx-error"},
		"no batch":               {[]string{"send", "--batch-size", "0", file}, "--batch-size 0"},
		"no delay":               {[]string{"send", "--delay", "0", file}, "--delay 0s"},
		"no attempts":            {[]string{"send", "--retries", "-1", file}, "--retries -1"},
		"an epoch of nobody":     {[]string{"send", "--epoch", "1", file}, "--epoch means nothing without --producer"},
		"no zone":                {[]string{"send", "--timezone", "Mars", file}, "--timezone Mars"},
		"no level":               {[]string{"search", "--level", "loud"}, "none of trace, debug, info, warn, error and fatal"},
		"no condition":           {[]string{"search", "--field", "x"}, "is no condition; write one such as host=web-1"},
		"no pattern":             {[]string{"search", "--field", "x=~("}, "has no valid pattern"},
		"case of nothing":        {[]string{"search", "--ignore-case"}, "--ignore-case means nothing without"},
		"no time":                {[]string{"search", "--since", "soon"}, `--since: "soon" is no time`},
		"a span of nothing":      {[]string{"search", "--since", "now", "--until", "-1h"}, "is not before"},
		"two spans":              {[]string{"search", "--since", "-1h", "--last", "1h"}, "--last contradicts --since"},
		"no last time":           {[]string{"search", "--last", "x"}, "--last:"},
		"no order":               {[]string{"search", "--order", "up"}, "give newest or oldest"},
		"a negative limit":       {[]string{"search", "--limit", "-1"}, "--limit -1"},
		"no output":              {[]string{"search", "-o", "xml"}, "give human, json or raw"},
		"two outputs":            {[]string{"search", "-o", "raw", "--json"}, "contradicts"},
		"no colour":              {[]string{"search", "--color", "red"}, "give auto, always or never"},
		"no wait":                {[]string{"search", "--wait", "p"}, "is not producer:sequence"},
		"arguments of a search":  {[]string{"search", "error"}, "wants no arguments"},
		"a span of a tail":       {[]string{"tail", "--last", "1h"}, "unknown flag"},
		"no group":               {[]string{"stats", "--by", "level,host"}, "is no group; give level, application, category, field:NAME"},
		"no bucket":              {[]string{"stats", "--bucket", "5"}, "--bucket"},
		"deleting everything":    {[]string{"delete", "--yes"}, "or --all"},
		"all and some":           {[]string{"delete", "--yes", "--all", "--level", "warn"}, "--all contradicts"},
		"deleting, not asked":    {[]string{"delete", "--until", "-30d"}, "give --yes"},
		"no rules":               {[]string{"test-rules"}, "wants a file of rules"},
		"rules that are gone":    {[]string{"test-rules", "gone.yaml"}, "cannot read the rules"},
		"rules that are nothing": {[]string{"test-rules", writeFile(t, "r.yaml", "\n")}, "has no rules"},
	} {
		t.Run(name, func(t *testing.T) {
			got := sluice(t, append([]string{"logs"}, test.args...)...)
			require.Equal(t, 2, got.code, got.stderr)
			require.Contains(t, got.stderr, test.want)
			require.Empty(t, got.stdout)
		})
	}
}

func TestLogsNameTheServiceThatIsNotThere(t *testing.T) {
	addr := freeAddr(t)
	for _, args := range [][]string{{"search"}, {"stats"}, {"tail"}, {"flush"}, {"send", writeFile(t, "a.log", shopLog)}} {
		got := sluice(t, append([]string{"logs", "--addr", addr}, args...)...)
		require.Equal(t, 3, got.code, got.stderr)
		require.Contains(t, got.stderr, "nothing answers at "+addr+"; start a server with `bin/sluice-logagg`")
	}
	files := fakeserver.Start(t)
	got := sluice(t, "logs", "send", "--addr", files.Addr, writeFile(t, "a.log", shopLog))
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "is no Sluice log service; check --addr")
}

func TestTheLogServicesAddressComesFromTheEnvironment(t *testing.T) {
	server := shopLogs(t)
	for name, variables := range map[string]map[string]string{
		"its own":  {"SLUICE_LOGS_ADDR": server.addr, "SLUICE_ADDR": "127.0.0.1:1", "SLUICE_POINTS_ADDR": "127.0.0.1:1"},
		"a shared": {"SLUICE_ADDR": server.addr},
	} {
		got := sluiceWith(t, t.Context(), environment{variables: variables}, "logs", "search")
		require.Equal(t, 0, got.code, name, got.stderr)
	}
}

func TestLogsSearchSelectsAndFormats(t *testing.T) {
	server := shopLogs(t)
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"a text, newest first": {[]string{"--text", "st", "--application", "shop", "-o", "raw"}, "stray line\nstarted\n"},
		"without a text":       {[]string{"--not-text", "st", "--application", "shop", "-o", "raw", "--level", "debug"}, "idle\nit broke\njava.io.IOException: no\n\tat a.Shop.run(Shop.java:1)\n"},
		"a zone":               {[]string{"--text", "idle", "--timezone", "Asia/Tokyo"}, "2026-11-22 19:00:02.000 DEBUG shop idle\n"},
		"a span":               {[]string{"--since", "2026-11-22 10:00", "--until", "2026-11-22 10:00:01", "-o", "raw"}, "started\n"},
		"the last time":        {[]string{"--last", "7198s", "-o", "raw", "--order", "oldest", "--limit", "1"}, "idle\n"},
		"colours":              {[]string{"--text", "it broke", "--color", "always", "--fields"}, "\x1b[2m2026-11-22 10:00:01.500\x1b[0m \x1b[1;31mERROR\x1b[0m \x1b[1mshop\x1b[0m \x1b[31mit broke\x1b[0m\n    \x1b[31mjava.io.IOException: no\x1b[0m\n    \x1b[31m\tat a.Shop.run(Shop.java:1)\x1b[0m\x1b[2m logger=a.Shop\x1b[0m\n"},
		"JSON":                 {[]string{"--text", "idle", "--json"}, `{"timestamp":"2026-11-22T10:00:02Z","level":"debug","application":"shop","message":"idle","fields":{"logger":"a.Shop"},"entry_id":3}` + "\n"},
		"nothing":              {[]string{"--application", "nobody"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := sluice(t, append([]string{"logs", "search", "--addr", server.addr}, test.args...)...)
			require.Equal(t, 0, got.code, got.stderr)
			require.Equal(t, test.want, got.stdout)
		})
	}
	require.Contains(t, sluice(t, "logs", "search", "--limit", "2", "--addr", server.addr).stderr, "… more")
	require.Empty(t, sluice(t, "logs", "search", "--limit", "5", "--addr", server.addr).stderr)
	require.Contains(t, sluice(t, "logs", "search", "--text", "gone", "--addr", server.addr).stderr, "nothing is stored that fits")
}

func TestLogsSearchAsksForEveryCondition(t *testing.T) {
	server := shopLogs(t)
	got := sluice(t, "logs", "search", "--addr", server.addr, "--application", "a", "--application", "b", "--category", "", "--level", "WARN",
		"--field", "host=web-1", "--field", `status!="5 0"`, "--field", "path=~/a.*", "--field", "source!~x", "--text", "t", "--not-text", "n",
		"--ignore-case", "--limit", "7", "--order", "oldest", "--last", "1h", "--wait", "p:1")
	require.Contains(t, got.stderr, "PRODUCER_NOT_FOUND")
	want := &logaggv1.SearchLogsRequest{}
	require.NoError(t, unmarshalText(`
		order: SEARCH_ORDER_OLDEST_FIRST limit: 8 wait_for { producer_id: "p" sequence: 1 timeout { seconds: 60 } }
		filter {
			start_time: 1795345200000000000 applications: "a" applications: "b" minimum_level: LEVEL_WARN categories: ""
			fields { name: "host" operator: MATCH_OPERATOR_EQUAL value: "web-1" }
			fields { name: "status" operator: MATCH_OPERATOR_NOT_EQUAL value: "5 0" }
			fields { name: "path" operator: MATCH_OPERATOR_REGEX value: "/a.*" }
			fields { name: "source" operator: MATCH_OPERATOR_NOT_REGEX value: "x" }
			texts { text: "t" ignore_case: true } texts { text: "n" ignore_case: true negated: true }
		}`, want))
	require.True(t, proto.Equal(want, server.searched), "%v", server.searched)
}

// A message must not move the terminal's cursor.
func TestLogsShowControlCharactersAsEscapes(t *testing.T) {
	server := startLogs(t)
	sent := sluiceWith(t, t.Context(), environment{stdin: "2026-11-22 10:00:00,000 INFO a\x1b[2Jb\tc\n"}, "logs", "send", "--addr", server.addr)
	require.Equal(t, 0, sent.code, sent.stderr)
	require.Equal(t, "2026-11-22 10:00:00.000 INFO  stdin a\\x1b[2Jb\tc\n", sluice(t, "logs", "search", "--addr", server.addr).stdout)
}

func TestColoursAreForTerminalsThatWantThem(t *testing.T) {
	server := shopLogs(t)
	for name, test := range map[string]struct {
		env  cli.Env
		args []string
		want bool
	}{
		"a terminal":               {cli.Env{DrawStdout: true}, nil, true},
		"a terminal with NO_COLOR": {cli.Env{DrawStdout: true, NoColour: true}, nil, false},
		"a file":                   {cli.Env{}, nil, false},
		"never":                    {cli.Env{DrawStdout: true}, []string{"--color", "never"}, false},
		"always":                   {cli.Env{NoColour: true}, []string{"--color", "always"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout bytes.Buffer
			env := test.env
			env.Args = append([]string{"logs", "search", "--addr", server.addr}, test.args...)
			env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), &stdout, io.Discard
			env.Getenv, env.Now = func(string) string { return "" }, time.Now
			require.Equal(t, 0, cli.Run(t.Context(), env))
			require.Equal(t, test.want, strings.Contains(stdout.String(), "\x1b["))
		})
	}
}

func TestLogsTailShowsEntriesAndWhatWasMissed(t *testing.T) {
	record := &logaggv1.LogRecord{Application: "shop", Level: logaggv1.Level_LEVEL_WARN, Timestamp: 1795348800123000000, Message: "slow"}
	server := startLogs(t, func(s *logService) {
		s.tailed = []*logaggv1.TailLogsResponse{{Entries: []*logaggv1.LogRecord{record}}, {Entries: []*logaggv1.LogRecord{record}, MissedCount: 1234}}
	})
	got := sluice(t, "logs", "tail", "--timeout", "1s", "--addr", server.addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, strings.Repeat("2026-11-22 12:00:00.123 WARN  shop slow\n", 2), got.stdout)
	require.Equal(t, "waiting for entries\n… 1,234 entries missed, since they came faster than they were printed; search finds them\n", got.stderr)

	objects := sluice(t, "logs", "tail", "--json", "--timeout", "1s", "--addr", server.addr).objects(t)
	require.Len(t, objects, 4)
	require.Equal(t, map[string]any{"event": "started"}, objects[0])
	require.Equal(t, map[string]any{"event": "missed", "missed_count": 1234.0}, objects[2])
	require.Equal(t, "slow", objects[3]["message"])
}

func TestLogsTailEndsWithASignal(t *testing.T) {
	server := startLogs(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stderr := &stopper{text: "waiting for entries", stop: cancel}
	code := cli.Run(ctx, cli.Env{
		Args:  []string{"logs", "tail", "--addr", server.addr},
		Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: stderr, Getenv: func(string) string { return "" }, Now: time.Now,
	})
	require.Equal(t, 130, code, stderr.String())
	require.Contains(t, stderr.String(), "sluice: interrupted\n")
}

func TestLogsStatsCountWithBars(t *testing.T) {
	server := shopLogs(t)
	got := sluice(t, "logs", "stats", "--by", "level,application", "--addr", server.addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `LEVEL        APPLICATION  COUNT                        FIRST                  LAST
unspecified  shop         1      ████████████████████  2026-11-22 10:00:02    2026-11-22 10:00:02
debug        shop         1      ████████████████████  2026-11-22 10:00:02    2026-11-22 10:00:02
info         shop         1      ████████████████████  2026-11-22 10:00:00    2026-11-22 10:00:00
error        access       1      ████████████████████  2026-11-22 10:00:03    2026-11-22 10:00:03
error        shop         1      ████████████████████  2026-11-22 10:00:01.5  2026-11-22 10:00:01.5
`, got.stdout)
	require.Equal(t, "count,first,last\n5,2026-11-22T10:00:00Z,2026-11-22T10:00:03Z\n",
		sluice(t, "logs", "stats", "--by", "none", "-o", "csv", "--addr", server.addr).stdout)
}

func TestLogsStatsAskForGroupsAndBuckets(t *testing.T) {
	server := startLogs(t, func(s *logService) {
		s.counted = []*logaggv1.LogStatistics{
			{Category: "auth", FieldValues: []string{"200"}, StartTime: 1795348800000000000, Count: 1600, FirstTimestamp: 1795348800000000000, LastTimestamp: 1795348801000000000},
			{Category: "auth", FieldValues: []string{"500"}, StartTime: 1795348860000000000, Count: 150, FirstTimestamp: 1795348860000000000, LastTimestamp: 1795348861000000000},
			{FieldValues: []string{""}, StartTime: 1795348860000000000, Count: 1, FirstTimestamp: 1795348860000000000, LastTimestamp: 1795348860000000000},
		}
	})
	args := []string{"logs", "stats", "--by", "category,field:status", "--bucket", "1m", "--text", "x", "--addr", server.addr}
	got := sluice(t, args...)
	require.Equal(t, 0, got.code, got.stderr)
	require.Contains(t, got.stdout, "CATEGORY  STATUS  BUCKET START         COUNT")
	require.Contains(t, got.stdout, "1,600  ████████████████████  ")
	require.Contains(t, got.stdout, "150    █▉  ")
	require.Contains(t, got.stdout, "1      ▏  ")
	want := &logaggv1.GetLogStatisticsRequest{}
	require.NoError(t, unmarshalText(`by_category: true by_fields: "status" bucket_duration: 60000000000 filter { texts { text: "x" } }`, want))
	require.True(t, proto.Equal(want, server.grouped), "%v", server.grouped)
	require.Equal(t, map[string]any{
		"category": "auth", "fields": map[string]any{"status": "200"}, "bucket_start": "2026-11-22T12:00:00Z", "count": 1600.0,
		"first_timestamp": "2026-11-22T12:00:00Z", "last_timestamp": "2026-11-22T12:00:01Z",
	}, sluice(t, append(args, "--json")...).objects(t)[0])
}

func TestLogsNeedNoRightToAdminister(t *testing.T) {
	server := startLogs(t, func(s *logService) { s.noAdmin = true })
	got := sluice(t, "logs", "send", "--addr", server.addr, writeFile(t, "shop.log", shopLog))
	require.Equal(t, 0, got.code, got.stderr)
	got = sluice(t, "logs", "search", "--addr", server.addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.NotNil(t, server.searched)
	got = sluice(t, "logs", "tail", "--timeout", "1s", "--addr", server.addr)
	require.Equal(t, 0, got.code, got.stderr)
}

func TestLogsDeleteAsks(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "yes\n": true, "n\n": false, "": false} {
		server := shopLogs(t)
		var stdout, stderr bytes.Buffer
		code := cli.Run(t.Context(), cli.Env{
			Args: []string{"logs", "delete", "--level", "error", "--addr", server.addr}, InteractiveStdin: true,
			Stdin: strings.NewReader(answer), Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" }, Now: time.Now,
		})
		require.Equal(t, 0, code, stderr.String())
		require.Contains(t, stderr.String(), "This deletes 2 entries for good. Go on? [y/N]")
		require.Equal(t, want, server.deleted != nil, answer)
		require.Equal(t, want, stdout.String() == "deleted 2 entries\n")
	}
}

func TestLogsDeleteOfEverything(t *testing.T) {
	server := startLogs(t)
	got := sluice(t, "logs", "delete", "--all", "--yes", "--json", "--addr", server.addr)
	require.Equal(t, 0, got.code, got.stderr)
	require.JSONEq(t, `{"status":"deleted","deleted_count":2}`, got.stdout)
	require.True(t, proto.Equal(&logaggv1.LogFilter{StartTime: proto.Int64(0)}, server.deleted), "%v", server.deleted)
}

func TestLogsFlush(t *testing.T) {
	server := startLogs(t)
	require.Equal(t, "flushed\n", sluice(t, "logs", "flush", "--addr", server.addr).stdout)
	require.JSONEq(t, `{"status":"flushed"}`, sluice(t, "logs", "flush", "--json", "--addr", server.addr).stdout)
	require.Equal(t, 2, server.flushed)
}

func TestLogsTestRulesShowWhatBecomesOfEachEntry(t *testing.T) {
	server := startLogs(t)
	dir := t.TempDir()
	rules, file := filepath.Join(dir, "rules.yaml"), filepath.Join(dir, "app.log")
	require.NoError(t, os.WriteFile(rules, []byte("filter: []\n"), 0o600))
	require.NoError(t, os.WriteFile(file, []byte("2026-11-22 10:00:00,000 INFO card 4111\n2026-11-22 10:00:01,000 INFO GET /health\n2026-11-22 10:00:02,000 INFO bad\n"), 0o600))

	got := sluice(t, "logs", "test-rules", "--addr", server.addr, rules, file)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `indexed  2026-11-22 10:00:00.000 INFO  app card 4###
    redact: number
filtered 2026-11-22 10:00:01,000 INFO GET /health
    filter: health
rejected 2026-11-22 10:00:02,000 INFO bad
    TIMESTAMP_TOO_OLD  timestamp: is too old
DIR/rules.yaml: the rules are valid
3 entries: 1 indexed, 1 filtered, 1 rejected
hits by rule:
  filter  health  1
  redact  number  1
`, strings.ReplaceAll(got.stdout, dir, "DIR"))
	require.Equal(t, "filter: []\n", server.rules)

	objects := sluice(t, "logs", "test-rules", "--json", "--addr", server.addr, rules, file).objects(t)
	require.Len(t, objects, 4)
	require.Equal(t, "filtered", objects[1]["outcome"])
	require.EqualValues(t, 2, objects[1]["line"])
	require.Equal(t, "TIMESTAMP_TOO_OLD", objects[2]["error"].(map[string]any)["reason"])
	require.Equal(t, map[string]any{"indexed": 1.0, "filtered": 1.0, "rejected": 1.0}, objects[3]["outcomes"])

	got = sluiceWith(t, t.Context(), environment{stdin: strings.Repeat("2026-11-22 10:00:00,000 INFO x\n", 1500)},
		"logs", "test-rules", "--quiet=false", "--addr", server.addr, rules, "-")
	require.Equal(t, 0, got.code, got.stderr)
	require.Contains(t, got.stdout, "1,000 entries: 1,000 indexed")
	require.Contains(t, got.stderr, "… more entries; only the first 1,000 were tried")
	require.Equal(t, rules+": the rules are valid\n", sluice(t, "logs", "test-rules", "--addr", server.addr, rules).stdout)
}

func TestLogsTestRulesNameTheLineOfRulesThatCantBeUsed(t *testing.T) {
	server := startLogs(t)
	rules := writeFile(t, "rules.yaml", "broken\n")
	got := sluice(t, "logs", "test-rules", "--addr", server.addr, rules)
	require.Equal(t, 1, got.code)
	require.Empty(t, got.stdout)
	require.Equal(t, "sluice: "+rules+": line 3: filter has no rule called broken\nsluice: "+rules+": line 5: no\n", got.stderr)
	got = sluice(t, "logs", "test-rules", "--json", "--addr", server.addr, rules)
	require.Equal(t, 1, got.code)
	require.Equal(t, "FIELD_INVALID", got.objects(t)[0]["error"].(map[string]any)["reason"])
}

// Standard input that stays open must not keep the command from ending.
func TestLogsSendTellsOfACut(t *testing.T) {
	server := startLogs(t)
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan int)
	var stderr bytes.Buffer
	go func() {
		done <- cli.Run(ctx, cli.Env{
			Args:  []string{"logs", "send", "--quiet", "--producer", "p", "--batch-size", "1", "--addr", server.addr},
			Stdin: r, Stdout: io.Discard, Stderr: &stderr, Getenv: func(string) string { return "" }, Now: time.Now,
		})
	}()
	_, err := w.Write([]byte("2026-11-22 10:00:00,000 INFO x\n"))
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return len(sluice(t, "logs", "search", "--json", "--addr", server.addr).objects(t)) == 1
	}, 10*time.Second, 10*time.Millisecond, "the last entry of a pipe is not held back")
	cancel()
	require.Equal(t, 130, <-done)
	require.Regexp(t, `^sluice: interrupted; (0 entries|1 entry) durable\n$`, stderr.String())
	require.NoError(t, w.Close())
}

func TestTheHelpOfWaitNamesTheCommandThatTellsIt(t *testing.T) {
	for command, send := range map[string]string{
		"points query": "points send", "points stats": "points send", "points series": "points send",
		"logs search": "logs send", "logs stats": "logs send",
	} {
		help := sluice(t, append(strings.Fields(command), "--help")...).stdout
		require.Contains(t, help, "as '"+send+"' tells it", command)
	}
}

func TestLogsDeleteEndsWhenItIsInterrupted(t *testing.T) {
	server := shopLogs(t)
	stdin, keyboard := io.Pipe()
	defer func() { require.NoError(t, keyboard.Close()) }()
	ctx, interrupt := context.WithCancel(t.Context())
	asked := newAsked(interrupt)
	code := cli.Run(ctx, cli.Env{
		Args: []string{"logs", "delete", "--level", "error", "--addr", server.addr}, InteractiveStdin: true,
		Stdin: stdin, Stdout: io.Discard, Stderr: asked, Getenv: func(string) string { return "" }, Now: time.Now,
	})
	require.NotZero(t, code)
	require.Nil(t, server.deleted)
}

// newAsked calls call when somebody is asked.
func newAsked(call func()) io.Writer {
	return writerFunc(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("[y/N]")) {
			call()
		}
		return len(p), nil
	})
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
