package edge

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/seal/advance"
	"github.com/wireroom/wireroom/internal/wire"
)

// In every form: whoever asks is sent all seals, whatever the filter, and in place
// of the items that it wants, their keys; others are sent the same texts. Before
// the key nothing that was sent holds a word of them.
func TestTextsComeAheadAndKeysInTheirPlace(t *testing.T) {
	for _, over := range protocols {
		for _, form := range aheadForms {
			if form != "socket" || over.sockets() {
				t.Run(string(over)+"/"+form, func(t *testing.T) { textsComeAhead(t, over, form) })
			}
		}
	}
}

func textsComeAhead(t *testing.T, over protocol, form string) {
	h := openAhead(t, over, nil)
	early := h.put(story("en", "Canary merges with Finch"))
	h.look()
	h.look()
	box := desktopBox{}
	r := readAhead(t, h.dial, form, "lang=en&seal=1")
	box.keep(t, h.drawer, r.next("seal"))
	plain := readAhead(t, h.dial, form, "lang=en")
	plain.next("hello", "")
	h.seated(2)
	arabic := h.put(story("ar", "كناري"))
	hidden := h.put(story("en", "Canary is nothing"))
	h.look()
	for range 2 {
		box.keep(t, h.drawer, r.next("seal"))
	}
	if len(box) != 3 {
		t.Fatalf("%d seals came", len(box))
	}
	for _, came := range [][]byte{r.bytes(), plain.bytes()} {
		if bytes.Contains(came, []byte("Canary")) || bytes.Contains(came, []byte("كناري")) {
			t.Error("a text came before its key")
		}
	}
	// The Arabic one is lifted first: its key is not for this filter.
	it, _ := arabic.lift()
	h.edge.TakeKey(arabic.key(&it))
	h.edge.Deliver(it, nil)
	it, text := early.lift()
	h.edge.TakeKey(early.key(&it))
	m := r.next("key")
	if m.Number != 2 || !bytes.Equal(box.open(t, h.drawer, m), text) {
		t.Errorf("the key to %d opened another text", m.Number)
	}
	if m := plain.next("item"); m.Number != 2 || !bytes.Equal(m.Data, text) {
		t.Errorf("without seals came %d: %s", m.Number, m.Data)
	}
	h.edge.Deliver(it, nil) // as the bus brings it
	hidden.end()
	h.look()
	var void struct{ Void []byte }
	if err := json.Unmarshal(r.next("void").Data, &void); err != nil {
		t.Fatal(err)
	}
	if v, err := advance.ParseVoid(void.Void, h.keys.PublicKey()); err != nil || v.ID != hidden.seal.ID {
		t.Errorf("void of %s, %v", v.ID, err)
	}
	last := h.tape.clear(story("en", "In the open"), wire.Publish, time.Now())
	h.edge.Deliver(last, nil)
	if m := r.next("item"); m.Number != 3 {
		t.Errorf("item %d came after the key to 2", m.Number)
	}
	if bytes.Contains(r.bytes(), []byte("Canary is nothing")) {
		t.Error("what was never opened was sent")
	}
	// A resume brings what was missed whole, and the seals that are current.
	again := readAhead(t, h.dial, form, "lang=en&seal=1&after=0&holds="+arabic.seal.ID.String())
	if m := again.next("item"); m.Number != 2 || !bytes.Equal(m.Data, text) {
		t.Errorf("a resume brought %d", m.Number)
	}
	again.next("item")
	if id := (desktopBox{}).keep(t, h.drawer, again.next("seal")); id != early.seal.ID {
		t.Errorf("seal %s came to who holds it", id)
	}
}

func TestKeysWaitForTheirTurnAndItemsForNoKey(t *testing.T) {
	for _, over := range protocols {
		t.Run(string(over), func(t *testing.T) { keysWaitForTheirTurnAndItemsForNoKey(t, over) })
	}
}

func keysWaitForTheirTurnAndItemsForNoKey(t *testing.T, over protocol) {
	h := openAhead(t, over, nil)
	first, second, third := h.put(story("en", "One")), h.put(story("en", "Two")), h.put(story("en", "Three"))
	h.look()
	h.look()
	r := readAhead(t, h.dial, "lines", "seal=1")
	for range 3 {
		r.next("seal")
	}
	h.seated(1)
	one, _ := first.lift()
	two, _ := second.lift()
	three, _ := third.lift()
	h.edge.TakeKey(second.key(&two)) // before its turn
	h.edge.Deliver(one, nil)         // its key is late
	h.edge.TakeKey(first.key(&one))
	if m := r.next("item", "key"); m.Type != "item" || m.Number != 1 {
		t.Errorf("%s %d came first", m.Type, m.Number)
	}
	if m := r.next("item", "key"); m.Type != "key" || m.Number != 2 {
		t.Errorf("%s %d came second", m.Type, m.Number)
	}
	key := third.key(&three)
	h.edge.TakeKey(key)
	h.edge.TakeKey(key)
	h.edge.Deliver(two, nil)
	h.edge.Deliver(three, nil)
	if m := r.next("item", "key"); m.Type != "key" || m.Number != 3 {
		t.Errorf("%s %d came third", m.Type, m.Number)
	}
	h.edge.Deliver(h.tape.clear(story("en", "Four"), wire.Publish, time.Now()), nil)
	if m := r.next("item", "key"); m.Type != "item" || m.Number != 4 {
		t.Errorf("%s %d came fourth", m.Type, m.Number)
	}
}

