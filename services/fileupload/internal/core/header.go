package core

import (
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sluice-ingest/sluice/libs/problem"
)

const (
	maxContentTypeChars   = 255
	maxMetadataEntries    = 64
	maxMetadataKeyBytes   = 128
	maxMetadataValueBytes = 1024
	maxMetadataBytes      = 16 << 10
	checksumChars         = 64
)

var uploadIDPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// CheckUploadID accepts the names that a client may give its uploads. The error
// has reason FIELD_INVALID.
func CheckUploadID(id string) error {
	if !uploadIDPattern.MatchString(id) {
		return problem.InField(problem.FieldInvalid, "upload_id",
			"is %s with %d bytes; it must be 1 to 128 characters of A-Z a-z 0-9 . _ -, for example a UUID", problem.Echo(id), len(id))
	}
	return nil
}

// check looks at every field of a header but the size, which is a matter of
// limits.
func (h *Header) check(types TypePolicy) error {
	if err := CheckName(h.FileName); err != nil {
		return err
	}
	if err := types.CheckName(h.FileName); err != nil {
		return err
	}
	if err := checkChecksum(h.Checksum); err != nil {
		return err
	}
	if err := checkContentType(h.ContentType); err != nil {
		return err
	}
	return CheckMetadata(h.Metadata)
}

// checkContentType accepts what a client may claim, or nothing.
func checkContentType(claim string) error {
	if chars := utf8.RuneCountInString(claim); chars > maxContentTypeChars {
		return problem.InField(problem.FieldInvalid, "content_type", "has %d characters; at most %d are taken", chars, maxContentTypeChars)
	}
	if strings.ContainsFunc(claim, unicode.IsControl) {
		return problem.InField(problem.FieldInvalid, "content_type", "has control characters; remove them")
	}
	return nil
}

// checkChecksum accepts a SHA-256 in hexadecimal, or nothing.
func checkChecksum(checksum string) error {
	if checksum == "" {
		return nil
	}
	if _, err := hex.DecodeString(checksum); err != nil || len(checksum) != checksumChars {
		return problem.InField(problem.FieldInvalid, "checksum", "has %d bytes; it must be a SHA-256 in hexadecimal, %d characters of 0-9 a-f",
			len(checksum), checksumChars)
	}
	return nil
}

// CheckMetadata accepts what a file may carry along. The error has reason
// FIELD_INVALID.
func CheckMetadata(metadata map[string]string) error {
	if len(metadata) > maxMetadataEntries {
		return problem.InField(problem.FieldInvalid, "metadata", "has %d entries; at most %d are kept", len(metadata), maxMetadataEntries)
	}
	total := 0
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		if err := checkEntry(key, metadata[key]); err != nil {
			return err
		}
		total += len(key) + len(metadata[key])
	}
	if total > maxMetadataBytes {
		return problem.InField(problem.FieldInvalid, "metadata",
			"has %d bytes of keys and values together; at most %d are kept", total, maxMetadataBytes)
	}
	return nil
}

// checkEntry looks at one key of metadata and its value.
func checkEntry(key, value string) error {
	name := problem.Echo(key)
	switch {
	case key == "":
		return problem.InField(problem.FieldInvalid, "metadata", "has an empty key; give one of 1 to %d bytes", maxMetadataKeyBytes)
	case len(key) > maxMetadataKeyBytes:
		return problem.InField(problem.FieldInvalid, "metadata", "the key %s has %d bytes; at most %d are kept", name, len(key), maxMetadataKeyBytes)
	case len(value) > maxMetadataValueBytes:
		return problem.InField(problem.FieldInvalid, "metadata",
			"the value of %s has %d bytes; at most %d are kept", name, len(value), maxMetadataValueBytes)
	case strings.ContainsFunc(key, unicode.IsControl):
		return problem.InField(problem.FieldInvalid, "metadata", "the key %s has control characters; remove them", name)
	case strings.ContainsFunc(value, unicode.IsControl):
		return problem.InField(problem.FieldInvalid, "metadata", "the value of %s has control characters; remove them", name)
	default:
		return nil
	}
}

// workChanged refuses a stream whose header is not the one that the upload
// began with.
func workChanged(field, uploadID string) error {
	return problem.InField(problem.WorkChanged, field,
		"is not what upload %s began with; send the same file and header to go on with it, and another file under another upload_id or under none",
		problem.Echo(uploadID))
}

// changedField compares the header of a resumed upload with the one that it
// began with, and names a field that differs. A checksum may be added later.
func (h *Header) changedField(begun *Header) string {
	switch {
	case h.FileName != begun.FileName:
		return "file_name"
	case h.TotalSize != begun.TotalSize:
		return "total_size"
	case h.Checksum != begun.Checksum && h.Checksum != "" && begun.Checksum != "":
		return "checksum"
	case h.ContentType != begun.ContentType:
		return "content_type"
	case !maps.Equal(h.Metadata, begun.Metadata):
		return "metadata"
	case h.IfAbsent != begun.IfAbsent:
		return "if_absent"
	case !h.FileExpiresAt.Equal(begun.FileExpiresAt):
		return "expire_time"
	default:
		return ""
	}
}
