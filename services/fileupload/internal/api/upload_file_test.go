package api_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

func TestAReceiptSaysWhatIsStored(t *testing.T) {
	h := newHarness(t)
	content := random(3*checkpointEvery + 17)
	u := h.begin(t, &request{
		FileName: "data.bin", TotalSize: new(int64(len(content))), UploadId: "u1", ContentType: "image/png",
		Checksum: strings.ToUpper(sha(content)), Metadata: map[string]string{"host": "a"},
	})
	hello := u.hello()
	require.Equal(t, "u1", hello.GetWorkId())
	require.Zero(t, hello.GetNext())
	require.Equal(t, int64(chunkLimit), hello.GetMaxMessageBytes())
	u.sendContent(content, 0, len(content), false)
	receipt := u.receipt() // half-close at the declared size completes it

	require.Equal(t, sha(content), receipt.GetChecksum())
	require.Equal(t, int64(len(content)), receipt.GetTotalSize())
	require.Equal(t, fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE, receipt.GetStatus())
	require.Equal(t, int64(len(content)), receipt.GetPosition().GetDurable())
	require.Equal(t, int32(1), receipt.GetStreamCount())
	require.Zero(t, receipt.GetDuplicateBytes())
	require.Len(t, receipt.GetErrors(), 1)
	require.Equal(t, "CONTENT_TYPE_DIFFERS", receipt.GetErrors()[0].GetReason())

	got, err := h.download(t, &fileuploadv1.DownloadFileRequest{FileId: receipt.GetFileId()})
	require.NoError(t, err)
	require.Equal(t, content, got)
	file, err := h.files.GetFile(t.Context(), &fileuploadv1.GetFileRequest{FileId: receipt.GetFileId()})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"host": "a"}, file.GetFile().GetMetadata())
}

func TestAFileOfOneMessage(t *testing.T) {
	h := newHarness(t)
	for name, content := range map[string]string{"small.txt": "hello", "empty.txt": ""} {
		receipt := h.begin(t, &request{FileName: name, Data: []byte(content), IsLastChunk: true}).receipt()
		require.Equal(t, sha([]byte(content)), receipt.GetChecksum())
		require.NotEmpty(t, receipt.GetUploadId(), "the server names what the client did not")
	}
	declaredEmpty := h.begin(t, &request{FileName: "empty.txt", TotalSize: proto.Int64(0)}).receipt()
	require.Zero(t, declaredEmpty.GetTotalSize())
}

func TestARetryGetsTheSameReceipt(t *testing.T) {
	h := newHarness(t)
	first := &request{FileName: "a.txt", Data: []byte("hello"), IsLastChunk: true, UploadId: "u1"}
	receipt := h.begin(t, first).receipt()
	again := h.begin(t, first)
	require.Equal(t, int64(5), again.hello().GetNext())
	require.Equal(t, receipt.GetChecksum(), again.hello().GetDurableChecksum())
	require.True(t, proto.Equal(receipt, again.receipt()))
	other := proto.CloneOf(first)
	other.FileName = "b.txt"
	require.Equal(t, refusal{codes.FailedPrecondition, "WORK_CHANGED", "file_name", nil}, withoutCut(h.begin(t, other).refusal()))
	// Who deletes the file may upload it again under the same name.
	_, err := h.files.DeleteFile(t.Context(), &fileuploadv1.DeleteFileRequest{FileId: receipt.GetFileId()})
	require.NoError(t, err)
	require.NotEqual(t, receipt.GetFileId(), h.begin(t, first).receipt().GetFileId())
}

func withoutCut(r refusal) refusal {
	r.cut = nil
	return r
}

func TestACutUploadGoesOnWhereItWas(t *testing.T) {
	h := newHarness(t)
	content := random(2*checkpointEvery + 1000)
	first := &request{FileName: "data.bin", TotalSize: new(int64(len(content))), UploadId: "u1"}
	cut := checkpointEvery + 3*chunkLimit
	u := h.begin(t, first)
	u.sendContent(content, 0, cut, false)
	r := u.refusal()
	require.Equal(t, "INCOMPLETE", r.reason)
	require.Equal(t, int64(cut), r.cut.GetPosition().GetDurable(), "a clean cut makes everything durable")
	require.Equal(t, "u1", r.cut.GetWorkId())

	u = h.begin(t, first)
	require.Equal(t, int64(cut), u.hello().GetNext())
	require.Equal(t, sha(content[:cut]), u.hello().GetDurableChecksum())
	u.sendContent(content, cut-100, len(content), true) // 100 bytes again
	receipt := u.receipt()
	require.Equal(t, sha(content), receipt.GetChecksum())
	require.Equal(t, int32(2), receipt.GetStreamCount())
	require.Equal(t, int64(100), receipt.GetDuplicateBytes())
}

