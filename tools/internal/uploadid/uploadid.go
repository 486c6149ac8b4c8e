// Package uploadid makes upload identifiers that are the same for the same
// upload, so that a command that is run again resumes what a kill cut off.
package uploadid

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Upload is what tells one upload from another. A file that changed, or that
// is to be stored under another header, is another upload: the server refuses
// to resume one with a header that differs.
type Upload struct {
	// Path of the file, absolute.
	Path string `json:"path"`
	// Size in bytes.
	Size int64 `json:"size"`
	// ModTime is when the file last changed.
	ModTime time.Time `json:"mod_time"`

	// Name, ContentType and Metadata go into the upload's header.
	Name        string            `json:"name"`
	ContentType string            `json:"content_type"`
	Metadata    map[string]string `json:"metadata"`
	IfAbsent    bool              `json:"if_absent,omitempty"`
	ExpireTime  time.Time         `json:"expire_time,omitzero"`
}

// Of returns the identifier of an upload, a UUID of version 5.
func Of(upload Upload) (string, error) {
	upload.ModTime, upload.ExpireTime = upload.ModTime.UTC(), upload.ExpireTime.UTC()
	key, err := json.Marshal(upload)
	if err != nil {
		return "", fmt.Errorf("derive the upload id of %s: %w", upload.Path, err)
	}
	return uuid.NewSHA1(namespace(), key).String(), nil
}

// Next returns the identifier to use when the server has ended the upload
// called id. It is as lasting as the first: a third run finds the second's.
func Next(id string) string {
	return uuid.NewSHA1(namespace(), []byte(id)).String()
}

func namespace() uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/sluice-ingest/sluice/upload"))
}
