package message

import (
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxNesting bounds how deep a string is looked for.
const maxNesting = 8

// described is a message that is none of package proto's and tells its schema.
type described interface {
	Descriptor() protoreflect.MessageDescriptor
}

// schema returns the schema of a message, nil where it does not tell.
func schema(v any) protoreflect.MessageDescriptor {
	switch m := v.(type) {
	case protoreflect.ProtoMessage:
		return m.ProtoReflect().Descriptor()
	case described:
		return m.Descriptor()
	default:
		return nil
	}
}

// notUTF8 returns the field of an encoded message that is, or has in it, a string
// that is not UTF-8; empty where there is none, or the message breaks off before.
func notUTF8(encoded []byte, of protoreflect.MessageDescriptor, nesting int) string {
	for of != nil && len(encoded) > 0 && nesting < maxNesting {
		number, kind, n := protowire.ConsumeTag(encoded)
		if n < 0 {
			return ""
		}
		encoded = encoded[n:]
		if n = protowire.ConsumeFieldValue(number, kind, encoded); n < 0 {
			return ""
		}
		value := encoded[:n]
		encoded = encoded[n:]
		field := of.Fields().ByNumber(number)
		if kind != protowire.BytesType || field == nil {
			continue
		}
		inner, _ := protowire.ConsumeBytes(value)
		broken := field.Kind() == protoreflect.StringKind && !utf8.Valid(inner)
		if broken || field.Message() != nil && notUTF8(inner, field.Message(), nesting+1) != "" {
			return string(field.Name())
		}
	}
	return ""
}
