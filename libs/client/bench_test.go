package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/mem"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// sink takes uploads in without looking at them, so that the client's cost is
// what is measured.
type sink struct {
	fileuploadv1.UnimplementedFileUploadServiceServer
	receipt *fileuploadv1.UploadFileResponse
}

func (s *sink) UploadFile(stream fileuploadv1.FileUploadService_UploadFileServer) error {
	for {
		if err := stream.RecvMsg(nil); errors.Is(err, io.EOF) {
			return stream.SendAndClose(s.receipt)
		} else if err != nil {
			return err
		}
	}
}

// sinkCodec drops what comes in.
type sinkCodec struct{ hotCodec }

func (sinkCodec) Unmarshal(mem.BufferSlice, any) error { return nil }

func serveSink(b *testing.B, data []byte) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := grpc.NewServer(grpc.ForceServerCodecV2(sinkCodec{newHotCodec()}),
		grpc.StaticStreamWindowSize(1<<20), grpc.StaticConnWindowSize(1<<20))
	fileuploadv1.RegisterFileUploadServiceServer(server, &sink{receipt: &fileuploadv1.UploadFileResponse{
		TotalSize: int64(len(data)), Checksum: hexSum(data),
	}})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	b.Cleanup(func() { server.Stop(); <-done })
	return listener.Addr().String()
}

func BenchmarkUpload(b *testing.B) {
	data := randomBytes(64 << 20)
	target := serveSink(b, data)
	for _, chunkSize := range []int{64 << 10, 256 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("chunk=%dKiB", chunkSize>>10), func(b *testing.B) {
			c, err := NewStreamingClient(target, WithChunkSize(chunkSize))
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Upload(b.Context(), "a.bin", bytes.NewReader(data), int64(len(data))); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkUploadCodec(b *testing.B) {
	pool := newChunkPool(defaultChunkSize)
	c := pool.newChunk(1 << 30)
	defer c.release()
	c.seal(defaultChunkSize)
	standard := &fileuploadv1.UploadFileRequest{Data: c.data(), Offset: c.offset, Crc32C: &c.crc32c}
	for name, message := range map[string]any{"own": &uploadMessage{chunk: c}, "standard": standard} {
		b.Run(name, func(b *testing.B) {
			codec := newHotCodec()
			b.SetBytes(defaultChunkSize)
			b.ReportAllocs()
			for b.Loop() {
				encoded, err := codec.Marshal(message)
				if err != nil {
					b.Fatal(err)
				}
				encoded.Free()
			}
		})
	}
}
