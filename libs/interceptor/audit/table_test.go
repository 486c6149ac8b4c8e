package audit

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// methods are those of all services of the published schema.
func methods() map[string]protoreflect.MethodDescriptor {
	found := make(map[string]protoreflect.MethodDescriptor)
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(file.Package()), "sluice.") {
			return true
		}
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for k := range service.Methods().Len() {
				method := service.Methods().Get(k)
				found[fmt.Sprintf("/%s/%s", service.FullName(), method.Name())] = method
			}
		}
		return true
	})
	return found
}

func TestEveryMethodOfTheSchemaHasAnAction(t *testing.T) {
	require.Len(t, methods(), 36)
	names := make(map[string]bool)
	for name := range methods() {
		does, ok := actions[name]
		require.True(t, ok, "%s is not in the table: decide what it does, and whether it only reads", name)
		require.False(t, names[does.name], "two methods are called %s", does.name)
		names[does.name] = true
	}
	require.Len(t, actions, len(methods()), "the table has methods that are not there")
}

// What changes something has a name that says so, so that a new method can't be
// taken for a read by mistake.
func TestOnlyWhatReadsIsARead(t *testing.T) {
	reading := []string{"Get", "List", "Watch", "Query", "Search", "Tail", "Download", "Verify", "Test"}
	for name, method := range methods() {
		looks := false
		for _, prefix := range reading {
			looks = looks || strings.HasPrefix(string(method.Name()), prefix)
		}
		require.Equal(t, looks, actions[name].read, name)
		require.Equal(t, method.IsStreamingClient(), actions[name].work != "", "%s: the name of a client stream's work", name)
	}
}

// The lists of fields are by name: each has to be in the schema, as what it is
// taken for.
func TestListedFieldsAreInTheSchema(t *testing.T) {
	missing := make(map[protoreflect.Name]bool)
	for name := range identifiers {
		missing[name] = true
	}
	for name := range counts {
		missing[name] = true
	}
	for _, method := range methods() {
		for _, message := range []protoreflect.MessageDescriptor{method.Input(), method.Output()} {
			seeFields(t, message, missing)
		}
	}
	require.Empty(t, missing)
}

func seeFields(t *testing.T, message protoreflect.MessageDescriptor, missing map[protoreflect.Name]bool) {
	t.Helper()
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		delete(missing, field.Name())
		if identifiers[field.Name()] {
			require.Equal(t, protoreflect.StringKind, field.Kind(), field.FullName())
		}
		if counts[field.Name()] {
			require.Contains(t, []protoreflect.Kind{protoreflect.Int64Kind, protoreflect.Int32Kind}, field.Kind(), field.FullName())
		}
		if field.Kind() == protoreflect.MessageKind && !field.IsMap() && field.Message() != message {
			for k := range field.Message().Fields().Len() {
				delete(missing, field.Message().Fields().Get(k).Name())
			}
		}
	}
}
