package transfer

import (
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"

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
	lines := []string{fmt.Sprintf("stored  %s  %s  file %s", human.Text(o.Job.Path), effort(o), o.Receipt.FileID)}
	for _, finding := range o.Receipt.Findings {
		lines = append(lines, fmt.Sprintf("        %s: %s", finding.Reason, human.Text(finding.Description)))
	}
	return strings.Join(lines, "\n")
}

// effort says what an upload took.
func effort(o Outcome) string {
	r := o.Receipt
	if o.alreadyStored() {
		return human.Size(r.Size) + ", already there, nothing sent"
	}
	text := fmt.Sprintf("%s in %s (%s)", human.Size(r.Size), human.Duration(r.Duration), human.Rate(r.Rate))
	switch {
	case r.Resumed > 0:
		text += ", resumed at " + human.Size(r.Resumed)
	case r.Existed:
		text += ", was there already"
	case r.Deduplicated:
		text += ", its content was there already"
	}
	return text
}

func failedLine(o Outcome) string {
	path := human.Text(o.Job.Path)
	e, ok := client.AsError(o.Err)
	switch {
	case stopped(o.Err):
		return "stopped " + path
	case ok && e.Code == codes.InvalidArgument:
		return fmt.Sprintf("refused %s  %s", path, because(o.Err, o.Job.Path))
	}
	return fmt.Sprintf("failed  %s  %s", path, because(o.Err, o.Job.Path))
}

// because says why the upload of a path failed: `reason: text` of a call.
func because(err error, path string) string {
	if _, ok := client.AsError(err); ok {
		return failure.Brief(err)
	}
	return human.Text(strings.TrimPrefix(err.Error(), "upload "+path+": "))
}
