// Package pointfile reads data points from files: CSV with a header, the
// headerless `timestamp,value`, and NDJSON.
//
// A line that can't be read is told and passed over; what makes no sense as a
// whole, such as a CSV file without a timestamp, ends the reading.
package pointfile
