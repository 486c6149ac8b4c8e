package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

func TestDownloadChunkIsTheMessageOfTheSchema(t *testing.T) {
	for _, offset := range []int64{0, 1, 1 << 40} {
		for _, size := range []int{0, 1, 5000, DownloadChunkBytes} {
			chunk := NewDownloadChunk(offset, size)
			for i := range chunk.Data() {
				chunk.Data()[i] = byte(i)
			}
			chunk.CRC32C = 0xfedcba98
			want := &fileuploadv1.DownloadFileResponse{Offset: offset, Crc32C: new(uint32(0xfedcba98)), Data: make([]byte, size)}
			copy(want.GetData(), chunk.Data())

			encoded, err := NewCodec().Marshal(chunk)
			require.NoError(t, err)
			var got fileuploadv1.DownloadFileResponse
			require.NoError(t, proto.Unmarshal(encoded.Materialize(), &got))
			encoded.Free()
			require.True(t, proto.Equal(want, &got), "offset %d, size %d", offset, size)
		}
	}
}
