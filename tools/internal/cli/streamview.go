package cli

import (
	"strings"
	"time"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// streamView is an open stream as the command line shows it.
type streamView struct {
	StreamID        string     `json:"stream_id"`
	Method          string     `json:"method"`
	WorkID          string     `json:"work_id"`
	Tenant          string     `json:"tenant"`
	Subject         string     `json:"subject"`
	Peer            string     `json:"peer"`
	State           string     `json:"state"`
	StartTime       *time.Time `json:"start_time,omitempty"`
	LastMessageTime *time.Time `json:"last_message_time,omitempty"`
	Messages        int64      `json:"message_count"`
	Bytes           int64      `json:"byte_count"`
	// Received and Durable are in bytes, or in frames of points.
	Received int64 `json:"received"`
	Durable  int64 `json:"durable"`
}

func viewStream(s *streamv1.Stream) streamView {
	return streamView{
		StreamID: s.GetStreamId(), Method: s.GetMethod(), WorkID: s.GetWorkId(),
		Tenant: s.GetTenant(), Subject: s.GetSubject(), Peer: s.GetPeer(),
		State:     enumName(s.GetState(), "STREAM_STATE_"),
		StartTime: timeOf(s.GetStartTime()), LastMessageTime: timeOf(s.GetLastMessageTime()),
		Messages: s.GetMessageCount(), Bytes: s.GetByteCount(),
		Received: s.GetPosition().GetReceived(), Durable: s.GetPosition().GetDurable(),
	}
}

func streamColumns() []string {
	return []string{"STREAM ID", "STATE", "RECEIVED", "DURABLE", "STARTED", "SUBJECT", "PEER", "METHOD", "WORK ID"}
}

func (s streamView) id() string { return s.StreamID }

func (s streamView) row() []string {
	return []string{
		s.StreamID, s.State, s.amount(s.Received), s.amount(s.Durable), showTime(s.StartTime),
		s.Tenant + "/" + s.Subject, s.Peer, s.Method[strings.LastIndexByte(s.Method, '/')+1:], human.Text(s.WorkID),
	}
}

// amount shows a position: in frames where the stream carries points, in bytes
// elsewhere.
func (s streamView) amount(position int64) string {
	if strings.HasPrefix(strings.TrimPrefix(s.Method, "/"), "sluice.collector.v1.") {
		return human.Count(int(position), "frame")
	}
	return human.Size(position)
}
