package fileupload

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/s3"
)

// label is where the identifier of a store is written, beside its bytes.
type label interface {
	// String names the store.
	String() string
	// read returns the identifier, empty when there is none.
	read(ctx context.Context) (string, error)
	// write makes the label, whole and durable or not at all.
	write(ctx context.Context, id string) error
}

const labelName = "STORE_ID"

// folderLabel is the file STORE_ID in the data folder.
type folderLabel string

func (l folderLabel) String() string { return "data folder " + string(l) }

func (l folderLabel) path() string { return filepath.Join(string(l), labelName) }

func (l folderLabel) read(context.Context) (string, error) {
	text, err := os.ReadFile(l.path())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read STORE_ID: %w", err)
	}
	return parseLabel(text)
}

func (l folderLabel) write(_ context.Context, id string) error {
	draft := l.path() + ".new"
	file, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(id + "\n")
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(draft, l.path()); err != nil {
		return err
	}
	folder, err := os.Open(string(l))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// bucketLabel is the object STORE_ID behind the prefix of a bucket.
type bucketLabel struct {
	bucket *s3.Store
}

func (l bucketLabel) String() string { return "bucket " + l.bucket.Name() }

func (l bucketLabel) read(ctx context.Context) (string, error) {
	text, err := l.bucket.ReadLabel(ctx, labelName)
	if err != nil || text == nil {
		return "", err
	}
	return parseLabel(text)
}

func (l bucketLabel) write(ctx context.Context, id string) error {
	return l.bucket.WriteLabel(ctx, labelName, []byte(id+"\n"))
}

func parseLabel(text []byte) (string, error) {
	id, err := uuid.Parse(strings.TrimSpace(string(text)))
	if err != nil {
		return "", fmt.Errorf("STORE_ID is damaged: %w; restore it", err)
	}
	return id.String(), nil
}
