package wire

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// inPieces lays encoded data out as the transport would, in buffers of at most
// n bytes.
func inPieces(encoded []byte, n int) mem.BufferSlice {
	var pieces mem.BufferSlice
	for len(encoded) > 0 {
		take := min(n, len(encoded))
		pieces = append(pieces, mem.SliceBuffer(encoded[:take]))
		encoded = encoded[take:]
	}
	return pieces
}

func (m *UploadRequest) asGenerated() *fileuploadv1.UploadFileRequest {
	return &fileuploadv1.UploadFileRequest{
		FileName: m.FileName, Data: bytes.Join(m.Data, nil), Offset: m.Offset, TotalSize: m.TotalSize,
		IsLastChunk: m.IsLastChunk, Checksum: m.Checksum, UploadId: m.UploadID, ContentType: m.ContentType,
		Crc32C: m.CRC32C, Metadata: m.Metadata,
	}
}

func full() *fileuploadv1.UploadFileRequest {
	return &fileuploadv1.UploadFileRequest{
		FileName: "größe.txt", Data: bytes.Repeat([]byte("0123456789"), 100), Offset: 1 << 40,
		TotalSize: proto.Int64(0), IsLastChunk: true, Checksum: "ab", UploadId: "u-1", ContentType: "text/plain",
		Crc32C: proto.Uint32(0xfedcba98),
	}
}

func TestDecodeEqualsTheStandardDecoder(t *testing.T) {
	withMetadata := full()
	withMetadata.Metadata = map[string]string{"a": "1", "": ""}
	for name, request := range map[string]*fileuploadv1.UploadFileRequest{
		"empty": {}, "full": full(), "metadata": withMetadata, "negative": {Offset: -1, TotalSize: proto.Int64(-5)},
	} {
		t.Run(name, func(t *testing.T) {
			encoded, err := proto.Marshal(request)
			require.NoError(t, err)
			for _, size := range []int{1, 2, 3, 7, 64, 1 << 20} {
				var m UploadRequest
				require.NoError(t, NewCodec().Unmarshal(inPieces(encoded, size), &m))
				require.True(t, proto.Equal(request, m.asGenerated()), "in pieces of %d bytes: %v", size, m.asGenerated())
				require.Equal(t, len(request.GetData()), m.PayloadBytes())
			}
		})
	}
}

func TestDecodingAgainForgetsTheMessageBefore(t *testing.T) {
	encoded, err := proto.Marshal(full())
	require.NoError(t, err)
	var m UploadRequest
	require.NoError(t, m.decode(inPieces(encoded, 100)))
	require.NoError(t, m.decode(nil))
	require.True(t, proto.Equal(&fileuploadv1.UploadFileRequest{}, m.asGenerated()))
}

func TestDecodeKeepsBuffersUntilFree(t *testing.T) {
	encoded, err := proto.Marshal(full())
	require.NoError(t, err)
	pool := &countingPool{}
	data := mem.BufferSlice{mem.NewBuffer(pool.copyOf(encoded), pool)}
	var m UploadRequest
	require.NoError(t, m.decode(data))
	data.Free()
	require.Zero(t, pool.returned, "the message still holds the buffer")
	m.Free()
	require.Equal(t, 1, pool.returned)
	m.Free()
	require.Equal(t, 1, pool.returned)
}

type countingPool struct{ returned int }

func (p *countingPool) copyOf(b []byte) *[]byte {
	// The mem package does not pool what is smaller than 1 KiB.
	c := append(make([]byte, 0, 4096), b...)
	return &c
}
func (p *countingPool) Get(n int) *[]byte { b := make([]byte, n); return &b }
func (p *countingPool) Put(*[]byte)       { p.returned++ }

func FuzzDecodeEqualsTheStandardDecoder(f *testing.F) {
	for _, seed := range []*fileuploadv1.UploadFileRequest{{}, full(), {Metadata: map[string]string{"k": "v"}}} {
		encoded, err := proto.Marshal(seed)
		require.NoError(f, err)
		f.Add(encoded, uint8(3))
	}
	f.Add([]byte{0x0a, 0x01, 0xff}, uint8(1))                                                 // a name that is not UTF-8
	f.Add([]byte{0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}, uint8(4)) // a varint of 65 bits
	f.Add([]byte{0x13, 0x14}, uint8(1))                                                       // a group
	f.Fuzz(func(t *testing.T, encoded []byte, size uint8) {
		var want fileuploadv1.UploadFileRequest
		wantErr := proto.Unmarshal(encoded, &want)
		var got UploadRequest
		gotErr := got.decode(inPieces(encoded, int(size)+1))
		require.Equal(t, wantErr == nil, gotErr == nil, "standard: %v, by hand: %v", wantErr, gotErr)
		if wantErr != nil {
			return
		}
		want.ProtoReflect().SetUnknown(nil)
		require.True(t, proto.Equal(&want, got.asGenerated()), "standard: %v, by hand: %v", &want, got.asGenerated())
	})
}

func BenchmarkDecode(b *testing.B) {
	request := &fileuploadv1.UploadFileRequest{Data: make([]byte, 256<<10), Offset: 1 << 30, Crc32C: proto.Uint32(1)}
	encoded, err := proto.Marshal(request)
	require.NoError(b, err)
	data := inPieces(encoded, 16<<10)
	b.Run("by hand", func(b *testing.B) {
		b.SetBytes(int64(len(encoded)))
		b.ReportAllocs()
		var m UploadRequest
		for b.Loop() {
			require.NoError(b, m.decode(data))
		}
	})
	b.Run("standard", func(b *testing.B) {
		b.SetBytes(int64(len(encoded)))
		b.ReportAllocs()
		for b.Loop() {
			var m fileuploadv1.UploadFileRequest
			require.NoError(b, NewCodec().Unmarshal(data, &m))
		}
	})
}
