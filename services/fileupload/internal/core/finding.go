package core

import (
	"mime"
	"strings"
)

// contentTypeDiffers is the reason of the finding that a declared content type
// is not what the content is.
const contentTypeDiffers = "CONTENT_TYPE_DIFFERS"

// compareTypes returns a finding when a declared media type is not the one
// found, parameters aside. Any declared text fits a text: what kind of text it
// is, its content does not always tell. Nil declared or generic types fit all.
func compareTypes(declared, found string) *Finding {
	want, have := essence(declared), essence(found)
	if want == "" || want == "application/octet-stream" || want == have || isText(want) && isText(have) {
		return nil
	}
	return &Finding{
		Reason:      contentTypeDiffers,
		Field:       "content_type",
		Description: "declared as " + declared + "; the content is " + found,
	}
}

func essence(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return strings.ToLower(strings.TrimSpace(contentType))
	}
	return media
}

func isText(media string) bool {
	switch media {
	case "application/json", "application/xml", "application/x-ndjson", "application/ndjson":
		return true
	default:
		return strings.HasPrefix(media, "text/")
	}
}
