package cli

import (
	"context"

	"github.com/sluice-ingest/sluice/tools/internal/failure"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// errorView is a failure as JSON.
type errorView struct {
	// ID of the thing that could not be changed; empty when the whole command
	// failed.
	ID    string          `json:"id,omitempty"`
	Error failure.Failure `json:"error"`
}

// fail tells of a failure, of the thing with this identifier or of the whole
// command when it is empty. --json has it on standard output, too.
func (a *app) fail(id string, err error) {
	text := a.explain(err)
	a.failJSON(id, err, text)
	if id != "" {
		text = human.Text(id) + ": " + text
	}
	a.notef("sluice: %s", text)
}

func (a *app) failJSON(id string, err error, text string) {
	if !a.globals.json {
		return
	}
	f := failure.Of(err)
	f.Message = text
	// The exit code tells the failure when nobody reads it here.
	_ = printJSON(a.env.Stdout, errorView{ID: id, Error: f})
}

// interrupted tells that a signal ended the command.
func (a *app) interrupted() {
	a.failJSON("", context.Canceled, "interrupted")
	a.notef("sluice: interrupted")
}
