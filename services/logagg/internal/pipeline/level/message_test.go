package level_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/level"
)

// Heads as the loggers themselves write them.
var heads = map[string]entry.Level{
	// At the head, on its own.
	`[ERROR] no such table`:             entry.Error,
	`[error] no such table`:             entry.Error,
	`[ WARN ] disk is slow`:             entry.Warn,
	`ERROR: no such table`:              entry.Error,
	`Error: ENOENT: no such file`:       entry.Error,
	`error: pathspec did not match`:     entry.Error,
	`WARNING:root:a message of Python`:  entry.Warn,
	`INFO listening on :8080`:           entry.Info,
	`  DEBUG	indented`:                  entry.Debug,
	`WARN[0012] logrus on a terminal`:   entry.Warn,
	`panic: runtime error: index out`:   entry.Fatal,
	`fatal error: all goroutines sleep`: entry.Fatal,
	`ERROR`:                             entry.Error,
	// Priorities of syslog and the kernel.
	`<4>usb 1-1: device descriptor`:                                        entry.Warn,
	`<34>Oct 11 22:14:15 mymachine su: 'su root' failed`:                   entry.Fatal,
	`<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - up`: entry.Info,
	`<191>debugging`: entry.Debug,
	// glog and klog, Ruby, Tornado.
	`E0102 15:04:05.123456   12345 server.go:42] lost`:          entry.Error,
	`I1119 03:00:00.000000       1 controller.go:1] started`:    entry.Info,
	`W, [2024-01-02T15:04:05.123456 #1234]  WARN -- : slow`:     entry.Warn,
	`[I 2024-01-02 15:04:05.123 NotebookApp] Serving notebooks`: entry.Info,
	`[E 160102 15:04:05 web:1670] Uncaught exception`:           entry.Error,
	// logfmt.
	`level=warn msg="disk is slow"`:                                     entry.Warn,
	`time="2024-01-02T15:04:05Z" level=error msg="a \"b\" level=info"`:  entry.Error,
	`ts=2024-01-02T15:04:05Z caller=main.go:12 level=debug component=x`: entry.Debug,
	`time=2024-01-02T15:04:05.123Z level=INFO msg=slog`:                 entry.Info,
	`at=info method=GET lvl=crit`:                                       entry.Fatal,
	`severity="notice" x=1`:                                             entry.Info,
	// JSON.
	`{"level":"error","ts":1700000000.1,"msg":"x"}`:                           entry.Error,
	`{"time":"2024-01-02T15:04:05Z","level":"WARN","msg":"x"}`:                entry.Warn,
	`{ "@timestamp" : "x", "message" : "level\":\"info", "level" : "ERROR" }`: entry.Error,
	`{"ctx":{"level":"debug","a":[1,{"b":"]}"}]},"severity":"CRITICAL"}`:      entry.Fatal,
	`{"@t":"2024-01-02T15:04:05Z","@l":"Warning"}`:                            entry.Warn,
	`{"log.level":"info","message":"ECS"}`:                                    entry.Info,
	`{"level":4,"short_message":"GELF"}`:                                      entry.Warn,
	// After timestamps.
	`[2016-12-19 20:44:59,210] TRACE Controller 0 epoch 36 (state.change.logger)`: entry.Trace,
	`2024-01-02T15:04:05.123Z ERROR no such table`:                                entry.Error,
	`2024-01-02 15:04:05,123 - app.db - WARNING - slow`:                           entry.Warn,
	`2024-01-02 15:04:05,123 WARNING slow`:                                        entry.Warn,
	`2015-07-29 17:41:44,747 - INFO  [QuorumPeer[myid=1]/0:0:0:0:0:0:0:0:2181] x`: entry.Info,
	`15:04:05.123 [main] DEBUG com.acme.Shop - opened`:                            entry.Debug,
	`2024-01-02 15:04:05.123  INFO 12345 --- [main] c.a.Shop : started`:           entry.Info,
	`2024-01-02T15:04:05.123456Z  WARN shop::db: slow`:                            entry.Warn,
	`[2024-01-02T15:04:05Z INFO  shop] started`:                                   entry.Info,
	`[15:04:05 INF] started`:                                                      entry.Info,
	`2024-01-02T15:04:05.123Z	error	shop/db.go:12	no such table`:                  entry.Error,
	`2024-01-02 15:04:05.123 | SUCCESS  | __main__:<module>:1 - done`:             entry.Info,
	`17/06/09 20:10:40 INFO executor.CoarseGrained: Registered`:                   entry.Info,
	`081109 203615 148 WARN dfs.DataNode$PacketResponder: late`:                   entry.Warn,
	`03-17 16:13:38.811  1702  2395 D WindowManager: printFreezing`:               entry.Debug,
	`2016-09-28 04:30:30, Info                  CBS    Loaded`:                    entry.Info,
	`2024/01/02 15:04:05 [error] 1234#0: *1 open() "/x" failed`:                   entry.Error,
	`[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok`:                     entry.Info,
	`[Sat Oct 11 14:32:52.123456 2000] [core:error] [pid 12:tid 34] denied`:       entry.Error,
	`2024-01-02 15:04:05.123 UTC [1234] ERROR:  relation "x" does not exist`:      entry.Error,
	`2024-01-02 15:04:05.123 CET [1234] shop@db LOG:  checkpoint starting`:        entry.Info,
	`2024-01-02T15:04:05.123456Z 0 [Warning] [MY-010068] [Server] CA is self`:     entry.Warn,
	"Jan 02, 2024 3:04:05 PM com.acme.Shop open\nSEVERE: no such table":           entry.Error,
	`[02-Jan-2024 15:04:05] WARNING: [pool www] slow`:                             entry.Warn,
	`PHP Fatal error:  Uncaught Error in /srv/x.php:3`:                            entry.Fatal,
	`PHP Warning:  Undefined variable`:                                            entry.Warn,
	`fail: Microsoft.Hosting.Lifetime[0]`:                                         entry.Error,
	`Mar 27 13:06:56 ip-10-77-20-248 sshd[1291]: error: Received disconnect`:      entry.Error,
	`2024-01-02T15:04:05.1+00:00 web-1 shop[12]: WARN slow`:                       entry.Warn,
}

