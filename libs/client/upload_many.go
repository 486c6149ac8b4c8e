package client

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// UploadResult is the outcome for one path: a receipt or an error.
type UploadResult struct {
	Path    string
	Receipt *Receipt
	Err     error
}

// UploadFilesConcurrently uploads the files with at most atOnce of them at a time,
// each as [StreamingClient.UploadWithRetry] does. The failure of one does not
// stop the others. Results come in the order of paths; the error joins theirs.
//
// [WithUploadID], [WithFileName] and [WithChecksum] name a single file and are
// refused for more than one path, and so is an atOnce below 1; there are no results
// then.
func (c *StreamingClient) UploadFilesConcurrently(
	ctx context.Context, paths []string, atOnce int, opts ...UploadOption,
) ([]UploadResult, error) {
	if atOnce < 1 {
		return nil, fmt.Errorf("upload %d files: at most %d at once is no number of uploads; give 1 or more", len(paths), atOnce)
	}
	if o := collectUploadOptions(opts); len(paths) > 1 && (o.uploadID != "" || o.fileName != "" || o.checksum != "") {
		return nil, errors.New("upload several files: an upload id, a file name or a checksum fits one file only")
	}
	results := make([]UploadResult, len(paths))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, path := range paths {
		group.Go(func() error {
			receipt, err := c.UploadWithRetry(ctx, path, opts...)
			results[i] = UploadResult{Path: path, Receipt: receipt, Err: err}
			return nil
		})
	}
	_ = group.Wait() // the errors are in the results
	return results, joinErrors(results)
}

func joinErrors(results []UploadResult) error {
	errs := make([]error, len(results))
	for i, r := range results {
		errs[i] = r.Err
	}
	return errors.Join(errs...)
}
