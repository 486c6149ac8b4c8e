package tests

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// sizeLimit is the largest file that the server of the bad input takes.
const sizeLimit = 4 << 20

// fate is what becomes of an upload after a refusal.
type fate int

const (
	// resumable: what was accepted is durable and the upload goes on from there.
	resumable fate = iota
	// forgotten: the same upload_id begins anew.
	forgotten
	// unknown: the server never took the upload in.
	unknown
)

type badInput struct {
	name string
	// messages to send, in order; goodHeader and goodChunk make those that are
	// fine. Then the client closes its side.
	messages []*fileuploadv1.UploadFileRequest
	code     codes.Code
	reason   string
	field    string
	fate     fate
}

// goodContent is what the uploads with bad input would bring: four chunks.
var goodContent = testkit.NewContent(5, 4*chunkSize)

const goodName = "upload.bin"

func goodHeader(changes ...func(*fileuploadv1.UploadFileRequest)) *fileuploadv1.UploadFileRequest {
	return changed(header(goodName, "", goodContent.Size()), changes)
}

// goodChunk is chunk i of the good content.
func goodChunk(i int64, changes ...func(*fileuploadv1.UploadFileRequest)) *fileuploadv1.UploadFileRequest {
	return changed(chunk(goodContent, i*chunkSize, chunkSize), changes)
}

func changed(m *fileuploadv1.UploadFileRequest, changes []func(*fileuploadv1.UploadFileRequest)) *fileuploadv1.UploadFileRequest {
	for _, change := range changes {
		change(m)
	}
	return m
}

func stream(messages ...*fileuploadv1.UploadFileRequest) []*fileuploadv1.UploadFileRequest {
	return messages
}

func TestBadInputIsRefusedAndWhatWasAcceptedStays(t *testing.T) {
	s := startServer(t, "--max-file-size", "4MiB")
	ctx := bounded(t)
	w := s.storeWitness(ctx, t)
	tests := append(badPlaces(), badChunks()...)
	tests = append(tests, badHeaders()...)
	tests = append(tests, badEnds()...)
	tests = append(tests, badMetadata()...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { testBadInput(t, s, tt) })
	}
	s.requireWitness(ctx, t, w)
	files, err := s.files.ListFiles(ctx, &fileuploadv1.ListFilesRequest{})
	require.NoError(t, err)
	for _, file := range files.GetFiles() {
		require.Contains(t, []string{witnessName, goodName}, file.GetFileName())
	}
}

func testBadInput(t *testing.T, s *server, tt badInput) {
	t.Helper()
	ctx := bounded(t)
	w := s.storeWitness(ctx, t)
	id := tt.messages[0].GetUploadId()
	if id == "" && tt.fate != unknown {
		id = uuid.NewString()
		tt.messages[0].UploadId = id
	}
	err := s.sendAll(ctx, tt.messages)
	r := requireRefused(t, err, tt.code, tt.reason)
	require.Equal(t, tt.field, r.field, "%v", err)
	switch tt.fate {
	case resumable:
		s.requireResumable(ctx, t, id, r)
	case forgotten:
		s.requireForgotten(ctx, t, id)
		_, receipt := s.mustResume(ctx, t, goodName, id, goodContent)
		s.requireStored(ctx, t, receipt.GetFileId(), goodName, goodContent)
	case unknown:
		if id != "" {
			s.requireForgotten(ctx, t, id)
		}
	}
	s.requireWitness(ctx, t, w)
}

// sendAll sends messages, closes the client's side and returns the outcome.
func (p peer) sendAll(ctx context.Context, messages []*fileuploadv1.UploadFileRequest) error {
	u, err := p.begin(ctx, messages[0])
	if err != nil {
		return err
	}
	defer u.cancel()
	for _, message := range messages[1:] {
		if err := u.send(message); err != nil && !errors.Is(err, errAnswered) {
			return err
		}
	}
	_, err = u.finish()
	return err
}

// requireResumable goes on with an upload of the good content from where its
// refusal says.
func (p peer) requireResumable(ctx context.Context, t *testing.T, id string, r refusal) {
	t.Helper()
	require.NotNil(t, r.cut, "a stream that can be resumed ends with a CutDetail")
	require.NotEmpty(t, r.cut.GetStreamId())
	require.Equal(t, id, r.cut.GetWorkId())
	position := r.cut.GetPosition()
	require.Equal(t, position.GetReceived(), position.GetDurable(), "what came before the cut is durable")
	hello, receipt := p.mustResume(ctx, t, goodName, id, goodContent)
	require.Equal(t, position.GetDurable(), hello.GetPosition().GetDurable())
	require.Equal(t, position.GetDurable(), hello.GetNext())
	require.Equal(t, int32(2), receipt.GetStreamCount())
	p.requireStored(ctx, t, receipt.GetFileId(), goodName, goodContent)
}

