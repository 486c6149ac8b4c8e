package condition

import (
	"errors"
	"reflect"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// fields shows an entry's fields as a map, without making one. It is no
// [traits.Mapper] on purpose: CEL then takes what Get returns for a name that is
// not there, the empty text, and asks IsSet what is there.
type fields struct {
	entry *entry.Entry
}

var (
	_ traits.Indexer     = (*fields)(nil)
	_ traits.FieldTester = (*fields)(nil)
	_ traits.Container   = (*fields)(nil)
	_ traits.Iterable    = (*fields)(nil)
	_ traits.Sizer       = (*fields)(nil)
)

var fieldsType = cel.MapType(cel.StringType, cel.StringType)

// Get returns the value of a field, the empty text without it.
func (f *fields) Get(name ref.Val) ref.Val {
	text, ok := name.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(name)
	}
	return types.String(f.entry.Field(string(text)))
}

// IsSet tells whether the field is there.
func (f *fields) IsSet(name ref.Val) ref.Val {
	text, ok := name.(types.String)
	if !ok {
		return types.MaybeNoSuchOverloadErr(name)
	}
	return types.Bool(slices.ContainsFunc(f.entry.Fields, func(field entry.Field) bool {
		return field.Name == string(text)
	}))
}

// Contains is IsSet, for the operator "in".
func (f *fields) Contains(name ref.Val) ref.Val { return f.IsSet(name) }

// Size returns the number of fields.
func (f *fields) Size() ref.Val { return types.Int(len(f.entry.Fields)) }

// Iterator goes over the names.
func (f *fields) Iterator() traits.Iterator { return &names{fields: f} }

// Type returns that of a map, which has the traits that are implemented here.
func (f *fields) Type() ref.Type { return fieldsType }

// Equal is never reached: expressions with it are not compiled.
func (f *fields) Equal(ref.Val) ref.Val { return types.NewErr("fields can't be compared") }

// Value returns the fields as they are.
func (f *fields) Value() any { return f.entry.Fields }

// ConvertToNative is not offered.
func (f *fields) ConvertToNative(reflect.Type) (any, error) {
	return nil, errors.New("fields can't be converted")
}

// ConvertToType is not offered.
func (f *fields) ConvertToType(ref.Type) ref.Val {
	return types.NewErr("fields can't be converted")
}

// names iterates over the names of fields.
type names struct {
	*fields

	next int
}

// HasNext tells whether there is another name.
func (n *names) HasNext() ref.Val { return types.Bool(n.next < len(n.entry.Fields)) }

// Next returns the next name, or nil after the last one.
func (n *names) Next() ref.Val {
	if n.next >= len(n.entry.Fields) {
		return nil
	}
	n.next++
	return types.String(n.entry.Fields[n.next-1].Name)
}
