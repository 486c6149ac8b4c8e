package cli

import (
	"strconv"
	"strings"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// usageView is the usage of a quota as the command line shows it.
type usageView struct {
	Quota    string `json:"quota"`
	Used     int64  `json:"used"`
	Reserved int64  `json:"reserved"`
	// Limit is 0 when there is none.
	Limit     int64      `json:"limit"`
	ResetTime *time.Time `json:"reset_time,omitempty"`
}

func viewUsage(u client.Usage) usageView {
	view := usageView{Quota: u.Quota, Used: u.Used, Reserved: u.Reserved, Limit: u.Limit}
	if !u.ResetAt.IsZero() {
		view.ResetTime = &u.ResetAt
	}
	return view
}

func usageColumns() []string { return []string{"QUOTA", "USED", "RESERVED", "LIMIT", "RESETS"} }

func (u usageView) id() string { return u.Quota }

func (u usageView) row() []string {
	limit := "none"
	if u.Limit > 0 {
		limit = u.amount(u.Limit)
	}
	return []string{human.Text(u.Quota), u.amount(u.Used), u.amount(u.Reserved), limit, showTime(u.ResetTime)}
}

// amount shows a number of the quota's unit.
func (u usageView) amount(n int64) string {
	if strings.HasSuffix(u.Quota, "_bytes") {
		return human.Size(n)
	}
	return strconv.FormatInt(n, 10)
}
