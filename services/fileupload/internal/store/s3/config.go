package s3

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/sluice-ingest/sluice/libs/config"
)

// What S3 bounds.
const (
	minPartSize   = 5 << 20
	maxPartSize   = 5 << 30
	maxParts      = 10_000
	maxObjectSize = 5 << 40
)

// Config says where the bucket is and how it is spoken to.
type Config struct {
	Endpoint string `koanf:"endpoint" help:"host of the S3 server, with a port if it is not the usual one: s3.eu-central-1.amazonaws.com, 10.0.0.5:9000"`
	Bucket   string `koanf:"bucket" help:"bucket, which must be there"`
	Prefix   string `koanf:"prefix" help:"beginning of every key; empty, or a path that ends with /. Nobody else may write below it"`
	Region   string `koanf:"region" help:"region that requests are signed for"`

	AccessKey       string `koanf:"access_key" help:"access key; without one it is looked for in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY and then in the credentials file"`
	SecretKey       string `koanf:"secret_key" secret:"true" help:"secret key of the access key"`
	CredentialsFile string `koanf:"credentials_file" help:"credentials file as the AWS tools write it, in place of ~/.aws/credentials"`

	PartSize      config.Bytes `koanf:"part_size" help:"size of an upload's parts, which become durable as a whole; 5MiB to 5GiB, at least a 10,000th of the largest file"`
	PartsInFlight int          `koanf:"parts_in_flight" help:"how many parts of one upload are sent at once; it holds one more in memory"`
	Checksum      string       `koanf:"checksum" help:"checksum that the server verifies each part by: crc32c, md5 for servers that do not know it, none"`
	PathStyle     bool         `koanf:"path_style" help:"name the bucket in the path and not in the host, as most servers besides AWS want it"`
	Insecure      bool         `koanf:"insecure" help:"speak HTTP without TLS"`

	Timeout  time.Duration `koanf:"timeout" help:"how long a request may bring no byte forward; 20 times as long where the server completes or copies"`
	Attempts int           `koanf:"attempts" help:"how often a request is tried that fails by the network or an overloaded server; 1 never tries again"`
}

// DefaultConfig has no endpoint and no bucket.
func DefaultConfig() Config {
	return Config{
		Region:        "us-east-1",
		PartSize:      8 << 20,
		PartsInFlight: 2,
		Checksum:      checksumCRC32C,
		Timeout:       30 * time.Second,
		Attempts:      10,
	}
}

// Given returns the names of the settings that are not as by default.
func (c Config) Given() (names []string) {
	was, is := reflect.ValueOf(DefaultConfig()), reflect.ValueOf(c)
	for i := range is.NumField() {
		if !is.Field(i).Equal(was.Field(i)) {
			names = append(names, "s3."+is.Type().Field(i).Tag.Get("koanf"))
		}
	}
	return names
}

// Validate returns every setting that can't be used. It connects to nothing.
func (c Config) Validate() error {
	return errors.Join(
		check(c.Endpoint != "" && !strings.Contains(c.Endpoint, "/"), "s3.endpoint must be a host, with its port if needed and without https://"),
		check(c.Bucket != "", "s3.bucket is empty: name a bucket"),
		check(c.Prefix == "" || strings.HasSuffix(c.Prefix, "/") && !strings.HasPrefix(c.Prefix, "/"),
			"s3.prefix must be empty or a path that ends with / and does not begin with it"),
		check(c.Region != "", "s3.region is empty: name a region; servers besides AWS mostly take us-east-1"),
		check((c.AccessKey == "") == (c.SecretKey == ""), "s3.access_key and s3.secret_key must be set together"),
		check(c.PartSize >= minPartSize && c.PartSize <= maxPartSize, "s3.part_size must be 5MiB to 5GiB"),
		check(c.PartsInFlight >= 1 && c.PartsInFlight <= 100, "s3.parts_in_flight must be 1 to 100"),
		check(slices.Contains(checksums(), c.Checksum), "s3.checksum must be one of "+strings.Join(checksums(), ", ")),
		check(c.Timeout > 0, "s3.timeout must be above 0, for example 30s"),
		check(c.Attempts >= 1, "s3.attempts must be at least 1"),
	)
}

// CheckFileSize returns an error when the largest file, in bytes, does not fit
// into the parts of an upload.
func (c Config) CheckFileSize(largest int64) error {
	if most := min(int64(c.PartSize)*maxParts, maxObjectSize); largest > most {
		return fmt.Errorf("files of %v do not fit into %d parts of s3.part_size %v, nor into an object of 5TiB: "+
			"raise s3.part_size or lower max_file_size to %v", config.Bytes(largest), maxParts, c.PartSize, config.Bytes(most))
	}
	return nil
}

func check(ok bool, message string) error {
	if ok {
		return nil
	}
	return errors.New(message)
}
