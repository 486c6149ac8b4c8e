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
		field  string
	}{
		{"a short checksum", func(h *Header) { h.Checksum = "abcd" }, "checksum"},
		{"a checksum that is not hexadecimal", func(h *Header) { h.Checksum = strings.Repeat("g", 64) }, "checksum"},
		{"a long content type", func(h *Header) { h.ContentType = strings.Repeat("x", 256) }, "content_type"},
		{"a content type with a newline", func(h *Header) { h.ContentType = "a\nb" }, "content_type"},
		{"too many metadata", func(h *Header) { h.Metadata = many }, "metadata"},
		{"too large metadata", func(h *Header) { h.Metadata = large }, "metadata"},
		{"an empty metadata key", func(h *Header) { h.Metadata = map[string]string{"": "v"} }, "metadata"},
		{"a long metadata value", func(h *Header) { h.Metadata = map[string]string{"k": strings.Repeat("x", 1025)} }, "metadata"},
		{"a control character in metadata", func(h *Header) { h.Metadata = map[string]string{"k": "a\x1b[31m"} }, "metadata"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := Header{FileName: "a.txt", TotalSize: UnknownSize}
			require.NoError(t, h.check(NewTypePolicy(DefaultTypes())))
			test.change(&h)
			err := h.check(NewTypePolicy(DefaultTypes()))
			require.Equal(t, problem.FieldInvalid, problem.ReasonOf(err))
			require.ErrorContains(t, err, test.field+": ")
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
	}
}
