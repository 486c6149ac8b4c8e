package tests

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestNames(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	w := s.storeWitness(ctx, t)
	tests := []struct {
		name, fileName string
		accepted       bool
	}{
		{name: "plain", fileName: "report.txt", accepted: true},
		{name: "other_scripts", fileName: "отчёт 表.txt", accepted: true},
		{name: "composed", fileName: "caf\u00e9.txt", accepted: true},
		{name: "255_bytes", fileName: strings.Repeat("a", 251) + ".txt", accepted: true},
		{name: "hidden", fileName: ".profile.txt", accepted: true},
		{name: "two_dots_inside", fileName: "a..b.txt", accepted: true},

		{name: "path_upwards", fileName: "../../etc/passwd.txt"},
		{name: "path", fileName: "a/b.txt"},
		{name: "absolute_path", fileName: "/etc/passwd.txt"},
		{name: "windows_path", fileName: `a\b.txt`},
		{name: "dot", fileName: "."},
		{name: "dot_dot", fileName: ".."},
		{name: "nul", fileName: "a\x00.txt"},
		{name: "line_feed", fileName: "a\nb.txt"},
		{name: "escape", fileName: "a\x1b[31m.txt"},
		{name: "delete", fileName: "a\x7f.txt"},
		{name: "c1_control", fileName: "a\u0085.txt"},
		{name: "right_to_left_override", fileName: "photo\u202egnp.txt"},
		{name: "right_to_left_isolate", fileName: "a\u2067b.txt"},
		{name: "decomposed", fileName: "cafe\u0301.txt"},
		{name: "256_bytes", fileName: strings.Repeat("a", 252) + ".txt"},
		{name: "reserved", fileName: "CON.txt"},
		{name: "reserved_in_lower_case", fileName: "nul.csv"},
		{name: "reserved_with_a_number", fileName: "Lpt1.log"},
		{name: "trailing_dot", fileName: "a.txt."},
		{name: "trailing_space", fileName: "a.txt "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := uuid.NewString()
			err := s.sendAll(ctx, stream(&fileuploadv1.UploadFileRequest{
				FileName: tt.fileName, UploadId: id, Data: []byte("text"), IsLastChunk: true,
			}))
			if tt.accepted {
				require.NoError(t, err)
				return
			}
			r := requireRefused(t, err, codes.InvalidArgument, "NAME_INVALID")
			require.Equal(t, "file_name", r.field)
			s.requireForgotten(ctx, t, id)
		})
	}
	s.requireWitness(ctx, t, w)
}

func TestTypes(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	w := s.storeWitness(ctx, t)
	random := string(testkit.NewContent(8, 5000).Bytes(0, 5000))
	elf := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 100)
	png := "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + strings.Repeat("\x00", 100)
	pdf := "%PDF-1.7\n" + strings.Repeat("text\n", 100)
	tests := []struct {
		name, fileName, content string
		// reason is empty for what is accepted.
		reason, field string
	}{
		{name: "text", fileName: "a.txt", content: "some text\n"},
		{name: "upper_case_extension", fileName: "A.TXT", content: "some text\n"},
		{name: "csv", fileName: "a.csv", content: "a,b\n1,2\n3,4\n"},
		{name: "json", fileName: "a.json", content: `{"a": 1}`},
		{name: "empty", fileName: "a.txt"},
		{name: "binary", fileName: "a.bin", content: random},
		{name: "png", fileName: "a.png", content: png},
		{name: "pdf", fileName: "a.pdf", content: pdf},

		{name: "forbidden_extension", fileName: "a.exe", content: "text", reason: "TYPE_NOT_ALLOWED", field: "file_name"},
		{name: "no_extension", fileName: "a", content: "text", reason: "TYPE_NOT_ALLOWED", field: "file_name"},
		{name: "second_extension_counts", fileName: "a.txt.exe", content: "text", reason: "TYPE_NOT_ALLOWED", field: "file_name"},
		{name: "program_as_text", fileName: "a.txt", content: elf, reason: "TYPE_NOT_ALLOWED", field: "data"},
		{name: "program_as_binary", fileName: "a.bin", content: elf, reason: "TYPE_NOT_ALLOWED", field: "data"},
		{name: "picture_as_document", fileName: "a.pdf", content: png, reason: "TYPE_MISMATCH", field: "data"},
		{name: "document_as_text", fileName: "a.txt", content: pdf, reason: "TYPE_MISMATCH", field: "data"},
		{name: "binary_as_text", fileName: "a.txt", content: random, reason: "TYPE_MISMATCH", field: "data"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := uuid.NewString()
			// The content comes in two messages, cut inside its first bytes.
			half := min(3, len(tt.content))
			err := s.sendAll(ctx, stream(
				&fileuploadv1.UploadFileRequest{FileName: tt.fileName, UploadId: id, Data: []byte(tt.content[:half])},
				&fileuploadv1.UploadFileRequest{Data: []byte(tt.content[half:]), Offset: int64(half), IsLastChunk: true},
			))
			if tt.reason == "" {
				require.NoError(t, err)
				return
			}
			r := requireRefused(t, err, codes.InvalidArgument, tt.reason)
			require.Equal(t, tt.field, r.field)
			s.requireForgotten(ctx, t, id)
		})
	}
	s.requireWitness(ctx, t, w)
}
