package fsck

import logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"

// logSchema is that of a log service.
type logSchema struct{}

func (logSchema) service() Service  { return Logs }
func (logSchema) storeFile() string { return "logs.duckdb" }

func (s logSchema) decode(data []byte) (*Decision, error) {
	r := &logaggv1.JournalRecord{}
	d, err := unmarshal(data, r)
	if err != nil {
		return nil, err
	}
	d.Service = s.service()
	switch entry := r.GetEntry().(type) {
	case *logaggv1.JournalRecord_Frame:
		d.Kind, d.Sequence, d.Counts = KindFrame, entry.Frame.GetSequence(), countEntries(entry.Frame)
	case *logaggv1.JournalRecord_EpochOpened:
		d.Kind = KindEpochOpened
	case *logaggv1.JournalRecord_Receipt:
		d.Kind, d.Sequence = KindReceipt, entry.Receipt.GetPosition().GetDurable()
	case *logaggv1.JournalRecord_Deletion:
		d.Kind = KindDeletion
	}
	return d, nil
}

func countEntries(frame *logaggv1.AcceptedFrame) Counts {
	return Counts{
		Items: int64(len(frame.GetEntries())), Rejected: sum(frame.GetRejected()),
		Filtered: frame.GetFilteredCount(), Redacted: frame.GetRedactedCount(),
	}
}
