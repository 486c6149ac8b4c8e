package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/sluice-ingest/sluice/tools/internal/fsck"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/logsend"
)

// journalRecordView is a record of a journal.
type journalRecordView struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
	Bytes int   `json:"bytes"`
	// Kind is frame, epoch_opened, receipt, deletion, unknown, sealed or damage.
	Kind       string     `json:"kind"`
	Time       *time.Time `json:"time,omitempty"`
	Tenant     string     `json:"tenant,omitempty"`
	ProducerID string     `json:"producer_id,omitempty"`
	Epoch      int64      `json:"epoch,omitempty"`
	Sequence   int64      `json:"sequence,omitempty"`
	Items      int64      `json:"items,omitempty"`
	Problem    string     `json:"problem,omitempty"`

	service fsck.Service
}

func viewJournalRecord(r fsck.Record) journalRecordView {
	view := journalRecordView{Start: r.Start, End: r.End, Bytes: r.Bytes, Kind: "unknown"}
	if r.Problem != nil {
		view.Problem = r.Problem.Error()
		switch {
		case r.Sealed:
			view.Kind = "sealed"
		case r.Bytes == 0:
			view.Kind = "damage"
		}
		return view
	}
	d := r.Decision
	view.Time, view.Tenant, view.ProducerID, view.Epoch = &d.Time, d.Tenant, d.ProducerID, d.Epoch
	view.Sequence, view.Items, view.service = d.Sequence, d.Items, d.Service
	if d.Kind != "" {
		view.Kind = string(d.Kind)
	}
	return view
}

// line has fixed widths, since the list may be long.
func (v journalRecordView) line() string {
	text := fmt.Sprintf("%14d  %-12s", v.Start, v.Kind)
	if v.Problem != "" {
		return text + "  " + human.Text(v.Problem)
	}
	text += "  " + showMoment(v.Time)
	if v.ProducerID != "" {
		text += fmt.Sprintf("  %s/%s", human.Text(v.ProducerID), strconv.FormatInt(v.Epoch, 10))
	}
	if v.Sequence > 0 {
		text += fmt.Sprintf("  #%d", v.Sequence)
	}
	if v.Kind == "frame" {
		text += "  " + countItems(v.service, v.Items)
	}
	return text
}

// countItems writes a number of what the service takes in.
func countItems(s fsck.Service, n int64) string {
	if s == fsck.Logs {
		return logsend.Count(n)
	}
	return human.Count(int(n), "point")
}

func reportProperties(r *fsck.Report) []property {
	torn := ""
	if r.TornBytes > 0 {
		torn = fmt.Sprintf("%s bytes at the end were never finished; the service cuts them off", humanize.Comma(r.TornBytes))
	}
	return []property{
		{"journal", human.Text(r.Dir)},
		{"of", "a " + r.Service.Title() + ": " + r.ServiceReason},
		{"positions", fmt.Sprintf("%d to %d", r.First, r.Durable)},
		{"records", fmt.Sprintf("%s: %s, %s, %s, %s", humanize.Comma(r.Records), human.Count(int(r.Frames), "frame"),
			human.Count(int(r.Epochs), "opened epoch"), human.Count(int(r.Receipts), "receipt"), human.Count(int(r.Deletions), "deletion"))},
		{"sealed", sealed(r)},
		itemsProperty(r),
		{"first written", showMoment(r.FirstTime)},
		{"last written", showMoment(r.LastTime)},
		{"torn", torn},
		{"leftovers", human.Text(strings.Join(r.Leftovers, ", "))},
		{"damage", verdict(r)},
	}
}

// sealed tells of encrypted records, if there are some.
func sealed(r *fsck.Report) string {
	switch {
	case r.SealedRecords == 0:
		return ""
	case r.UnreadRecords > 0:
		return fmt.Sprintf("%s records, of which only the framing was checked; give --key to read them", humanize.Comma(r.SealedRecords))
	}
	return humanize.Comma(r.SealedRecords) + " records"
}

func itemsProperty(r *fsck.Report) property {
	if r.Service == fsck.Logs {
		return property{"entries", fmt.Sprintf("%s indexed, %s of them redacted, %s left out by filter rules, %s rejected",
			humanize.Comma(r.Items), humanize.Comma(r.Redacted), humanize.Comma(r.Filtered), humanize.Comma(r.Rejected))}
	}
	return property{"points", fmt.Sprintf("%s accepted with %s, %s rejected",
		humanize.Comma(r.Items), human.Count(int(r.Samples), "sample"), humanize.Comma(r.Rejected))}
}

func verdict(r *fsck.Report) string {
	headers := ""
	if n := r.HeadersOnly(); n > 0 {
		headers = human.Count(n, "damaged header") + " of segments, which cost no record"
		if n == 1 {
			headers = "1 damaged header of a segment, which costs no record"
		}
	}
	switch {
	case r.Sound() && headers == "":
		return "none"
	case r.Sound():
		return headers
	case headers != "":
		headers = ", " + headers
	}
	gaps := 0
	for _, p := range r.Producers {
		gaps += len(p.Gaps)
	}
	return fmt.Sprintf("%s, %s that make no sense, %s between frames%s", human.Count(len(r.Damages)-r.HeadersOnly(), "damaged region"),
		human.Count(int(r.UndecodedRecords), "record"), human.Count(gaps, "gap"), headers)
}

func segmentRows(r *fsck.Report) [][]string {
	rows := [][]string{{"SEGMENT", "FROM", "TO", "SIZE", "RECORDS", "DAMAGES"}}
	for _, s := range r.Segments {
		damages := strconv.Itoa(s.Damages)
		if s.HeaderDamaged {
			damages += ", header"
		}
		rows = append(rows, []string{
			s.Name, fmt.Sprint(s.Base), fmt.Sprint(s.End), human.Size(s.Bytes), humanize.Comma(s.Records), damages,
		})
	}
	return rows
}

func producerRows(r *fsck.Report) [][]string {
	items := "POINTS"
	if r.Service == fsck.Logs {
		items = "ENTRIES"
	}
	rows := [][]string{{"PRODUCER", "OF", "EPOCH", "FRAMES", "SEQUENCES", items, "GAPS"}}
	for _, p := range r.Producers {
		gaps := "none"
		if len(p.Gaps) > 0 {
			gaps = fmt.Sprintf("%d, the first after %d at position %d", len(p.Gaps), p.Gaps[0].After, p.Gaps[0].Position)
		}
		rows = append(rows, []string{
			human.Text(p.ProducerID), human.Text(p.Tenant + "/" + p.Subject), fmt.Sprint(p.Epoch), humanize.Comma(p.Frames),
			fmt.Sprintf("%d to %d", p.First, p.Last), humanize.Comma(p.Items), gaps,
		})
	}
	return rows
}

// damageRows has what can't be read, of either kind.
func damageRows(r *fsck.Report) [][]string {
	rows := [][]string{{"DAMAGE", "FROM", "TO"}}
	for _, d := range r.Damages {
		what := humanize.Comma(d.To-d.From) + " bytes"
		if d.From == d.To {
			what = "header of a segment, which costs no record"
		}
		rows = append(rows, []string{what, fmt.Sprint(d.From), fmt.Sprint(d.To)})
	}
	for _, u := range r.Undecoded {
		rows = append(rows, []string{human.Text(u.Error), fmt.Sprint(u.Start), ""})
	}
	if more := r.UndecodedRecords - int64(len(r.Undecoded)); more > 0 {
		rows = append(rows, []string{"… " + humanize.Comma(more) + " more that make no sense", "", ""})
	}
	return rows
}
