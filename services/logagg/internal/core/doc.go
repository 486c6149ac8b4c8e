// Package core takes frames of log entries in, brings them into the store and
// answers searches. It knows neither gRPC nor a store's engine.
package core
