package ingest

import (
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// watch is one caller's view of the streams of a tenant.
type watch struct {
	registry *Registry
	tenant   string
	// sent has what the caller was last told of each open stream.
	sent map[string]*sentStream
}

type sentStream struct {
	stream *Stream
	last   *streamv1.Stream
}

// tell tells the caller of every stream that is new or has changed since it
// last did, and of those that have ended.
func (w *watch) tell(out grpc.ServerStreamingServer[streamv1.WatchStreamsResponse]) error {
	for _, stream := range w.registry.Streams(w.tenant) {
		if w.sent[stream.ID] == nil {
			w.sent[stream.ID] = &sentStream{stream: stream}
		}
	}
	for id, entry := range w.sent {
		shown := entry.stream.Proto()
		if proto.Equal(shown, entry.last) {
			continue
		}
		if err := out.Send(&streamv1.WatchStreamsResponse{Stream: shown}); err != nil {
			return err
		}
		entry.last = shown
		if shown.GetState() == streamv1.StreamState_STREAM_STATE_ENDED {
			delete(w.sent, id)
		}
	}
	return nil
}
