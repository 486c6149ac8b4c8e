package core

import (
	"fmt"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// anySubtype ends a media type that stands for all of one kind, as in image/*.
const anySubtype = "/*"

// kinds are the first halves of media types that contents are told by.
var kinds = []string{"application", "audio", "font", "image", "model", "text", "video"}

// NewMediaType returns the media type that a content is found to have for the
// name, or an alias, that people know it by; image/* and the like stay as they
// are. It fails for types that no content is told by.
func NewMediaType(name string) (string, error) {
	for _, kind := range kinds {
		if name == kind+anySubtype {
			return name, nil
		}
	}
	if known := mimetype.Lookup(name); known != nil {
		return essence(known.String()), nil
	}
	return "", fmt.Errorf("%q is no media type that contents are told by: write image/png or image/*, for example", name)
}

// checkMedia refuses content whose media type is not taken, with reason
// TYPE_NOT_ALLOWED.
func (p TypePolicy) checkMedia(found string) error {
	if len(p.MediaTypes) == 0 {
		return nil
	}
	media := essence(found)
	for _, allowed := range p.MediaTypes {
		kind, whole := strings.CutSuffix(allowed, anySubtype)
		if media == allowed || whole && strings.HasPrefix(media, kind+"/") {
			return nil
		}
	}
	return problem.InField(problem.TypeNotAllowed, "data", "the content is %s; allowed are %s", media, strings.Join(p.MediaTypes, " "))
}
