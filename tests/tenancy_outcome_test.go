package tests

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// text is all that a caller can see of an outcome, apart from times and from the
// identifiers that it sent or that the server made for it.
func (o outcome) text(sent []string) string {
	st := status.Convert(o.err)
	parts := []string{st.Code().String(), st.Message()}
	for _, detail := range st.Details() {
		m, ok := detail.(proto.Message)
		if !ok {
			parts = append(parts, fmt.Sprint(detail))
			continue
		}
		parts = append(parts, withoutMade(m, sent))
	}
	for _, answer := range o.answers {
		parts = append(parts, withoutMade(answer, sent))
	}
	for _, key := range slices.Sorted(maps.Keys(o.header)) {
		parts = append(parts, headerText(key, o.header.Get(key), sent))
	}
	text := strings.Join(parts, "\n")
	for _, name := range sent {
		text = strings.ReplaceAll(text, name, "SENT")
	}
	return text
}

func headerText(key string, values, sent []string) string {
	switch key {
	case "x-request-id":
		return key
	case "sluice-hello-bin":
		hello := new(streamv1.Hello)
		if err := proto.Unmarshal([]byte(values[0]), hello); err != nil {
			return err.Error()
		}
		return key + " " + withoutMade(hello, sent)
	default:
		return key + " " + strings.Join(values, ",")
	}
}

// withoutMade formats a message without times, and with one word for each
// identifier that the server made.
func withoutMade(m proto.Message, sent []string) string {
	m = proto.Clone(m)
	hideMade(m.ProtoReflect(), sent)
	return string(m.ProtoReflect().Descriptor().Name()) + " " + prototext.Format(m)
}

func hideMade(m protoreflect.Message, sent []string) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
		case field.IsList() && field.Kind() == protoreflect.MessageKind:
			for i := range value.List().Len() {
				hideMade(value.List().Get(i).Message(), sent)
			}
		case field.IsList():
		case field.Kind() == protoreflect.MessageKind && isTime(field.Message()):
			m.Clear(field)
		case field.Kind() == protoreflect.MessageKind:
			hideMade(value.Message(), sent)
		case isMadeName(field.Name()) && !slices.Contains(sent, value.String()):
			m.Set(field, protoreflect.ValueOfString("MADE"))
		}
		return true
	})
}

func isTime(desc protoreflect.MessageDescriptor) bool {
	switch desc.FullName() {
	case (*timestamppb.Timestamp)(nil).ProtoReflect().Descriptor().FullName(),
		(*durationpb.Duration)(nil).ProtoReflect().Descriptor().FullName():
		return true
	default:
		return false
	}
}

// isMadeName tells whether a field may have an identifier that the server made.
func isMadeName(field protoreflect.Name) bool {
	switch field {
	case "file_id", "stream_id", "upload_id", "producer_id", "work_id":
		return true
	default:
		return false
	}
}