func TestACrashFallsBackToTheCheckpoint(t *testing.T) {
	dir := t.TempDir()
	content := random(2*checkpointEvery + 1000)
	first := &request{FileName: "data.bin", UploadId: "u1"}
	t.Run("before", func(t *testing.T) {
		h := openHarness(t, dir, fileLimit)
		u := h.begin(t, first)
		u.sendContent(content, 0, checkpointEvery+chunkLimit, false)
		require.Eventually(t, func() bool {
			at, err := h.files.GetUpload(t.Context(), &fileuploadv1.GetUploadRequest{UploadId: "u1"})
			return err == nil && at.GetUpload().GetPosition().GetReceived() == checkpointEvery+chunkLimit &&
				at.GetUpload().GetPosition().GetDurable() == checkpointEvery &&
				at.GetUpload().GetDurableChecksum() == sha(content[:checkpointEvery])
		}, 10*time.Second, time.Millisecond)
		// A second catalog over the same folder sees what a crash would leave.
		crashed := openHarness(t, copyOf(t, dir), fileLimit)
		next := crashed.begin(t, first)
		require.Equal(t, int64(checkpointEvery), next.hello().GetNext())
		require.Equal(t, sha(content[:checkpointEvery]), next.hello().GetDurableChecksum())
		next.sendContent(content, checkpointEvery, len(content), true)
		require.Equal(t, sha(content), next.receipt().GetChecksum())
		require.Equal(t, "INCOMPLETE", u.refusal().reason)
	})
}

// The receipt of a finished upload holds for what its retry sends.
func TestARetryWithOtherContentIsRefused(t *testing.T) {
	h := newHarness(t)
	h.begin(t, &request{FileName: "a.txt", UploadId: "u1", Data: []byte("hello"), IsLastChunk: true}).receipt()
	want := func(field string) refusal { return refusal{codes.FailedPrecondition, "WORK_CHANGED", field, nil} }
	for name, test := range map[string]struct {
		sent  []*request
		field string
	}{
		"other bytes":      {[]*request{{Data: []byte("hellO"), IsLastChunk: true}}, "data"},
		"fewer bytes":      {[]*request{{Data: []byte("hell"), IsLastChunk: true}}, "data"},
		"more bytes":       {[]*request{{Data: []byte("hello!"), IsLastChunk: true}}, "data"},
		"more bytes later": {[]*request{{Data: []byte("hello")}, {Offset: 5, Data: []byte("!")}}, "data"},
		"a first checksum": {[]*request{{Checksum: sha([]byte("other"))}}, "checksum"},
		"a later checksum": {[]*request{{Data: []byte("hello")}, {IsLastChunk: true, Checksum: sha([]byte("other"))}}, "checksum"},
	} {
		t.Run(name, func(t *testing.T) {
			first := test.sent[0]
			first.FileName, first.UploadId = "a.txt", "u1"
			u := h.begin(t, first)
			for _, message := range test.sent[1:] {
				u.send(message)
			}
			require.Equal(t, want(test.field), withoutCut(u.refusal()))
		})
	}
	same := h.begin(t, &request{FileName: "a.txt", UploadId: "u1", Data: []byte("he")})
	same.send(&request{Offset: 2, Data: []byte("llo"), Checksum: sha([]byte("hello"))})
	require.Equal(t, int64(5), same.receipt().GetTotalSize())
}

func TestARefusedNewcomerLeavesTheStreamAlone(t *testing.T) {
	h := newHarness(t)
	u := h.begin(t, &request{FileName: "a.txt", UploadId: "u1", Data: []byte("hello")})
	h.waitReceived(t, "u1", 5)
	require.Equal(t, "WORK_CHANGED", h.begin(t, &request{FileName: "b.txt", UploadId: "u1"}).refusal().reason)
	u.send(&request{IsLastChunk: true})
	require.Equal(t, int64(5), u.receipt().GetTotalSize())
}

