package tests

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// TestLogHoldsNeitherContentNorSecrets looks for them in the most talkative
// log, after calls that go well and calls that fail in many places.
func TestLogHoldsNeitherContentNorSecrets(t *testing.T) {
	g := startGuarded(t, "--log-level", "debug", "--drain-grace", "100ms")
	ctx := bounded(t)
	alice := g.as(t, g.alice)
	const content, metadata = "CONTENT-that-nobody-may-read", "METADATA-that-is-private"
	text := strings.Repeat(content+"\n", 200)
	first := func() *fileuploadv1.UploadFileRequest {
		return &fileuploadv1.UploadFileRequest{
			FileName: "private.txt", Data: []byte(text), Metadata: map[string]string{"note": metadata},
		}
	}
	whole := first()
	whole.IsLastChunk = true
	receipt, err := alice.mustBegin(ctx, t, whole).finish()
	require.NoError(t, err)
	_, err = alice.download(ctx, receipt.GetFileId())
	require.NoError(t, err)

	refused := map[string][]*fileuploadv1.UploadFileRequest{
		"INCOMPLETE":        stream(first()),
		"OFFSET_MISMATCH":   stream(first(), &fileuploadv1.UploadFileRequest{Data: []byte(text), Offset: 1 << 20}),
		"CHECKSUM_MISMATCH": stream(first(), &fileuploadv1.UploadFileRequest{IsLastChunk: true, Checksum: strings.Repeat("a", 64)}),
		"HEADER_CHANGED":    stream(first(), &fileuploadv1.UploadFileRequest{Metadata: map[string]string{"other": metadata}}),
		"HEADER_MISSING":    stream(&fileuploadv1.UploadFileRequest{Data: []byte(text)}),
		"FIELD_INVALID":     stream(&fileuploadv1.UploadFileRequest{FileName: "a.txt", Metadata: map[string]string{"k": metadata + "\n"}}),
		"TYPE_NOT_ALLOWED":  stream(&fileuploadv1.UploadFileRequest{FileName: "a.exe", Data: []byte(text)}),
		"TYPE_MISMATCH":     stream(&fileuploadv1.UploadFileRequest{FileName: "a.pdf", Data: []byte(text), IsLastChunk: true}),
		"NAME_INVALID":      stream(&fileuploadv1.UploadFileRequest{FileName: "../a.txt", Data: []byte(text)}),
		"CHUNK_TOO_LARGE":   stream(&fileuploadv1.UploadFileRequest{FileName: "a.txt", Data: []byte(strings.Repeat(text, 185))}),
	}
	for reason, messages := range refused {
		require.Equal(t, reason, refusalOf(alice.sendAll(ctx, messages)).reason)
	}
	require.Error(t, alice.sendRaw(ctx, []byte("\xff\xff\xff"+text)))
	wrong := g.alice[:len(g.alice)-4] + "aaaa"
	for _, key := range []string{wrong, g.expired, g.revoked, "slk_short_" + content} {
		err := g.as(t, key).sendAll(ctx, stream(first()))
		require.Equal(t, codes.Unauthenticated, refusalOf(err).code)
	}
	require.NoError(t, g.Terminate(20*time.Second))

	log := g.Logs()
	require.Contains(t, log, "UploadFile", "the log tells of the calls")
	require.Contains(t, log, "alice", "the log tells who called")
	require.NotContains(t, log, content)
	require.NotContains(t, log, metadata)
	for _, key := range []string{g.alice, g.expired, g.revoked, wrong} {
		secret := key[strings.LastIndex(key, "_")+1:]
		require.NotContains(t, log, secret[:20], "not even a part of a key's secret")
	}
}
