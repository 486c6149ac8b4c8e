package demo

import (
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/transfer"
)

// quarters is how many lines a transfer gets where no bar can be drawn.
const quarters = 4

// milestones tells of one transfer in lines, each time another quarter is sent.
type milestones struct {
	transfer.Silent

	stage *stage
	name  string
	size  int64
	told  int64
}

// Moved implements [transfer.Reporter].
func (m *milestones) Moved(_ int, p client.Progress) {
	reached := p.Sent * quarters / m.size
	if p.State == client.TransferDone || reached <= m.told {
		return
	}
	m.told = reached
	m.stage.detailf(m.name, "%3d %%  %s of %s, %s, %s",
		p.Sent*100/m.size, human.Size(p.Sent), human.Size(m.size), human.Rate(p.Rate), human.Left(p.ETA))
}
