package logfile_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/logfile"
)

// reference is when the test's inputs were written, unless one says otherwise.
var reference = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func options() logfile.Options {
	return logfile.Options{Location: time.UTC, Reference: reference, Now: func() time.Time { return reference }}
}

// read returns the entries of a text and the input that it was read by.
func read(t *testing.T, text string, o logfile.Options) ([]logfile.Entry, *logfile.Input) {
	t.Helper()
	in, err := logfile.NewInput(strings.NewReader(text), "dir/app.log", o)
	require.NoError(t, err)
	var entries []logfile.Entry
	for e, err := range in.Entries() {
		require.NoError(t, err)
		entries = append(entries, e)
	}
	return entries, in
}

// show writes what was parsed of an entry: time, level, application, fields and
// message.
func show(e logfile.Entry) string {
	fields := make([]string, 0, len(e.Fields))
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		fields = append(fields, name+"="+e.Fields[name])
	}
	return strings.Join([]string{
		e.Time.UTC().Format(time.RFC3339Nano), e.Level, e.Application, strings.Join(fields, ","), e.Message,
	}, "\n")
}

func TestEachFormatIsDetectedAndParsed(t *testing.T) {
	const combined = `83.149.9.216 - frank [17/May/2015:10:05:03 +0200] "GET /a%20b?c=\"d\" HTTP/1.1" 404 203023 "http://b/" "Mozilla/5.0 (X; \"Y\")"`
	tests := map[string]struct {
		line   string
		format logfile.Format
		want   []string
	}{
		"combined": {combined, logfile.FormatAccess, []string{
			"2015-05-17T08:05:03Z", "warn", "app",
			`bytes=203023,client=83.149.9.216,method=GET,path=/a%20b?c="d",protocol=HTTP/1.1,referrer=http://b/,status=404,user=frank,user_agent=Mozilla/5.0 (X; "Y")`,
			combined,
		}},
		"common, IPv6, no size": {
			`::1 - - [17/May/2015:10:05:03 +0000] "HEAD / HTTP/1.0" 200 -`, logfile.FormatAccess, []string{
				"2015-05-17T10:05:03Z", "info", "app", "client=::1,method=HEAD,path=/,protocol=HTTP/1.0,status=200",
				`::1 - - [17/May/2015:10:05:03 +0000] "HEAD / HTTP/1.0" 200 -`,
			},
		},
		"access by a virtual host, a user with a space, garbage for a request": {
			`example.org:443 10.0.0.1 - John Doe [17/May/2015:10:05:03 -0700] "\x16\x03\x01" 500 0 "-" "-"`, logfile.FormatAccess, []string{
				"2015-05-17T17:05:03Z", "error", "app", `bytes=0,client=10.0.0.1,request=\x16\x03\x01,status=500,user=John Doe,vhost=example.org:443`,
				`example.org:443 10.0.0.1 - John Doe [17/May/2015:10:05:03 -0700] "\x16\x03\x01" 500 0 "-" "-"`,
			},
		},
		"nginx error": {
			`2015/05/17 10:05:03 [error] 31#7: *12 open() "/x" failed (2: No such file), client: 1.2.3.4, server: b, request: "GET /x HTTP/1.1", host: "b:80"`,
			logfile.FormatNginxError, []string{
				"2015-05-17T10:05:03Z", "error", "app", "client=1.2.3.4,connection=12,host=b:80,method=GET,path=/x,pid=31,protocol=HTTP/1.1,server=b,tid=7",
				`open() "/x" failed (2: No such file), client: 1.2.3.4, server: b, request: "GET /x HTTP/1.1", host: "b:80"`,
			},
		},
		"RFC 3164 without a priority": {
			"Mar 27 13:06:56 ip-10-77 sshd[1291]: Server listening on :: port 22.", logfile.FormatRFC3164, []string{
				"2026-03-27T13:06:56Z", "", "sshd", "host=ip-10-77,pid=1291,program=sshd", "Server listening on :: port 22.",
			},
		},
		"RFC 3164 with a priority": {
			"<34>Oct  1 22:14:15 mymachine su: 'su root' failed", logfile.FormatRFC3164, []string{
				"2026-10-01T22:14:15Z", "critical", "su", "facility=auth,host=mymachine,program=su", "'su root' failed",
			},
		},
		"RFC 3164 keeps the spaces of a message": {
			"Mar 27 13:08:09 h sudo:   ubuntu : TTY=pts/0 ; PWD=/", logfile.FormatRFC3164, []string{
				"2026-03-27T13:08:09Z", "", "sudo", "host=h,program=sudo", "  ubuntu : TTY=pts/0 ; PWD=/",
			},
		},
		"RFC 3164 without a tag": {
			"Mar 27 13:08:09 h last message repeated 2 times", logfile.FormatRFC3164, []string{
				"2026-03-27T13:08:09Z", "", "app", "host=h", "last message repeated 2 times",
			},
		},
		"RFC 3164 with a year, a program that is no name": {
			"Mar  7 2019 13:08:09 h (sd-pam)[2]: a:b", logfile.FormatRFC3164, []string{
				"2019-03-07T13:08:09Z", "", "sd-pam", "host=h,pid=2,program=(sd-pam)", "a:b",
			},
		},
		"rsyslog's file format": {
			"2024-01-02T03:04:05.123456+01:00 h postfix/smtpd[12]: connect", logfile.FormatRFC3164, []string{
				"2024-01-02T02:04:05.123456Z", "", "postfix/smtpd", "host=h,pid=12,program=postfix/smtpd", "connect",
			},
		},
		"RFC 5424": {
			`<165>1 2003-10-11T22:14:15.003000001-07:00 host evntslog 8 ID47 [ex@32473 iut="3" src="App\]x"][y z="1"] An event`, logfile.FormatRFC5424, []string{
				"2003-10-12T05:14:15.003Z", "notice", "evntslog",
				`ex@32473.iut=3,ex@32473.src=App]x,facility=local4,host=host,msgid=ID47,pid=8,program=evntslog,y.z=1`, "An event",
			},
		},
		"Kafka": {
			"[2016-12-19 20:44:59,210] TRACE Controller 0 (Leader:0,ISR:0,2) to broker 2 (state.change.logger)", logfile.FormatLog4j, []string{
				"2016-12-19T20:44:59.21Z", "TRACE", "app", "logger=state.change.logger", "Controller 0 (Leader:0,ISR:0,2) to broker 2",
			},
		},
		"Kafka with brackets in the message": {
			"[2017-08-04 10:48:20,048] INFO [GroupCoordinator 0]: Preparing (a b)", logfile.FormatLog4j, []string{
				"2017-08-04T10:48:20.048Z", "INFO", "app", "", "[GroupCoordinator 0]: Preparing (a b)",
			},
		},
		"logback": {
			"2024-01-02 03:04:05.678 [main] ERROR c.e.Class - it broke: x - y", logfile.FormatLog4j, []string{
				"2024-01-02T03:04:05.678Z", "ERROR", "app", "logger=c.e.Class,thread=main", "it broke: x - y",
			},
		},
		"logback without a date": {
			"03:04:05.678 [main] DEBUG Retry - again", logfile.FormatLog4j, []string{
				"2026-11-23T03:04:05.678Z", "DEBUG", "app", "logger=Retry,thread=main", "again",
			},
		},
		"Python": {
			"2024-01-02 03:04:05,678 - my.logger - WARNING - low on disk", logfile.FormatLog4j, []string{
				"2024-01-02T03:04:05.678Z", "WARNING", "app", "logger=my.logger", "low on disk",
			},
		},
		"level first": {
			"INFO  [2024-01-02 03:04:05,678] io.dropwizard.Server: Starting", logfile.FormatLog4j, []string{
				"2024-01-02T03:04:05.678Z", "INFO", "app", "logger=io.dropwizard.Server", "Starting",
			},
		},
		"Spring Boot": {
			"2024-01-02T03:04:05.678+01:00  INFO 12345 --- [shop] [main] c.e.App : Started App", logfile.FormatLog4j, []string{
				"2024-01-02T02:04:05.678Z", "INFO", "app", "logger=c.e.App,pid=12345,thread=main", "Started App",
			},
		},
		"Elasticsearch": {
			"[2024-01-02T03:04:05,678][WARN ][o.e.n.Node               ] [node-1] closing", logfile.FormatLog4j, []string{
				"2024-01-02T03:04:05.678Z", "WARN", "app", "logger=o.e.n.Node", "[node-1] closing",
			},
		},
		"Apache error": {
			"[Fri Sep 09 10:42:29.902022 2011] [core:error] [pid 35708:tid 4328] [client 72.15.99.187:1] File does not exist: /x", logfile.FormatLog4j, []string{
				"2011-09-09T10:42:29.902022Z", "error", "app", "client=72.15.99.187:1,logger=core,pid=35708,tid=4328", "File does not exist: /x",
			},
		},
		"Tomcat": {
			"02-Jan-2024 03:04:05.678 SEVERE [main] org.apache.X.y Failed to start", logfile.FormatLog4j, []string{
				"2024-01-02T03:04:05.678Z", "SEVERE", "app", "", "[main] org.apache.X.y Failed to start",
			},
		},
		"PostgreSQL": {
			"2024-01-02 03:04:05.678 UTC [12] LOG:  database system is ready", logfile.FormatLog4j, []string{
				"2024-01-02T03:04:05.678Z", "LOG", "app", "thread=12", "database system is ready",
			},
		},
		"Rust": {
			"[2024-01-02T03:04:05Z WARN  my_app::net] slow peer", logfile.FormatLog4j, []string{
				"2024-01-02T03:04:05Z", "WARN", "app", "logger=my_app::net", "slow peer",
			},
		},
		"Serilog": {
			"2024-01-02 03:04:05.678 +02:00 [WRN] Slow request", logfile.FormatLog4j, []string{
				"2024-01-02T01:04:05.678Z", "WRN", "app", "", "Slow request",
			},
		},
		"zap's console": {
			"2024-01-02T03:04:05.678Z\tinfo\tcmd/main.go:12\tstarted\t{\"a\": 1}", logfile.FormatLog4j, []string{
				"2024-01-02T03:04:05.678Z", "info", "app", "logger=cmd/main.go:12", "started\t{\"a\": 1}",
			},
		},
		"a timestamp alone": {
			"Oct 11 22:14:15 ", logfile.FormatLog4j, []string{"2026-10-11T22:14:15Z", "", "app", "", "Oct 11 22:14:15 "},
		},
		"Go's log": {
			"2009/11/10 23:00:00 Connection ERROR happened", logfile.FormatLog4j, []string{
				"2009-11-10T23:00:00Z", "", "app", "", "Connection ERROR happened",
			},
		},
		"klog": {
			"W0102 15:04:05.678901   12345 server.go:123] Listening [x] y", logfile.FormatKlog, []string{
				"2026-01-02T15:04:05.678901Z", "warning", "app", "source=server.go:123,thread=12345", "Listening [x] y",
			},
		},
		"JSON": {
			`{"ts":1448841245.678,"level":"warn","msg":"slow","app":"shop","http":{"status":500,"tags":["a"]},"ok":true,"x":null}`, logfile.FormatJSON, []string{
				"2015-11-29T23:54:05.678Z", "warn", "shop", `app=shop,http.status=500,http.tags=["a"],ok=true`, "slow",
			},
		},
		"JSON without a message": {
			`{"time":"17/May/2015:08:05:32 +0000","remote ip":"1.2.3.4","response":304}`, logfile.FormatJSON, []string{
				"2015-05-17T08:05:32Z", "", "app", "remote_ip=1.2.3.4,response=304",
				`{"time":"17/May/2015:08:05:32 +0000","remote ip":"1.2.3.4","response":304}`,
			},
		},
		"JSON of docker": {
			`{"log":"hello\n","stream":"stdout","time":"2024-01-02T03:04:05.123456789Z"}`, logfile.FormatJSON, []string{
				"2024-01-02T03:04:05.123456789Z", "", "app", "stream=stdout", "hello",
			},
		},
		"JSON of journald": {
			`{"__REALTIME_TIMESTAMP":"1448841245678901","MESSAGE":"m","PRIORITY":"3","SYSLOG_IDENTIFIER":"sshd"}`, logfile.FormatJSON, []string{
				"2015-11-29T23:54:05.678901Z", "3", "sshd", "SYSLOG_IDENTIFIER=sshd", "m",
			},
		},
		"JSON of ECS": {
			`{"@timestamp":"2024-01-02T03:04:05.678Z","log.level":"error","message":"m","service":{"name":"pay"},"log":{"logger":"L"}}`, logfile.FormatJSON, []string{
				"2024-01-02T03:04:05.678Z", "error", "pay", "log.logger=L,service.name=pay", "m",
			},
		},
		"logfmt": {
			`ts=2024-01-02T03:04:05.678Z level=info msg="a \"b\" c" err= debug user=x`, logfile.FormatLogfmt, []string{
				"2024-01-02T03:04:05.678Z", "info", "app", "user=x", `a "b" c`,
			},
		},
		"CRI": {
			"2016-10-06T00:17:09.669794202Z stderr F INFO: started", logfile.FormatCRI, []string{
				"2016-10-06T00:17:09.669794202Z", "", "app", "stream=stderr", "INFO: started",
			},
		},
		"plain": {"Hello, world", logfile.FormatPlain, []string{"2026-11-23T12:00:00Z", "", "app", "", "Hello, world"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			entries, in := read(t, test.line+"\r\n", options())
			require.Len(t, entries, 1)
			require.Equal(t, strings.Join(test.want, "\n"), show(entries[0]))
			require.Equal(t, test.format, in.Format())
			require.Equal(t, test.line, entries[0].Raw)
			require.Equal(t, 1, entries[0].Line)
			require.Equal(t, 1, entries[0].Lines)
			require.Equal(t, logfile.Stats{Lines: 1, Entries: 1}, in.Stats())

			o := options()
			o.Format = test.format
			forced, _ := read(t, test.line, o)
			require.Equal(t, entries, forced)
		})
	}
}

