package message

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/wire"
)

// field appends a field of bytes.
func field(to []byte, number protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(to, number, protowire.BytesType), value)
}

func TestAStringThatIsNotUTF8IsNamed(t *testing.T) {
	entry := func(key, value string) []byte {
		return field(nil, 10, string(field(field(nil, 1, key), 2, value)))
	}
	request := wire.UploadRequest{}
	metadata := schema(&request).Fields().ByName("metadata").Number()
	require.EqualValues(t, 10, metadata)
	tests := map[string]struct {
		encoded []byte
		want    string
	}{
		"a name":           {field(nil, 1, "a\xff"), "file_name: is not UTF-8"},
		"behind good ones": {field(field(field(nil, 1, "a"), 2, "\xff"), 8, "\xff"), "content_type: is not UTF-8"},
		"a key":            {entry("\xff", "v"), "metadata: is not UTF-8"},
		"a value":          {entry("k", "\xff"), "metadata: is not UTF-8"},
		"something else":   {[]byte{0xff}, "the message cannot be decoded"},
		"cut short":        {field(nil, 1, "abc")[:3], "the message cannot be decoded"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := envelope{message: &wire.UploadRequest{}}
			c := codec{CodecV2: wire.NewCodec(), limit: 1 << 10}
			require.NoError(t, c.Unmarshal(mem.BufferSlice{mem.SliceBuffer(test.encoded)}, &e))
			require.Equal(t, problem.MalformedMessage, problem.ReasonOf(e.err))
			require.Contains(t, problem.Of(e.err).Public(), test.want)
		})
	}
}

// What the standard decoder takes has no string that is not UTF-8.
func FuzzNotUTF8(f *testing.F) {
	f.Add(field(nil, 1, "a\xff"))
	f.Add(field(nil, 10, string(field(nil, 1, "\xff"))))
	f.Add(field(field(nil, 2, "\xff"), 1, "a"))
	of := schema(&fileuploadv1.UploadFileRequest{})
	f.Fuzz(func(t *testing.T, encoded []byte) {
		found := notUTF8(encoded, of, 0)
		if proto.Unmarshal(encoded, &fileuploadv1.UploadFileRequest{}) == nil {
			require.Empty(t, found)
		}
	})
}