// What is opened must be exactly the item that was cleared; otherwise the bus
// brings it.
func TestKeysThatDoNotFitOpenNothing(t *testing.T) {
	for _, over := range protocols {
		t.Run(string(over), func(t *testing.T) { keysThatDoNotFitOpenNothing(t, over) })
	}
}

func keysThatDoNotFitOpenNothing(t *testing.T, over protocol) {
	h := openAhead(t, over, nil)
	other, _ := newDrawer(t, h.tape)
	x := h.put(story("en", "Canary"))
	h.look()
	h.look()
	r := readAhead(t, h.dial, "lines", "seal=1")
	r.next("seal")
	h.seated(1)
	it, text := x.lift()
	wrongSecret, unknown := *x, *x
	wrongSecret.secret[0] ^= 1
	unknown.secret = advance.NewSecret()
	wrongNumber, wrongTime, stranger := it, it, it
	wrongNumber.Number++
	wrongTime.ClearTime = it.ClearTime.Add(time.Microsecond)
	stranger.Signature = other.keys.Sign(it.Hash)
	for name, key := range map[string][]byte{
		"none": nil, "no message": []byte("{}"), "wrong secret": wrongSecret.key(&it), "of a seal that is not held": unknown.key(&it),
		"another number": x.key(&wrongNumber), "another time": x.key(&wrongTime), "signed by somebody else": x.key(&stranger),
	} {
		h.edge.TakeKey(key)
		if n := h.edge.delivered.Load(); n != 0 {
			t.Fatalf("%s: opened item %d", name, n)
		}
	}
	h.edge.Deliver(it, nil)
	if m := r.next("item", "key"); m.Type != "item" || !bytes.Equal(m.Data, text) {
		t.Errorf("%s came", m.Type)
	}
}

// A seal goes out by and by. Whoever has not been sent it when the key comes is
// sent the text.
func TestWhoHasNotBeenSentTheSealIsSentTheText(t *testing.T) {
	h := openAhead(t, plain, func(o *Options) { o.Heartbeat = 10 * time.Minute }) // a shard's tick is more than a second
	var readers []*aheadReader
	for range 40 {
		r := readAhead(t, h.dial, "lines", "seal=1")
		r.next("hello")
		readers = append(readers, r)
	}
	h.seated(len(readers))
	x := h.put(story("en", "Canary"))
	h.look()
	h.look()
	it, text := x.lift()
	h.edge.TakeKey(x.key(&it))
	ahead, open := 0, 0
	for _, r := range readers {
		switch m := r.next("seal", "item"); m.Type {
		case "seal":
			box := desktopBox{}
			box.keep(t, h.drawer, m)
			if !bytes.Equal(box.open(t, h.drawer, r.next("key")), text) {
				t.Error("another text")
			}
			ahead++
		case "item":
			if !bytes.Equal(m.Data, text) {
				t.Error("another text")
			}
			open++
		}
	}
	if open == 0 {
		t.Errorf("%d had the seal at once", ahead)
	}
	t.Logf("%d had been sent the seal, %d not yet", ahead, open)
}

// Over a connection that a goroutine serves, in synthetic time: seals come when
// they are due, voids when they end, and a heartbeat in between.
func TestSealsComeWhenTheyAreDueAndGoWhenTheyEnd(t *testing.T) {
	overEach(t, func(t *testing.T, over protocol) {
		p := &tape{}
		s, o := newDrawer(t, p)
		h := openOver(t, over, o)
		h.tape = p
		x := s.put(story("en", "Canary"))
		s.rows[0].Due, s.rows[0].Ends = time.Now().Add(7*time.Second), time.Now().Add(20*time.Minute)
		s.follow(t, h.edge)
		r := h.get(t, "seal=1").opened(0)
		start := time.Now()
		r.want("event: seal|data")
		if d := time.Since(start).Round(time.Second); d != 7*time.Second {
			t.Errorf("the seal came after %s", d)
		}
		it, _ := x.lift()
		h.edge.TakeKey(x.key(&it))
		r.want("id: 1|event: key|data")
		after := func(want string) {
			t.Helper()
			got := r.block()
			for got == place(1) { // heartbeats
				got = r.block()
			}
			if got != want {
				t.Fatalf("%s came, not %s", got, want)
			}
		}
		after("event: void|data")
		if d := time.Since(start).Round(time.Second); d != 20*time.Minute {
			t.Errorf("the void came after %s", d)
		}
		h.get(t, "seal=1").opened(1).want(place(1))
		s.mu.Lock()
		s.err = errors.New("the store does not answer")
		s.mu.Unlock()
		h.publish(story("en", "News"), wire.Publish)
		after(item(2))
	})
}

// Whatever the bus brings, nothing is opened but by the key to a seal that is held.
func FuzzOpen(f *testing.F) {
	p := &tape{}
	s, o := newDrawer(f, p)
	x := s.put(story("en", "Canary"))
	it, _ := x.lift()
	good := x.key(&it)
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add([]byte{1, 2})
	for _, at := range []int{1, 10, 40, 60, 100} { // so that it comes near
		b := bytes.Clone(good)
		b[at] ^= 1
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e := New(o)
		defer e.stop()
		p.mu.Lock()
		p.items = nil
		p.mu.Unlock()
		if _, err := e.syncSeals(t.Context()); err != nil {
			t.Fatal(err)
		}
		e.TakeKey(b)
		if e.delivered.Load() > 0 && !(bytes.HasPrefix(b, good[:66]) && bytes.HasSuffix(b, good[68:])) { // but for extensions
			t.Errorf("%s opened it", base64.StdEncoding.EncodeToString(b))
		}
	})
}