func TestLevelIsFoundAtTheHeadOfAMessage(t *testing.T) {
	reader := &level.Reader{}
	for message, want := range heads {
		require.Equal(t, want, reader.InMessage(message), message)
	}
}

func TestProseHasNoLevel(t *testing.T) {
	reader := &level.Reader{}
	for _, message := range []string{
		"", " ", "[", "[]", "<", "<>", "<192>x", "<1234>x", "{", "{}", "=", "-", "::1 x",
		"error opening file",
		"Error opening file",
		"no error",
		"an ERROR occurred",
		"information about errors",
		"errors: 3",
		"warn the user",
		"alerting: off",
		"HTTP GET /",
		"http: Server closed",
		"TRACE /path HTTP/1.1",
		"5 ERROR lines found",
		"404 error: not found",
		"note: this is prose",
		"config: loaded",
		"all: done",
		"level",
		"log level=debug is set",
		"2024-01-02 15:04:05 error opening file",
		"2024-01-02 15:04:05 user said ERROR",
		`"ERROR"`,
		`{"msg":"level","x":{"level":"error"}}`,
		`{"level":{"name":"error"}}`,
		`{"msg":"` + strings.Repeat("x", 5000) + `","level":"error"}`,
		`{"level":30,"msg":"pino, on syslog's scale"}`,
		`["level","error"]`,
		`Entered the building`,
		`E0102`,
		`83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /error HTTP/1.1" 500 203023 "-" "ERROR"`,
		`::1 - ERROR [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1`,
		`web-1 ERROR`,
		`Mar 27 13:06:56 ip-10-77-20-248 sshd[1291]: Server listening on 0.0.0.0 port 22.`,
		`May I ask`,
		strings.Repeat("[x] ", 100) + "ERROR",
		strings.Repeat(" ", 1000),
	} {
		require.Equal(t, entry.Unspecified, reader.InMessage(message), message)
	}
}

