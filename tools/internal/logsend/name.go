package logsend

import (
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/logfile"
)

// Name is that of an input for people.
func Name(path string) string {
	if path == logfile.Stdin {
		return "standard input"
	}
	return human.Text(path)
}