// requireForgotten wants no upload of this name.
func (p peer) requireForgotten(ctx context.Context, t *testing.T, id string) {
	t.Helper()
	_, err := p.files.GetUpload(ctx, &fileuploadv1.GetUploadRequest{UploadId: id})
	requireRefused(t, err, codes.NotFound, "UPLOAD_NOT_FOUND")
}

func badPlaces() []badInput {
	place := func(offset int64) func(*fileuploadv1.UploadFileRequest) {
		return func(m *fileuploadv1.UploadFileRequest) { m.Offset = offset }
	}
	return []badInput{
		{
			name:     "gap",
			messages: stream(goodHeader(), goodChunk(0), goodChunk(2)),
			code:     codes.FailedPrecondition, reason: "OFFSET_MISMATCH", field: "offset",
		},
		{
			name:     "gap_of_one_byte",
			messages: stream(goodHeader(), goodChunk(0), goodChunk(1, place(chunkSize+1))),
			code:     codes.FailedPrecondition, reason: "OFFSET_MISMATCH", field: "offset",
		},
		{
			name:     "gap_at_the_start",
			messages: stream(goodHeader(), goodChunk(1)),
			code:     codes.FailedPrecondition, reason: "OFFSET_MISMATCH", field: "offset",
		},
		{
			name:     "repeat_with_other_content",
			messages: stream(goodHeader(), goodChunk(0), goodChunk(1), goodChunk(2, place(0))),
			code:     codes.FailedPrecondition, reason: "OFFSET_MISMATCH", field: "offset",
		},
		{
			name:     "overlap_with_other_content",
			messages: stream(goodHeader(), goodChunk(0), goodChunk(1, place(100))),
			code:     codes.FailedPrecondition, reason: "OFFSET_MISMATCH", field: "offset",
		},
		{
			name:     "negative_offset",
			messages: stream(goodHeader(), goodChunk(0), goodChunk(1, place(-1))),
			code:     codes.InvalidArgument, reason: "FIELD_INVALID", field: "offset",
		},
	}
}

func badChunks() []badInput {
	data := func(n int64) func(*fileuploadv1.UploadFileRequest) {
		return func(m *fileuploadv1.UploadFileRequest) { m.Data = make([]byte, n) }
	}
	return []badInput{
		{
			name: "damaged_on_the_way",
			messages: stream(goodHeader(), goodChunk(0), goodChunk(1, func(m *fileuploadv1.UploadFileRequest) {
				m.Crc32C = new(crc32.Checksum(m.GetData(), castagnoli) ^ 1)
			})),
			code: codes.DataLoss, reason: "CHUNK_CHECKSUM_MISMATCH", field: "crc32c",
		},
		{
			name:     "chunk_too_large",
			messages: stream(goodHeader(), goodChunk(0), goodChunk(1, data(1<<20+1))),
			code:     codes.InvalidArgument, reason: "CHUNK_TOO_LARGE", field: "data",
		},
		{
			name:     "message_too_large",
			messages: stream(goodHeader(), goodChunk(0), goodChunk(1, data(2<<20))),
			code:     codes.ResourceExhausted, reason: "MESSAGE_TOO_LARGE",
		},
		{
			name:     "first_message_too_large",
			messages: stream(goodHeader(data(2 << 20))),
			code:     codes.ResourceExhausted, reason: "MESSAGE_TOO_LARGE", fate: unknown,
		},
	}
}

func badHeaders() []badInput {
	id := func(id string) func(*fileuploadv1.UploadFileRequest) {
		return func(m *fileuploadv1.UploadFileRequest) { m.UploadId = id }
	}
	refused := func(name, reason, field string, change func(*fileuploadv1.UploadFileRequest)) badInput {
		return badInput{
			name: name, messages: stream(goodHeader(change)),
			code: codes.InvalidArgument, reason: reason, field: field, fate: unknown,
		}
	}
	later := func(name, field string, change func(*fileuploadv1.UploadFileRequest)) badInput {
		return badInput{
			name: name, messages: stream(goodHeader(), goodChunk(0), goodChunk(1, change)),
			code: codes.InvalidArgument, reason: "HEADER_CHANGED", field: field,
		}
	}
	return []badInput{
		refused("upload_id_with_a_slash", "FIELD_INVALID", "upload_id", id("a/b")),
		refused("upload_id_with_a_space", "FIELD_INVALID", "upload_id", id("a b")),
		refused("upload_id_too_long", "FIELD_INVALID", "upload_id", id(strings.Repeat("a", 129))),
		refused("no_name", "HEADER_MISSING", "file_name", func(m *fileuploadv1.UploadFileRequest) { m.FileName = "" }),
		refused("only_data_in_the_first_message", "HEADER_MISSING", "file_name", func(m *fileuploadv1.UploadFileRequest) {
			proto.Reset(m)
			m.Data = []byte("x")
		}),
		refused("negative_size", "FIELD_INVALID", "total_size", func(m *fileuploadv1.UploadFileRequest) { m.TotalSize = proto.Int64(-1) }),
		refused("checksum_that_is_none", "FIELD_INVALID", "checksum", func(m *fileuploadv1.UploadFileRequest) { m.Checksum = "abc" }),
		refused("checksum_not_in_hexadecimal", "FIELD_INVALID", "checksum", func(m *fileuploadv1.UploadFileRequest) {
			m.Checksum = strings.Repeat("x", 64)
		}),
		refused("content_type_too_long", "FIELD_INVALID", "content_type", func(m *fileuploadv1.UploadFileRequest) {
			m.ContentType = strings.Repeat("a", 256)
		}),
		later("name_changed_later", "file_name", func(m *fileuploadv1.UploadFileRequest) { m.FileName = "other.bin" }),
		later("size_changed_later", "total_size", func(m *fileuploadv1.UploadFileRequest) { m.TotalSize = proto.Int64(1) }),
		later("upload_id_changed_later", "upload_id", id("another")),
		later("content_type_changed_later", "content_type", func(m *fileuploadv1.UploadFileRequest) { m.ContentType = "text/csv" }),
		later("metadata_changed_later", "metadata", func(m *fileuploadv1.UploadFileRequest) { m.Metadata = map[string]string{"a": "b"} }),
	}
}

