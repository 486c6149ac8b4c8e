package core

import (
	"time"

	"github.com/sluice-ingest/sluice/libs/producer"
)

// ProducerState is what the store keeps of a producer.
type ProducerState struct {
	producer.State

	// Receipt is the encoded answer to its last complete stream, or empty. It
	// counts as long as Sequence is ReceiptSequence.
	Receipt         []byte
	ReceiptSequence int64
	ReceiptTime     time.Time
}
