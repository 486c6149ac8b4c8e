package tests

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// downloaded is what came of a file.
type downloaded struct {
	file   *fileuploadv1.File
	size   int64
	sha256 string
}

// download reads a whole file and checks the order and the CRC of its pieces.
func (p peer) download(ctx context.Context, fileID string) (downloaded, error) {
	stream, err := p.files.DownloadFile(ctx, &fileuploadv1.DownloadFileRequest{FileId: fileID})
	if err != nil {
		return downloaded{}, err
	}
	var d downloaded
	hash := sha256.New()
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			d.sha256 = hex.EncodeToString(hash.Sum(nil))
			return d, nil
		}
		if err != nil {
			return d, err
		}
		if d.file == nil {
			d.file = message.GetFile()
		}
		if len(message.GetData()) == 0 {
			continue
		}
		if message.GetOffset() != d.size {
			return d, fmt.Errorf("data of offset %d came at %d", message.GetOffset(), d.size)
		}
		if message.Crc32C == nil || crc32.Checksum(message.GetData(), castagnoli) != message.GetCrc32C() {
			return d, fmt.Errorf("the data at %d does not fit its CRC", d.size)
		}
		hash.Write(message.GetData())
		d.size += int64(len(message.GetData()))
	}
}

// requireStored wants a file to be there under its name and to be whole.
func (p peer) requireStored(ctx context.Context, t *testing.T, fileID, name string, content source) {
	t.Helper()
	got, err := p.download(ctx, fileID)
	require.NoError(t, err)
	require.Equal(t, fileID, got.file.GetFileId())
	require.Equal(t, name, got.file.GetFileName())
	require.Equal(t, content.Size(), got.file.GetSize())
	require.Equal(t, content.SHA256(), got.file.GetChecksum())
	require.Equal(t, content.Size(), got.size)
	require.Equal(t, content.SHA256(), got.sha256)
}

// witness is a file that was accepted earlier and must stay as it is.
type witness struct {
	fileID  string
	content testkit.Content
}

const witnessName = "witness.bin"

func (p peer) storeWitness(ctx context.Context, t *testing.T) witness {
	t.Helper()
	content := testkit.NewContent(99, 300_000)
	return witness{p.store(ctx, t, witnessName, content).GetFileId(), content}
}

// requireWitness proves that the witness is still there and whole.
func (p peer) requireWitness(ctx context.Context, t *testing.T, w witness) {
	t.Helper()
	p.requireStored(ctx, t, w.fileID, witnessName, w.content)
}
