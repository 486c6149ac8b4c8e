package cli

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/selection"
	"github.com/sluice-ingest/sluice/tools/internal/transfer"
	"github.com/sluice-ingest/sluice/tools/internal/uploadid"
)

// stdin is the path that stands for standard input.
const stdin = "-"

func isStdin(paths []string) bool { return len(paths) == 1 && paths[0] == stdin }

// check refuses flags that contradict each other or the paths.
func (f uploadFlags) check(cmd *cobra.Command, paths []string) error {
	switch {
	case f.concurrency < 1:
		return usageErrorf("--concurrency %d is no number of files; give 1 or more", f.concurrency)
	case f.retries < 0:
		return usageErrorf("--retries %d is negative; 0 means one attempt", f.retries)
	case f.fresh && f.uploadID != "":
		return usageErrorf("--new contradicts --upload-id; give one of them")
	case isStdin(paths):
		return f.checkStdin(cmd)
	case slices.Contains(paths, stdin):
		return usageErrorf("standard input (-) can't be uploaded together with files; run two commands")
	}
	return f.checkNames(cmd)
}

// checkNames refuses names that are empty, as variables are that were never set.
func (f uploadFlags) checkNames(cmd *cobra.Command) error {
	switch {
	case cmd.Flags().Changed("name") && f.name == "":
		return usageErrorf("--name is empty; give a name, or leave it out to store the file under its own")
	case cmd.Flags().Changed("upload-id") && f.uploadID == "":
		return usageErrorf("--upload-id is empty; give an id, or leave it out")
	}
	return f.checkText()
}

// checkText refuses what could not be sent.
func (f uploadFlags) checkText() error {
	for _, given := range []struct {
		flag   string
		values []string
	}{
		{"--name", []string{f.name}}, {"--content-type", []string{f.contentType}}, {"--upload-id", []string{f.uploadID}},
		{"--metadata", f.metadata},
	} {
		for _, value := range given.values {
			if !utf8.ValidString(value) {
				return usageErrorf("%s %s is not UTF-8; the server takes only UTF-8", given.flag, human.Text(value))
			}
		}
	}
	return nil
}

func (f uploadFlags) checkStdin(cmd *cobra.Command) error {
	for _, name := range []string{"concurrency", "retries", "upload-id", "new", "all", "dedupe"} {
		if cmd.Flags().Changed(name) {
			return usageErrorf("--%s means nothing for standard input, which is sent once", name)
		}
	}
	if f.name == "" {
		return usageErrorf("give --name, the name to store standard input under")
	}
	return f.checkText()
}

// jobs makes a job of each file.
func (f uploadFlags) jobs(files []selection.File) ([]transfer.Job, error) {
	if len(files) > 1 && (f.name != "" || f.uploadID != "") {
		return nil, fmt.Errorf("--name and --upload-id fit a single file, and there are %d", len(files))
	}
	jobs := make([]transfer.Job, 0, len(files))
	for _, file := range files {
		job, err := f.job(file)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, job)
	}
	return jobs, nil
}

func (f uploadFlags) job(file selection.File) (transfer.Job, error) {
	job := transfer.Job{Path: file.Path, Name: file.Name, Size: file.Size, UploadID: f.uploadID}
	if f.name != "" {
		job.Name = f.name
	}
	switch {
	case f.fresh:
		job.UploadID = uuid.NewString()
		return job, nil
	case f.uploadID != "":
		return job, nil
	}
	metadata, err := parseMetadata(f.metadata)
	if err != nil {
		return transfer.Job{}, err
	}
	job.Derived = true
	job.UploadID, err = uploadid.Of(uploadid.Upload{
		Path: file.Abs, Size: file.Size, ModTime: file.ModTime,
		Name: job.Name, ContentType: f.contentType, Metadata: metadata,
		IfAbsent: f.ifAbsent, ExpireTime: f.expireTime,
	})
	return job, err
}

// resumeAdvice is how to go on with an upload that was stopped. One that has a
// new upload id each time can't be found again.
func (f uploadFlags) resumeAdvice(paths []string) string {
	if f.fresh || isStdin(paths) {
		return ""
	}
	return "; run the same command again to go on"
}

func (f uploadFlags) stdinJob() transfer.Job {
	return transfer.Job{Path: stdin, Name: f.name, Size: -1, UploadID: uuid.NewString()}
}

// options returns what goes with every file.
func (f uploadFlags) options() ([]client.UploadOption, error) {
	metadata, err := parseMetadata(f.metadata)
	if err != nil {
		return nil, err
	}
	options := []client.UploadOption{
		client.WithContentType(f.contentType), client.WithMetadata(metadata), client.WithExpireTime(f.expireTime),
	}
	if f.ifAbsent {
		options = append(options, client.WithIfAbsent())
	}
	if f.dedupe {
		options = append(options, client.WithHashFirst())
	}
	return options, nil
}

// clientOptions returns how to send.
func (f uploadFlags) clientOptions() ([]client.Option, error) {
	options := []client.Option{client.WithRetry(client.RetryPolicy{MaxAttempts: f.retries + 1})}
	if f.limitRate == "" {
		return options, nil
	}
	limit, err := human.ParseSize(f.limitRate)
	if err != nil {
		return nil, fmt.Errorf("--limit-rate: %w", err)
	}
	if limit == 0 {
		return nil, fmt.Errorf("--limit-rate %s would send nothing; leave it out for no limit", f.limitRate)
	}
	return append(options, client.WithRateLimit(limit)), nil
}

// parseMetadata reads `key=value` pairs.
func parseMetadata(pairs []string) (map[string]string, error) {
	return parsePairs("--metadata", pairs)
}

// parsePairs reads the `key=value` pairs of a flag.
func parsePairs(flag string, pairs []string) (map[string]string, error) {
	parsed := map[string]string{}
	for _, pair := range pairs {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("%s %q is not key=value", flag, pair)
		}
		if _, twice := parsed[key]; twice {
			return nil, fmt.Errorf("%s gives %q twice", flag, key)
		}
		parsed[key] = value
	}
	return parsed, nil
}
