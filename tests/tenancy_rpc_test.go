package tests

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// rpc is a method of the published schema.
type rpc struct{ protoreflect.MethodDescriptor }

// schemaRPCs are all methods of the schema, in the order of their names.
func schemaRPCs() []rpc {
	var all []rpc
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(file.Package()), "sluice.") {
			return true
		}
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for k := range methods.Len() {
				all = append(all, rpc{methods.Get(k)})
			}
		}
		return true
	})
	slices.SortFunc(all, func(a, b rpc) int { return cmp.Compare(a.path(), b.path()) })
	return all
}

// path is the method's full name as gRPC has it.
func (r rpc) path() string { return fmt.Sprintf("/%s/%s", r.Parent().FullName(), r.Name()) }

// servedBy tells whether a service has the method. Each has those for streams
// and usage.
func (r rpc) servedBy(service string) bool {
	switch name := string(r.ParentFile().Package()); name {
	case "sluice.stream.v1", "sluice.usage.v1":
		return true
	default:
		return name == "sluice."+service+".v1"
	}
}

// endless tells whether the answer goes on for as long as the caller wants.
func (r rpc) endless() bool {
	return strings.HasPrefix(string(r.Name()), "Watch") || strings.HasPrefix(string(r.Name()), "Tail")
}

// outcome is what became of a call.
type outcome struct {
	header  metadata.MD
	answers []proto.Message
	err     error
}

// quietTime is how long a watch of streams may say nothing before it is ended.
const quietTime = 300 * time.Millisecond

// call sends the messages, closes the client's side and reads the answer: all of
// it, or the first message of an endless one.
func (r rpc) call(ctx context.Context, conn *grpc.ClientConn, messages ...proto.Message) outcome {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if r.Name() == "WatchStreams" {
		defer time.AfterFunc(quietTime, cancel).Stop()
	}
	return r.exchange(ctx, conn, func(s grpc.ClientStream) error {
		for _, message := range messages {
			if err := s.SendMsg(message); errors.Is(err, io.EOF) {
				return nil // RecvMsg tells why
			} else if err != nil {
				return err
			}
		}
		return s.CloseSend()
	})
}

// callRaw is call with one message in bytes.
func (r rpc) callRaw(ctx context.Context, conn *grpc.ClientConn, message []byte) outcome {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return r.exchange(ctx, conn, func(s grpc.ClientStream) error {
		if err := s.SendMsg(message); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		return s.CloseSend()
	}, grpc.ForceCodecV2(rawCodec{}))
}

func (r rpc) exchange(ctx context.Context, conn *grpc.ClientConn, send func(grpc.ClientStream) error, opts ...grpc.CallOption) outcome {
	desc := &grpc.StreamDesc{ClientStreams: r.IsStreamingClient(), ServerStreams: r.IsStreamingServer()}
	s, err := conn.NewStream(ctx, desc, r.path(), opts...)
	if err == nil {
		err = send(s)
	}
	if err != nil {
		return outcome{err: err}
	}
	return r.receive(s)
}

func (r rpc) receive(s grpc.ClientStream) outcome {
	var o outcome
	for o.err == nil {
		answer := r.message(r.Output())
		if o.err = s.RecvMsg(answer); o.err == nil {
			o.answers = append(o.answers, answer)
		}
		if o.err == nil && (r.endless() || !r.IsStreamingServer()) {
			break
		}
	}
	if errors.Is(o.err, io.EOF) {
		o.err = nil
	}
	o.header, _ = s.Header()
	return o
}

// message makes an empty message of a type of the schema.
func (r rpc) message(desc protoreflect.MessageDescriptor) proto.Message {
	found, err := protoregistry.GlobalTypes.FindMessageByName(desc.FullName())
	if err != nil {
		panic(err) // The test's imports register every type.
	}
	return found.New().Interface()
}
