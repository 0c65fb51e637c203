package client_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/wireroom/wireroom/client"
)

// A wire that says what the test vectors say: a text ahead, and then its key.
func aWire() (address string, key ed25519.PublicKey, stop func()) {
	var v struct {
		PublicKey       []byte `json:"public_key"`
		Seal, Text, Key []byte
		Number          int64
	}
	raw, err := os.ReadFile("testdata/embargo.json")
	if err == nil {
		err = json.Unmarshal(raw, &v)
	}
	if err != nil {
		log.Fatal(err)
	}
	text := base64.StdEncoding.EncodeToString
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, "event: seal\ndata: {\"seal\":%q,\"text\":%q}\n\n", text(v.Seal), text(v.Text))
		fmt.Fprintf(w, "id: %d\nevent: key\ndata: {\"key\":%q}\n\n", v.Number, text(v.Key))
	}))
	return server.URL, v.PublicKey, server.Close
}

// Follow everything in English, with texts ahead of their clear time.
func ExampleStream() {
	address, key, stop := aWire()
	defer stop()

	enough := errors.New("enough")
	s := client.Stream{
		URL:    address,
		Filter: client.Filter{Languages: []string{"en"}},
		Last:   "0", // from the beginning; afterwards, what was stored of it
		Box:    &client.Box{Keys: []ed25519.PublicKey{key}},
	}
	err := s.Run(context.Background(), func(e client.Event) error {
		var item struct{ Item, Number string }
		if err := json.Unmarshal(e.Data, &item); err != nil {
			return err
		}
		fmt.Println(e.ID, e.Type, item.Item, "ahead:", e.Ahead)
		return enough
	})
	if !errors.Is(err, enough) {
		log.Fatal(err)
	}
	// Output: 4711 item mbqwey3emvtgo2djnjvwy3lon4 ahead: true
}
