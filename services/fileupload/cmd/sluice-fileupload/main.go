// Command sluice-fileupload serves the upload of files. See --help.
package main

import (
	"github.com/sluice-ingest/sluice/libs/program"
	"github.com/sluice-ingest/sluice/services/fileupload"
)

func main() {
	program.Main("sluice-fileupload", fileupload.DefaultConfig(), fileupload.Run)
}
