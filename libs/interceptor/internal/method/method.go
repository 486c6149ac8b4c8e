// Package method tells the calls that the chain treats apart by their full
// method name, "/service/method".
package method

import "strings"

// IsHealth reports whether the call is one of grpc.health.v1.
func IsHealth(fullMethod string) bool {
	return strings.HasPrefix(fullMethod, "/grpc.health.v1.Health/")
}

// IsReflection reports whether the call is one of server reflection, of any
// version.
func IsReflection(fullMethod string) bool {
	return strings.HasPrefix(fullMethod, "/grpc.reflection.")
}

// Split returns the service and the method of a full method name.
func Split(fullMethod string) (service, method string) {
	service, method, _ = strings.Cut(strings.TrimPrefix(fullMethod, "/"), "/")
	return service, method
}
