package demo

import (
	"fmt"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/sluice-ingest/sluice/libs/client"
)

// barWidth is in columns.
const barWidth = 20

// meter shows how items go out: a bar on a terminal, a line for each quarter
// elsewhere.
type meter struct {
	stage *stage
	draw  bool
	// name of the items, a plural.
	name  string
	count int64
	told  int64
}

func (m *meter) moved(p client.SendProgress) {
	ended := p.State == client.TransferDone || p.State == client.TransferFailed
	if m.draw {
		m.stage.redraw(ended, m.bar(p))
		return
	}
	reached := p.Durable * quarters / m.count
	if ended || reached <= m.told {
		return
	}
	m.told = reached
	m.stage.detailf(m.name, "%3d %%  %s", p.Durable*100/m.count, m.text(p))
}

func (m *meter) text(p client.SendProgress) string {
	return fmt.Sprintf("%s of %s durable, %s %s/s",
		humanize.Comma(p.Durable), humanize.Comma(m.count), humanize.Comma(int64(p.Rate)), m.name)
}

func (m *meter) bar(p client.SendProgress) string {
	full := int(p.Durable * barWidth / m.count)
	text := m.text(p)
	if p.State == client.TransferWaiting || p.State == client.TransferConnecting {
		text = fmt.Sprintf("%s durable, reconnecting", humanize.Comma(p.Durable))
	}
	return fmt.Sprintf("   [%s%s] %3d %%  %s", strings.Repeat("#", full), strings.Repeat(" ", barWidth-full), p.Durable*100/m.count, text)
}
