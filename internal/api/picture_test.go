package api_test

import (
	"archive/zip"
	"bytes"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/desk"
	"github.com/wireroom/wireroom/internal/store"
	"github.com/wireroom/wireroom/internal/wire"
)

// word is a document with a picture in it.
func word(t *testing.T, picture []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range map[string]string{
		"word/document.xml":            `<w:document xmlns:w="w" xmlns:a="a" xmlns:r="r"><w:body><w:p><w:r><w:t>Halden opens a yard</w:t></w:r></w:p><w:p><w:r><w:t>The yard at Halden opened today.</w:t><w:drawing><a:blip r:embed="r1"/></w:drawing></w:r></w:p></w:body></w:document>`,
		"word/_rels/document.xml.rels": `<Relationships><Relationship Id="r1" Target="media/image1.png"/></Relationships>`,
		"word/media/image1.png":        string(picture),
	} {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(data))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAPictureIsShownOnceItsReleaseIsOnTheWire(t *testing.T) {
	f := open(t)
	editor := f.key(wire.RoleEditor)
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 9, 4))); err != nil {
		t.Fatal(err)
	}
	status, got := f.call("POST", "/v1/releases", editor, map[string]any{"clear": true, "language": "en", "documents": []map[string]any{{"name": "a.docx", "data": word(t, picture.Bytes())}}})
	if status != http.StatusCreated {
		t.Fatal(status, got)
	}
	id := wire.ReleaseID(got["id"].(string))
	r, err := f.desk.Release(t.Context(), wire.Actor{Role: wire.RoleEditor}, id)
	if err != nil {
		t.Fatal(err)
	}
	path, ok := strings.CutPrefix(r.Editions[0].Pictures[0].URL, "https://wire.example")
	if !ok || !strings.HasSuffix(path, ".png") {
		t.Fatalf("%+v", r.Editions[0].Pictures)
	}
	get := func(path string, headers ...string) *httptest.ResponseRecorder {
		req := httptest.NewRequest("GET", path, nil)
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		f.http.ServeHTTP(w, req)
		return w
	}
	if w := get(path, "Authorization", "Bearer "+editor); w.Code != http.StatusNotFound {
		t.Errorf("before the lift: %d", w.Code)
	}
	if _, err := f.desk.Lift(t.Context(), wire.Actor{Role: wire.RoleClock}, id, r.Revision, func(*store.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	w := get(path)
	h := w.Header()
	if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), picture.Bytes()) || h.Get("Content-Type") != "image/png" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d %v", w.Code, h)
	}
	if w := get(path, "If-None-Match", h.Get("ETag")); w.Code != http.StatusNotModified {
		t.Errorf("asked again: %d", w.Code)
	}
	for _, nothing := range []string{"/v1/pictures/nothing.png", "/v1/pictures/" + strings.Repeat("a", 26) + ".png", "/v1/pictures/..%2F..%2Fetc"} {
		if w := get(nothing); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", nothing, w.Code)
		}
	}
	if _, _, err := f.desk.Do(t.Context(), wire.Actor{Role: wire.RoleEditor}, id, desk.Act{Verb: wire.DoKill, Reason: "the wrong company"}); err != nil {
		t.Fatal(err)
	}
	if w := get(path); w.Code != http.StatusNotFound {
		t.Errorf("after the kill: %d", w.Code)
	}
}

func TestPicturesComeBesideTheTextsThatTellOfThem(t *testing.T) {
	f := open(t)
	editor := f.key(wire.RoleEditor)
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 9, 4))); err != nil {
		t.Fatal(err)
	}
	english, arabic := []byte("Halden opens a yard\n\nThe yard at Halden opened today.\n"), []byte("هالدن تفتتح حوضاً\n\nافتتح الحوض اليوم في هالدن.\n")
	beside := map[string]any{"name": "yard.png", "data": picture.Bytes(), "credit": "Ingrid Moe", "caption": map[string]string{"en": "The yard", "ar": "الحوض"}, "alt": map[string]string{"en": "A gate"}}
	documents := []any{beside, map[string]any{"name": "en.txt", "data": english}, map[string]any{"name": "ar.txt", "data": arabic}}
	status, got := f.call("POST", "/v1/releases", editor, map[string]any{"documents": documents})
	if status != http.StatusCreated {
		t.Fatal(status, got)
	}
	id := wire.ReleaseID(got["id"].(string))
	r, err := f.desk.Release(t.Context(), wire.Actor{Role: wire.RoleEditor}, id)
	if err != nil {
		t.Fatal(err)
	}
	first, second := r.Editions[0].Pictures[0], r.Editions[1].Pictures[0]
	if first.URL != second.URL || first.Width != 9 || first.Caption != "The yard" || first.Alt != "A gate" || second.Caption != "الحوض" || second.Alt != "" || second.Credit != "Ingrid Moe" {
		t.Errorf("%+v\n%+v", first, second)
	}
	// To hand it in again changes no address.
	status, got = f.call("POST", "/v1/releases/"+string(id)+"/edit", editor, map[string]any{"content": map[string]any{"documents": documents}})
	if r, err = f.desk.Release(t.Context(), wire.Actor{Role: wire.RoleEditor}, id); err != nil || status != http.StatusOK || r.Editions[0].Pictures[0].URL != first.URL {
		t.Errorf("%d %v, %v", status, got, err)
	}
	for _, c := range []struct {
		documents []any
		says      string
	}{
		{[]any{beside}, "are pictures alone; a release needs text"},
		{[]any{documents[1], beside}, "has words in ar, but no document is in it"},
		{[]any{documents[1], map[string]any{"name": "cut.png", "data": picture.Bytes()[:20]}}, "as a picture is neither JPEG, PNG, WebP nor GIF"},
	} {
		if status, got := f.call("POST", "/v1/releases", editor, map[string]any{"documents": c.documents}); status < 400 || status >= 500 || got["detail"] != c.says {
			t.Errorf("%d %v, want %s", status, got["detail"], c.says)
		}
	}
}
