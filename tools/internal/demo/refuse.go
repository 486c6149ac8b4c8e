package demo

import (
	"context"
	"errors"
	"fmt"
	"os"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/tools/internal/failure"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

const overLimit = 300 << 20

// refuse sends what must not be stored and expects the exact refusals.
func (d *demo) refuse(ctx context.Context) (string, error) {
	path := d.path("huge.bin")
	if err := makeSparse(path, overLimit); err != nil {
		return "", err
	}
	_, err := d.files.client.UploadFile(ctx, path)
	if err := d.expectRefusal(human.Size(overLimit), err, "INVALID_ARGUMENT", "SIZE_LIMIT_EXCEEDED"); err != nil {
		return "", err
	}
	const name = "../../etc/passwd"
	err = d.sendRaw(ctx, name)
	if err := d.expectRefusal(name, err, "INVALID_ARGUMENT", "NAME_INVALID"); err != nil {
		return "", err
	}
	return "both refused, nothing stored", nil
}

// sendRaw uploads without the SDK, as a careless or hostile client would.
func (d *demo) sendRaw(ctx context.Context, name string) error {
	stream, err := d.files.client.Files().UploadFile(ctx)
	if err != nil {
		return err
	}
	// An error of Send is io.EOF when the server has answered; the answer tells.
	_ = stream.Send(&fileuploadv1.UploadFileRequest{
		FileName: name, Data: []byte("root:x:0:0:root:/root:/bin/sh\n"), IsLastChunk: true,
	})
	_, err = stream.CloseAndRecv()
	return err
}

// expectRefusal shows a refusal and compares its code and reason.
func (d *demo) expectRefusal(what string, err error, code, reason string) error {
	if err == nil {
		return fmt.Errorf("%s was stored; it must be refused with %s", what, reason)
	}
	f := failure.Of(err)
	if f.Code != code || f.Reason != reason {
		return fmt.Errorf("%s must be refused with %s, %s, and was with: %w", what, code, reason, err)
	}
	d.stage.detailf(what, "refused: %s, %s", f.Code, f.Reason)
	d.stage.detailf("", "%s", human.Text(f.Message))
	return nil
}

// makeSparse makes a file of a size that takes no room.
func makeSparse(path string, size int64) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("make a large file: %w", err)
	}
	if err := errors.Join(file.Truncate(size), file.Close()); err != nil {
		return fmt.Errorf("make a large file: %w", err)
	}
	return nil
}
