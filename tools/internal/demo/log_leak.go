package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// leaks looks for secrets.
type leaks struct {
	// parts of secrets.
	parts []string
	// control is a text that has to be found, to prove that what is there is
	// found.
	control string

	files, controls int
	bytes           int64
	found           []error
}

// lookForSecrets looks for the secrets in each file of the log service, and in
// all that it found.
func (d *demo) lookForSecrets(context.Context) (string, error) {
	secrets := len(secretKinds()) * secretsOfAKind
	l := leaks{parts: d.story.secrets, control: mark("card")}
	if err := l.folder(d.logs.dir); err != nil {
		return "", err
	}
	for _, r := range d.found {
		l.entry(&r)
	}
	d.stage.detailf("planted", "%d secrets of %d kinds, in messages and fields", secrets, len(secretKinds()))
	d.stage.detailf("files", "%s, %s, searched for each part of each secret", human.Count(l.files, "file"), human.Size(l.bytes))
	d.stage.detailf("entries", "all %s that a search finds", humanize.Comma(int64(len(d.found))))
	d.stage.detailf("as a control", "%s is found in %s", l.control, human.Count(l.controls, "file"))
	switch {
	case len(l.found) > 0:
		return "", errors.Join(l.found[:min(len(l.found), 3)]...)
	case l.controls == 0:
		return "", fmt.Errorf("%s is in no file, so that finding no secret proves nothing", l.control)
	}
	return fmt.Sprintf("none of %d secrets is in any file or answer", secrets), nil
}

// folder looks into each file below a folder. One that is removed meanwhile is
// passed over.
func (l *leaks) folder(dir string) error {
	files := os.DirFS(dir)
	return fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			err = l.file(files, path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

func (l *leaks) file(files fs.FS, path string) error {
	content, err := fs.ReadFile(files, path)
	if err != nil {
		return fmt.Errorf("look for secrets: %w", err)
	}
	l.files++
	l.bytes += int64(len(content))
	if bytes.Contains(content, []byte(l.control)) {
		l.controls++
	}
	for _, part := range l.parts {
		if bytes.Contains(content, []byte(part)) {
			l.found = append(l.found, fmt.Errorf("%s has %q of a secret", path, part))
		}
	}
	return nil
}

// entry looks into an entry as it was found.
func (l *leaks) entry(r *client.LogRecord) {
	texts := append(slices.Collect(maps.Values(r.Fields)), r.Message)
	for _, part := range l.parts {
		if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, part) }) {
			l.found = append(l.found, fmt.Errorf("entry %d has %q of a secret", r.ID, part))
		}
	}
}
