package tests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// What the server of the bad input takes.
const (
	badFramePoints  = 50
	badMessageBytes = 64 << 10
)

// badFrames is a stream that is refused.
type badFrames struct {
	name string
	// before is the number of good frames on the stream before the bad message.
	before int64
	// bad is the message that is refused. It is sent first where there is
	// nothing before it.
	bad    []byte
	code   codes.Code
	reason string
	field  string
}

// badSource measures what is sent on the streams with bad input.
const badSource = "bad"

func TestBadFramesAreRefusedAndWhatWasAcceptedStays(t *testing.T) {
	s := startCollector(t, "--max-frame-points", fmt.Sprint(badFramePoints), "--max-message-bytes", fmt.Sprint(badMessageBytes))
	for _, tt := range append(badSequences(t), append(badHeads(t), badMessages(t)...)...) {
		t.Run(tt.name, func(t *testing.T) { testBadFrames(t, s, tt) })
	}
}

// testBadFrames gives the bad message behind good frames, and goes on with the
// producer after the refusal.
func testBadFrames(t *testing.T, s *collector, tt badFrames) {
	t.Helper()
	ctx := bounded(t)
	id, source := uuid.NewString(), badSource+"-"+tt.name
	messages := [][]byte{encoded(t, producer(id, 3))}
	for i := int64(1); i <= tt.before; i++ {
		messages = append(messages, encoded(t, numberedFrame(i, tick(source, i))))
	}
	_, err := s.deliverRaw(ctx, append(messages, tt.bad)...)
	r := requireRefused(t, err, tt.code, tt.reason)
	require.Equal(t, tt.field, r.field, "%v", err)
	require.Zero(t, r.retryAfter, "a retry does not help")
	require.Equal(t, id, r.cut.GetWorkId())
	require.Equal(t, tt.before, r.cut.GetPosition().GetReceived())
	require.Equal(t, tt.before, r.cut.GetPosition().GetDurable())
	s.requirePosition(ctx, t, id, tt.before)

	next := tt.before + 1
	stream, hello := s.mustOpen(ctx, t, producer(id, 3))
	require.Equal(t, next, hello.GetNext())
	require.NoError(t, stream.send(numberedFrame(next, tick(source, next))))
	receipt, err := stream.finish()
	require.NoError(t, err)
	require.Equal(t, next, receipt.GetEpochTotals().GetSuccessfulCount())
	want := stored{}
	for i := int64(1); i <= next; i++ {
		want.take(tick(source, i))
	}
	s.requireQueried(ctx, t, want, ofSource(source), waitFor(id, next))
}

func badSequences(t *testing.T) []badFrames {
	t.Helper()
	frame := func(sequence int64) []byte { return encoded(t, numberedFrame(sequence, tick(badSource, 99))) }
	return []badFrames{
		{"gap", 2, frame(4), codes.FailedPrecondition, "SEQUENCE_GAP", "sequence"},
		{"wide_gap", 2, frame(1 << 62), codes.FailedPrecondition, "SEQUENCE_GAP", "sequence"},
		{"gap_without_points", 2, encoded(t, numberedFrame(4)), codes.FailedPrecondition, "SEQUENCE_GAP", "sequence"},
		{"unknown_producer_goes_on", 0, frame(2), codes.FailedPrecondition, "PRODUCER_EXPIRED", "sequence"},
		{"negative_sequence", 2, frame(-1), codes.InvalidArgument, "FIELD_INVALID", "sequence"},
		{"points_without_sequence", 2, frame(0), codes.InvalidArgument, "FIELD_INVALID", "sequence"},
		{"many_points", 2, encoded(t, numberedFrame(3, make([]*collectorv1.DataPoint, badFramePoints+1)...)), codes.InvalidArgument, "FRAME_TOO_LARGE", "points"},
		{"many_points_again", 2, encoded(t, numberedFrame(1, make([]*collectorv1.DataPoint, badFramePoints+1)...)), codes.InvalidArgument, "FRAME_TOO_LARGE", "points"},
	}
}

func badHeads(t *testing.T) []badFrames {
	t.Helper()
	head := func(id string, epoch int64) []byte {
		return encoded(t, &pointsRequest{ProducerId: id, Epoch: epoch, Sequence: 3, Points: []*collectorv1.DataPoint{tick(badSource, 99)}})
	}
	return []badFrames{
		{"other_producer", 2, head("another", 0), codes.InvalidArgument, "HEADER_CHANGED", "producer_id"},
		{"older_epoch_later", 2, head("", 2), codes.InvalidArgument, "HEADER_CHANGED", "epoch"},
		{"newer_epoch_later", 2, head("", 4), codes.InvalidArgument, "HEADER_CHANGED", "epoch"},
	}
}

