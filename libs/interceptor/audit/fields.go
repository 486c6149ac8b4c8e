package audit

import (
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// identifiers are the fields that name what is acted on. Their values are UUIDs;
// what a caller sends there instead is not recorded.
var identifiers = map[protoreflect.Name]bool{
	"file_id": true, "upload_id": true, "producer_id": true, "stream_id": true, "work_id": true,
}

// counts are the fields of receipts and of what was deleted. No other field of a
// message is ever read.
var counts = map[protoreflect.Name]bool{
	"total_size": true, "duplicate_bytes": true, "stream_count": true,
	"total_processed": true, "successful_count": true, "error_count": true, "duplicate_count": true,
	"total_received": true, "indexed_count": true, "filtered_count": true, "rejected_count": true, "redacted_count": true,
	"deleted_count": true,
}

// addIdentifiers puts the identifiers of a message, and of the messages right in
// it, into resource. One that is there with another value is what a call has
// made: it is called new_….
func addIdentifiers(resource map[string]string, message any) {
	m, ok := message.(proto.Message)
	if !ok {
		return
	}
	m.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsList() || field.IsMap():
		case field.Kind() == protoreflect.MessageKind:
			value.Message().Range(func(inner protoreflect.FieldDescriptor, value protoreflect.Value) bool {
				addIdentifier(resource, inner, value)
				return true
			})
		default:
			addIdentifier(resource, field, value)
		}
		return true
	})
}

func addIdentifier(resource map[string]string, field protoreflect.FieldDescriptor, value protoreflect.Value) {
	if field.Kind() == protoreflect.StringKind && field.Cardinality() != protoreflect.Repeated && identifiers[field.Name()] {
		add(resource, string(field.Name()), value.String())
	}
}

func add(resource map[string]string, name, id string) {
	if len(id) != len(uuid.Nil.String()) || uuid.Validate(id) != nil {
		return
	}
	if there, ok := resource[name]; ok && there != id {
		name = "new_" + name
	}
	resource[name] = id
}

// countsOf returns the counts of a message that are not 0, or nil.
func countsOf(message any) map[string]int64 {
	m, ok := message.(proto.Message)
	if !ok {
		return nil
	}
	found := make(map[string]int64)
	m.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if counts[field.Name()] && field.Cardinality() != protoreflect.Repeated {
			switch field.Kind() {
			case protoreflect.Int64Kind, protoreflect.Int32Kind:
				found[string(field.Name())] = value.Int()
			default:
			}
		}
		return true
	})
	if len(found) == 0 {
		return nil
	}
	return found
}
