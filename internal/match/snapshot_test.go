package match

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/wire"
)

const stamp = "this program"

func save(t rapid.TB, x *Index) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := x.Save(&b, stamp); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// roundTrip is an index as it comes back from a snapshot of itself.
func roundTrip(t rapid.TB, x *Index) *Index {
	t.Helper()
	raw := save(t, x)
	again, err := Restore(bytes.NewReader(raw), stamp)
	if err != nil {
		t.Fatal(err)
	}
	if again.Len() != x.Len() || again.Stats().Unanchored != x.Stats().Unanchored || again.prefixes.lengths != x.prefixes.lengths {
		t.Fatalf("restored %+v of %+v", again.Stats(), x.Stats())
	}
	if !bytes.Equal(save(t, again), raw) {
		t.Fatal("a snapshot of what was restored is another")
	}
	return again
}

// filled is an index with a bit of everything.
func filled(t testing.TB) *Index {
	x := NewIndex()
	for i, q := range []string{"lang:en trade", "sector:energy country:DE", "plant OR tele*", `"free trade" -war`, "NOT lang:en", "*", "a NEAR/3 b", "headline:(x OR y z)", "ticker:HLD OR org:Halden", "(country:DE OR country:SG) sector:energy plant"} {
		if err := x.Put(wire.SubscriptionID(10+i), parse(t, q)); err != nil {
			t.Fatal(err)
		}
	}
	x.Remove(12)
	for range 3 {
		x.Match(NewDocument(item("en", "free trade plant", "a b x")))
	}
	return x
}

func TestASnapshotIsRefusedUnlessItIsWholeAndOurs(t *testing.T) {
	good := save(t, filled(t))
	sole := []byte{2, 0, 0, 0, sure, 8 << 2} // the list of whatever finds the query of slot 8 and asks no more
	if bytes.Count(good, sole) == 0 {
		t.Fatal("no list of one posting")
	}
	sealed := func(change func(b []byte)) []byte { // with a checksum that fits
		b := bytes.Clone(good[:len(good)-4])
		change(b)
		return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	}
	for name, c := range map[string]struct {
		raw         []byte
		stamp, want string
	}{
		"empty":          {nil, stamp, "is cut off"},
		"another file":   {[]byte(strings.Repeat("PNG", 100)), stamp, "is no snapshot of standing queries"},
		"newer format":   {sealed(func(b []byte) { b[len(snapshotMagic)] = 9 }), stamp, "has format 9; this program reads 6"},
		"other program":  {good, "that program", "was made by another program than this one"},
		"cut off":        {good[:len(good)-5], stamp, "is cut off"},
		"without sum":    {good[:len(good)-1], stamp, "is cut off"},
		"a bit flipped":  {sealedNot(good), stamp, "is damaged: its checksum is not that of its content"},
		"many queries":   {sealed(func(b []byte) { copy(b[len(snapshotMagic)+4+1+len(stamp):], "\xff\xff\xff\xff") }), stamp, "is damaged: 4294967295 times 8192 queries"},
		"half a posting": {sealed(func(b []byte) { copy(b[bytes.Index(b, sole):], []byte{1, 0, 0, 0, sure}) }), stamp, "is damaged: a list of postings cannot be read"},
		"more than that": {sealed(func(b []byte) { copy(b[len(snapshotMagic)+4+1+len(stamp):], "\xff\xff\xff\x1f") }), stamp, "is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			x, err := Restore(bytes.NewReader(c.raw), c.stamp)
			if x != nil || err == nil || wire.KindOf(err) != wire.Invalid || !strings.Contains(err.Error(), "snapshot: "+c.want) {
				t.Errorf("%v, %v; want %s", x, err, c.want)
			}
		})
	}
}

// sealedNot flips the last bit of the last counter that is written before the
// sum.
func sealedNot(good []byte) []byte {
	b := bytes.Clone(good)
	b[len(b)-5] ^= 1
	return b
}

func TestASnapshotHoldsNothingOfWhatWasRemoved(t *testing.T) {
	x := NewIndex()
	for i := range 100 {
		if err := x.Put(wire.SubscriptionID(i+1), parse(t, fmt.Sprintf("secret%d OR other%d", i, i))); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 99 {
		x.Remove(wire.SubscriptionID(i + 1))
	}
	raw := save(t, x)
	if bytes.Contains(raw, []byte("secret5 ")) || !bytes.Contains(raw, []byte("secret99 ")) {
		t.Error("the texts are not those that are held")
	}
	again := roundTrip(t, x)
	if again.slots.opened != 100 || again.slots.dead != 0 {
		t.Errorf("%d numbers, %d dead", again.slots.opened, again.slots.dead)
	}
}

// Whatever a file says, it is refused or gives an index that works: checksums are
// made to fit, so that the fuzzer gets past them.
func FuzzRestore(f *testing.F) {
	small := filled(f)
	small.seen.rows = [2][]uint16{make([]uint16, 16), make([]uint16, 16)} // else counters are most of the file
	f.Add(save(f, small))
	f.Add(save(f, NewIndex()))
	long := NewIndex() // has a run of which the width is said
	long.seen.rows = small.seen.rows
	for i := range 100 {
		if err := long.Put(wire.SubscriptionID(i+i/40*300), parse(f, "lang:en trade")); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(save(f, long))
	d := NewDocument(item("en", "free trade plant telecom", "a b x y z"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 4 {
			raw = binary.LittleEndian.AppendUint32(bytes.Clone(raw[:len(raw)-4]), crc32.Checksum(raw[:len(raw)-4], castagnoli))
		}
		x, err := Restore(bytes.NewReader(raw), stamp)
		if err != nil {
			if wire.KindOf(err) != wire.Invalid {
				t.Fatal(err)
			}
			return
		}
		ids := x.Match(d)
		for _, id := range ids {
			x.Query(id)
		}
		if err := x.Put(1<<40, parse(t, "lang:en free trade")); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(x.Match(d), 1<<40) {
			t.Fatal("what was added afterwards is not found")
		}
		for _, id := range ids {
			x.Remove(id)
		}
		x.Settle()
		x.Match(d)
		save(t, x)
	})
}