func badMessages(t *testing.T) []badFrames {
	t.Helper()
	good := encoded(t, numberedFrame(3, tick(badSource, 99)))
	padding := protowire.AppendBytes(protowire.AppendTag(nil, 15, protowire.BytesType), make([]byte, badMessageBytes*2+100))
	notUTF8 := func(spoil func(*collectorv1.DataPoint)) []byte {
		point := tick(badSource, 99)
		spoil(point)
		return []byte(strings.ReplaceAll(string(encoded(t, numberedFrame(3, point))), "BYTE", "\xff\xfe\xfd\xfc"))
	}
	return []badFrames{
		{"garbage", 2, []byte("\xff\xff\xff\xff garbage"), codes.InvalidArgument, "MALFORMED_MESSAGE", ""},
		{"truncated", 2, good[:len(good)-1], codes.InvalidArgument, "MALFORMED_MESSAGE", ""},
		{"field_number_0", 2, []byte{0, 1}, codes.InvalidArgument, "MALFORMED_MESSAGE", ""},
		{"source_not_UTF8", 2, notUTF8(setSource("BYTE")), codes.InvalidArgument, "MALFORMED_MESSAGE", ""},
		{"metric_not_UTF8", 2, notUTF8(setMetric("BYTE", 1)), codes.InvalidArgument, "MALFORMED_MESSAGE", ""},
		{"tag_not_UTF8", 2, notUTF8(setTag("room", "BYTE")), codes.InvalidArgument, "MALFORMED_MESSAGE", ""},
		{"large_message", 2, append(good, padding...), codes.ResourceExhausted, "MESSAGE_TOO_LARGE", ""},
	}
}

func encoded(t *testing.T, message proto.Message) []byte {
	t.Helper()
	if request, ok := message.(*pointsRequest); ok {
		for i, point := range request.GetPoints() {
			if point == nil {
				request.Points[i] = tick(badSource, int64(i))
			}
		}
	}
	data, err := proto.Marshal(message)
	require.NoError(t, err)
	return data
}

// TestBadFirstMessagesOfPointsAreRefused sends what names no work, so that
// nothing comes of it.
func TestBadFirstMessagesOfPointsAreRefused(t *testing.T) {
	s := startCollector(t)
	ctx := bounded(t)
	head := func(id string, epoch int64) []byte { return encoded(t, producer(id, epoch)) }
	tests := []struct {
		name   string
		first  []byte
		code   codes.Code
		reason string
		field  string
	}{
		{"no_message", nil, codes.InvalidArgument, "EMPTY_STREAM", ""},
		{"garbage", []byte("\xff\xff\xff\xff garbage"), codes.InvalidArgument, "MALFORMED_MESSAGE", ""},
		{"producer_id_with_space", head("a b", 0), codes.InvalidArgument, "FIELD_INVALID", "producer_id"},
		{"producer_id_with_umlaut", head("ä", 0), codes.InvalidArgument, "FIELD_INVALID", "producer_id"},
		{"producer_id_with_slash", head("../a", 0), codes.InvalidArgument, "FIELD_INVALID", "producer_id"},
		{"long_producer_id", head(strings.Repeat("p", 129), 0), codes.InvalidArgument, "FIELD_INVALID", "producer_id"},
		{"negative_epoch", head("negative-epoch", -1), codes.InvalidArgument, "FIELD_INVALID", "epoch"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var messages [][]byte
			if tt.first != nil {
				messages = append(messages, tt.first)
			}
			_, err := s.deliverRaw(ctx, messages...)
			r := requireRefused(t, err, tt.code, tt.reason)
			require.Equal(t, tt.field, r.field, "%v", err)
		})
	}
	_, err := s.positionOf(ctx, "negative-epoch")
	requireRefused(t, err, codes.NotFound, "PRODUCER_NOT_FOUND")
	series, err := s.points.ListSeries(ctx, &collectorv1.ListSeriesRequest{})
	require.NoError(t, err)
	require.Empty(t, series.GetSeries())
}

// TestStreamWithoutProducerCannotTakeAName names the producer too late.
func TestStreamWithoutProducerCannotTakeAName(t *testing.T) {
	s := startCollector(t)
	ctx := bounded(t)
	_, err := s.deliver(ctx, numberedFrame(0, tick(badSource, 1)), producer("late", 0))
	r := requireRefused(t, err, codes.InvalidArgument, "HEADER_CHANGED")
	require.Equal(t, "producer_id", r.field)
	require.Equal(t, int64(1), r.cut.GetPosition().GetDurable(), "what came before stays")
	want := stored{}
	want.take(tick(badSource, 1))
	s.requireQueried(ctx, t, want, selection{}, waitFor(r.cut.GetWorkId(), 1))
}

// TestMessageOfTwiceTheLimit is refused by gRPC itself, which gives no reason.
func TestMessageOfTwiceTheLimit(t *testing.T) {
	s := startCollector(t, "--max-message-bytes", fmt.Sprint(badMessageBytes))
	ctx := bounded(t)
	id := uuid.NewString()
	padding := protowire.AppendBytes(protowire.AppendTag(nil, 15, protowire.BytesType), make([]byte, 5*badMessageBytes))
	_, err := s.deliverRaw(ctx, encoded(t, producer(id, 0)), encoded(t, numberedFrame(1, tick(badSource, 1))), padding)
	require.Equal(t, codes.ResourceExhausted, refusalOf(err).code, "%v", err)
	// gRPC does not wait for the handler, which still has the frame before.
	s.awaitDurable(ctx, t, id, 1)
}
