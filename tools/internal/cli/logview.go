package cli

import (
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
)

// logRecordView is an entry as JSON.
type logRecordView struct {
	Time        string            `json:"timestamp"`
	Level       string            `json:"level"`
	Application string            `json:"application"`
	Message     string            `json:"message"`
	Fields      map[string]string `json:"fields,omitempty"`
	Category    string            `json:"category,omitempty"`
	Redacted    bool              `json:"redacted,omitempty"`
	ID          int64             `json:"entry_id,omitempty"`
}

func viewLogRecord(r client.LogRecord) logRecordView {
	return logRecordView{
		Time: r.Time.UTC().Format(time.RFC3339Nano), Level: r.Level.String(), Application: r.Application, Message: r.Message,
		Fields: r.Fields, Category: r.Category, Redacted: r.Redacted, ID: r.ID,
	}
}
