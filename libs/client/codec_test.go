package client

import (
	"bytes"
	"hash/crc32"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// What the codec writes is what the standard one reads, for any message.
func FuzzUploadCodec(f *testing.F) {
	f.Add("a.bin", "u1", "k", int64(0), int64(10), true, "", []byte("data"), true)
	f.Add("", "", "", int64(1)<<40, int64(-1), false, hexSum(nil), []byte{}, true)
	f.Add("name", "id", "", int64(1), int64(0), true, hexSum(nil), bytes.Repeat([]byte("x"), 5000), false)
	f.Fuzz(func(t *testing.T, name, id, key string, offset, size int64, withHeader bool, checksum string, data []byte, last bool) {
		if offset < 0 || len(checksum) > 64 || len(data) > 1<<16 {
			return // no sender makes that
		}
		want := &fileuploadv1.UploadFileRequest{}
		m := &uploadMessage{}
		if withHeader {
			want = &fileuploadv1.UploadFileRequest{FileName: name, UploadId: id, TotalSize: &size}
			if key != "" {
				want.Metadata = map[string]string{key: name}
			}
			encoded, err := proto.Marshal(want)
			if err != nil {
				return // refused before anything is sent
			}
			m.header = encoded
		}
		pool := newChunkPool(1 << 16)
		m.chunk = pool.newChunk(offset)
		defer m.chunk.release()
		m.chunk.seal(copy(m.chunk.room(), data))
		m.chunk.last, m.chunk.checksum = last, checksum

		want.IsLastChunk, want.Checksum = last, checksum
		if len(data) > 0 {
			want.Data, want.Offset, want.Crc32C = data, offset, new(crc32.Checksum(data, castagnoli))
		}
		encoded, err := newHotCodec().Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		defer encoded.Free()
		got := &fileuploadv1.UploadFileRequest{}
		if err := proto.Unmarshal(encoded.Materialize(), got); err != nil {
			if proto.Unmarshal(mustMarshal(want), &fileuploadv1.UploadFileRequest{}) != nil {
				return // the checksum is no UTF-8
			}
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
			t.Error(diff)
		}
	})
}

// mustMarshal returns nil for a message that can't be encoded, which can't be
// decoded either.
func mustMarshal(m proto.Message) []byte {
	encoded, err := proto.Marshal(m)
	if err != nil {
		return []byte{0xff}
	}
	return encoded
}

func TestUploadCodecLeavesOtherMessagesToTheStandardOne(t *testing.T) {
	codec := newHotCodec()
	want := &fileuploadv1.UploadFileResponse{FileId: "f"}
	encoded, err := codec.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := &fileuploadv1.UploadFileResponse{}
	if err := codec.Unmarshal(encoded, got); err != nil || !proto.Equal(want, got) {
		t.Errorf("got %v, %v", got, err)
	}
	if codec.Name() != "proto" {
		t.Errorf("content subtype %q", codec.Name())
	}
}

// A buffer goes back to the pool when the sender, gRPC and the digester have
// all let go of it, and not before.
func TestChunkReturnsToThePoolAfterItsLastUser(t *testing.T) {
	pool := &countingPool{chunkPool: newChunkPool(testChunk)}
	memory := pool.Get(0)
	c := &chunk{memory: *memory, buffer: mem.NewBuffer(memory, pool)}
	c.seal(10)
	users := []func(){c.release, c.share().Free, c.encode().Free}
	for i, free := range users {
		if pool.back != 0 {
			t.Fatalf("back in the pool with %d users left", len(users)-i)
		}
		free()
	}
	if pool.back != 1 {
		t.Errorf("put back %d times", pool.back)
	}
}

type countingPool struct {
	*chunkPool
	back int
}

func (p *countingPool) Put(b *[]byte) {
	p.back++
	p.chunkPool.Put(b)
}
