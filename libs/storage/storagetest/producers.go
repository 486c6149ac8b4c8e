package storagetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/producer"
)

var morning = time.Date(2026, 11, 22, 8, 0, 0, 123_456_789, time.UTC)

func producerState(key producer.Key, sequence int64) producer.State {
	return producer.State{
		Key: key, Epoch: 3, Sequence: sequence, Time: morning,
		Counts:  map[int32]int64{0: 1 << 40, 7: sequence, -1: 2},
		Receipt: &producer.Receipt{Sequence: sequence, Time: morning.Add(time.Second), Answer: []byte("\x00\xff answer")},
	}
}

func positionMoves(_ *testing.T, f *fixture) {
	f.requirePosition()
	for range 3 {
		f.put()
		f.requirePosition()
		f.put(producerState(producer.Key{ProducerID: "p"}, int64(f.position)))
		f.requirePosition()
		f.reopen()
		f.requirePosition()
	}
}

func producerComesBack(_ *testing.T, f *fixture) {
	full := producerState(producer.Key{Tenant: "a", Subject: "b", ProducerID: "c"}, 5)
	bare := producer.State{Key: producer.Key{Tenant: "a", Subject: "b", ProducerID: "bare"}}
	odd := producer.State{
		Key: producer.Key{Tenant: "", Subject: `'"\; --`, ProducerID: "日本語"}, Epoch: 1<<63 - 1, Sequence: -1,
		Receipt: &producer.Receipt{Answer: []byte{}},
	}
	f.put(full, bare, odd)
	for range 2 {
		f.requireProducer(&full, full.Key)
		f.requireProducer(&bare, bare.Key)
		f.requireProducer(&odd, odd.Key)
		f.requireProducer(nil, producer.Key{Tenant: "a", Subject: "b", ProducerID: "nobody"})
		f.reopen()
	}
}

func producerIsReplaced(_ *testing.T, f *fixture) {
	key, other := producer.Key{ProducerID: "p"}, producer.Key{ProducerID: "q"}
	f.put(producerState(key, 1), producerState(other, 1))
	for sequence := int64(2); sequence < 5; sequence++ {
		state := producerState(key, sequence)
		f.put(state)
		f.requireProducer(&state, key)
	}
	bare := producer.State{Key: key, Epoch: 4}
	f.put(bare)
	f.requireProducer(&bare, key)
	untouched := producerState(other, 1)
	f.requireProducer(&untouched, other)
}

func producersDiffer(_ *testing.T, f *fixture) {
	keys := []producer.Key{
		{Tenant: "a", Subject: "b", ProducerID: "c"}, {Tenant: "x", Subject: "b", ProducerID: "c"},
		{Tenant: "a", Subject: "x", ProducerID: "c"}, {Tenant: "a", Subject: "b", ProducerID: "x"},
	}
	for i, key := range keys {
		f.put(producerState(key, int64(i)))
	}
	for i, key := range keys {
		want := producerState(key, int64(i))
		f.requireProducer(&want, key)
	}
}

func producersAreForgotten(t *testing.T, f *fixture) {
	state := func(id string, record, receipt time.Duration) producer.State {
		s := producerState(producer.Key{ProducerID: id}, 1)
		s.Time, s.Receipt.Time = morning.Add(record), morning.Add(receipt)
		return s
	}
	idle := state("idle", -time.Nanosecond, -time.Nanosecond)
	old := state("old receipt", time.Hour, -time.Nanosecond)
	fresh := state("fresh", 0, 0)
	f.put(idle, old, fresh)
	forgotten, err := f.ForgetProducers(t.Context(), morning, morning)
	require.NoError(t, err)
	require.Equal(t, 1, forgotten)
	old.Receipt = nil
	for range 2 {
		f.requireProducer(nil, idle.Key)
		f.requireProducer(&old, old.Key)
		f.requireProducer(&fresh, fresh.Key)
		f.reopen()
	}
	f.requirePosition()
}