// The checksum may come with any stream of an upload, and holds from then on.
func TestAChecksumHoldsForLaterStreams(t *testing.T) {
	wrong := sha([]byte("other"))
	for name, streams := range map[string][]*request{
		"from the first stream": {{Checksum: wrong, Data: []byte("01234")}, {}},
		"from a later stream":   {{Data: []byte("01234")}, {Checksum: wrong}, {}},
		"from a later message":  {{Data: []byte("01234")}, {}, {}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHarness(t)
			for i, first := range streams {
				first.FileName, first.UploadId = "a.txt", "u1"
				u := h.begin(t, first)
				if i == len(streams)-1 {
					u.send(&request{IsLastChunk: true, Checksum: sha([]byte("01234"))})
					require.Equal(t, refusal{codes.FailedPrecondition, "WORK_CHANGED", "checksum", nil}, withoutCut(u.refusal()))
					u = h.begin(t, first)
					u.send(&request{IsLastChunk: true})
					require.Equal(t, "CHECKSUM_MISMATCH", u.refusal().reason)
					return
				}
				if name == "from a later message" && i == 1 {
					u.send(&request{Checksum: wrong})
				}
				require.Equal(t, "INCOMPLETE", u.refusal().reason)
			}
		})
	}
}

func TestTheNewestStreamTakesOver(t *testing.T) {
	h := newHarness(t)
	content := random(4 * chunkLimit)
	first := &request{FileName: "data.bin", UploadId: "u1"}
	old := h.begin(t, first)
	old.sendContent(content, 0, 2*chunkLimit, false)
	old.hello()
	next := h.begin(t, first)
	taken := int(next.hello().GetNext())
	r := old.refusal()
	require.Equal(t, codes.Aborted, r.code)
	require.Equal(t, "FENCED", r.reason)
	require.Equal(t, int64(taken), r.cut.GetPosition().GetDurable(), "the old stream settled before the new one said hello")
	next.sendContent(content, taken, len(content), true)
	require.Equal(t, sha(content), next.receipt().GetChecksum())
}

func TestARepeatMustBeTheSame(t *testing.T) {
	h := newHarness(t)
	u := h.begin(t, &request{FileName: "a.txt", UploadId: "u1", Data: []byte("0123456789")})
	u.send(&request{Offset: 3, Data: []byte("3456")})
	u.send(&request{Offset: 8, Data: []byte("89ab"), IsLastChunk: true})
	receipt := u.receipt()
	require.Equal(t, sha([]byte("0123456789ab")), receipt.GetChecksum())
	require.Equal(t, int64(6), receipt.GetDuplicateBytes())

	// A client that sets no offsets would repeat place 0 with other bytes.
	u = h.begin(t, &request{FileName: "a.txt", UploadId: "u2", Data: []byte("0123456789")})
	u.send(&request{Data: []byte("abc")})
	r := u.refusal()
	require.Equal(t, refusal{codes.FailedPrecondition, "OFFSET_MISMATCH", "offset", nil}, withoutCut(r))
	require.Equal(t, int64(10), r.cut.GetPosition().GetDurable())
}

// What ends an upload leaves no trace, so that the same name begins anew.
func TestAnUploadThatCannotBecomeAFileIsForgotten(t *testing.T) {
	elf := append([]byte("\x7fELF\x02\x01\x01\x00"), make([]byte, 5000)...)
	tests := []struct {
		name   string
		send   func(*upload)
		first  *request
		reason string
		field  string
	}{
		{"disguised", nil, &request{FileName: "a.txt", Data: elf}, "TYPE_NOT_ALLOWED", "data"},
		{"disguised and short", nil, &request{FileName: "a.pdf", Data: []byte("text"), IsLastChunk: true}, "TYPE_MISMATCH", "data"},
		{"more than declared", nil, &request{FileName: "a.txt", TotalSize: proto.Int64(3), Data: []byte("1234")}, "SIZE_MISMATCH", "data"},
		{"less than declared", nil, &request{FileName: "a.txt", TotalSize: proto.Int64(5), Data: []byte("1234"), IsLastChunk: true}, "SIZE_MISMATCH", "total_size"},
		{"wrong checksum", nil, &request{FileName: "a.txt", Data: []byte("1234"), IsLastChunk: true, Checksum: sha([]byte("x"))}, "CHECKSUM_MISMATCH", "checksum"},
		{"over the limit", func(u *upload) { u.sendContent(make([]byte, fileLimit+1), 0, fileLimit+1, true) }, &request{FileName: "a.bin"}, "SIZE_LIMIT_EXCEEDED", "data"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := newHarness(t)
			first := proto.CloneOf(test.first)
			first.UploadId = "u1"
			u := h.begin(t, first)
			if test.send != nil {
				test.send(u)
			}
			require.Equal(t, refusal{codes.InvalidArgument, test.reason, test.field, nil}, u.refusal())
			_, err := h.files.GetUpload(t.Context(), &fileuploadv1.GetUploadRequest{UploadId: "u1"})
			require.Equal(t, "UPLOAD_NOT_FOUND", refusalOf(t, err).reason)
			require.Empty(t, h.ids(t), "no bytes are left")
			receipt := h.begin(t, &request{FileName: "good.txt", UploadId: "u1", Data: []byte("good"), IsLastChunk: true}).receipt()
			require.Equal(t, int64(4), receipt.GetTotalSize())
		})
	}
}

