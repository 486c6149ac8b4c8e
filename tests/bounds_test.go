package tests

import (
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestWhatIsJustWithinTheLimitsIsTaken sends the largest of everything.
func TestWhatIsJustWithinTheLimitsIsTaken(t *testing.T) {
	s := startServer(t, "--max-file-size", "4MiB")
	ctx := bounded(t)
	content := testkit.NewContent(111, sizeLimit)
	name := strings.Repeat("n", 251) + ".bin"
	metadata := entries(62, 100)
	metadata[strings.Repeat("k", 128)] = strings.Repeat("v", 1024)
	metadata["filled"] = strings.Repeat("v", 1024)
	first := header(name, strings.Repeat("u", 128), content.Size())
	first.Metadata, first.ContentType, first.Checksum = metadata, strings.Repeat("c", 255), content.SHA256()
	u := s.mustBegin(ctx, t, first)
	hello, err := u.hello()
	require.NoError(t, err)
	largest := hello.GetMaxMessageBytes()
	require.Equal(t, int64(1<<20), largest)
	for offset := int64(0); offset < content.Size(); offset += largest {
		m := chunk(content, offset, largest)
		m.Crc32C = new(crc32.Checksum(m.GetData(), castagnoli))
		require.NoError(t, u.send(m))
	}
	receipt, err := u.finish()
	require.NoError(t, err)
	requireReceipt(t, receipt, name, content)
	s.requireStored(ctx, t, receipt.GetFileId(), name, content)
	got, err := s.files.GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: receipt.GetFileId()})
	require.NoError(t, err)
	require.Equal(t, metadata, got.GetFile().GetMetadata())
}

func TestHeaderMayBeRepeatedUnchanged(t *testing.T) {
	s := startServer(t)
	first := goodHeader()
	first.UploadId, first.Checksum = uuid.NewString(), goodContent.SHA256()
	first.Metadata = map[string]string{"a": "b"}
	messages := stream(first)
	for i := range int64(4) {
		m := goodChunk(i)
		m.FileName, m.UploadId, m.TotalSize = first.GetFileName(), first.GetUploadId(), first.TotalSize
		m.Checksum, m.Metadata = strings.ToUpper(first.GetChecksum()), first.GetMetadata()
		messages = append(messages, m)
	}
	require.NoError(t, s.sendAll(bounded(t), messages))
}

func TestSecondServerIsKeptOutOfTheDataFolder(t *testing.T) {
	s := startServer(t)
	outcome := testkit.Run(t, 20*time.Second, serverBinary(t),
		"--listen", "127.0.0.1:0", "--admin-listen", "", "--data-dir", s.dataDir)
	require.Equal(t, 1, outcome.ExitCode, outcome.Output)
	require.Contains(t, outcome.Output, s.dataDir, "the error names the folder")
	s.storeWitness(bounded(t), t)
}
