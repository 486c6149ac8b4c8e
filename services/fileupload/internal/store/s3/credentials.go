package s3

import "github.com/minio/minio-go/v7/pkg/credentials"

// newCredentials takes the configured keys, or else looks for some whenever
// those in use have expired.
func newCredentials(c Config) *credentials.Credentials {
	if c.AccessKey != "" {
		return credentials.NewStaticV4(c.AccessKey, c.SecretKey, "")
	}
	return credentials.NewChainCredentials([]credentials.Provider{
		&credentials.EnvAWS{},
		&credentials.FileAWSCredentials{Filename: c.CredentialsFile},
	})
}