func TestPinoIsReadOnItsScale(t *testing.T) {
	reader := &level.Reader{Numbers: level.Pino}
	require.Equal(t, entry.Info, reader.InMessage(`{"level":30,"time":1700000000000,"pid":1,"msg":"x"}`))
}

func TestLevelsCostNoAllocation(t *testing.T) {
	reader := &level.Reader{Own: map[string]entry.Level{"audit": entry.Info}}
	require.Zero(t, testing.AllocsPerRun(100, func() {
		for _, text := range []string{"INFO", "warning", "3", "LOG_ERR", "unheard", "AUDIT"} {
			reader.Parse(text)
		}
		for message := range heads {
			reader.InMessage(message)
		}
	}))
}

// The lines are those of the three kinds, and of the files in the folder `logs`
// of the environment's SLUICE_TESTDATA.
func TestRealLinesHaveTheirLevels(t *testing.T) {
	own := filepath.Join(t.TempDir(), "kafka_state_change.log")
	require.NoError(t, os.WriteFile(own, []byte("[2016-12-19 20:44:59,210] TRACE Controller\n[2016-12-19 20:44:59,211] WARN Broker\n"), 0o600))
	paths := []string{own}
	if dir := os.Getenv("SLUICE_TESTDATA"); dir == "" {
		t.Log("SLUICE_TESTDATA is not set: only the built-in lines are read")
	} else {
		more, err := filepath.Glob(filepath.Join(dir, "logs", "*.log"))
		require.NoError(t, err)
		require.NotEmpty(t, more, "SLUICE_TESTDATA has no logs")
		paths = append(paths, more...)
	}
	for _, path := range paths {
		requireLevels(t, path)
	}
}

// requireLevels compares with a reading of the line that knows its format.
func requireLevels(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	reader := &level.Reader{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		require.Equal(t, expected(lines.Text()), reader.InMessage(lines.Text()), lines.Text())
	}
	require.NoError(t, lines.Err())
}

func expected(line string) entry.Level {
	words := strings.Fields(line)
	if strings.HasPrefix(line, "[") && len(words) > 2 { // log4j: "[date time] LEVEL".
		return map[string]entry.Level{
			"TRACE": entry.Trace, "DEBUG": entry.Debug, "INFO": entry.Info, "WARN": entry.Warn, "ERROR": entry.Error, "FATAL": entry.Fatal,
		}[words[2]]
	}
	if len(words) > 5 && strings.HasSuffix(words[4], ":") { // syslog: "Mar 27 13:06:56 host program: text".
		return map[string]entry.Level{"error:": entry.Error, "fatal:": entry.Fatal}[words[5]]
	}
	return entry.Unspecified // Access logs.
}

func FuzzInMessage(f *testing.F) {
	for message := range heads {
		f.Add(message)
	}
	f.Fuzz(func(_ *testing.T, message string) {
		reader := &level.Reader{Own: map[string]entry.Level{"audit": entry.Info}}
		reader.InMessage(message)
		reader.Parse(message)
	})
}

func BenchmarkReader(b *testing.B) {
	reader := &level.Reader{}
	b.Run("Parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			reader.Parse("INFO")
		}
	})
	for name, message := range map[string]string{
		"access": `83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /presentations/ HTTP/1.1" 200 203023`,
		"prose":  "POST /api/v1/orders/48213 status=200 duration=412.093ms bytes=20311 user=u104482",
		"log4j":  "[2016-12-19 20:44:59,210] TRACE Controller 0 epoch 36 sending UpdateMetadata request",
		"json":   `{"time":"2024-01-02T15:04:05Z","level":"WARN","msg":"x"}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				reader.InMessage(message)
			}
		})
	}
}