func (h *harness) ids(t *testing.T) (ids []string) {
	t.Helper()
	for _, list := range []iter.Seq2[string, error]{h.store.Parts(t.Context()), h.store.Blobs(t.Context())} {
		for id, err := range list {
			require.NoError(t, err)
			ids = append(ids, id)
		}
	}
	return ids
}

func TestWhatIsRefusedAtOnce(t *testing.T) {
	h := newHarness(t)
	tests := []struct {
		name  string
		first *request
		want  refusal
	}{
		{"no name", &request{Data: []byte("x")}, refusal{codes.InvalidArgument, "HEADER_MISSING", "file_name", nil}},
		{"a path", &request{FileName: "../a.txt"}, refusal{codes.InvalidArgument, "NAME_INVALID", "file_name", nil}},
		{"a forbidden type", &request{FileName: "a.exe"}, refusal{codes.InvalidArgument, "TYPE_NOT_ALLOWED", "file_name", nil}},
		{"a declared size over the limit", &request{FileName: "a.bin", TotalSize: proto.Int64(fileLimit + 1)}, refusal{codes.InvalidArgument, "SIZE_LIMIT_EXCEEDED", "total_size", nil}},
		{"a negative size", &request{FileName: "a.bin", TotalSize: proto.Int64(-1)}, refusal{codes.InvalidArgument, "FIELD_INVALID", "total_size", nil}},
		{"a bad upload_id", &request{FileName: "a.bin", UploadId: "a/b"}, refusal{codes.InvalidArgument, "FIELD_INVALID", "upload_id", nil}},
		{"a bad checksum", &request{FileName: "a.bin", Checksum: "beef"}, refusal{codes.InvalidArgument, "FIELD_INVALID", "checksum", nil}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.Equal(t, test.want, h.begin(t, test.first).refusal())
		})
	}
	t.Run("nothing at all", func(t *testing.T) {
		stream, err := h.files.UploadFile(t.Context())
		require.NoError(t, err)
		_, err = stream.CloseAndRecv()
		require.Equal(t, refusal{codes.InvalidArgument, "EMPTY_STREAM", "", nil}, refusalOf(t, err))
	})
	require.Empty(t, h.ids(t))
}

// After these the upload goes on from where it was.
func TestWhatIsRefusedInTheMiddle(t *testing.T) {
	tests := []struct {
		name   string
		second *request
		want   refusal
	}{
		{"a gap", &request{Offset: 6, Data: []byte("x")}, refusal{codes.FailedPrecondition, "OFFSET_MISMATCH", "offset", nil}},
		{"a negative offset", &request{Offset: -1, Data: []byte("x")}, refusal{codes.InvalidArgument, "FIELD_INVALID", "offset", nil}},
		{"a damaged chunk", &request{Offset: 5, Data: []byte("x"), Crc32C: proto.Uint32(1)}, refusal{codes.DataLoss, "CHUNK_CHECKSUM_MISMATCH", "crc32c", nil}},
		{"a chunk too large", &request{Offset: 5, Data: make([]byte, chunkLimit+1)}, refusal{codes.InvalidArgument, "CHUNK_TOO_LARGE", "data", nil}},
		{"a message too large", &request{Offset: 5, Data: make([]byte, chunkLimit+64<<10)}, refusal{codes.ResourceExhausted, "MESSAGE_TOO_LARGE", "", nil}},
		{"another name", &request{FileName: "b.txt"}, refusal{codes.InvalidArgument, "HEADER_CHANGED", "file_name", nil}},
		{"another upload_id", &request{UploadId: "u2"}, refusal{codes.InvalidArgument, "HEADER_CHANGED", "upload_id", nil}},
		{"another size", &request{TotalSize: proto.Int64(9)}, refusal{codes.InvalidArgument, "HEADER_CHANGED", "total_size", nil}},
		{"a bad late checksum", &request{Checksum: "beef"}, refusal{codes.InvalidArgument, "FIELD_INVALID", "checksum", nil}},
		{"the end too early", nil, refusal{codes.InvalidArgument, "INCOMPLETE", "", nil}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := newHarness(t)
			first := &request{FileName: "a.txt", UploadId: "u1", TotalSize: proto.Int64(10), Data: []byte("01234")}
			u := h.begin(t, first)
			if test.second != nil {
				u.send(test.second)
			}
			r := u.refusal()
			require.Equal(t, test.want, withoutCut(r))
			require.Equal(t, int64(5), r.cut.GetPosition().GetDurable())
			u = h.begin(t, &request{FileName: "a.txt", UploadId: "u1", TotalSize: proto.Int64(10)})
			require.Equal(t, int64(5), u.hello().GetNext())
			u.send(&request{Offset: 5, Data: []byte("56789")})
			require.Equal(t, sha([]byte("0123456789")), u.receipt().GetChecksum())
		})
	}
}