func badEnds() []badInput {
	last := func(m *fileuploadv1.UploadFileRequest) { m.IsLastChunk = true }
	undeclared := func(m *fileuploadv1.UploadFileRequest) { m.TotalSize = nil }
	overLimit := stream(goodHeader(undeclared))
	big := testkit.NewContent(6, sizeLimit+chunkSize)
	for offset := int64(0); offset < big.Size(); offset += chunkSize {
		overLimit = append(overLimit, chunk(big, offset, chunkSize))
	}
	return []badInput{
		{
			name:     "half_close_too_early",
			messages: stream(goodHeader(), goodChunk(0), goodChunk(1)),
			code:     codes.InvalidArgument, reason: "INCOMPLETE",
		},
		{
			name:     "half_close_after_the_header",
			messages: stream(goodHeader()),
			code:     codes.InvalidArgument, reason: "INCOMPLETE",
		},
		{
			name:     "less_than_declared",
			messages: stream(goodHeader(), goodChunk(0), goodChunk(1, last)),
			code:     codes.InvalidArgument, reason: "SIZE_MISMATCH", field: "total_size", fate: forgotten,
		},
		{
			name: "more_than_declared",
			messages: stream(goodHeader(), goodChunk(0), goodChunk(1), goodChunk(2),
				goodChunk(3, func(m *fileuploadv1.UploadFileRequest) { m.Data = append(m.Data, 'x') })),
			code: codes.InvalidArgument, reason: "SIZE_MISMATCH", field: "data", fate: forgotten,
		},
		{
			name: "checksum_wrong",
			messages: stream(goodHeader(func(m *fileuploadv1.UploadFileRequest) { m.Checksum = strings.Repeat("a", 64) }),
				goodChunk(0), goodChunk(1), goodChunk(2), goodChunk(3, last)),
			code: codes.InvalidArgument, reason: "CHECKSUM_MISMATCH", field: "checksum", fate: forgotten,
		},
		{
			name:     "over_the_limit_declared",
			messages: stream(goodHeader(func(m *fileuploadv1.UploadFileRequest) { m.TotalSize = proto.Int64(sizeLimit + 1) })),
			code:     codes.InvalidArgument, reason: "SIZE_LIMIT_EXCEEDED", field: "total_size", fate: forgotten,
		},
		{
			name: "over_the_limit_undeclared", messages: overLimit,
			code: codes.InvalidArgument, reason: "SIZE_LIMIT_EXCEEDED", field: "data", fate: forgotten,
		},
	}
}

func badMetadata() []badInput {
	refused := func(name string, metadata map[string]string) badInput {
		return badInput{
			name:     "metadata_" + name,
			messages: stream(goodHeader(func(m *fileuploadv1.UploadFileRequest) { m.Metadata = metadata })),
			code:     codes.InvalidArgument, reason: "FIELD_INVALID", field: "metadata", fate: unknown,
		}
	}
	return []badInput{
		refused("with_too_many_entries", entries(65, 1)),
		refused("too_large_together", entries(20, 900)),
		refused("with_an_empty_key", map[string]string{"": "x"}),
		refused("with_a_key_too_long", map[string]string{strings.Repeat("k", 129): "x"}),
		refused("with_a_value_too_long", map[string]string{"k": strings.Repeat("v", 1025)}),
		refused("with_a_control_character", map[string]string{"k": "a\x1bb"}),
		refused("with_a_control_character_in_a_key", map[string]string{"k\n": "a"}),
	}
}

func entries(n, valueBytes int) map[string]string {
	m := make(map[string]string)
	for i := range n {
		m[fmt.Sprintf("key%d", i)] = string(bytes.Repeat([]byte("v"), valueBytes))
	}
	return m
}
