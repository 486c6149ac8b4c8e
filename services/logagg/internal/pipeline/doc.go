// Package pipeline brings entries through the rules before anything of them is
// written: they are normalised, filtered, redacted, classified and enriched, in
// this order. The rules are those of a file, or built in.
//
// A [Pipeline] is what a file says, compiled. A [Runner] brings the entries of
// one goroutine through it and counts. [Live] follows a file that changes.
package pipeline
