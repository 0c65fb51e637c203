package desk_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

func pngOf(t *testing.T, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 3))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// illustrated is a draft whose editions bring one picture along each, the same.
func illustrated(data []byte) *wire.Release {
	r := draft()
	for i := range r.Editions {
		r.Editions[i].Pictures = []wire.Picture{{Type: "image/png", Caption: "The yard", Data: data}}
	}
	return r
}

// name is that of a picture in its address.
func name(t *testing.T, p wire.Picture) string {
	t.Helper()
	rest, ok := strings.CutPrefix(p.URL, picturesAt)
	if !ok || !strings.HasSuffix(rest, ".png") || p.Data != nil {
		t.Fatalf("%+v", p)
	}
	return strings.TrimSuffix(rest, ".png")
}

func TestAPictureInADocumentIsPublicWithItsRelease(t *testing.T) {
	r := open(t)
	data := pngOf(t, 5)
	handed := illustrated(data)
	rel, err := r.Publish(t.Context(), editor, handed, desk.Submission{})
	if err != nil {
		t.Fatal(err)
	}
	if len(handed.Editions[0].Pictures[0].Data) == 0 {
		t.Error("what was handed in was changed")
	}
	p := rel.Editions[0].Pictures[0]
	first := name(t, p)
	if p.Width != 5 || p.Height != 3 || p.Caption != "The yard" || rel.Editions[1].Pictures[0].URL != p.URL {
		t.Errorf("%+v", rel.Editions)
	}
	missing := func(when string) {
		t.Helper()
		if _, _, err := r.Picture(t.Context(), first); wire.KindOf(err) != wire.NotFound {
			t.Errorf("%s: %v", when, err)
		}
	}
	missing("before the clear time")
	lift := func() {
		t.Helper()
		if _, err := r.Lift(t.Context(), clock, rel.ID, rel.Revision, func(*store.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	lift()
	if got, kind, err := r.Picture(t.Context(), first); err != nil || kind != "image/png" || !bytes.Equal(got, data) {
		t.Errorf("%d bytes of %s, %v", len(got), kind, err)
	}

	// The same picture again is no change of it; another one takes its place.
	same := illustrated(data)
	same.Editions[0].Headline += ", at last"
	rel, items := r.do(t, rel.ID, wire.DoCorrect, desk.Act{Reason: "headline", Content: same})
	if len(items) != 1 || len(items[0].Changes) != 1 || name(t, rel.Editions[0].Pictures[0]) != first {
		t.Errorf("%+v", items)
	}
	rel, _ = r.do(t, rel.ID, wire.DoCorrect, desk.Act{Reason: "picture", Content: illustrated(pngOf(t, 6))})
	missing("after it was replaced")
	first = name(t, rel.Editions[0].Pictures[0])
	if got, _, err := r.Picture(t.Context(), first); err != nil || bytes.Equal(got, data) {
		t.Errorf("the other one: %v", err)
	}
	r.do(t, rel.ID, wire.DoKill, desk.Act{Reason: "wrong company"})
	missing("after the kill")
}

func TestNothingOfAPictureIsOnDiskInTheClear(t *testing.T) {
	r := open(t)
	data := pngOf(t, 5)
	if _, err := r.Submit(t.Context(), issuer, illustrated(data), desk.Submission{}); err != nil {
		t.Fatal(err)
	}
	files := 0
	if err := filepath.WalkDir(r.dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		if raw, err := os.ReadFile(path); err != nil || bytes.Contains(raw, data[16:]) || bytes.Contains(raw, []byte("IHDR")) {
			t.Errorf("%s holds the picture, %v", path, err)
		}
		return nil
	}); err != nil || files < 2 {
		t.Fatal(files, err)
	}
}

func TestWhatIsNoPictureIsRefusedAndLeavesNothingBehind(t *testing.T) {
	huge := pngOf(t, 4)
	copy(huge[16:24], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // 65,536 × 65,536 in a header of 33 bytes
	binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
	for what, data := range map[string][]byte{"text": []byte("<svg onload=alert(1)>"), "huge": huge, "cut": pngOf(t, 5)[:12]} {
		t.Run(what, func(t *testing.T) {
			r := open(t)
			_, err := r.Submit(t.Context(), issuer, illustrated(data), desk.Submission{Original: []byte("document")})
			if kind := wire.KindOf(err); kind != wire.Invalid && kind != wire.Exhausted {
				t.Errorf("%v", err)
			}
			kept := 0
			_ = filepath.WalkDir(filepath.Join(r.dir, "media"), func(_ string, e os.DirEntry, err error) error {
				if err == nil && !e.IsDir() {
					kept++
				}
				return err
			})
			if kept != 0 {
				t.Errorf("%d files are left", kept)
			}
		})
	}
}
