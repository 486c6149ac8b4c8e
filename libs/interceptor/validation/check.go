package validation

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// maxItems is the largest number of items in a list or a map of a request.
const maxItems = 10_000

// Check returns reason FIELD_INVALID, with the path of the field, for a text with
// a NUL and for a list of more than 10,000 items. What is not a message of the
// schema passes.
func Check(request any) error {
	m, ok := request.(proto.Message)
	if !ok {
		return nil
	}
	return checkMessage(m.ProtoReflect(), "")
}

func checkMessage(m protoreflect.Message, path string) (err error) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		err = checkField(field, value, path+string(field.Name()))
		return err == nil
	})
	return err
}

func checkField(field protoreflect.FieldDescriptor, value protoreflect.Value, path string) error {
	switch {
	case field.IsMap():
		return checkMap(field, value.Map(), path)
	case field.IsList():
		return checkList(field, value.List(), path)
	default:
		return checkValue(field, value, path)
	}
}

func checkList(field protoreflect.FieldDescriptor, list protoreflect.List, path string) error {
	if err := checkLength(list.Len(), path); err != nil {
		return err
	}
	for i := range list.Len() {
		if err := checkValue(field, list.Get(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

func checkMap(field protoreflect.FieldDescriptor, entries protoreflect.Map, path string) error {
	err := checkLength(entries.Len(), path)
	if err != nil {
		return err
	}
	entries.Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
		if err = checkValue(field.MapKey(), key.Value(), path); err == nil {
			err = checkValue(field.MapValue(), value, path)
		}
		return err == nil
	})
	return err
}

func checkValue(field protoreflect.FieldDescriptor, value protoreflect.Value, path string) error {
	switch field.Kind() {
	case protoreflect.StringKind:
		if strings.IndexByte(value.String(), 0) >= 0 {
			return problem.InField(problem.FieldInvalid, path, "has a NUL character; leave it out")
		}
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return checkMessage(value.Message(), path+".")
	default: // Numbers and bytes mean anything.
	}
	return nil
}

func checkLength(items int, path string) error {
	if items > maxItems {
		return problem.InField(problem.FieldInvalid, path, "has %d items; at most %d are taken", items, maxItems)
	}
	return nil
}
