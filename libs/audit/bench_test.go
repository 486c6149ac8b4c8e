package audit

import (
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/audit/chain"
)

// BenchmarkRecord measures what an event costs, written and synced: in the long
// run callers wait for the goroutine that writes.
func BenchmarkRecord(b *testing.B) {
	cfg := DefaultConfig()
	cfg.File = filepath.Join(b.TempDir(), "audit.jsonl")
	l, err := Open(cfg, Options{Service: "test", Logger: zap.NewNop(), Registerer: prometheus.NewRegistry()})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		l.Record(Event{
			Action: "file.delete", Outcome: chain.OK, Tenant: "acme", Subject: "backup", Credential: "key:abcdefghijkl",
			Peer: "192.0.2.1:50123", Method: "/sluice.fileupload.v1.FileUploadService/DeleteFile",
			RequestID: "7f0c2c86-0f3e-4d0c-9d52-0d3f9a3c7a11",
			Resource:  map[string]string{"file_id": "7f0c2c86-0f3e-4d0c-9d52-0d3f9a3c7a11"},
		})
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkRecordOfAFlood(b *testing.B) {
	cfg := DefaultConfig()
	cfg.File = filepath.Join(b.TempDir(), "audit.jsonl")
	l, err := Open(cfg, Options{Service: "test", Logger: zap.NewNop(), Registerer: prometheus.NewRegistry()})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		l.Record(Event{Action: "file.get", Outcome: chain.Refused, Reason: "CREDENTIALS_INVALID", Peer: "192.0.2.1:50123"})
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}
