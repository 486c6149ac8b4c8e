package core

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
)

func TestHeaderFields(t *testing.T) {
	many := map[string]string{}
	for i := range 65 {
		many[fmt.Sprint(i)] = ""
	}
	large := map[string]string{}
	for i := range 17 {
		large[fmt.Sprint(i)] = strings.Repeat("x", 1000)
	}
	tests := []struct {
		name   string
		change func(*Header)
		want   string
	}{
		{"a short checksum", func(h *Header) { h.Checksum = "abcd" }, "checksum: has 4 bytes; it must be"},
		{"a checksum that is not hexadecimal", func(h *Header) { h.Checksum = strings.Repeat("g", 64) }, "checksum: has 64 bytes; it must be a SHA-256 in hexadecimal"},
		{"a long content type", func(h *Header) { h.ContentType = strings.Repeat("x", 256) }, "content_type: has 256 characters; at most 255"},
		{"a content type with a newline", func(h *Header) { h.ContentType = "a\nb" }, "content_type: has control characters; remove them"},
		{"too many metadata", func(h *Header) { h.Metadata = many }, "metadata: has 65 entries; at most 64"},
		{"too large metadata", func(h *Header) { h.Metadata = large }, "metadata: has 17024 bytes of keys and values together; at most 16384"},
		{"an empty metadata key", func(h *Header) { h.Metadata = map[string]string{"": "v"} }, "metadata: has an empty key; give one of 1 to 128 bytes"},
		{"a long metadata value", func(h *Header) { h.Metadata = map[string]string{"k": strings.Repeat("x", 1025)} }, `metadata: the value of "k" has 1025 bytes; at most 1024`},
		{"a long metadata key", func(h *Header) { h.Metadata = map[string]string{strings.Repeat("k", 129): "v"} }, `"… has 129 bytes; at most 128`},
		{"a control character in a key", func(h *Header) { h.Metadata = map[string]string{"k\n": "v"} }, `metadata: the key "k\n" has control characters`},
		{"a control character in metadata", func(h *Header) { h.Metadata = map[string]string{"k": "a\x1b[31m"} }, `metadata: the value of "k" has control characters; remove them`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := Header{FileName: "a.txt", TotalSize: UnknownSize}
			require.NoError(t, h.check(NewTypePolicy(DefaultTypes())))
			test.change(&h)
			err := h.check(NewTypePolicy(DefaultTypes()))
			require.Equal(t, problem.FieldInvalid, problem.ReasonOf(err))
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestAResumedHeaderMustBeTheSame(t *testing.T) {
	begun := Header{FileName: "a.txt", TotalSize: 5, ContentType: "text/plain", Metadata: map[string]string{"k": "v"}}
	same := begun
	same.Checksum = strings.Repeat("a", 64)
	require.Empty(t, same.changedField(&begun), "a checksum may come later")
	require.Empty(t, begun.changedField(&same), "and may be left out")
	for field, change := range map[string]func(*Header){
		"file_name":    func(h *Header) { h.FileName = "b.txt" },
		"total_size":   func(h *Header) { h.TotalSize = UnknownSize },
		"content_type": func(h *Header) { h.ContentType = "" },
		"metadata":     func(h *Header) { h.Metadata = nil },
		"checksum":     func(h *Header) { h.Checksum = strings.Repeat("b", 64) },
	} {
		other := same
		change(&other)
		require.Equal(t, field, other.changedField(&same))
	}
}

func TestUploadIDs(t *testing.T) {
	for _, id := range []string{"a", "0192d1e4-7c6b-7b1a-9d3e-000000000000", "A.b_c-1", strings.Repeat("x", 128)} {
		require.NoError(t, CheckUploadID(id), id)
	}
	for _, id := range []string{"", "a/b", "a b", "ü", "a\n", strings.Repeat("x", 129)} {
		require.Equal(t, problem.FieldInvalid, problem.ReasonOf(CheckUploadID(id)), "%q", id)
		require.ErrorContains(t, CheckUploadID(id), fmt.Sprintf("with %d bytes; it must be 1 to 128 characters", len(id)))
	}
}
