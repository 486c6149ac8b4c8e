package redact_test

import (
	"strings"
	"testing"

	"github.com/sluice-ingest/sluice/services/logagg/internal/redact"
)

const (
	accessLine = `83.149.9.216 - - [17/May/2015:10:05:03 +0000] "GET /presentations/logstash-monitorama-2013/images/kibana-search.png HTTP/1.1" 200 203023 "http://semicomplete.com/presentations/logstash-monitorama-2013/" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77 Safari/537.36"`
	loadLine   = "POST /api/v1/orders/48213 status=200 duration=412.093ms bytes=20311 user=u104482 remote=10.4.201.77 request completed"
)

func BenchmarkMessage(b *testing.B) {
	for name, text := range map[string]string{
		"access":      accessLine,
		"load":        loadLine,
		"token":       loadLine + " token " + jwt1,
		"clean-64KiB": strings.Repeat(accessLine+"\n", 64<<10/len(accessLine)),
		"many-64KiB":  strings.Repeat(accessLine+" password=hunter2\n", 64<<10/len(accessLine)),
	} {
		b.Run(name, func(b *testing.B) {
			r := all(b, redact.Replace)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				r.Message(text, nil)
			}
		})
	}
}

// The entry of the published load: a message and two fields.
func BenchmarkEntry(b *testing.B) {
	r := all(b, redact.Replace)
	b.ReportAllocs()
	for b.Loop() {
		r.Message(loadLine, nil)
		r.Field("host", "orders-3.example.net", nil)
		r.Field("request_id", "3f9a0b44c1d87e02951b6afd2c7d8e9f", nil)
	}
}
