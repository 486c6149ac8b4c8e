package cli

import (
	"context"
	"errors"

	"github.com/sluice-ingest/sluice/tools/internal/fsck"
)

// errUnsoundFiles says that a file service has lost something.
var errUnsoundFiles = errors.New("files or unfinished uploads are damaged or missing, or a usage is wrong")

// filesCheck is a check of a file service.
type filesCheck struct {
	dir, config, key, binary string
	deep                     bool
}

// flags are those of the service.
func (c *filesCheck) flags() []string {
	var flags []string
	for _, f := range [][2]string{{"--config", c.config}, {"--data-dir", c.dir}} {
		if f[1] != "" {
			flags = append(flags, f[0]+"="+f[1])
		}
	}
	if c.deep {
		flags = append(flags, "--deep")
	}
	return flags
}

// environment names the key, which others on the machine could see among the flags.
func (c *filesCheck) environment() []string {
	if c.key == "" {
		return nil
	}
	return []string{"SLUICE_FILEUPLOAD_ENCRYPTION_KEY=" + c.key}
}

func (a *app) fsckFiles(ctx context.Context, check filesCheck) error {
	executable, err := findService(ctx, "sluice-fileupload", check.binary)
	if err != nil {
		return err
	}
	report, err := fsck.ExamineFiles(ctx, executable, check.environment(), check.flags()...)
	if err != nil {
		return err
	}
	if err := a.printFilesReport(report); err != nil {
		return err
	}
	if !report.Sound {
		return errUnsoundFiles
	}
	return nil
}

// printFilesReport writes the report as an object, or as lists.
func (a *app) printFilesReport(r *fsck.FilesReport) error {
	if err := a.printItem(r, filesReportProperties(r)); err != nil || a.globals.json || a.globals.quiet {
		return err
	}
	return a.printTables(filesProblemRows(r), filesLeftoverRows(r))
}

// printTables writes those tables that have more than a heading.
func (a *app) printTables(tables ...[][]string) error {
	for _, table := range tables {
		if len(table) < 2 {
			continue
		}
		if err := a.printf("\n"); err != nil {
			return err
		}
		if err := printTable(a.env.Stdout, table); err != nil {
			return err
		}
	}
	return nil
}
