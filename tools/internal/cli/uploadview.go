package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// uploadView is an upload as the command line shows it.
type uploadView struct {
	UploadID  string `json:"upload_id"`
	FileName  string `json:"file_name"`
	Status    string `json:"status"`
	Received  int64  `json:"received"`
	Durable   int64  `json:"durable"`
	TotalSize *int64 `json:"total_size,omitempty"`
	// DurableChecksum is the SHA-256 of the durable bytes.
	DurableChecksum string `json:"durable_checksum,omitempty"`
	// BytesPerSecond and SecondsLeft are there while bytes come in, and Progress,
	// from 0 to 1, once the size is known.
	BytesPerSecond float64  `json:"bytes_per_second,omitempty"`
	SecondsLeft    float64  `json:"seconds_left,omitempty"`
	Progress       *float64 `json:"progress,omitempty"`

	StreamID   string     `json:"stream_id,omitempty"`
	FileID     string     `json:"file_id,omitempty"`
	CreateTime *time.Time `json:"create_time,omitempty"`
	UpdateTime *time.Time `json:"update_time,omitempty"`
	ExpireTime *time.Time `json:"expire_time,omitempty"`
}

func viewUpload(u *fileuploadv1.Upload) uploadView {
	return uploadView{
		UploadID: u.GetUploadId(), FileName: u.GetFileName(), Status: enumName(u.GetStatus(), "UPLOAD_STATUS_"),
		Received: u.GetPosition().GetReceived(), Durable: u.GetPosition().GetDurable(), TotalSize: u.TotalSize,
		DurableChecksum: u.GetDurableChecksum(), BytesPerSecond: u.GetBytesPerSecond(),
		SecondsLeft: u.GetTimeLeft().AsDuration().Seconds(), Progress: u.Progress,
		StreamID: u.GetStreamId(), FileID: u.GetFileId(),
		CreateTime: timeOf(u.GetCreateTime()), UpdateTime: timeOf(u.GetUpdateTime()), ExpireTime: timeOf(u.GetExpireTime()),
	}
}

func uploadColumns() []string {
	return []string{"UPLOAD ID", "STATUS", "DURABLE", "SIZE", "UPDATED", "NAME"}
}

func (u uploadView) id() string { return u.UploadID }

func (u uploadView) row() []string {
	return []string{
		human.Text(u.UploadID), u.Status, human.Size(u.Durable), u.total(human.Size), showTime(u.UpdateTime), human.Text(u.FileName),
	}
}

func (u uploadView) properties() []property {
	return []property{
		{"upload id", human.Text(u.UploadID)},
		{"name", human.Text(u.FileName)},
		{"status", u.Status},
		{"received", showSize(u.Received)},
		{"durable", showSize(u.Durable)},
		{"durable sha-256", u.DurableChecksum},
		{"size", u.total(showSize)},
		{"progress", u.percentage()},
		{"rate", u.rate()},
		{"stream id", u.StreamID},
		{"file id", u.FileID},
		{"created", showTime(u.CreateTime)},
		{"updated", showTime(u.UpdateTime)},
		{"expires", showTime(u.ExpireTime)},
	}
}

// percentage is rounded down: it is 100 only when the file is stored.
func (u uploadView) percentage() string {
	if u.Progress == nil {
		return ""
	}
	return fmt.Sprintf("%d %%", int(*u.Progress*100))
}

// rate is how fast bytes come in, and the time that they still take.
func (u uploadView) rate() string {
	if u.BytesPerSecond == 0 {
		return ""
	}
	text := human.Rate(u.BytesPerSecond)
	if u.SecondsLeft > 0 {
		text += ", " + human.Left(time.Duration(u.SecondsLeft*float64(time.Second)))
	}
	return text
}

func (u uploadView) total(show func(int64) string) string {
	if u.TotalSize == nil {
		return "unknown"
	}
	return show(*u.TotalSize)
}

// showSize writes a size for people and to the byte.
func showSize(bytes int64) string {
	return fmt.Sprintf("%s (%s bytes)", human.Size(bytes), humanize.Comma(bytes))
}

// enumName is an enum's value without the prefix that all values share, in
// lower case.
func enumName(value fmt.Stringer, prefix string) string {
	return strings.ToLower(strings.TrimPrefix(value.String(), prefix))
}
