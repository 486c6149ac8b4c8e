package tests

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// rawCodec sends bytes as they are, in place of a message.
type rawCodec struct{}

var _ encoding.CodecV2 = rawCodec{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.([]byte))}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	return proto.Unmarshal(data.Materialize(), v.(proto.Message))
}

// sendRaw sends raw messages to UploadFile and returns the outcome.
func (p peer) sendRaw(ctx context.Context, messages ...[]byte) error {
	method := fileuploadv1.FileUploadService_UploadFile_FullMethodName
	s, err := p.conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, method, grpc.ForceCodecV2(rawCodec{}))
	if err != nil {
		return err
	}
	for _, message := range messages {
		if s.SendMsg(message) != nil {
			break // RecvMsg tells why
		}
	}
	if err := s.CloseSend(); err != nil {
		return err
	}
	return s.RecvMsg(new(fileuploadv1.UploadFileResponse))
}

func TestMalformedMessagesAreRefused(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	w := s.storeWitness(ctx, t)
	const id = "malformed"
	good, err := proto.Marshal(goodHeader(func(m *fileuploadv1.UploadFileRequest) { m.UploadId = id }))
	require.NoError(t, err)
	name := func(name string) []byte {
		return protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), name)
	}
	tests := []struct {
		name   string
		first  []byte
		second []byte
		code   codes.Code
		reason string
		fate   fate
	}{
		{name: "no_message_at_all", code: codes.InvalidArgument, reason: "EMPTY_STREAM", fate: unknown},
		{name: "empty_message", first: []byte{}, code: codes.InvalidArgument, reason: "HEADER_MISSING", fate: unknown},
		{name: "name_not_utf8", first: name("a\xff.txt"), code: codes.InvalidArgument, reason: "MALFORMED_MESSAGE", fate: unknown},
		{name: "name_half_a_surrogate", first: name("a\xed\xa0\x80.txt"), code: codes.InvalidArgument, reason: "MALFORMED_MESSAGE", fate: unknown},
		{name: "garbage", first: []byte("\xff\xff\xff\xff garbage"), code: codes.InvalidArgument, reason: "MALFORMED_MESSAGE", fate: unknown},
		{name: "truncated", first: good[:len(good)-1], code: codes.InvalidArgument, reason: "MALFORMED_MESSAGE", fate: unknown},
		{
			name: "garbage_later", first: good, second: []byte{0x12, 0x7f, 1},
			code: codes.InvalidArgument, reason: "MALFORMED_MESSAGE",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var messages [][]byte
			for _, message := range [][]byte{tt.first, tt.second} {
				if message != nil {
					messages = append(messages, message)
				}
			}
			r := requireRefused(t, s.sendRaw(ctx, messages...), tt.code, tt.reason)
			if tt.fate == resumable {
				s.requireResumable(ctx, t, id, r)
			}
		})
	}
	s.requireWitness(ctx, t, w)
}
