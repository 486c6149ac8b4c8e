package testkit

// ErrorOf returns the error of a call whose other result does not matter.
func ErrorOf[T any](_ T, err error) error { return err }
