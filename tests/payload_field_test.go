package tests

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// mapPart is the part of a map's entry that a payload goes to.
type mapPart int

const (
	noMap mapPart = iota
	mapKey
	mapValue
)

// textField is a field of a request, however deep, that has text.
type textField struct {
	path []protoreflect.FieldDescriptor
	part mapPart
}

// textFields are all of a message, those in lists, maps and messages included.
func textFields(desc protoreflect.MessageDescriptor) []textField {
	var all []textField
	for i := range desc.Fields().Len() {
		field := desc.Fields().Get(i)
		path := []protoreflect.FieldDescriptor{field}
		switch {
		case field.IsMap():
			for part, kind := range map[mapPart]protoreflect.FieldDescriptor{mapKey: field.MapKey(), mapValue: field.MapValue()} {
				if kind.Kind() == protoreflect.StringKind {
					all = append(all, textField{path, part})
				}
			}
		case field.Kind() == protoreflect.StringKind:
			all = append(all, textField{path, noMap})
		case field.Kind() == protoreflect.MessageKind:
			for _, inner := range textFields(field.Message()) {
				all = append(all, textField{append(path[:1:1], inner.path...), inner.part})
			}
		}
	}
	return all
}

func (f textField) String() string {
	var names []string
	for _, field := range f.path {
		names = append(names, string(field.Name()))
	}
	return strings.Join(names, ".") + []string{"", " (key)", " (value)"}[f.part]
}

// set puts the text there: into the last item of a list, and in place of all
// entries of a map.
func (f textField) set(m protoreflect.Message, text string) {
	for _, field := range f.path[:len(f.path)-1] {
		m = f.last(m, field)
	}
	field, value := f.path[len(f.path)-1], protoreflect.ValueOfString(text)
	switch {
	case field.IsMap():
		f.setEntry(m, field, value)
	case field.IsList():
		m.Mutable(field).List().Append(value)
	default:
		m.Set(field, value)
	}
}

// last returns a message's inner message, the last one of a list.
func (textField) last(m protoreflect.Message, field protoreflect.FieldDescriptor) protoreflect.Message {
	if !field.IsList() {
		return m.Mutable(field).Message()
	}
	list := m.Mutable(field).List()
	if list.Len() == 0 {
		return list.AppendMutable().Message()
	}
	return list.Get(list.Len() - 1).Message()
}

func (f textField) setEntry(m protoreflect.Message, field protoreflect.FieldDescriptor, value protoreflect.Value) {
	key, of := protoreflect.ValueOfString("k").MapKey(), value
	if f.part == mapKey {
		key, of = value.MapKey(), protoreflect.ValueOfString("v")
		if field.MapValue().Kind() == protoreflect.DoubleKind {
			of = protoreflect.ValueOfFloat64(1.5)
		}
	}
	m.Clear(field)
	m.Mutable(field).Map().Set(key, of)
}

// operator returns the field beside the text that says how it is compared, or
// nil.
func (f textField) operator() protoreflect.FieldDescriptor {
	return f.path[len(f.path)-1].ContainingMessage().Fields().ByName("operator")
}

// setOperator changes how the text is compared.
func (f textField) setOperator(m protoreflect.Message, operator protoreflect.EnumNumber) {
	for _, field := range f.path[:len(f.path)-1] {
		m = f.last(m, field)
	}
	m.Set(f.operator(), protoreflect.ValueOfEnum(operator))
}
