package cli

import (
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// fileView is a stored file as the command line shows it.
type fileView struct {
	FileID      string            `json:"file_id"`
	FileName    string            `json:"file_name"`
	Size        int64             `json:"size"`
	Checksum    string            `json:"checksum"`
	ContentType string            `json:"content_type"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	Owner       string            `json:"owner"`
	CreateTime  *time.Time        `json:"create_time,omitempty"`
	UpdateTime  *time.Time        `json:"update_time,omitempty"`
	ExpireTime  *time.Time        `json:"expire_time,omitempty"`
	// Status is available or quarantined, and Quarantine why it is the latter.
	Status     string `json:"status"`
	Quarantine string `json:"quarantine,omitempty"`
	// VerifyTime is when the server last read the content back. DamageTime and
	// Damage are there when it was found to be damaged.
	VerifyTime *time.Time `json:"verify_time,omitempty"`
	DamageTime *time.Time `json:"damage_time,omitempty"`
	Damage     string     `json:"damage,omitempty"`
}

func viewFile(f *fileuploadv1.File) fileView {
	return fileView{
		FileID: f.GetFileId(), FileName: f.GetFileName(), Size: f.GetSize(), Checksum: f.GetChecksum(),
		ContentType: f.GetContentType(), Metadata: f.GetMetadata(), Owner: f.GetOwner(),
		CreateTime: timeOf(f.GetCreateTime()), UpdateTime: timeOf(f.GetUpdateTime()), ExpireTime: timeOf(f.GetExpireTime()),
		Status: enumName(f.GetStatus(), "FILE_STATUS_"), Quarantine: f.GetQuarantine(),
		VerifyTime: timeOf(f.GetVerifyTime()), DamageTime: timeOf(f.GetDamageTime()), Damage: f.GetDamage(),
	}
}

func fileColumns() []string {
	return []string{"FILE ID", "STATUS", "SIZE", "TYPE", "CREATED", "EXPIRES", "NAME"}
}

func (f fileView) id() string { return f.FileID }

func (f fileView) row() []string {
	return []string{
		f.FileID, f.condition(), human.Size(f.Size), f.ContentType, showTime(f.CreateTime), orDash(showTime(f.ExpireTime)),
		human.Text(f.FileName),
	}
}

// condition is the status, or that there is less left of the file than that.
func (f fileView) condition() string {
	if f.Damage != "" {
		return "damaged"
	}
	return f.Status
}

// orDash keeps a cell of a table from being empty.
func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func (f fileView) properties() []property {
	return []property{
		{"file id", f.FileID},
		{"name", human.Text(f.FileName)},
		{"size", showSize(f.Size)},
		{"sha-256", f.Checksum},
		{"type", f.ContentType},
		{"metadata", showMetadata(f.Metadata)},
		{"owner", f.Owner},
		{"created", showTime(f.CreateTime)},
		{"updated", showTime(f.UpdateTime)},
		{"expires", showTime(f.ExpireTime)},
		{"status", f.Status},
		{"quarantine", human.Text(f.Quarantine)},
		{"verified", showTime(f.VerifyTime)},
		{"damaged", showTime(f.DamageTime)},
		{"damage", human.Text(f.Damage)},
	}
}

func timeOf(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	at := t.AsTime()
	return &at
}

// showTime writes a time in the user's zone to the second.
func showTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Local().Format(time.DateTime)
}

func showMetadata(metadata map[string]string) string {
	pairs := make([]string, 0, len(metadata))
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		pairs = append(pairs, human.Text(key+"="+metadata[key]))
	}
	return strings.Join(pairs, ", ")
}
