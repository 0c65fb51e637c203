package edge

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/wire"
)

// Where those who ask for seals find what does not come on the stream: an item for
// which they hold none, the key that the wire signs with, and where they say that
// they keep a seal.
const (
	ItemPath  = "/v1/stream/items/{number}"
	KeyPath   = "/v1/stream/key"
	ReadyPath = "/v1/stream/ready"
)

// maxHolds bounds how many seals a receiver can say it has.
const maxHolds = 128

// readSeal reads seal and holds.
func (ask *request) readSeal(values url.Values) error {
	switch v := values.Get("seal"); v {
	case "", "0":
		return nil
	case "1":
	default:
		return wire.Errorf(wire.Invalid, "seal", "%q says neither yes nor no; give 1 to be sent texts ahead, sealed", v)
	}
	if ask.as != ninjsEncoding {
		return wire.Errorf(wire.Invalid, "seal", "a headline is no longer than a key; ask for headlines without seal, or for format=ninjs")
	}
	ask.as, ask.holds = sealedEncoding, split("holds", values["holds"])
	if len(ask.holds) > maxHolds {
		return wire.Errorf(wire.Invalid, "holds", "names more than %d seals; drop those for which a void or a key came", maxHolds)
	}
	for _, id := range ask.holds {
		if _, err := advance.ParseID(id); err != nil {
			return wire.Errorf(wire.Invalid, "holds", "%q is no id of a seal", id)
		}
	}
	return nil
}

// ServeItem is GET ItemPath: the data of an item, as the stream has it with
// format=ninjs, byte for byte.
func (e *Edge) ServeItem(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil || number < 1 {
		refuse(w, http.StatusBadRequest, wire.Errorf(wire.Invalid, "", "%q is no wire number", r.PathValue("number")))
		return
	}
	visitor, ok := e.knock(w, r)
	if !ok {
		return
	}
	en, err := e.find(r.Context(), number, want{entitled: visitor.Entitled})
	switch {
	case wire.KindOf(err) == wire.NotFound:
		refuse(w, http.StatusNotFound, err)
		return
	case err != nil:
		e.o.Log.Error("edge: an item cannot be read", "number", number, "err", err)
		refuse(w, http.StatusServiceUnavailable, wire.Errorf(wire.Unavailable, "", "the item cannot be read at this moment; try again"))
		return
	case e.fenced(en):
		refuse(w, http.StatusGone, wire.Errorf(wire.NotFound, "", "the story was withdrawn"))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache") // it may be withdrawn
	_, _ = w.Write(en.encoded(e, ninjsEncoding))
}

// find returns an item from the ring or from History; NotFound if there is none
// that may be had.
func (e *Edge) find(ctx context.Context, number int64, w want) (*entry, error) {
	none := wire.Errorf(wire.NotFound, "", "there is no such item on the wire")
	en, err := e.lookUp(ctx, number)
	switch {
	case err != nil:
		return nil, err
	case en == nil, !en.mayHave(w):
		return nil, none
	}
	return en, nil
}

// lookUp is find for who may have everything; nil if there is none.
func (e *Edge) lookUp(ctx context.Context, number int64) (*entry, error) {
	if err := e.ready(ctx); err != nil {
		return nil, err
	}
	e.mu.Lock()
	en := e.ring.at(number)
	e.mu.Unlock()
	if en != nil {
		return en, nil
	}
	select {
	case e.replays <- struct{}{}:
		defer func() { <-e.replays }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return e.past(ctx, number)
}

// ServeKey is GET KeyPath: the public key that seals, keys and voids are signed
// with. Who does not trust the connection learns it in another way.
func (e *Edge) ServeKey(w http.ResponseWriter, _ *http.Request) {
	key := e.publicKey()
	if key == nil {
		refuse(w, http.StatusServiceUnavailable, wire.Errorf(wire.Unavailable, "", "the key is not known at this moment; try again"))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_ = json.NewEncoder(w).Encode(struct {
		Protocol int    `json:"protocol"`
		Ed25519  string `json:"ed25519"` // base64
	}{1, base64.StdEncoding.EncodeToString(key)})
}

// ServeReady is POST ReadyPath: a receiver says that it keeps seals and has checked
// them, as on a WebSocket.
func (e *Edge) ServeReady(w http.ResponseWriter, r *http.Request) {
	if _, ok := e.knock(w, r); !ok {
		return
	}
	var said saying
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 8<<10)).Decode(&said); err != nil || len(said.Ready) == 0 {
		refuse(w, http.StatusBadRequest, wire.Errorf(wire.Invalid, "", `the message is not understood; send {"ready":["id of a seal"]}`))
		return
	}
	e.acknowledge(said.Ready)
	w.WriteHeader(http.StatusNoContent)
}
