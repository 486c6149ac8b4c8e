package pipeline_test

import (
	"slices"
	"testing"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// tenRules are of the kind that people write; none hits the entry but two.
const tenRules = `
filter:
- {name: health, when: 'message.contains("/healthz")', action: drop}
- {name: noise, when: 'level <= DEBUG && application in ["proxy", "mesh"]', action: drop}
- {name: audit, when: 'application == "audit"', action: keep}
- {name: bots, when: 'fields["agent"].contains("bot")', action: sample, rate: 0.1}
- {name: debug, when: 'level == DEBUG', action: sample, rate: 0.2, by: 'fields["request_id"]'}
classify:
- {name: failed, when: 'level >= ERROR', category: failure}
- {name: login, when: 'message.startsWith("login")', category: access}
- {name: orders, when: 'message.contains("/orders/")', category: orders}
enrich:
- {name: zone, set: {zone: '"eu-1"'}}
- {name: slow, when: 'fields["duration"].endsWith("s") && level >= WARN', set: {slow: '"yes"'}}
`

func BenchmarkRun(b *testing.B) {
	sample := entry.Entry{
		Application: "shop", LevelText: "info", Timestamp: 1_700_000_000_000_000_000,
		Message: "POST /api/v1/orders/48213 status=200 duration=412.093ms bytes=20311 user=u104482 remote=10.4.201.77 request completed",
	}
	sent := []entry.Field{{Name: "host", Value: "web-17.eu.example"}, {Name: "request_id", Value: "4bf92f3577b34da6a3ce929d0e0e4736"}}
	off := "redact: {detectors: {credentials: off, authorization: off, jwt: off, private-key: off, cloud-key: off, card: off}}\n"
	for _, test := range []struct{ name, source string }{
		{"nothing", off},
		{"redaction", ""},
		{"ten rules", off + tenRules},
		{"ten rules and redaction", tenRules},
	} {
		b.Run(test.name, func(b *testing.B) {
			p := compile(b, test.source)
			r := p.Runner()
			fields := slices.Grow([]entry.Field(nil), 8)
			var e entry.Entry
			b.ReportAllocs()
			for b.Loop() {
				e = sample
				fields = append(fields[:0], sent...)
				e.Fields = fields
				if !r.Run(&e) {
					b.Fatal("the entry was dropped")
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for name, source := range map[string]string{"no rules": "", "ten rules": tenRules} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				compile(b, source)
			}
		})
	}
}