func TestJavaUtilLoggingHasTwoLines(t *testing.T) {
	entries, in := read(t, "Jan 02, 2024 3:04:05 PM com.example.App main\nSEVERE: it broke\n\tat a.b(C.java:1)\n"+
		"Jan 02, 2024 12:04:06 AM com.example.App main\nINFO: fine\n", options())
	require.Equal(t, logfile.FormatLog4j, in.Format())
	require.Len(t, entries, 2)
	require.Equal(t, "2024-01-02T15:04:05Z\nSEVERE\napp\nlogger=com.example.App,method=main\nit broke\n\tat a.b(C.java:1)", show(entries[0]))
	require.Equal(t, 3, entries[0].Lines)
	require.Equal(t, "2024-01-02T00:04:06Z\nINFO\napp\nlogger=com.example.App,method=main\nfine", show(entries[1]))
}

func TestPartsOfAContainersLineAreJoined(t *testing.T) {
	entries, in := read(t, "2016-10-06T00:17:09.1Z stdout P one \n2016-10-06T00:17:09.2Z stdout P two \n"+
		"2016-10-06T00:17:09.3Z stdout F three\n2016-10-06T00:17:09.4Z stdout F four\n", options())
	require.Len(t, entries, 2)
	require.Equal(t, "one two three", entries[0].Message)
	require.Equal(t, 3, entries[0].Lines)
	require.Equal(t, "four", entries[1].Message)
	require.Equal(t, logfile.Stats{Lines: 4, Entries: 2, Joined: 2}, in.Stats())
}

