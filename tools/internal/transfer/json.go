package transfer

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/failure"
)

// JSON reports each outcome as an object on a line of its own.
type JSON struct {
	Silent

	// mu guards encoder.
	mu      sync.Mutex
	encoder *json.Encoder
}

// NewJSON writes to out.
func NewJSON(out io.Writer) *JSON {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return &JSON{encoder: encoder}
}

// Finished writes the outcome.
func (j *JSON) Finished(_ int, o Outcome) {
	j.mu.Lock()
	defer j.mu.Unlock()
	_ = j.encoder.Encode(viewOutcome(o)) //nolint:errchkjson // the exit code tells the outcome when nobody reads it here
}

// outcomeView is an outcome as JSON. Which fields are there depends on status:
// `stored`, `failed` or `stopped`.
type outcomeView struct {
	Path     string `json:"path"`
	FileName string `json:"file_name"`
	Status   string `json:"status"`
	UploadID string `json:"upload_id,omitempty"`
	// Sent counts the bytes that went out, over all attempts.
	Sent int64 `json:"sent"`
	*receiptView
	Error *failure.Failure `json:"error,omitempty"`
}

type receiptView struct {
	FileID string `json:"file_id"`
	// AlreadyStored says that the server had the whole content before, so that
	// nothing was sent.
	AlreadyStored bool `json:"already_stored"`
	// Deduplicated says that the content is stored once for this file and another,
	// and Existed that the file itself was there.
	Deduplicated   bool          `json:"deduplicated"`
	Existed        bool          `json:"existed"`
	ExpireTime     *time.Time    `json:"expire_time,omitempty"`
	Size           int64         `json:"size"`
	Checksum       string        `json:"checksum"`
	ContentType    string        `json:"content_type"`
	Findings       []findingView `json:"findings,omitempty"`
	Attempts       int           `json:"attempts"`
	ResumedAt      int64         `json:"resumed_at"`
	Seconds        float64       `json:"seconds"`
	BytesPerSecond float64       `json:"bytes_per_second"`
}

type findingView struct {
	Reason      string `json:"reason"`
	Field       string `json:"field"`
	Description string `json:"description"`
}

func viewOutcome(o Outcome) outcomeView {
	view := outcomeView{Path: o.Job.Path, FileName: o.Job.Name, UploadID: o.Job.UploadID, Sent: o.Sent}
	switch {
	case stopped(o.Err):
		f := failure.Of(o.Err)
		view.Status, view.Error = "stopped", &f
	case o.Err != nil:
		f := failure.Of(o.Err)
		view.Status, view.Error = "failed", &f
	default:
		view.Status, view.FileName, view.UploadID = "stored", o.Receipt.FileName, o.Receipt.UploadID
		view.receiptView = viewReceipt(o.Receipt)
		view.AlreadyStored = o.alreadyStored()
	}
	return view
}

func viewReceipt(r *client.Receipt) *receiptView {
	view := &receiptView{
		FileID: r.FileID, Size: r.Size, Checksum: r.Checksum, ContentType: r.ContentType,
		Deduplicated: r.Deduplicated, Existed: r.Existed,
		Attempts: r.Attempts, ResumedAt: r.Resumed, Seconds: r.Duration.Seconds(), BytesPerSecond: r.Rate,
	}
	if !r.ExpireTime.IsZero() {
		view.ExpireTime = &r.ExpireTime
	}
	for _, f := range r.Findings {
		view.Findings = append(view.Findings, findingView(f))
	}
	return view
}
