package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

func TestTheDeskIsToldWhatAReleaseMayBeAbout(t *testing.T) {
	f := open(t)
	editor := f.key(wire.RoleEditor)
	text := func(front string) map[string]any {
		return map[string]any{"documents": []map[string]any{{"name": "a.md", "data": []byte("---\nlanguage: en\n" + front + "---\n# Earthquake shakes the coast\n\nThe earthquake struck at dawn, and the flood came after it. The flood took a bridge. No flood was as high.\n")}}}
	}
	_, in := f.call("POST", "/v1/releases", editor, text(""))
	if got := fmt.Sprint(in["findings"]); !strings.Contains(got, "subject-suggested") || !strings.Contains(got, "20000153, earthquake (“Earthquake” × 2)") {
		t.Errorf("findings: %s", got)
	}
	id := in["id"].(string)
	status, got := f.call("GET", "/v1/releases/"+id+"/subjects", editor, nil)
	all, _ := got["subjects"].([]any)
	if status != http.StatusOK || len(all) != 2 {
		t.Fatalf("%d %v", status, got)
	}
	if first := all[0].(map[string]any); first["code"] != "20000153" || first["given"] != false || first["score"] != 4.0 {
		t.Errorf("first %v", first)
	}
	_, release := f.call("GET", "/v1/releases/"+id, editor, nil)
	if strings.Contains(fmt.Sprint(release["release"]), "20000153") {
		t.Errorf("a suggestion was set: %v", release)
	}
	if status, _ := f.call("GET", "/v1/releases/"+id+"/subjects", f.key(wire.RoleIssuer), nil); status != http.StatusNotFound {
		t.Errorf("an issuer asks about another's: %d", status)
	}

	_, in = f.call("POST", "/v1/releases", editor, text("subjects: [\"20000153\"]\n"))
	if strings.Contains(fmt.Sprint(in["findings"]), "subject-suggested") {
		t.Errorf("subjects are suggested where they are given: %v", in)
	}
	_, got = f.call("GET", "/v1/releases/"+in["id"].(string)+"/subjects", editor, nil)
	if all := got["subjects"].([]any); all[0].(map[string]any)["given"] != true {
		t.Errorf("given: %v", got)
	}
}
