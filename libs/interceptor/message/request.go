package message

import (
	"bytes"

	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/sluice-ingest/sluice/libs/problem"
)

const (
	// strangersBytes is the size up to which a unary call's request is decoded
	// before its caller is known.
	strangersBytes = 4 << 10
	// maxItems is how many messages and entries of maps a larger request may have.
	// An empty one takes two bytes sent and some 200 decoded.
	maxItems = 100_000
)

// undecoded stands before a request that is still to be decoded: the field with the
// highest number there is. Who sends it gains nothing.
var undecoded = protowire.AppendVarint(protowire.AppendTag(nil, protowire.MaxValidNumber, protowire.VarintType), 1)

// request takes the request of a unary call, which grpc-go decodes before the first
// interceptor runs. A larger one stays as it is, in the unknown fields, until
// [Decode]: what a stranger sends must not grow a hundredfold. So does one that
// can't be decoded, which grpc-go would refuse in its own words.
func (c codec) request(data mem.BufferSlice, v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	if data.Len() <= strangersBytes && c.CodecV2.Unmarshal(data, v) == nil {
		return nil
	}
	proto.Reset(m)
	m.ProtoReflect().SetUnknown(append(bytes.Clone(undecoded), data.Materialize()...))
	return nil
}

// Decode decodes the request of a unary call if that is still to be done. The link
// that first looks into it calls this, once the caller is known and may call the
// method. Decoding again changes nothing.
func Decode(request any) error {
	m, ok := request.(proto.Message)
	if !ok {
		return nil
	}
	encoded, pending := bytes.CutPrefix(m.ProtoReflect().GetUnknown(), undecoded)
	if !pending {
		return nil
	}
	left := maxItems
	if err := countItems(encoded, m.ProtoReflect().Descriptor(), &left); err != nil {
		return malformed(err)
	}
	if left < 0 {
		return problem.New(problem.MessageTooLarge, "the message has more than %d items; send smaller messages", maxItems)
	}
	m.ProtoReflect().SetUnknown(nil)
	if err := (proto.UnmarshalOptions{Merge: true}).Unmarshal(encoded, m); err != nil {
		return undecodable(err, encoded, m.ProtoReflect().Descriptor())
	}
	return nil
}

// countItems takes the messages in an encoded one from left, until that is below 0.
func countItems(encoded []byte, of protoreflect.MessageDescriptor, left *int) error {
	for len(encoded) > 0 && *left >= 0 {
		number, kind, n := protowire.ConsumeTag(encoded)
		if n < 0 {
			return protowire.ParseError(n)
		}
		encoded = encoded[n:]
		if n = protowire.ConsumeFieldValue(number, kind, encoded); n < 0 {
			return protowire.ParseError(n)
		}
		value := encoded[:n]
		encoded = encoded[n:]
		field := of.Fields().ByNumber(number)
		if kind != protowire.BytesType || field == nil || field.Message() == nil {
			continue
		}
		*left--
		inner, _ := protowire.ConsumeBytes(value)
		if err := countItems(inner, field.Message(), left); err != nil {
			return err
		}
	}
	return nil
}
