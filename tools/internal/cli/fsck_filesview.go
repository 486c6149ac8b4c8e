package cli

import (
	"cmp"
	"fmt"

	"github.com/dustin/go-humanize"

	"github.com/sluice-ingest/sluice/tools/internal/fsck"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

func filesReportProperties(r *fsck.FilesReport) []property {
	content := "sizes only; --deep reads it"
	if r.Deep {
		content = human.Size(r.ReadBytes) + " read"
	}
	return []property{
		{"examined", human.Text(r.Place)},
		{"files", fmt.Sprintf("%s of %s, of %s", humanize.Comma(r.Files), human.Size(r.FileBytes), human.Count(r.Tenants, "tenant"))},
		{"unfinished", human.Count(int(r.Uploads), "upload")},
		{"stored", fmt.Sprintf("%s, %s", human.Count(int(r.Blobs), "blob"), human.Count(int(r.Parts), "part"))},
		{"content", content},
		{"problems", noneOr(r.ProblemCount, "problem")},
		{"leftovers", leftovers(r)},
		{"busy", busy(r)},
	}
}

func noneOr(n int64, what string) string {
	if n == 0 {
		return "none"
	}
	return human.Count(int(n), what)
}

func leftovers(r *fsck.FilesReport) string {
	if r.LeftoverCount == 0 {
		return "none"
	}
	return humanize.Comma(r.LeftoverCount) + " that belong to nothing; a few are what crashes leave, and the service removes them; " +
		"many mean that the catalog is older than the content"
}

func busy(r *fsck.FilesReport) string {
	if r.BusyTenants == 0 {
		return ""
	}
	return fmt.Sprintf("the usage of %s changed whenever it was compared", human.Count(r.BusyTenants, "tenant"))
}

func filesProblemRows(r *fsck.FilesReport) [][]string {
	rows := [][]string{{"PROBLEM", "TENANT", "FILE OR UPLOAD", "BLOB", "WHAT"}}
	for _, p := range r.Problems {
		rows = append(rows, []string{
			p.Kind, human.Text(p.Tenant), human.Text(cmp.Or(p.FileID, p.UploadID, "-")), human.Text(cmp.Or(p.BlobID, "-")), human.Text(p.Detail),
		})
	}
	return more(rows, r.ProblemCount)
}

func filesLeftoverRows(r *fsck.FilesReport) [][]string {
	rows := [][]string{{"LEFTOVER", "IDENTIFIER"}}
	for _, l := range r.Leftovers {
		rows = append(rows, []string{l.Kind, human.Text(l.ID)})
	}
	return more(rows, r.LeftoverCount)
}

// more tells how many of a count the rows below the heading leave out.
func more(rows [][]string, count int64) [][]string {
	left := count - int64(len(rows)-1)
	if left <= 0 {
		return rows
	}
	return append(rows, []string{"… " + humanize.Comma(left) + " more"})
}
