package tests

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// give gives back what take took. The caller holds mu.
func (l *workload) give(id string, file *kept) {
	delete(l.taken, id)
	l.acknowledged[id] = file
}

// take takes an acknowledged file for one thing to do with it. Where there is
// none ok is false.
func (l *workload) take() (id string, file *kept, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ids := slices.Sorted(maps.Keys(l.acknowledged))
	if len(ids) == 0 {
		return "", nil, false
	}
	id = ids[l.random.IntN(len(ids))]
	file = l.acknowledged[id]
	delete(l.acknowledged, id)
	l.taken[id] = true
	return id, file, true
}

func (l *workload) deleteOne(ctx context.Context) error {
	id, file, ok := l.take()
	if !ok {
		return nil
	}
	_, err := l.server().files.DeleteFile(ctx, &fileuploadv1.DeleteFileRequest{FileId: id})
	err = l.answer(err)
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.taken, id)
	if err != nil {
		l.deleting[id] = file
		return fmt.Errorf("delete %s: %w", file.name, err)
	}
	file.deleted = true
	l.deleted[id] = file
	return nil
}

func (l *workload) copyOne(ctx context.Context) error {
	id, file, ok := l.take()
	if !ok {
		return nil
	}
	l.mu.Lock()
	w := &work{name: l.name("copy"), content: file.content}
	l.begun[w.name] = w
	duplicate := &kept{work: w, revision: file.revision, asked: file.asked}
	l.mu.Unlock()

	answer, err := l.server().files.CopyFile(ctx, &fileuploadv1.CopyFileRequest{FileId: id, FileName: w.name})
	err = l.answer(err)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.give(id, file)
	if err != nil {
		l.copying[w.name] = duplicate
		return fmt.Errorf("copy %s: %w", file.name, err)
	}
	l.acknowledged[answer.GetFile().GetFileId()] = duplicate
	l.done.copied++
	return nil
}

const revisionKey = "revision"

func (l *workload) updateOne(ctx context.Context) error {
	id, file, ok := l.take()
	if !ok {
		return nil
	}
	file.asked = file.revision + 1
	_, err := l.server().files.UpdateFile(ctx, &fileuploadv1.UpdateFileRequest{
		FileId:     id,
		Metadata:   map[string]string{revisionKey: strconv.Itoa(file.asked)},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"metadata"}},
	})
	err = l.answer(err)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.give(id, file)
	if err != nil {
		return fmt.Errorf("update %s: %w", file.name, err)
	}
	file.revision = file.asked
	l.done.updated++
	return nil
}

// abortOne begins an upload and gives it up halfway.
func (l *workload) abortOne(ctx context.Context) error {
	l.mu.Lock()
	w := l.fresh(2) // half of it is not all of it
	l.mu.Unlock()
	err := l.answer(l.uploadHalfAndAbort(ctx, w))
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.aborting = append(l.aborting, w)
		return fmt.Errorf("abort %s: %w", w.name, err)
	}
	l.aborted = append(l.aborted, w)
	return nil
}

func (l *workload) uploadHalfAndAbort(ctx context.Context, w *work) error {
	u, _, err := l.greet(ctx, w)
	if err != nil {
		return err
	}
	defer u.cancel()
	if err := u.sendFrom(w.content, 0, w.content.Size()/2); err != nil {
		return err
	}
	answer, err := l.server().files.AbortUpload(ctx, &fileuploadv1.AbortUploadRequest{UploadId: w.id})
	if err != nil {
		return err
	}
	if status := answer.GetUpload().GetStatus(); status != fileuploadv1.UploadStatus_UPLOAD_STATUS_ABORTED {
		return fmt.Errorf("%w: the upload that was aborted is %v", errBroken, status)
	}
	return nil
}

// onlyOne tells whether no other upload, copy or file has the content of a file.
func (l *workload) onlyOne(file *kept) bool {
	for _, other := range l.begun {
		if other != file.work && other.content == file.content {
			return false
		}
	}
	return true
}
