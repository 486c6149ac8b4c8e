package client

import (
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// helloKey is the response header with the serialised Hello.
const helloKey = "sluice-hello-bin"

// answer is what the server says on a client stream: the Hello in its headers,
// then one response R or an error, which may come at any time.
type answer[R proto.Message] struct {
	stream grpc.ClientStream

	// greeted is closed when hello is set, or will never be and stays nil.
	greeted chan struct{}
	hello   *streamv1.Hello

	// ended is closed when response is decoded or err is set.
	ended    chan struct{}
	response R
	err      error
}

// newAnswer is given an empty response to decode into.
func newAnswer[R proto.Message](stream grpc.ClientStream, response R) *answer[R] {
	return &answer[R]{stream: stream, response: response, greeted: make(chan struct{}), ended: make(chan struct{})}
}

// receive reads until the stream ends.
func (a *answer[R]) receive() {
	defer close(a.ended)
	a.hello = readHello(a.stream)
	close(a.greeted)
	a.err = a.stream.RecvMsg(a.response)
}

// greeting returns the Hello if it has come.
func (a *answer[R]) greeting() (*streamv1.Hello, bool) {
	select {
	case <-a.greeted:
		return a.hello, a.hello != nil
	default:
		return nil, false
	}
}

// readHello waits for the headers. It returns nil when they hold no Hello: the
// stream has failed, which RecvMsg tells, or the server knows no positions.
func readHello(stream grpc.ClientStream) *streamv1.Hello {
	header, err := stream.Header()
	if err != nil || len(header.Get(helloKey)) == 0 {
		return nil
	}
	hello := new(streamv1.Hello)
	if proto.Unmarshal([]byte(header.Get(helloKey)[0]), hello) != nil {
		return nil
	}
	return hello
}
