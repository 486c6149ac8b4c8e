package transfer

import (
	"fmt"
	"strings"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/failure"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// OutcomeLine describes an outcome in one line, with more for what the server
// noticed about the file.
func OutcomeLine(o Outcome) string {
	if o.Err != nil {
		return failedLine(o)
	}
	line := fmt.Sprintf("stored  %s  %s  file %s", human.Text(o.Job.Path), effort(o.Receipt), o.Receipt.FileID)
	for _, finding := range o.Receipt.Findings {
		line += fmt.Sprintf("\n        %s: %s", finding.Reason, human.Text(finding.Description))
	}
	return line
}

// effort says what an upload took.
func effort(r *client.Receipt) string {
	switch {
	case r.Resumed > 0 && r.Resumed == r.Size:
		return human.Size(r.Size) + ", was there already"
	case r.Resumed > 0:
		return fmt.Sprintf("%s in %s (%s), resumed at %s",
			human.Size(r.Size), human.Duration(r.Duration), human.Rate(r.Rate), human.Size(r.Resumed))
	}
	return fmt.Sprintf("%s in %s (%s)", human.Size(r.Size), human.Duration(r.Duration), human.Rate(r.Rate))
}

func failedLine(o Outcome) string {
	path := human.Text(o.Job.Path)
	switch f := failure.Of(o.Err); {
	case stopped(o.Err):
		return "stopped " + path
	case f.Reason != "":
		return fmt.Sprintf("refused %s  %s: %s", path, f.Reason, human.Text(f.Message))
	case f.Code != "":
		return fmt.Sprintf("failed  %s  %s: %s", path, f.Code, human.Text(f.Message))
	default:
		return fmt.Sprintf("failed  %s  %s", path, human.Text(strings.TrimPrefix(f.Message, "upload "+o.Job.Path+": ")))
	}
}
