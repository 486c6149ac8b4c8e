package pointfile

import "strings"

// valueColumn is the column whose name says nothing of the metric.
const valueColumn = "value"

// MetricOf returns the metric that a file's name without its extension stands
// for: the parts between underscores but for those, after the first, that have
// a digit and so look like an identifier.
//
//	ec2_cpu_utilization_24ae8d         ec2_cpu_utilization
//	TravelTime_387                     TravelTime
//	iio_us-east-1_i-a2eb1cd9_NetworkIn iio_NetworkIn
//
// A name that is nothing but a number stands for `value`. Characters that no
// metric may have become underscores.
func MetricOf(base string) string {
	parts := strings.Split(base, "_")
	kept := parts[:1]
	for _, part := range parts[1:] {
		if part != "" && !strings.ContainsAny(part, "0123456789") {
			kept = append(kept, part)
		}
	}
	name := strings.Map(metricRune, strings.Join(kept, "_"))
	if strings.Trim(name, "_0123456789.:/-") == "" {
		return valueColumn
	}
	if !isLetter(rune(name[0])) {
		return "_" + name
	}
	return name
}

func metricRune(r rune) rune {
	if isLetter(r) || strings.ContainsRune("0123456789.:/-", r) {
		return r
	}
	return '_'
}

func isLetter(r rune) bool {
	return r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
