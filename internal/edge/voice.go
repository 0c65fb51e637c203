package edge

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"github.com/wireroom/wireroom/internal/edge/frame"
	"github.com/wireroom/wireroom/internal/edge/websocket"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// voice is how what a receiver says on a WebSocket takes effect.
type voice struct {
	form     frame.Form
	entitled *match.Query     // nil: to everything
	say      func([]byte)     // writes to it
	filter   func(want) error // gives it another filter
	fetch    func(number int64)
	ready    func(seals []string)
}

// saying is a message of a receiver: one of its fields.
type saying struct {
	Filter *string  `json:"filter"` // as in the address: lang=en,fr&q=turbine
	Get    *int64   `json:"get"`    // a wire number, whose item is sent whole
	Ready  []string `json:"ready"`  // seals that are kept, checked
}

// errLeft says that a receiver has left, properly.
var errLeft = errors.New("edge: the receiver left")

// hear takes bytes that a receiver sent on its WebSocket. After an error the
// connection ends; the receiver was told why, if there was anything to tell.
func (e *Edge) hear(in *websocket.Reader, b []byte, v voice) error {
	err := in.Feed(b, func(m websocket.Message) error {
		switch m.Kind {
		case websocket.Ping:
			v.say(websocket.Pong(m.Data))
			return nil
		case websocket.Closing:
			v.say(websocket.Close(int(m.Data[0])<<8|int(m.Data[1]), ""))
			return errLeft
		}
		if err := e.obey(m.Data, v); err != nil {
			field, detail := "", messageOf(err)
			if said, ok := errors.AsType[*wire.Error](err); ok {
				field = said.Field
			}
			v.say(v.form.Error(field, detail))
		}
		return nil
	})
	if broken, ok := errors.AsType[*websocket.Violation](err); ok {
		v.say(websocket.Close(broken.Code, broken.Detail))
	}
	return err
}

// obey does what a message asks for; an Invalid error says what is wrong with it.
func (e *Edge) obey(text []byte, v voice) error {
	var said saying
	if err := json.Unmarshal(text, &said); err != nil {
		return wire.Errorf(wire.Invalid, "", "the message is not understood; send {\"filter\":\"lang=en&q=turbine\"} or {\"get\":42}")
	}
	switch {
	case said.Filter != nil:
		values, err := url.ParseQuery(*said.Filter)
		if err != nil {
			return wire.Errorf(wire.Invalid, "filter", "is not well-formed: %w", err)
		}
		for name := range values {
			if !isFilter(name) {
				return wire.Errorf(wire.Invalid, name, "there is no such part of a filter")
			}
		}
		query, err := readFilter(values)
		if err != nil {
			return err
		}
		return v.filter(wantOf(query, v.entitled))
	case said.Get != nil:
		v.fetch(*said.Get)
	case len(said.Ready) > 0:
		v.ready(said.Ready)
	default:
		return wire.Errorf(wire.Invalid, "", "give filter, get or ready")
	}
	return nil
}

// fetch has an item sent whole to one receiver, from the ring or from History.
// It does not wait.
func (e *Edge) fetch(number int64, v view, w want, say func([]byte)) {
	v.as = ninjsEncoding
	e.mu.Lock()
	en := e.ring.at(number)
	e.mu.Unlock()
	if en != nil {
		say(e.told(en, v, w))
		return
	}
	select {
	case e.replays <- struct{}{}:
	default:
		say(v.form.Error("get", "too many ask for old items at this moment; try again"))
		return
	}
	go func() {
		defer func() { <-e.replays }()
		ctx, cancel := context.WithTimeout(e.ctx, historyTimeout)
		defer cancel()
		switch en, err := e.past(ctx, number); {
		case err != nil:
			say(v.form.Error("get", "the item cannot be read at this moment"))
		case en == nil:
			say(v.form.Error("get", "there is no such item"))
		default:
			say(e.told(en, v, w))
		}
	}()
}

// told is the frame of an item that was asked for: nothing of a killed story is
// told again but the kill, and nothing that the receiver is not entitled to.
func (e *Edge) told(en *entry, v view, w want) []byte {
	if !en.mayHave(w) {
		return v.form.Error("get", "there is no such item")
	}
	if e.fenced(en) {
		return v.form.Error("get", "the story was withdrawn")
	}
	return v.form.Body(en.item.Number, en.encoded(e, v.as))
}
