package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/sluice-ingest/sluice/libs/audit/chain"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// auditEventView is an event of an audit log.
type auditEventView struct{ chain.Event }

func auditColumns() []string {
	return []string{"SEQUENCE", "TIME", "ACTION", "OUTCOME", "TENANT", "SUBJECT", "PEER", "OF"}
}

func (v auditEventView) id() string { return fmt.Sprint(v.Sequence) }

func (v auditEventView) row() []string {
	return []string{
		v.id(), showMoment(&v.Time), human.Text(v.Action), v.ended(),
		dash(v.Tenant), dash(v.Subject), dash(v.Peer), human.Text(v.of()),
	}
}

// ended is the outcome with its reason, and how many events ended so.
func (v auditEventView) ended() string {
	text := string(v.Outcome)
	if v.Reason != "" {
		text += " " + v.Reason
	}
	if v.Repeats > 0 {
		text += " ×" + humanize.Comma(v.Repeats)
	}
	return human.Text(text)
}

// of is what was acted on, and how much of it there was.
func (v auditEventView) of() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(v.Resource)) {
		parts = append(parts, name+"="+v.Resource[name])
	}
	for _, name := range slices.Sorted(maps.Keys(v.Counts)) {
		parts = append(parts, fmt.Sprintf("%s=%d", name, v.Counts[name]))
	}
	return strings.Join(parts, " ")
}

func dash(text string) string { return cmp.Or(human.Text(text), "-") }
