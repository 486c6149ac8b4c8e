package fsck

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// FilesReport tells what the catalog and the store of a file service have. The
// service makes it.
type FilesReport struct {
	// Place is what was examined, for people.
	Place string `json:"place"`
	// Deep tells that all content was read.
	Deep bool `json:"deep"`
	// Sound tells that there is no problem. Leftovers are none.
	Sound bool `json:"sound"`

	Tenants int `json:"tenants"`
	// Files are rows of the catalog, and FileBytes the sum of their sizes.
	Files     int64 `json:"files"`
	FileBytes int64 `json:"file_bytes"`
	// Uploads are those that are not finished.
	Uploads int64 `json:"uploads"`
	// Blobs and Parts are what the store has.
	Blobs int64 `json:"blobs"`
	Parts int64 `json:"parts"`
	// ReadBytes of content were read.
	ReadBytes int64 `json:"read_bytes"`

	// ProblemCount is how many problems there are, and Problems the first 100.
	ProblemCount int64          `json:"problem_count"`
	Problems     []FilesProblem `json:"problems"`
	// LeftoverCount is how many blobs and parts belong to nothing, and Leftovers the
	// first 100.
	LeftoverCount int64           `json:"leftover_count"`
	Leftovers     []FilesLeftover `json:"leftovers"`
	// BusyTenants are those whose usage changed whenever it was compared.
	BusyTenants int `json:"busy_tenants"`
}

// FilesProblem is something that is lost or wrong.
type FilesProblem struct {
	// Kind is damaged_content, missing_part or wrong_usage.
	Kind     string `json:"kind"`
	Tenant   string `json:"tenant"`
	FileID   string `json:"file_id,omitempty"`
	UploadID string `json:"upload_id,omitempty"`
	BlobID   string `json:"blob_id,omitempty"`
	Detail   string `json:"detail"`
}

// FilesLeftover is a blob or a part that belongs to nothing.
type FilesLeftover struct {
	// Kind is unknown_blob or unknown_part.
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// IsFilesFolder tells whether dir looks like the data folder of a file service.
func IsFilesFolder(dir string) bool {
	if exists(filepath.Join(dir, "journal")) {
		return false
	}
	return exists(filepath.Join(dir, "catalog.db")) || exists(filepath.Join(dir, "STORE_ID"))
}

// endTime is how long a service's check may take to end when it is told to.
const endTime = 5 * time.Second

// ExamineFiles has the executable of a file service compare catalog and store;
// flags are the service's, and environment is added to this program's. The error is
// that of looking, in the service's words.
func ExamineFiles(ctx context.Context, executable string, environment []string, flags ...string) (*FilesReport, error) {
	cmd := exec.CommandContext(ctx, executable, append([]string{"fsck"}, flags...)...)
	cmd.Env = append(os.Environ(), environment...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = endTime
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	// With a report, the exit code only says again what it has found.
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && (!exited || stdout.Len() == 0) {
		return nil, failureOf(executable, err, strings.TrimSpace(stderr.String()))
	}
	report := &FilesReport{}
	if err := json.Unmarshal(stdout.Bytes(), report); err != nil {
		return nil, fmt.Errorf("%s fsck wrote no report; is it of the same version as this program? %w", filepath.Base(executable), err)
	}
	return report, nil
}

// failureOf returns why a service has not looked: what it said, or else how it ended.
func failureOf(executable string, err error, said string) error {
	if text, found := strings.CutPrefix(said, "sluice-fileupload: "); found {
		return errors.New(text)
	}
	return fmt.Errorf("run %s fsck: %w: %s", filepath.Base(executable), err, said)
}
