package chain

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

const (
	beforeHash = `,"hash":"`
	afterHash  = `"}`
	// sealLength is that of the last member and the end of the object.
	sealLength = len(beforeHash) + digits + len(afterHash)
)

// MaxLine is the length that no line of an audit log reaches, in bytes.
const MaxLine = 64 << 10

// seal returns the line of e, with its hash and a line feed.
func seal(e Event) (line []byte, hash Hash, err error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		return nil, Hash{}, fmt.Errorf("encode an audit event: %w", err)
	}
	line = out.Bytes()
	body := line[:len(line)-sealLength-1]
	hash = hashOf(body)
	return slices.Concat(body, []byte(beforeHash+hash.String()+afterHash+"\n")), hash, nil
}

// hashOf hashes the object whose last member was cut off with its closing
// brace.
func hashOf(body []byte) Hash {
	digest := sha256.New()
	digest.Write(body)
	digest.Write([]byte{'}'})
	return Hash(digest.Sum(nil))
}

// unseal checks that a line, without its line feed, has the hash that it says,
// and returns its event. The error's text is for a [BrokenError].
func unseal(line []byte) (Event, error) {
	said, body, err := split(line)
	if err != nil {
		return Event{}, err
	}
	if hashOf(body) != said {
		return Event{}, errors.New("it is not what its hash was made of: the line was changed")
	}
	var event Event
	if err := json.Unmarshal(line, &event); err != nil {
		return Event{}, fmt.Errorf("it is no event: %w", err)
	}
	if event.Version != Version {
		return Event{}, fmt.Errorf("it has the version %d, and %d is known: use the sluice of the service that wrote it", event.Version, Version)
	}
	return event, nil
}

func split(line []byte) (said Hash, body []byte, err error) {
	at := len(line) - sealLength
	if at < 0 || !bytes.HasPrefix(line[at:], []byte(beforeHash)) || !bytes.HasSuffix(line, []byte(afterHash)) {
		return Hash{}, nil, errors.New("it does not end with a hash: the line was changed or inserted")
	}
	said, err = ParseHash(string(line[at+len(beforeHash) : len(line)-len(afterHash)]))
	if err != nil {
		return Hash{}, nil, fmt.Errorf("its hash was changed: %w", err)
	}
	return said, line[:at], nil
}
