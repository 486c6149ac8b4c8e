package fsck

import "time"

// maxUndecoded bounds how many records that make no sense are listed.
const maxUndecoded = 100

// Report explains the journal of a service.
type Report struct {
	// Dir is the journal's folder.
	Dir string `json:"dir"`
	// Service is whose journal it was read as, and ServiceReason tells why.
	Service       Service `json:"service"`
	ServiceReason string  `json:"service_reason"`
	// First, Durable and End are positions: where what is kept begins, where
	// the last record or damage ends, and where a next record would go.
	First   int64 `json:"first"`
	Durable int64 `json:"durable"`
	End     int64 `json:"end"`
	// TornBytes at the end are of writes that a crash left unfinished. That is
	// no damage: nothing of them was acknowledged.
	TornBytes int64     `json:"torn_bytes"`
	Segments  []Segment `json:"segments"`
	// Leftovers are files that a crash left half done.
	Leftovers []string `json:"leftovers,omitempty"`

	Records int64 `json:"records"`
	// SealedRecords are those of the records that are sealed, and UnreadRecords
	// those of which nothing more is known for want of the key.
	SealedRecords int64 `json:"sealed_records,omitempty"`
	UnreadRecords int64 `json:"unread_records,omitempty"`
	Frames        int64 `json:"frames"`
	// Counts of all frames.
	Counts

	Epochs    int64 `json:"epochs_opened"`
	Receipts  int64 `json:"receipts"`
	Deletions int64 `json:"deletions"`
	// FirstTime and LastTime are when the first and last record were written.
	FirstTime *time.Time `json:"first_time,omitempty"`
	LastTime  *time.Time `json:"last_time,omitempty"`
	// Producers in the order of their first frame.
	Producers []*Producer `json:"producers"`

	// Damages are regions that can't be read any more. One without extent is the
	// header of a segment, which costs no record.
	Damages []Region `json:"damages"`
	// UndecodedRecords is how many records are whole and none of the service's,
	// and Undecoded the first 100 of them.
	UndecodedRecords int64       `json:"undecoded_records"`
	Undecoded        []Undecoded `json:"undecoded,omitempty"`
}

// Segment is one file of the journal.
type Segment struct {
	Name          string `json:"name"`
	Base          int64  `json:"base"`
	End           int64  `json:"end"`
	Bytes         int64  `json:"bytes"`
	Records       int64  `json:"records"`
	Damages       int    `json:"damages"`
	HeaderDamaged bool   `json:"header_damaged,omitempty"`
	// Sealed segments have sealed records only.
	Sealed bool `json:"sealed,omitempty"`
}

// Region is a part of the journal, from a position to before another.
type Region struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Undecoded is a record that makes no sense.
type Undecoded struct {
	Start int64  `json:"start"`
	Error string `json:"error"`
}

// Producer is what the journal has of one.
type Producer struct {
	Tenant     string `json:"tenant"`
	Subject    string `json:"subject"`
	ProducerID string `json:"producer_id"`
	// Epoch is the newest one.
	Epoch  int64 `json:"epoch"`
	Frames int64 `json:"frames"`
	// Items are its points that were accepted, or entries that were indexed.
	Items int64 `json:"items"`
	// First and Last sequence of its frames. What was before the first was
	// trimmed, or is in a gap.
	First int64 `json:"first_sequence"`
	Last  int64 `json:"last_sequence"`
	// Gaps are frames that are missing between two others.
	Gaps []Gap `json:"gaps,omitempty"`
}

// Gap is a number of missing frames.
type Gap struct {
	// After and Before are the sequences around them.
	After  int64 `json:"after_sequence"`
	Before int64 `json:"before_sequence"`
	// Position of the frame behind the gap.
	Position int64 `json:"position"`
}

// HeadersOnly counts the damages of headers of segments, which cost no record.
func (r *Report) HeadersOnly() int {
	n := 0
	for _, d := range r.Damages {
		if d.From == d.To {
			n++
		}
	}
	return n
}

// Sound tells whether no record is damaged or missing.
func (r *Report) Sound() bool {
	for _, p := range r.Producers {
		if len(p.Gaps) > 0 {
			return false
		}
	}
	return len(r.Damages) == r.HeadersOnly() && r.UndecodedRecords == 0
}

// misfit takes in a record that is none of the service's.
func (r *Report) misfit(start int64, problem error) {
	r.UndecodedRecords++
	if len(r.Undecoded) < maxUndecoded {
		r.Undecoded = append(r.Undecoded, Undecoded{Start: start, Error: problem.Error()})
	}
}
