package client

import (
	"context"
	"sync"

	"google.golang.org/grpc"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// attempt sends the content over one stream, from the start or from the place
// that the server names, and returns the server's answer.
func (u *upload) attempt(ctx context.Context) (*fileuploadv1.UploadFileResponse, error) {
	u.attempts++
	u.meter.attempt(u.attempts)
	if err := u.content.unchanged(); err != nil {
		return nil, err
	}
	if err := u.compareAhead(ctx); err != nil {
		return nil, err
	}
	streamCtx, cancel := context.WithCancel(ctx)
	var helpers sync.WaitGroup
	defer helpers.Wait()
	defer cancel()

	stream, err := u.client.files.UploadFile(streamCtx, grpc.ForceCodecV2(u.client.codec))
	if err != nil {
		return nil, u.fail(ctx, err)
	}
	sendCtx, stopSending := context.WithCancel(streamCtx)
	answer := newAnswer(stream, &fileuploadv1.UploadFileResponse{})
	helpers.Go(func() {
		defer stopSending()
		answer.receive()
	})
	if u.watched() {
		helpers.Go(func() { u.watch(streamCtx, answer) })
	}

	s := &sender{upload: u, ctx: sendCtx, stream: stream, answer: answer, hashing: startHashing(sendCtx, u.digest)}
	err = s.run()
	if err != nil && sendCtx.Err() == nil {
		stopSending()
		s.hashing.stop()
		return nil, err
	}
	<-answer.ended
	s.hashing.stop()
	if hello, ok := answer.greeting(); ok {
		u.adopt(hello)
	}
	if answer.err != nil {
		return nil, u.fail(ctx, answer.err)
	}
	return answer.response, nil
}
