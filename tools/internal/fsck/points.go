package fsck

import collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"

// pointSchema is that of a collector.
type pointSchema struct{}

func (pointSchema) service() Service  { return Collector }
func (pointSchema) storeFile() string { return "points.duckdb" }

func (s pointSchema) decode(data []byte) (*Decision, error) {
	r := &collectorv1.JournalRecord{}
	d, err := unmarshal(data, r)
	if err != nil {
		return nil, err
	}
	d.Service = s.service()
	switch entry := r.GetEntry().(type) {
	case *collectorv1.JournalRecord_Frame:
		d.Kind, d.Sequence, d.Counts = KindFrame, entry.Frame.GetSequence(), countPoints(entry.Frame)
	case *collectorv1.JournalRecord_EpochOpened:
		d.Kind = KindEpochOpened
	case *collectorv1.JournalRecord_Receipt:
		d.Kind, d.Sequence = KindReceipt, entry.Receipt.GetPosition().GetDurable()
	case *collectorv1.JournalRecord_Deletion:
		d.Kind = KindDeletion
	}
	return d, nil
}

func countPoints(frame *collectorv1.AcceptedFrame) Counts {
	c := Counts{Items: int64(len(frame.GetPoints())), Rejected: sum(frame.GetRejected())}
	for _, p := range frame.GetPoints() {
		c.Samples += int64(len(p.GetMetrics()))
	}
	return c
}
