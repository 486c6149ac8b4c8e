package duckdb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
)

// producerColumns are states in the columns of the table.
type producerColumns struct {
	tenants, subjects, ids           []string
	epochs, sequences, times         []int64
	counts                           []string
	answers                          [][]byte
	receiptSequences, receiptMoments []int64
}

func (c *producerColumns) add(state *producer.State) error {
	counts, err := json.Marshal(state.Counts)
	if err != nil {
		return err
	}
	receipt := producer.Receipt{}
	if state.Receipt != nil {
		receipt = *state.Receipt
		receipt.Answer = append([]byte{}, receipt.Answer...) // not nil, which means none
	}
	c.tenants = append(c.tenants, state.Tenant)
	c.subjects = append(c.subjects, state.Subject)
	c.ids = append(c.ids, state.ProducerID)
	c.epochs = append(c.epochs, state.Epoch)
	c.sequences = append(c.sequences, state.Sequence)
	c.counts = append(c.counts, string(counts))
	c.times = append(c.times, nanoseconds(state.Time))
	c.answers = append(c.answers, receipt.Answer)
	c.receiptSequences = append(c.receiptSequences, receipt.Sequence)
	c.receiptMoments = append(c.receiptMoments, nanoseconds(receipt.Time))
	return nil
}

// putProducers writes states in the place of those of the same producers.
func putProducers(conn *engine.Conn, states []producer.State) error {
	if len(states) == 0 {
		return nil
	}
	var c producerColumns
	for i := range states {
		if err := c.add(&states[i]); err != nil {
			return err
		}
	}
	if err := conn.ExecWith(`DELETE FROM producers USING changed
		WHERE producers.producer_id = changed.producer_id
		AND producers.subject = changed.subject AND producers.tenant = changed.tenant`,
		"changed", []string{"tenant", "subject", "producer_id"},
		engine.Texts(c.tenants), engine.Texts(c.subjects), engine.Texts(c.ids)); err != nil {
		return err
	}
	return conn.Append("producers",
		engine.Texts(c.tenants), engine.Texts(c.subjects), engine.Texts(c.ids),
		engine.Int64s(c.epochs), engine.Int64s(c.sequences), engine.Texts(c.counts), engine.Int64s(c.times),
		engine.Blobs(c.answers), engine.Int64s(c.receiptSequences), engine.Int64s(c.receiptMoments))
}

// producerRoom is what a producer takes in the log, at most, without the answer
// of its receipt.
const producerRoom = 1024

func roomForProducers(states []producer.State) int64 {
	room := int64(len(states)) * producerRoom
	for i := range states {
		if receipt := states[i].Receipt; receipt != nil {
			room += int64(len(receipt.Answer))
		}
	}
	return room
}

// Producer returns what is known of a producer, or nil.
func (db *Database) Producer(ctx context.Context, key producer.Key) (state *producer.State, err error) {
	err = db.Lookup(ctx, "read a producer", func(ctx context.Context, conn *engine.Conn) error {
		rows, err := conn.Query(ctx, `
			SELECT epoch, sequence, time, receipt_sequence, receipt_time, counts, answer FROM producers
			WHERE producer_id = ? AND subject = ? AND tenant = ?`, key.ProducerID, key.Subject, key.Tenant)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if state, err = scanProducer(rows, key); err != nil {
				return err
			}
		}
		return nil
	})
	return state, err
}

func scanProducer(rows *engine.Rows, key producer.Key) (*producer.State, error) {
	number := func(column int) int64 { return engine.Numbers[int64](rows, column)[0] }
	state := &producer.State{Key: key, Epoch: number(0), Sequence: number(1), Time: moment(number(2))}
	counts, _ := rows.Text(5, 0)
	if err := json.Unmarshal([]byte(counts), &state.Counts); err != nil {
		return nil, fmt.Errorf("its counts: %w", err)
	}
	if answer, ok := rows.Text(6, 0); ok {
		state.Receipt = &producer.Receipt{Sequence: number(3), Time: moment(number(4)), Answer: []byte(answer)}
	}
	return state, nil
}

// ForgetProducers forgets the producers whose last record is before the given
// time and what arrived on the days before, and the receipts from before the
// other, and returns the number of the producers.
func (db *Database) ForgetProducers(ctx context.Context, idleSince, receiptsBefore time.Time) (forgotten int, err error) {
	producers := fmt.Sprintf("DELETE FROM producers WHERE time < %d", nanoseconds(idleSince))
	days := fmt.Sprintf("DELETE FROM arrived WHERE day < %d", quota.DayOf(idleSince))
	receipts := fmt.Sprintf("UPDATE producers SET answer = NULL WHERE answer IS NOT NULL AND receipt_time < %d",
		nanoseconds(receiptsBefore))
	err = db.Change(ctx, "forget producers", 0, func(ctx context.Context, conn *engine.Conn) error {
		count, err := conn.Exec(ctx, producers)
		if err != nil {
			return err
		}
		forgotten = int(count)
		if _, err = conn.Exec(ctx, days); err != nil {
			return err
		}
		_, err = conn.Exec(ctx, receipts)
		return err
	})
	return forgotten, err
}

// nanoseconds is how a time is kept: 0 for the zero time.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func moment(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds).UTC()
}
