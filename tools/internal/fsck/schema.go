package fsck

import (
	"time"

	"google.golang.org/protobuf/proto"
)

// Service is a service with a journal, such as `collector`.
type Service string

// The services.
const (
	Collector Service = "collector"
	Logs      Service = "logagg"
)

// Title is the service's name for people.
func (s Service) Title() string {
	if s == Logs {
		return "log service"
	}
	return "collector"
}

// schema is what the records of a service's journal say.
type schema interface {
	service() Service
	// storeFile stands beside the journal of the service.
	storeFile() string
	// decode fails for what is no record of the service.
	decode(data []byte) (*Decision, error)
}

// schemas in the order in which they are taken when nothing tells.
func schemas() []schema { return []schema{pointSchema{}, logSchema{}} }

// Kind is what kind of decision a record holds. Empty is one that a newer
// service made.
type Kind string

// The kinds.
const (
	KindFrame       Kind = "frame"
	KindEpochOpened Kind = "epoch_opened"
	KindReceipt     Kind = "receipt"
	KindDeletion    Kind = "deletion"
)

// Decision is what a record says. It has nothing of the text of an item.
type Decision struct {
	Service                     Service
	Kind                        Kind
	Time                        time.Time
	Tenant, Subject, ProducerID string
	Epoch                       int64
	// Sequence of a frame, or the durable one of a receipt.
	Sequence int64
	// Counts of a frame.
	Counts

	// newer says that the record has fields which the schema does not know.
	newer bool
}

// Counts are numbers of items: of points, or of log entries.
type Counts struct {
	// Items are points that were accepted, or entries that were indexed.
	Items int64 `json:"items"`
	// Rejected points or entries.
	Rejected int64 `json:"rejected_items"`
	// Samples of the points; 0 for entries.
	Samples int64 `json:"samples"`
	// Filtered entries were left out by rules, and Redacted ones are indexed
	// without their secrets; 0 for points.
	Filtered int64 `json:"filtered_entries"`
	Redacted int64 `json:"redacted_entries"`
}

func (c *Counts) add(other Counts) {
	c.Items += other.Items
	c.Rejected += other.Rejected
	c.Samples += other.Samples
	c.Filtered += other.Filtered
	c.Redacted += other.Redacted
}

// journalRecord is what the records of all services have in common.
type journalRecord interface {
	proto.Message
	GetTime() int64
	GetTenant() string
	GetSubject() string
	GetProducerId() string
	GetEpoch() int64
}

// unmarshal decodes data into r, and starts the decision with what r has in
// common with others.
func unmarshal(data []byte, r journalRecord) (*Decision, error) {
	newer, err := unmarshalStrictly(data, r)
	if err != nil {
		return nil, err
	}
	return &Decision{
		Time: time.Unix(0, r.GetTime()).UTC(), Tenant: r.GetTenant(), Subject: r.GetSubject(),
		ProducerID: r.GetProducerId(), Epoch: r.GetEpoch(), newer: newer,
	}, nil
}

// rejection is a number of items that were rejected for one reason.
type rejection interface{ GetCount() int64 }

func sum[R rejection](rejected []R) int64 {
	total := int64(0)
	for _, r := range rejected {
		total += r.GetCount()
	}
	return total
}
