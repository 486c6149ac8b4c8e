package pointfile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/pointfile"
)

func TestMetricOf(t *testing.T) {
	for base, want := range map[string]string{
		"ec2_cpu_utilization_24ae8d":         "ec2_cpu_utilization",
		"ec2_disk_write_bytes_1ef3de":        "ec2_disk_write_bytes",
		"speed_6005":                         "speed",
		"occupancy_t4013":                    "occupancy",
		"TravelTime_387":                     "TravelTime",
		"grok_asg_anomaly":                   "grok_asg_anomaly",
		"iio_us-east-1_i-a2eb1cd9_NetworkIn": "iio_NetworkIn",
		"rds_cpu_utilization_e47b3b":         "rds_cpu_utilization",
		"machine_temperature_system_failure": "machine_temperature_system_failure",
		"exchange-2_cpc_results":             "exchange-2_cpc_results",
		"temperature":                        "temperature",
		"Büro 2":                             "B_ro_2",
		"-odd":                               "_-odd",
		"6005":                               "value",
		"":                                   "value",
		"2024_cpu":                           "_2024_cpu",
	} {
		require.Equal(t, want, pointfile.MetricOf(base), base)
	}
}
