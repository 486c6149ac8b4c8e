// Command sluice-fileupload serves the upload of files. See --help.
//
// With the word fsck as its first argument it compares the catalog with the store
// instead, and prints what it finds as JSON.
package main

import (
	"os"

	"github.com/sluice-ingest/sluice/libs/program"
	"github.com/sluice-ingest/sluice/services/fileupload"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "fsck" {
		os.Args = append(os.Args[:1], os.Args[2:]...)
		program.Main("sluice-fileupload", fileupload.DefaultCheckConfig(), fileupload.Checker(os.Stdout))
	}
	program.Main("sluice-fileupload", fileupload.DefaultConfig(), fileupload.Run)
}
