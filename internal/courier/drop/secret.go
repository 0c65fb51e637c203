package drop

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode"

	"golang.org/x/crypto/ssh"

	"github.com/wireroom/wireroom/internal/wire"
)

// secret is what a folder is opened with. Its fields never go into a log or an
// error.
type secret struct {
	Password   string `json:"password"`
	Key        string `json:"key"`        // PEM, of SFTP
	Passphrase string `json:"passphrase"` // of the key
	AccessKey  string `json:"access_key"` // of S3
	SecretKey  string `json:"secret_key"`
}

// maxSecret bounds a secret.
const maxSecret = 32 << 10

// parseSecret reads the secret of a subscription. What begins with a brace is
// JSON. Else it is a private key in PEM or a password; for S3 an access key and
// its secret with a colon between.
func parseSecret(scheme, text string) (*secret, error) {
	bad := func(what string) error { return wire.Errorf(wire.Invalid, "secret", "%s", what) }
	s := &secret{}
	switch trimmed := strings.TrimSpace(text); {
	case trimmed == "" || len(text) > maxSecret:
		return nil, bad("is missing or too long")
	case strings.HasPrefix(trimmed, "{"):
		decoder := json.NewDecoder(strings.NewReader(trimmed))
		decoder.DisallowUnknownFields()
		// What the decoder complains of may quote the secret.
		if decoder.Decode(s) != nil || !errors.Is(decoder.Decode(&struct{}{}), io.EOF) {
			return nil, bad("is not JSON with password, key, passphrase, access_key and secret_key alone")
		}
	case scheme == "s3":
		s.AccessKey, s.SecretKey, _ = strings.Cut(trimmed, ":")
	case scheme == "sftp" && strings.HasPrefix(trimmed, "-----BEGIN"):
		s.Key = trimmed
	default:
		s.Password = strings.TrimRight(text, "\r\n")
	}
	if strings.ContainsFunc(s.Password+s.AccessKey+s.SecretKey, unicode.IsControl) {
		return nil, bad("holds control characters")
	}
	switch ofS3, ofSFTP := s.AccessKey != "" || s.SecretKey != "", s.Key != "" || s.Passphrase != ""; {
	case scheme == "s3" && (s.AccessKey == "" || s.SecretKey == "" || s.Password != "" || ofSFTP):
		return nil, bad("of S3 is an access key and its secret, with a colon between")
	case scheme != "s3" && ofS3, scheme != "sftp" && ofSFTP, s.Password == "" && s.Key == "" && scheme != "s3":
		return nil, bad("is not a password" + map[bool]string{true: " or a private key"}[scheme == "sftp"])
	}
	return s, nil
}

// signer reads the private key; nil if there is none. A passphrase makes it slow
// on purpose, so it is for the log-in, not for each delivery.
func (s *secret) signer() (ssh.Signer, error) {
	var signer ssh.Signer
	var err error
	switch {
	case s.Key == "":
		return nil, nil
	case s.Passphrase != "":
		signer, err = ssh.ParsePrivateKeyWithPassphrase([]byte(s.Key), []byte(s.Passphrase))
	default:
		signer, err = ssh.ParsePrivateKey([]byte(s.Key))
	}
	if err != nil { // which may quote the key
		return nil, wire.Errorf(wire.Invalid, "secret", "holds a private key that cannot be read, or not with its passphrase")
	}
	return signer, nil
}