func TestAClientThatCancelsCanResume(t *testing.T) {
	h := newHarness(t)
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := h.files.UploadFile(ctx)
	require.NoError(t, err)
	require.NoError(t, stream.Send(&request{FileName: "a.txt", UploadId: "u1", Data: []byte("01234")}))
	_, err = stream.Header()
	require.NoError(t, err)
	h.waitReceived(t, "u1", 5)
	cancel()
	u := h.begin(t, &request{FileName: "a.txt", UploadId: "u1"})
	require.Equal(t, int64(5), u.hello().GetNext())
	u.send(&request{IsLastChunk: true})
	require.Equal(t, int64(5), u.receipt().GetTotalSize())
}

func (h *harness) waitReceived(t *testing.T, id string, n int64) {
	t.Helper()
	require.Eventually(t, func() bool {
		at, err := h.files.GetUpload(t.Context(), &fileuploadv1.GetUploadRequest{UploadId: id})
		return err == nil && at.GetUpload().GetPosition().GetReceived() == n
	}, 10*time.Second, time.Millisecond)
}

func TestAnOperatorCancelsAStreamAndADrainCutsIt(t *testing.T) {
	h := newHarness(t)
	for reason, end := range map[string]func(id string){
		"STREAM_CANCELLED": func(id string) {
			_, err := h.admin.CancelStream(t.Context(), &streamv1.CancelStreamRequest{StreamId: id, Reason: "maintenance"})
			require.NoError(t, err)
		},
		"DRAINING": func(string) { h.streams.CutAll(t.Context()) },
	} {
		u := h.begin(t, &request{FileName: "a.txt", UploadId: reason, Data: []byte("01234")})
		h.waitReceived(t, reason, 5)
		end(u.hello().GetStreamId())
		r := u.refusal()
		require.Equal(t, reason, r.reason)
		require.Equal(t, int64(5), r.cut.GetPosition().GetDurable())
	}
}

func TestAReceiptIsNotLostWithItsStream(t *testing.T) {
	h := newHarness(t)
	for i := range 20 {
		id := string(rune('a' + i))
		content := append([]byte(id), random(chunkLimit-1)...)
		ctx, cancel := context.WithCancel(t.Context())
		stream, err := h.files.UploadFile(ctx)
		require.NoError(t, err)
		message := &request{FileName: "a.bin", UploadId: id, Data: content, IsLastChunk: true}
		require.NoError(t, stream.Send(message))
		time.AfterFunc(time.Duration(i)*time.Millisecond, cancel)
		_, cutErr := stream.CloseAndRecv()
		receipt := h.begin(t, message).receipt()
		require.Equal(t, sha(content), receipt.GetChecksum(), "after %v", cutErr)
		cancel()
	}
	list, err := h.files.ListFiles(t.Context(), &fileuploadv1.ListFilesRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetFiles(), 20, "each file once")
	require.Len(t, h.ids(t), 20)
}

func TestUnwantedMessagesAfterTheEndDoNoHarm(t *testing.T) {
	h := newHarness(t)
	u := h.begin(t, &request{FileName: "a.txt", Data: []byte("hello"), IsLastChunk: true})
	for range 100 {
		if err := u.stream.Send(&request{Offset: 5, Data: []byte("more")}); err != nil {
			break
		}
	}
	require.Equal(t, int64(5), u.receipt().GetTotalSize())
}
