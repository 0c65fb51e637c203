package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"

	"github.com/emersion/go-msgauth/dkim"

	"github.com/wireroom/wireroom/test/bench/story"
)

// checkLetter says what is wrong with a letter of ours as it arrived: it must
// have both alternatives with the text and the reader's own link, and a good
// signature by each key. A letter that was measured must have been worth
// sending.
func checkLetter(raw []byte, keys map[string]string) error {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	words := mime.WordDecoder{}
	subject, err := words.DecodeHeader(m.Header.Get("Subject"))
	if err != nil || !strings.Contains(subject, "Halden Robotics") {
		return fmt.Errorf("the subject is %q: %v", subject, err)
	}
	unsubscribe, _, _ := strings.Cut(strings.TrimPrefix(m.Header.Get("List-Unsubscribe"), "<"), ">")
	kind, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" || unsubscribe == "" {
		return fmt.Errorf("content type %q, unsubscribe link %q: %v", kind, unsubscribe, err)
	}
	parts := multipart.NewReader(m.Body, parameters["boundary"])
	n := 0
	for ; ; n++ {
		part, err := parts.NextPart() // takes quoted-printable off
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		var from io.Reader = part
		if part.Header.Get("Content-Transfer-Encoding") == "base64" {
			from = base64.NewDecoder(base64.StdEncoding, part)
		}
		text, err := io.ReadAll(from)
		if err != nil {
			return err
		}
		if !bytes.Contains(text, []byte(unsubscribe)) || !bytes.Contains(text, []byte(story.Headline)) {
			return fmt.Errorf("part %d lacks the headline or the reader's own link", n+1)
		}
	}
	if n != 2 {
		return fmt.Errorf("%d parts", n)
	}
	verified, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if record, ok := keys[name]; ok {
			return []string{record}, nil
		}
		return nil, fmt.Errorf("no key %s", name)
	}})
	if err != nil {
		return err
	}
	for _, v := range verified {
		if v.Err != nil {
			return fmt.Errorf("DKIM: %w", v.Err)
		}
	}
	if len(verified) != len(keys) {
		return fmt.Errorf("%d signatures by %d keys", len(verified), len(keys))
	}
	return nil
}
