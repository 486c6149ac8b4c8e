package logfile_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/logfile"
)

func BenchmarkRead(b *testing.B) {
	const lines = 10_000
	for name, line := range map[string]string{
		"access":  `83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /presentations/kibana-search.png HTTP/1.1" 200 203023 "http://semicomplete.com/" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36"`,
		"rfc3164": "Mar 27 13:06:56 ip-10-77-20-248 sshd[1291]: Server listening on 0.0.0.0 port 22.",
		"rfc5424": `<165>1 2003-10-11T22:14:15.003Z mymachine evntslog - ID47 [exampleSDID@32473 iut="3"] An application event`,
		"log4j":   "[2016-12-19 20:44:59,210] TRACE Controller 0 epoch 36 sending UpdateMetadata request to broker 2 (state.change.logger)",
		"json":    `{"ts":1448841245.678,"level":"warn","msg":"request completed","app":"shop","status":500,"path":"/api/v1/orders"}`,
		"logfmt":  `ts=2024-01-02T03:04:05.678Z level=info msg="request completed" status=500 path=/api/v1/orders`,
		"plain":   "some text of a program that knows no time",
	} {
		text := strings.Repeat(line+"\n", lines)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				in, err := logfile.NewInput(strings.NewReader(text), "a.log", options())
				require.NoError(b, err)
				count := 0
				for _, err := range in.Entries() {
					if err != nil {
						b.Fatal(err)
					}
					count++
				}
				require.Equal(b, lines, count)
			}
			b.ReportMetric(float64(b.N)*lines/b.Elapsed().Seconds(), "lines/s")
		})
	}
}