// What looks like a format and is none is no entry of it.
func TestOddLinesStayPlain(t *testing.T) {
	for _, line := range []string{
		"2024-13-02 03:04:05 month", "2024-02-30 03:04:05 day", "2024-01-02 25:04:05 hour", "2024-01-02 03:04:05abc", "2024-01-02",
		"<999>Oct 11 22:14:15 h p: m", "<34Oct 11 22:14:15 h p: m", "Oct 41 22:14:15 h p: m", "Foo 11 22:14:15 h p: m",
		`1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1`, `1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET /" abc 1`,
		`{"ts":1448841245}x`, `{"msg":"no time"}`, `{"t":5,"msg":"too small a number"}`, `{"ts":true}`, "{", `["ts"]`,
		"I0102 15:04:05 12 no source", "I1302 15:04:05.1 12 a.go:1] x", "a=b c=d", "level=info msg=x", "=", `"`, "[", "<", "12:30:00 lunch", "9999-01-02 03:04:05 x",
		"<165>1 - - - - - -",
	} {
		entries, in := read(t, line, options())
		require.Len(t, entries, 1, line)
		require.Equal(t, line, entries[0].Message)
		require.Equal(t, logfile.FormatPlain, in.Format(), line)
	}
}

func TestFormatsHaveTheirUsualNames(t *testing.T) {
	for name, want := range map[string]logfile.Format{
		"auto": logfile.FormatAuto, "Apache": logfile.FormatAccess, "common": logfile.FormatAccess, "combined": logfile.FormatAccess,
		"nginx": logfile.FormatAccess, "nginx-error": logfile.FormatNginxError, "syslog": logfile.FormatRFC3164, "rfc3164": logfile.FormatRFC3164,
		"rfc5424": logfile.FormatRFC5424, "log4j": logfile.FormatLog4j, "python": logfile.FormatLog4j, "glog": logfile.FormatKlog,
		"jsonl": logfile.FormatJSON, "logfmt": logfile.FormatLogfmt, "cri": logfile.FormatCRI, "plain": logfile.FormatPlain,
	} {
		got, err := logfile.ParseFormat(name)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.NotEmpty(t, got.Title())
	}
	_, err := logfile.ParseFormat("xml")
	require.ErrorContains(t, err, "give auto, combined, nginx-error, rfc3164")
}

func TestAnApplicationIsNamedAfterItsFile(t *testing.T) {
	for path, want := range map[string]string{
		"/var/log/auth.log": "auth", "auth.log.1": "auth", "auth.log.2.gz": "auth", "access.log-20240101.gz": "access", "shop_api.json": "shop_api",
		"shop-2024-01-02.log": "shop", "-": "stdin", "ä ö.log": "unknown", "my app.txt": "my_app", ".log": "log", "kafka_state_change.log": "kafka_state_change",
		"v1.2.log": "v1",
	} {
		require.Equal(t, want, logfile.ApplicationOf(path), path)
	}
}
