package core

import (
	"encoding/hex"
	"maps"
	"regexp"
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
			"must be 1 to 128 characters of A-Z a-z 0-9 . _ -, for example a UUID")
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
	if utf8.RuneCountInString(h.ContentType) > maxContentTypeChars || strings.ContainsFunc(h.ContentType, unicode.IsControl) {
		return problem.InField(problem.FieldInvalid, "content_type",
			"must be at most %d characters without control characters", maxContentTypeChars)
	}
	return CheckMetadata(h.Metadata)
}

// checkChecksum accepts a SHA-256 in hexadecimal, or nothing.
func checkChecksum(checksum string) error {
	if checksum == "" {
		return nil
	}
	if _, err := hex.DecodeString(checksum); err != nil || len(checksum) != checksumChars {
		return problem.InField(problem.FieldInvalid, "checksum", "must be a SHA-256 in hexadecimal, %d characters", checksumChars)
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
	for key, value := range metadata {
		total += len(key) + len(value)
		if key == "" || len(key) > maxMetadataKeyBytes || len(value) > maxMetadataValueBytes {
			return problem.InField(problem.FieldInvalid, "metadata", "keys must have 1 to %d bytes and values at most %d",
				maxMetadataKeyBytes, maxMetadataValueBytes)
		}
		if strings.ContainsFunc(key, unicode.IsControl) || strings.ContainsFunc(value, unicode.IsControl) {
			return problem.InField(problem.FieldInvalid, "metadata", "keys and values must not have control characters")
		}
	}
	if total > maxMetadataBytes {
		return problem.InField(problem.FieldInvalid, "metadata", "has %d bytes; at most %d are kept", total, maxMetadataBytes)
	}
	return nil
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
