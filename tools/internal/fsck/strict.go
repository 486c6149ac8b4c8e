package fsck

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// unmarshalStrictly decodes data into m, and refuses what another schema wrote
// although it can be decoded: a field that m's schema has with another wire type,
// which the decoder keeps as unknown. Newer tells of fields that the schema does
// not have at all, which a later version may write.
func unmarshalStrictly(data []byte, m proto.Message) (newer bool, err error) {
	if err := proto.Unmarshal(data, m); err != nil {
		return false, err
	}
	err = eachMessage(m.ProtoReflect(), func(m protoreflect.Message) error {
		unknown := m.GetUnknown()
		newer = newer || len(unknown) > 0
		return checkUnknown(m.Descriptor(), unknown)
	})
	return newer, err
}

func checkUnknown(of protoreflect.MessageDescriptor, unknown []byte) error {
	for len(unknown) > 0 {
		number, _, n := protowire.ConsumeField(unknown)
		if n < 0 {
			return protowire.ParseError(n)
		}
		if field := of.Fields().ByNumber(number); field != nil {
			return fmt.Errorf("field %s has another type", field.FullName())
		}
		unknown = unknown[n:]
	}
	return nil
}

// eachMessage calls do with m and the messages in it, but for those in maps: the
// maps of journals have numbers and texts.
func eachMessage(m protoreflect.Message, do func(protoreflect.Message) error) error {
	err := do(m)
	if err != nil {
		return err
	}
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Message() == nil || field.IsMap():
		case field.IsList():
			list := value.List()
			for i := 0; i < list.Len() && err == nil; i++ {
				err = eachMessage(list.Get(i).Message(), do)
			}
		default:
			err = eachMessage(value.Message(), do)
		}
		return err == nil
	})
	return err
}
